#!/usr/bin/env python3
"""The life of a release: items are added, a model of all of it is tested by the first plan, items are withdrawn.

    life_test.py BIN_DIR

What a record says is read here by docs/formats.md alone: derivation, seals, leaves and roots are written anew in Python.
"""
import base64
import hashlib
import json
import math
import pathlib
import struct
import sys
import tempfile
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from suspect_test import SIDE, SUSPECT, records, run  # noqa: E402

CLASSES = 10


# Pictures: PNG by hand.
def png(planes):
    rows = b"".join(b"\0" + bytes(planes[c * SIDE * SIDE + y * SIDE + x] for x in range(SIDE) for c in range(3)) for y in range(SIDE))

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) +
            chunk(b"IEND", b""))


def planes_of(stored):
    at, data = 8, b""
    while at < len(stored):
        length, = struct.unpack(">I", stored[at:at + 4])
        if stored[at + 4:at + 8] == b"IDAT":
            data += stored[at + 8:at + 8 + length]
        at += 12 + length
    raw, width = zlib.decompress(data), SIDE * 3
    above, rows = bytes(width), []
    for y in range(SIDE):
        kind, line = raw[y * (width + 1)], bytearray(raw[y * (width + 1) + 1:(y + 1) * (width + 1)])
        for i in range(width):
            left, up, corner = (line[i - 3] if i >= 3 else 0), above[i], (above[i - 3] if i >= 3 else 0)
            guess = left + up - corner
            paeth = min((left, up, corner), key=lambda v: abs(guess - v))
            line[i] = (line[i] + (0, left, up, (left + up) // 2, paeth)[kind]) & 255
        rows.append(bytes(line))
        above = line
    return bytes(row[x * 3 + c] for c in range(3) for row in rows for x in range(SIDE))


# docs/formats.md, "Derivation".
def blake(key, purpose, *fields):
    hash_ = hashlib.blake2b(key=key, digest_size=32)
    for field in (purpose, *fields):
        field = field.encode() if isinstance(field, str) else field
        hash_.update(struct.pack("<Q", len(field)) + field)
    return hash_.digest()


def merkle(leaves):
    if not leaves:
        return blake(b"", "merkle-empty")
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return blake(b"", "merkle-node", merkle(leaves[:split]), merkle(leaves[split:]))


def lanes(data):
    data += bytes(-len(data) % 1024) if data else bytes(1024)
    words = [data[i:i + 8] for i in range(0, len(data), 8)]
    return b"".join(hashlib.blake2b(b"".join(words[j::8]), digest_size=32).digest() for j in range(8))


# XChaCha20 of "Seal", without the check of its tag.
def rounds(state):
    x = list(state)

    def quarter(a, b, c, d):
        for p, q, r, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            x[p] = (x[p] + x[q]) & 0xFFFFFFFF
            v = x[r] ^ x[p]
            x[r] = ((v << n) | (v >> (32 - n))) & 0xFFFFFFFF
    for _ in range(10):
        for k in range(4):
            quarter(k, 4 + k, 8 + k, 12 + k)
        for a, b, c, d in ((0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            quarter(a, b, c, d)
    return x


SIGMA = struct.unpack("<4I", b"expand 32-byte k")


def unsealed(key, text):
    raw = base64.b64decode(text)
    nonce, box = raw[:24], raw[24:-16]
    cipher = struct.unpack("<8I", blake(key, "seal-cipher"))
    x = rounds(SIGMA + cipher + struct.unpack("<4I", nonce[:16]))
    inner = tuple(x[:4] + x[12:])
    out = b""
    for block in range((len(box) + 63) // 64):
        state = SIGMA + inner + (block + 1, 0) + struct.unpack("<2I", nonce[16:])
        stream = struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(rounds(state), state)))
        out += bytes(a ^ b for a, b in zip(box[block * 64:], stream))
    return out.rstrip(b" ").decode()


class Record:
    """A record as the page of formats says."""

    def __init__(self, folder, master, name):
        self.folder = folder
        self.name_key = blake(master, "release-name", name)
        plan = self.rows("plan.json")
        release = blake(self.name_key, "release", bytes.fromhex(plan[0]["release"]))
        self.seal = blake(release, "record-seal")
        self.parts = [("plan.json", "manifest.jsonl", "plan-header")]
        for path in sorted(folder.glob("plan.batch-*.json")):
            self.parts.append((path.name, path.name.replace("plan", "manifest") + "l", "batch-header"))

    def rows(self, name):
        return [json.loads(line) for line in (self.folder / name).read_text().splitlines()]

    def clear(self):
        """All that the record says, unsealed."""
        text = ""
        for plan, manifest, _ in self.parts:
            for row in self.rows(plan) + self.rows(manifest):
                for field in ("private", "i", "c", "s"):
                    if field in row:
                        text += unsealed(self.seal, row.pop(field)) + "\n"
                text += json.dumps(row) + "\n"
        return text

    def plan_root(self, plan, inputs):
        """From the originals, and of withdrawn items from what is left of them."""
        rows = self.rows(plan)
        left = {n: bytes.fromhex(row["leaf"]) for n, row in enumerate(r for r in rows if "i" in r or "leaf" in r) if "leaf" in row}
        leaves = [left.get(n) or self.leaf(path, data) for n, (path, data) in enumerate(inputs)]
        assert merkle(leaves).hex() == rows[0]["item_root"], plan
        return rows[0]["item_root"], len(left)

    def input_hash(self, data):
        return blake(blake(self.name_key, "input-hash"), "input", "", str(len(data)), lanes(data)).hex()

    def leaf(self, path, data):
        text = json.dumps([path, int(path.split("/")[0]), len(data), self.input_hash(data)], separators=(",", ":"))
        return blake(b"", "plan-leaf", blake(blake(self.name_key, "leaf-salt"), "leaf", path), text)

    def manifest_root(self, manifest):
        lines = (self.folder / manifest).read_text().splitlines()
        header, footer = json.loads(lines[0]), json.loads(lines[-1])["footer"]
        leaves = [bytes.fromhex(json.loads(line)["leaf"]) if '"leaf"' in line else blake(b"", "manifest-leaf", line) for line in lines[1:-1]]
        assert merkle(leaves).hex() == footer["root"], manifest
        second = blake(b"", "commitment-2", bytes.fromhex(header["commitment_1"]), merkle(leaves)).hex()
        assert second == footer["commitment_2"], manifest
        return footer["root"], footer.get("withdrawn", 0)


def tree(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def write_pictures(folder, data, first):
    counts = [first] * CLASSES
    for at in range(0, len(data), 3073):
        c = data[at]
        path = folder / str(c) / f"{counts[c]:03}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(data[at + 1:at + 3073]))
        counts[c] += 1


def verdict(work, wardmark, test, *options, check):
    ask = f"exec:{sys.executable} {work}/suspect.py {work}/learnt.bin {work}/asked"
    return run(wardmark, "verify", "images", "--suspect", ask, "--release", work / "out", "-k", work / "key", "--test", test,
               "--exploratory", "--progress", "never", *options, check=check)


def main(bin_dir):
    wardmark = pathlib.Path(bin_dir) / "wardmark"
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        write_pictures(work / "in", records(1, 12), 0)
        write_pictures(work / "later", records(3, 10), 12)
        (work / "later/4/013.xmp").write_text("<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")
        (work / "test.bin").write_bytes(records(2, 2))
        (work / "suspect.py").write_text(SUSPECT)
        run(wardmark, "keygen", "-q", "-o", work / "key")
        out, record = work / "out", work / "out.wardmark"
        run(wardmark, "protect", work / "in", "-o", out, "-k", work / "key", "-m", "cuda", "-q", "--release", "life", "--many-classes")
        run(wardmark, "protect", work / "later", "--extend", record, "-k", work / "key", "-q")

        # A model of the whole release, old and new, answers to the plan of the first day.
        learnt = b"".join(bytes([int(name[0])]) + planes_of(data) for name, data in tree(out).items() if name.endswith(".png"))
        assert len(learnt) == 3073 * 22 * CLASSES
        (work / "learnt.bin").write_bytes(learnt)
        found = json.loads(verdict(work, wardmark, work / "test.bin", "--json", check=0).stdout)
        assert found["evidence"] and found["p"] <= 1e-5, found
        # Its added files are no test pictures either.
        marked = b"".join(bytes([int(name[0])]) + planes_of(data) for name, data in tree(out).items() if name.endswith(("020.png", "021.png")))
        (work / "marked.bin").write_bytes(marked)
        assert "TEST-MARKED" in verdict(work, wardmark, work / "marked.bin", check=2).stderr

        # Another recipient's copy: the suspect learned from ours, and the two share the level of one test.
        done = run(wardmark, "protect", work / "in", "-o", work / "partner", "-k", work / "key", "-m", "cuda", "--release", "partner",
                   "--many-classes")
        assert "120 items of this release are in release 'life'" in done.stderr, done.stderr
        done = verdict(work, wardmark, work / "test.bin", "--release", work / "partner", "--json", check=0)
        ours, theirs = (json.loads(line) for line in done.stdout.splitlines())
        assert ours["evidence"] and not theirs["evidence"], (ours, theirs)
        assert math.isclose(theirs["level"] * 2, found["level"]), (ours["level"], found["level"])
        done = verdict(work, wardmark, work / "test.bin", "--release", work / "partner", "--disclose", work / "x", check=2)
        assert "one by one" in done.stderr

        # Withdrawal.
        master = bytes.fromhex(next(line for line in (work / "key").read_text().splitlines() if line.startswith("wardmark")).split()[2])
        known = Record(record, master, "life")
        inputs = {"plan.json": sorted(tree(work / "in").items()),
                  "plan.batch-1.json": sorted(i for i in tree(work / "later").items() if i[0].endswith(".png"))}
        roots = {name: known.plan_root(name, inputs[name]) for name, _, _ in known.parts}
        roots |= {name: known.manifest_root(name) for _, name, _ in known.parts}
        gone = ["3/007.png", "4/013.png", "4/014.png"]
        originals = tree(work / "in") | tree(work / "later")
        secrets = gone + ["4/013.xmp"] + [known.input_hash(originals[name]) for name in gone]
        secrets += [blake(b"", "output", "", str(len(tree(out)[name])), lanes(tree(out)[name])).hex() for name in gone]
        clear = known.clear()
        for secret in secrets:
            assert secret in clear, secret
        before = json.loads(run(wardmark, "commit", record, "--json").stdout)
        (work / "items").write_text("\n".join(gone) + "\n")
        done = run(wardmark, "manifest", "redact", record, "--items", work / "items", "-k", work / "key")
        assert done.stdout == "withdrawn: 3 items of release 'life'\n", done.stdout
        clear = known.clear()
        for secret in secrets:
            assert secret not in clear, secret
        again = {name: known.plan_root(name, inputs[name]) for name, _, _ in known.parts}
        again |= {name: known.manifest_root(name) for _, name, _ in known.parts}
        assert {k: v[0] for k, v in roots.items()} == {k: v[0] for k, v in again.items()}
        assert [again[name][1] for name in ("plan.json", "manifest.jsonl", "plan.batch-1.json", "manifest.batch-1.jsonl")] == [1, 1, 2, 2], again
        assert json.loads(run(wardmark, "commit", record, "--json").stdout) == before, "a commitment changed"
        assert "3 withdrawn" in run(wardmark, "verify", "release", out, "-k", work / "key", check=1).stdout  # files still there: foreign
        for name in [*gone, "4/013.xmp"]:
            (out / name).unlink()
        found = json.loads(run(wardmark, "verify", "release", out, "-k", work / "key", "--json").stdout)
        assert found["whole"] and found["withdrawn"] == 3 and found["intact"] == 217, found
        run(wardmark, "manifest", "check", record, "-k", work / "key")
        # Again: nothing is left to strike. A line that somebody else struck is found out.
        run(wardmark, "manifest", "redact", record, "--items", work / "items", "-k", work / "key", check=1)
        kept = (record / "manifest.jsonl").read_text()
        lines = kept.splitlines()
        lines[5] = json.dumps({"b": 0, "n": 4, "leaf": blake(b"", "manifest-leaf", lines[5]).hex(), "was": "protected"}, separators=(",", ":"))
        (record / "manifest.jsonl").write_text("\n".join(lines) + "\n")
        assert "RECORD-ALTERED" in run(wardmark, "manifest", "check", record, "-k", work / "key", check=1).stderr
        (record / "manifest.jsonl").write_text(kept)
        # What was withdrawn does not come back with the next month.
        done = run(wardmark, "protect", work / "later", "--extend", record, "-k", work / "key", "--many-classes")
        assert "2 items of the input: withdrawn" in done.stderr and done.stdout.startswith("nothing new"), (done.stdout, done.stderr)
        # Verdict and evidence go on, and tell nothing either.
        verdict(work, wardmark, work / "test.bin", "--disclose", work / "bundle", check=0)
        run(wardmark, "verify", "bundle", work / "bundle", check=None)
        assert json.loads(run(wardmark, "verify", "bundle", work / "bundle", "--json", check=None).stdout)["evidence"]
        clear = Record(work / "bundle/record", master, "life").clear()
        rest = b"".join(data for name, data in tree(work / "bundle").items() if not name.startswith("record/")).decode(errors="replace")
        for secret in secrets:
            assert secret not in clear and secret not in rest, secret
        print("220 items in two parts tested by the first plan; 3 withdrawn, roots recomputed, nothing of them left")


if __name__ == "__main__":
    main(sys.argv[1])
