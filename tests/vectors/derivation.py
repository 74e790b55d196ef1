#!/usr/bin/env python3
"""An independent reading of docs/formats.md, sections "Derivation", "Random numbers" and "Draw", in plain Python.

Prints tests/vectors/random.json; `--derivation` prints the known answers of tests/core/key_test.cpp, lane_digest_test.cpp and
release_test.cpp.
"""
import hashlib
import json
import math
import struct
import sys


def blake(key, purpose, fields):
    h = hashlib.blake2b(key=key or b"", digest_size=32)
    for field in [purpose.encode()] + fields:
        h.update(struct.pack("<Q", len(field)) + field)
    return h.digest()


def lanes(data):
    """Section "Items": eight hashes of every eighth word."""
    padded = data + bytes(-len(data) % 1024) if data else bytes(1024)
    return b"".join(hashlib.blake2b(b"".join(padded[i:i + 8] for i in range(8 * lane, len(padded), 64)),
                                    digest_size=32).digest() for lane in range(8))


def chacha20_words(key, count):
    """RFC 8439, nonce zero, counter from 0."""
    def quarter(s, a, b, c, d):
        for x, y, z, r in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            s[x] = (s[x] + s[y]) & 0xFFFFFFFF
            s[z] ^= s[x]
            s[z] = (s[z] << r | s[z] >> (32 - r)) & 0xFFFFFFFF
    words = []
    block = 0
    while len(words) < count:
        start = list(struct.unpack("<4I", b"expand 32-byte k")) + list(struct.unpack("<8I", key)) + [block, 0, 0, 0]
        s = start[:]
        for _ in range(10):
            for q in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                      (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
                quarter(s, *q)
        words += [(x + y) & 0xFFFFFFFF for x, y in zip(s, start)]
        block += 1
    return words[:count]


class Stream:
    def __init__(self, key, purpose, ident=""):
        self.words = iter(chacha20_words(blake(key, purpose, [ident.encode()]), 4096))

    def u32(self):
        return next(self.words)

    def uniform(self):
        low = self.u32()
        return ((low | self.u32() << 32) >> 11) * 2.0 ** -53

    def below(self, n):
        limit = 2 ** 32 // n * n
        while True:
            word = self.u32()
            if word < limit:
                return word % n

    def normal(self):
        while True:
            u = 2.0 * self.uniform() - 1.0
            v = 2.0 * self.uniform() - 1.0
            s = u * u + v * v
            if 0.0 < s < 1.0:
                return u * math.sqrt(-2.0 * math.log(s) / s)

    def permutation(self, n):
        order = list(range(n))
        for i in range(n - 1, 0, -1):
            j = self.below(i + 1)
            order[i], order[j] = order[j], order[i]
        return order


def stream_vector(key, purpose, ident):
    make = lambda: Stream(key, purpose, ident)
    def several(count, call):
        s = make()
        return [call(s) for _ in range(count)]
    return {"key": key.hex(), "purpose": purpose, "id": ident,
            "words": several(70, Stream.u32), "uniforms": several(8, Stream.uniform),
            "below_10": several(20, lambda s: s.below(10)), "normals": several(8, Stream.normal),
            "permutation_12": make().permutation(12)}


def draw(pool_root, kind, value, commitment, pool, classes):
    key = blake(pool_root, "draw", [kind.encode(), value.encode(), commitment])
    index = Stream(key, "pool-index").below(pool)
    return index, Stream(key, "assignment").permutation(classes), blake(pool_root, "pool", [str(index).encode()])


if __name__ == "__main__":
    counting = bytes(range(32))
    if sys.argv[1:] == ["--derivation"]:
        print("derive", blake(counting, "release-name", [b"scans"]).hex())
        print("digest", blake(None, "output", [b"abc"]).hex())
        data = bytes((i * 131 + i // 251) % 256 for i in range(9001))
        print("lanes", blake(None, "content", [b"s", b"9001", lanes(data)]).hex())
        for kind, value in (("self", ""), ("beacon", "drand:quicknet:7:ab")):
            index, slots, key = draw(counting, kind, value, bytes(32), 500, 5)
            print("draw", kind, index, slots, key.hex())
        coins = blake(blake(counting, "draw", [b"self", b"", bytes(32)]), "coins", [])
        print("coins", "".join(str(Stream(coins, "twin", str(unit)).below(2)) for unit in range(24)))
    else:
        print(json.dumps({"streams": [stream_vector(counting, "cuda-mark", "3"),
                                      stream_vector(b"\x07" * 32, "pool-index", "")]}, indent=1))
