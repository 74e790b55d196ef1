#!/usr/bin/env python3
"""Releases of field, lsp and compositions are found in a program that learned from them, and in no other.

    keyed_test.py BIN_DIR

The suspects know the mean picture of each class at 8 x 8 and answer with the nearest one: of the release, or of the originals.
"""
import json
import pathlib
import random
import subprocess
import sys
import tempfile

SIDE, CLASSES, EACH, TESTED = 32, 10, 30, 5

SUSPECT = '''
import json, sys
def small(planes):  # 3 x 32 x 32 to sums of 4 x 4
    return [sum(sum(planes[c * 1024 + (y + v) * 32 + x:c * 1024 + (y + v) * 32 + x + 4]) for v in range(4))
            for c in range(3) for y in range(0, 32, 4) for x in range(0, 32, 4)]
data = open(sys.argv[1], "rb").read()
sums, counts = [[0] * 192 for _ in range(10)], [0] * 10
for at in range(0, len(data), 3073):
    counts[data[at]] += 1
    sums[data[at]] = [a + b for a, b in zip(sums[data[at]], small(data[at + 1:at + 3073]))]
means = [[v / n for v in row] for row, n in zip(sums, counts)]
for line in sys.stdin:
    asked = json.loads(line)
    if asked["wardmark"] == "hello":
        print(json.dumps({"wardmark": "hello", "version": 1, "name": "means", "height": 32, "width": 32, "channels": 3,
                          "labels": [str(i) for i in range(10)], "batch": 500}), flush=True)
        continue
    if asked["wardmark"] != "classify":
        break
    pixels = open(asked["file"], "rb").read()
    labels = []
    for n in range(asked["count"]):
        record = pixels[n * 3072:(n + 1) * 3072]
        f = small(record[0::3] + record[1::3] + record[2::3])
        labels.append(min(range(10), key=lambda c: sum((a - b) ** 2 for a, b in zip(f, means[c]))))
    print(json.dumps({"wardmark": "answers", "id": asked["id"], "labels": labels}), flush=True)
'''


def records(seed, each):
    """Pictures of one grey with noise: all of the same kind, whatever their class."""
    draw = random.Random(seed)
    out = bytearray()
    for item in range(each * CLASSES):
        out.append(item % CLASSES)
        level = draw.uniform(110, 140)
        out += bytes(int(level + draw.uniform(-25, 25)) for _ in range(3 * SIDE * SIDE))
    return bytes(out)


def run(*words, check=0):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    assert check is None or done.returncode == check, (words, done.returncode, done.stdout, done.stderr)
    return done


def main(bin_dir, work):
    wardmark = bin_dir / "wardmark"
    (work / "suspect.py").write_text(SUSPECT)
    (work / "in.bin").write_bytes(records(1, EACH))
    (work / "test.bin").write_bytes(records(2, TESTED))
    run(wardmark, "keygen", "-o", work / "key", "-q")
    for method, parameters, guilty, innocent in (
            ("field", [], True, False), ("lsp", [], True, False), ("field", ["--phase", "item"], False, True),
            ("field,cuda", [], True, True), ("cuda,lsp,ar,field", ["--noise-rms", "3/255"], True, False)):
        out = work / f"{method}{len(parameters)}.bin"
        run(wardmark, "protect", work / "in.bin", "-o", out, "-k", work / "key", "-m", method, *parameters, "--many-classes", "-q")
        whole = ",".join(sorted(method.split(","), key=["cuda", "lsp", "ar", "field"].index))
        for learned, found in ((out, True),) * guilty + ((work / "in.bin", False),) * innocent:
            done = run(wardmark, "verify", "images", "--suspect", f"exec:{sys.executable} {work}/suspect.py {learned}",
                       "--record", f"{out}.wardmark", "-k", work / "key", "--test", work / "test.bin", "--progress", "never", "-j", "2",
                       "--exploratory", "--json", check=0 if found else 1)
            verdict = json.loads(done.stdout)
            assert verdict["method"] == whole and verdict["queries"] == 20 * CLASSES * CLASSES * TESTED, verdict
            print(whole, "guilty" if found else "innocent", f"p {verdict['p']:.2g}, effect {verdict['effect']:.3f}")
            assert (verdict["p"] <= 5e-5) == found, verdict
    # In whatever order the parts are typed, it is the same recipe.
    again = run(wardmark, "protect", work / "in.bin", "-o", work / "field,cuda0.bin", "-k", work / "key", "-m", "cuda,field", "--many-classes",
                "--resume", "-q", check=None)
    assert again.returncode == 0, again.stderr


with tempfile.TemporaryDirectory() as name:
    main(pathlib.Path(sys.argv[1]), pathlib.Path(name))
