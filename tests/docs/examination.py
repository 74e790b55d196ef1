#!/usr/bin/env python3
"""Makes the evidence that docs/tutorials/examiner.md looks at, in the current folder: a release of random pictures, and a
suspect that goes by their brightness."""
import pathlib
import random
import subprocess

SUSPECT = '''
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    if asked["wardmark"] == "hello":
        print(json.dumps({"wardmark": "hello", "version": 1, "name": "bright", "height": 32, "width": 32, "channels": 3,
                          "labels": [str(i) for i in range(10)], "batch": 500, "access": ["labels"]}), flush=True)
    elif asked["wardmark"] == "classify":
        data = open(asked["file"], "rb").read()
        labels = [sum(data[n * 3072:(n + 1) * 3072]) // 64 % 10 for n in range(asked["count"])]
        print(json.dumps({"wardmark": "answers", "id": asked["id"], "labels": labels}), flush=True)
    else:
        break
'''


def main():
    draw = random.Random(3)
    with open("scans.bin", "wb") as file:
        for number in range(200):
            file.write(bytes([number % 10]) + draw.randbytes(3072))
    pathlib.Path("suspect.py").write_text(SUSPECT, encoding="utf-8")
    for words in (["keygen", "-o", "owner.key"], ["protect", "scans.bin", "-o", "release.bin", "-k", "owner.key", "-m", "cuda"],
                  ["verify", "images", "--suspect", "exec:python3 suspect.py", "--release", "release.bin", "-k", "owner.key",
                   "--test", "scans.bin", "--exploratory", "--disclose", "evidence"]):
        done = subprocess.run(["wardmark", *words, "-q"], stdout=subprocess.DEVNULL, check=False)
        assert done.returncode in (0, 1), words


if __name__ == "__main__":
    main()
