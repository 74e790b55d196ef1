#!/usr/bin/env python3
"""What a picture, a slice and an article cost, as the slope between runs of three sizes, and what that makes of large sets.

    scale_cost.py --build DIR --work DIR [--photos DIR] [--threads N] [--sizes N,N,N]

JPEG: copies of the photographs in --photos (../shared/data/photos), each with a comment of its own; slices:
`wardmark-samples --studies`; articles: JSON lines of about 2,500 bytes. Printed: processor seconds an item (slope and
start), wall seconds an item, peak memory at the largest size, bytes of plan and manifest an item.
"""
import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import time

WORDS = ("river night field farm year men lantern bank morning water lamp miller baker worse road stone winter letter house "
         "garden market bread horse bridge window ship harbour wind rain church bell village train city paper").split()


def run(*command, cwd):
    begin = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=cwd)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise RuntimeError(f"exit status {child.returncode}: " + " ".join(command))
    return time.perf_counter() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def jpegs(given, n):
    """Every copy is another file: it has a comment of its own behind the start of the picture."""
    sources = sorted(name for name in os.listdir(given.photos) if name.lower().endswith((".jpg", ".jpeg")))
    whole = []
    for name in sources:
        with open(os.path.join(given.photos, name), "rb") as file:
            whole.append(file.read())
    whole = [text for text in whole if 200_000 < len(text) < 2_000_000][:6]
    for i in range(n):
        text = whole[i % len(whole)]
        note = f"copy {i}".encode()
        folder = os.path.join(given.work, "in", f"class-{i // len(whole) % 2}")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, f"{i:07d}.jpg"), "wb") as file:
            file.write(text[:2] + b"\xff\xfe" + (len(note) + 2).to_bytes(2, "big") + note + text[2:])
    return ["protect", "in", "-o", "out", "-m", "cuda"]


def slices(given, n):
    run(os.path.join(given.build, "bin", "wardmark-samples"), "--out", "in", "--studies", "--slices", str(n), "--frames", "4",
        cwd=given.work)
    return ["protect", "in", "-o", "out", "-m", "cuda", "--max-change", "12stored"]


def articles(given, n):
    luck = random.Random(1)
    os.makedirs(os.path.join(given.work, "in"))
    with open(os.path.join(given.work, "in", "articles.jsonl"), "w", encoding="utf-8") as file:
        for i in range(n):
            text = " ".join(" ".join(luck.choices(WORDS, k=12)).capitalize() + "." for _ in range(34))
            file.write(json.dumps({"id": i, "text": text}) + "\n")
    return None


KINDS = {"jpeg": (jpegs, 1), "slices": (slices, 1), "articles": (articles, 40)}
LARGE = {"jpeg": 200_000, "slices": 10_000 * 300, "articles": 2_000_000}


def measure(given, kind, n):
    make, _ = KINDS[kind]
    for name in ("in", "out", "out.wardmark"):
        path = os.path.join(given.work, name)
        (os.remove if os.path.isfile(path) else lambda folder: shutil.rmtree(folder, ignore_errors=True))(path)
    words = make(given, n)
    program = os.path.join(given.build, "bin", "wardmark")
    if words is None:  # records come as a stream: memory does not grow with the file
        command = ["bash", "-c", "exec \"$0\" mark - -o - --format jsonl --record out.wardmark -k scale.key -q "
                   "<in/articles.jsonl >out", program]
    else:
        command = [program, *words, "-k", "scale.key", "-q", "-j", str(given.threads)]
    input_bytes = sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in
                      os.walk(os.path.join(given.work, "in")) for name in names)
    wall, cpu, peak = run(*command, cwd=given.work)
    record = {name: os.path.getsize(os.path.join(given.work, "out.wardmark", name)) / n
              for name in ("plan.json", "manifest.jsonl")}
    return {"n": n, "wall": wall, "cpu": cpu, "peak": peak, "bytes": input_bytes / n, **record}


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--photos", default="../shared/data/photos")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--sizes", default="250,500,1000")
    parser.add_argument("kinds", nargs="*", default=list(KINDS))
    given = parser.parse_args(arguments)
    given.build, given.work, given.photos = map(os.path.abspath, (given.build, given.work, given.photos))
    os.makedirs(given.work, exist_ok=True)
    if not os.path.exists(os.path.join(given.work, "scale.key")):
        run(os.path.join(given.build, "bin", "wardmark"), "keygen", "-o", "scale.key", "-q", cwd=given.work)
    for kind in given.kinds:
        rows = [measure(given, kind, int(n) * KINDS[kind][1]) for n in given.sizes.split(",")]
        first, last = rows[0], rows[-1]
        slope = {name: (last[name] - first[name]) / (last["n"] - first["n"]) for name in ("wall", "cpu")}
        start = first["cpu"] - slope["cpu"] * first["n"]
        print(f"{kind}: n = {', '.join(str(row['n']) for row in rows)}, {last['bytes'] / 1000:.1f} kB an item; "
              f"{slope['cpu'] * 1e3:.3f} ms of processor time and {slope['wall'] * 1e3:.3f} ms an item, {start:.2f} s to start; "
              f"peak {', '.join(format(row['peak'], '.0f') for row in rows)} MB; "
              f"plan {last['plan.json']:.0f}, manifest {last['manifest.jsonl']:.0f} bytes an item; "
              f"{LARGE[kind]:,} items: {slope['cpu'] * LARGE[kind] / 3600:.1f} hours of one core, "
              f"record {(last['plan.json'] + last['manifest.jsonl']) * LARGE[kind] / 1e9:.2f} GB", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
