#!/usr/bin/env python3
"""Of two versions of an item the one is published that the key's coin says: a second implementation of docs/formats.md,
sections "Derivation", "Items", "Draw" and "Twins", reads a release that `protect` made.

    twins_test.py BIN_DIR
"""
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "vectors"))
from derivation import Stream, blake, chacha20_words, draw, lanes  # noqa: E402

ITEMS, CLASSES, POOL, SIDE = 60, 10, 5000, 32
NAME = b"pictures"


def pictures():
    """CIFAR-10 records whose samples no change can clip, busy everywhere."""
    words = iter(chacha20_words(blake(bytes(32), "pictures", [b""]), ITEMS * 3 * SIDE * SIDE // 4))
    out = b""
    for item in range(ITEMS):
        samples = b"".join(next(words).to_bytes(4, "little") for _ in range(3 * SIDE * SIDE // 4))
        out += bytes([item % CLASSES]) + bytes(50 + value % 150 for value in samples)
    return out


def master(path):
    line = next(line for line in path.read_text().splitlines() if line and not line.startswith("#"))
    version, kind, secret, _ = line.split()
    assert (version, kind) == ("wardmark-key-1", "master"), line
    return bytes.fromhex(secret)


def coins_and_pool_key(key, plan):
    name = blake(key, "release-name", [NAME])
    pool_root = blake(blake(name, "release", [bytes.fromhex(plan["release"])]), "pool-root", [])
    commitment = bytes.fromhex(plan["commitment_1"])
    _, _, pool_key = draw(pool_root, "self", "", commitment, POOL, CLASSES)
    return blake(blake(pool_root, "draw", [b"self", b"", commitment]), "coins", []), pool_key, name


def versions(change, pattern):
    """Which of the two versions a change can be of: what both parts agree on is larger than what they do not."""
    large, small = max(map(abs, change)), min(abs(c) for c in change if c)
    assert (large, small) == (8, 4), (large, small)
    found = set()
    for version, sign in ((0, 1), (1, -1)):
        if all(c == 0 or (abs(c) == large) == ((c > 0) == (sign * p > 0)) for c, p in zip(change, pattern)):
            found.add(version)
    return found


def release(bin_dir, work, name, options):
    """Protects in.bin; returns coins, pool key, name key and the released records."""
    (work / "key.ledger").unlink(missing_ok=True)  # one name for several contents, which it would refuse
    subprocess.run([bin_dir / "wardmark", "protect", work / "in.bin", "-o", work / name, "-k", work / "key", "-m", "salm",
                    "--twins", "0.25", "--pool", str(POOL), "--release", NAME.decode(), "--many-classes", "-q", *options],
                   check=True, stdout=subprocess.DEVNULL)
    with open(work / (name + ".wardmark") / "plan.json", encoding="utf-8") as file:
        plan = json.loads(file.readline())
    return *coins_and_pool_key(master(work / "key"), plan), (work / name).read_bytes()


def check(stored, released, unit_of):
    """Every item is of the version that the coin of its unit says; returns how many are of each."""
    coins, pool_key, name_key, data = released
    input_key, pattern_key = blake(name_key, "input-hash", []), blake(pool_key, "twin-pattern", [])
    size = 1 + 3 * SIDE * SIDE
    tally = [0, 0]
    for item in range(ITEMS):
        before, after = (records[item * size:(item + 1) * size] for records in (stored, data))
        change = [b - a for a, b in zip(before[1:], after[1:])]
        ident = f"{item:02}"
        words = chacha20_words(blake(pattern_key, "pattern", [ident.encode()]), SIDE * SIDE // 32)
        pattern = [1 if words[i // 32] >> i % 32 & 1 else -1 for i in range(SIDE * SIDE)] * 3
        unit = unit_of(item, lambda: blake(input_key, "input", [b"", str(size).encode(), lanes(before)]).hex())
        coin = Stream(coins, "twin", unit).below(2)
        assert versions(change, pattern) == {coin}, f"item {ident}: coin {coin}, published {versions(change, pattern)}"
        tally[coin] += 1
    assert min(tally) > ITEMS // 6, tally
    return tally


bin_dir = pathlib.Path(sys.argv[1])
with tempfile.TemporaryDirectory() as folder:
    work = pathlib.Path(folder)
    stored = pictures()
    (work / "in.bin").write_bytes(stored)
    subprocess.run([bin_dir / "wardmark", "keygen", "-q", "-o", work / "key"], check=True, stdout=subprocess.DEVNULL)
    tally = check(stored, release(bin_dir, work, "out.bin", []), lambda item, digest: digest())
    print(f"{tally[0]} items of version 0, {tally[1]} of version 1, each as its coin says")
    (work / "groups.csv").write_text("path,group\n" + "".join(f"{item:02},patient {item // 3}\n" for item in range(ITEMS)))
    tally = check(stored, release(bin_dir, work, "grouped.bin", ["--group", work / "groups.csv"]),
                  lambda item, digest: f"group:patient {item // 3}")
    print(f"in groups of three: {tally[0]} and {tally[1]}")
