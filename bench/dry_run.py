#!/usr/bin/env python3
"""What `protect --dry-run` says of time and bytes, against the run itself, in turn.

    dry_run.py --build DIR --work DIR [--data DIR] [--rounds N] [--threads N]

Photographs: the JPEG files of DATA/photos above half a megabyte, each six times; CIFAR-10: 6,000 records. Targets: time within a
factor 1.5, bytes within 10 %.
"""
import argparse
import json
import lzma
import os
import shutil
import statistics
import subprocess
import sys
import time


def photographs(given):
    source = os.path.join(given.data, "photos")
    names = [name for name in sorted(os.listdir(source)) if name.endswith(".jpg") and
             500_000 < os.path.getsize(os.path.join(source, name)) < 2_000_000]
    for n, name in enumerate(names):
        with open(os.path.join(source, name), "rb") as file:
            text = file.read()
        for copy in range(6):
            folder = os.path.join(given.work, "photos", "ab"[n % 2])
            os.makedirs(folder, exist_ok=True)
            note = f"copy {copy}".encode()
            with open(os.path.join(folder, f"{copy}-{name}"), "wb") as file:
                file.write(text[:2] + b"\xff\xfe" + (len(note) + 2).to_bytes(2, "big") + note + text[2:])
    return "photos"


def cifar(given):
    with lzma.open(os.path.join(given.data, "cifar10", "train_6000.bin.xz")) as packed:
        with open(os.path.join(given.work, "cifar.bin"), "wb") as file:
            shutil.copyfileobj(packed, file)
    return "cifar.bin"


def bytes_below(path):
    if os.path.isfile(path):
        return os.path.getsize(path)
    return sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(path) for name in names)


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--data", default="../shared/data")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args(arguments)
    given.work, given.data = os.path.abspath(given.work), os.path.abspath(given.data)
    program = os.path.abspath(os.path.join(given.build, "bin", "wardmark"))
    os.makedirs(given.work, exist_ok=True)
    if not os.path.exists(os.path.join(given.work, "owner.key")):
        subprocess.run([program, "keygen", "-o", "owner.key", "-q"], cwd=given.work, check=True, stdout=subprocess.DEVNULL)
    for what in (photographs, cifar):
        words = [program, "protect", what(given), "-o", "out", "-k", "owner.key", "-m", "cuda", "-j", str(given.threads), "-q"]
        times, sizes = [], []
        for _ in range(given.rounds):
            said = json.loads(subprocess.run([*words, "--dry-run", "--json"], cwd=given.work, check=True,
                                             capture_output=True, text=True).stdout)
            begin = time.perf_counter()
            subprocess.run(words, cwd=given.work, check=True, stdout=subprocess.DEVNULL)
            times.append(said["seconds"] / (time.perf_counter() - begin))
            out = os.path.join(given.work, "out")
            sizes.append(said["bytes"] / bytes_below(out))
            os.remove(out) if os.path.isfile(out) else shutil.rmtree(out)
            shutil.rmtree(out + ".wardmark")
        spread = lambda values: f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"
        print(f"{what.__name__}: said / real over {given.rounds} rounds: time {spread(times)}, bytes {spread(sizes)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
