#!/usr/bin/env python3
"""What platforms leave of the change of each keyed method, on photographs: `wardmark protect --survives`.

    bench/platform_survival.py --build DIR --photos DIR --work DIR [--methods NAME ...] [--steps LIST]

--photos holds .jpg photographs; those of 0.2 to 9 megapixels are taken, in two class folders, and become PNG. Prints one
table row a method: the mean share of the change that outlives each step, and the worst item's in brackets. About half a
minute a method on two cores. Exit status: 0 measured, 4 a program failed.
"""
import argparse
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys

METHODS = ("cuda", "lsp", "ar", "field", "salm", "cuda,field")
STEPS = "jpeg:95,jpeg:90,jpeg:75,jpeg:10,webp:90,webp:75,resize:0.5"


def megapixels(photo):
    """By the frame header; 0 where there is none or it has not three colours."""
    data = photo.read_bytes()
    at = 2
    while at + 10 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], struct.unpack_from(">H", data, at + 2)[0]
        if 0xC0 <= marker <= 0xC2:
            height, width, channels = struct.unpack_from(">HHB", data, at + 5)
            return height * width / 1e6 if channels == 3 else 0
        at += 2 + length
    return 0


def take_photographs(photos, work):
    shutil.rmtree(work / "in", ignore_errors=True)
    taken = sorted(p for p in photos.glob("*.jpg") if 0.2 <= megapixels(p) <= 9 and "flat" not in p.name and "orientation_" not in p.name)
    for i, photo in enumerate(taken):
        place = work / "in" / "ab"[i % 2]
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(photo, place)
    return len(taken)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--build", required=True)
    arguments.add_argument("--photos", required=True, type=pathlib.Path)
    arguments.add_argument("--work", required=True, type=pathlib.Path)
    arguments.add_argument("--methods", nargs="+", default=METHODS)
    arguments.add_argument("--steps", default=STEPS)
    given = arguments.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    wardmark = os.path.join(given.build, "bin", "wardmark")
    key = given.work / "owner.key"
    if not key.exists():
        subprocess.run([wardmark, "keygen", "-o", key, "-q"], check=True, stdout=subprocess.DEVNULL)
    print(f"{take_photographs(given.photos, given.work)} photographs")
    steps = given.steps.split(",")
    print("| method | " + " | ".join(steps) + " |\n|---" + "|---" * len(steps) + "|")
    for method in given.methods:
        done = subprocess.run([wardmark, "protect", given.work / "in", "-k", key, "-m", method, "--output-format", "png", "--dry-run",
                               "--survives", given.steps, "--json", "-q"], capture_output=True, text=True, check=False)
        if done.returncode not in (0, 3):
            print(f"platform_survival.py: error: {done.stderr}", file=sys.stderr)
            return 4
        rows = json.loads(done.stdout.splitlines()[-1])["steps"]
        print(f"| `{method}` | " + " | ".join(f"{r['mean']:.2f} ({r['worst']:.2f})" for r in rows) + " |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
