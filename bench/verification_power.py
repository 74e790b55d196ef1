#!/usr/bin/env python3
"""Are guilty models found? `verify images` against networks that were trained on a share of a release, as they are and under breakers.

    bench/verification_power.py run --build DIR --data DIR --work DIR [--jobs N] [--table FILE] [--source ID] JOB...
    bench/verification_power.py tables

JOB: METHOD:SHARE:WAY:SEED, e.g. cuda:100:none:0 or cuda:50:jpeg:10:1, or @FILE with one a line. On 6,000 CIFAR-10 pictures: a fresh key and
release a seed, of which SHARE percent (by the seed) replace their originals; a resnet18 (width 0.25, 12 epochs) trained on that under WAY (a
breaker of `evaluate`, or none); then `verify images` with the 1,500 test pictures, labels and scores, 20,000 queries each. Rows are added to
docs/data/verification.tsv; those that are there are not run again. `tables` writes the part of docs/results.md.
"""
import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import time

import table
from material import inputs, key_file

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
TABLE = os.path.join(ROOT, "docs", "data", "verification.tsv")
PAGE = os.path.join(ROOT, "docs", "results.md")
KEY = ("method", "share", "way", "seed", "access")
COLUMNS = KEY + ("p", "effect", "effect_low", "effect_high", "key_spread", "detectable", "queries", "seconds", "source")
RECORD = 3073
BEGIN, END = "<!-- verification: begin -->", "<!-- verification: end -->"


def program(given, *words, check=(0,)):
    done = subprocess.run([os.path.join(given.build, "bin", "wardmark"), *words], capture_output=True, text=True, check=False)
    if done.returncode not in check:
        raise RuntimeError(" ".join(words) + "\n" + done.stderr)
    return done.stdout


def mixture(train, released, share, seed, out):
    """The originals, of which `share` percent are replaced by their released copies."""
    with open(train, "rb") as clean, open(released, "rb") as marked:
        a, b = clean.read(), marked.read()
    count = len(a) // RECORD
    chosen = set(random.Random(seed).sample(range(count), count * share // 100))
    with open(out, "wb") as file:
        for n in range(count):
            source = b if n in chosen else a
            file.write(source[n * RECORD:(n + 1) * RECORD])


def suspect(given, train, test, way, seed, name):
    """Weights of a network that was trained under a breaker."""
    folder = os.path.join(given.work, name)
    found = lambda: [os.path.join(folder, file) for file in os.listdir(folder) if file.endswith(".safetensors")] if os.path.isdir(folder) else []
    if not found():
        program(given, "evaluate", "--train", train, "--test", test, "--breakers", way, "--arch", "resnet18", "--width", "0.25", "--epochs", "12",
                "--seed", str(seed), "--budget", "0", "--state", folder + ".state", "--overwrite", "--save-models", folder, "-q", "--json",
                "-j", given.jobs)
    (weights,) = [path for path in found() if way.split(":")[0] in os.path.basename(path)] or found()
    return weights


def run_job(given, job, rows):
    method, share, rest = job.split(":", 2)
    way, seed = rest.rsplit(":", 1)
    if all((method, share, way, seed, access) in rows for access in ("labels", "scores")):
        return []
    start = time.monotonic()
    train, test = inputs(given.data, given.work, "cifar10")
    key = key_file(given.work, f"power-{seed}")
    released = os.path.join(given.work, f"power-{method}-{seed}.bin")
    if not os.path.exists(released):
        program(given, "protect", train, "-o", released, "-k", key, "-m", method, "-q", "-j", given.jobs)
    mixed = os.path.join(given.work, f"power-{method}-{share}-{seed}.bin")
    mixture(train, released, int(share), int(seed), mixed)
    weights = suspect(given, mixed, test, way, seed, f"power-{method}-{share}-{way.replace(':', '_')}-{seed}")
    done = []
    for access in ("labels", "scores"):
        text = program(given, "verify", "images", "--suspect", weights, "--release", released, "-k", key, "--test", test, "--queries", "20000",
                       "--access", access, "--exploratory", "--json", "-q", "-j", given.jobs, check=(0, 1))
        found = json.loads(text)
        detectable = found["detectable_effect"]
        done.append({"method": method, "share": share, "way": way, "seed": seed, "access": access, "p": f"{found['p']:.4g}",
                     "effect": f"{found['effect']:.4f}", "effect_low": f"{found['effect_low']:.4f}", "effect_high": f"{found['effect_high']:.4f}",
                     "key_spread": f"{found['key_spread']:.4f}", "detectable": "" if detectable is None else f"{detectable:.4f}",
                     "queries": str(found["queries"]), "seconds": f"{time.monotonic() - start:.0f}", "source": given.source})
    os.remove(mixed)
    return done


def run(given):
    rows = {tuple(row[k] for k in KEY): row for row in table.read(given.table)} if os.path.exists(given.table) else {}
    jobs = []
    for word in given.job:
        if word.startswith("@"):
            with open(word[1:]) as file:
                jobs += [line.strip() for line in file if line.strip()]
        else:
            jobs.append(word)
    for job in jobs:
        try:
            for row in run_job(given, job, rows):
                rows[tuple(row[k] for k in KEY)] = row
        except (RuntimeError, OSError, ValueError) as error:
            print(f"{job}: {error}", file=sys.stderr)
            return 4
        table.write(given.table, COLUMNS, [rows[k] for k in sorted(rows)])
    return 0


def power_of_ten(p):
    return f"{float(p):.1e}".replace("e-0", "e-")


def tables(_):
    groups = {}
    for row in table.read(TABLE):
        groups.setdefault((row["method"], int(row["share"]), row["way"]), {}).setdefault(row["access"], []).append(row)
    text = ("| method | share | trained under | seeds | labels: p, median (largest) | effect, % | key spread, % | scores: p, median (largest) | "
            "effect, log-odds | key spread |\n|---|---|---|---|---|---|---|---|---|---|\n")
    for (method, share, way), found in sorted(groups.items(), key=lambda g: (g[0][0], -g[0][1], g[0][2] != "none", g[0][2])):
        cells = []
        for access, scale in (("labels", 100), ("scores", 1)):
            rows = found.get(access, [])
            p = [float(row["p"]) for row in rows]
            if not p:
                cells += ["", "", ""]
                continue
            cells.append(f"{power_of_ten(statistics.median(p))} ({power_of_ten(max(p))})")
            for name in ("effect", "key_spread"):
                cells.append(f"{scale * statistics.median(float(row[name]) for row in rows):.2f}")
        text += f"| {method} | {share} % | {way} | {len(found.get('labels', []))} | " + " | ".join(cells) + " |\n"
    with open(PAGE) as file:
        page = file.read()
    head, rest = page.split(BEGIN)
    with open(PAGE, "w") as file:
        file.write(head + BEGIN + "\n" + text + END + rest.split(END)[1])
    return 0


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = parser.add_subparsers(dest="part", required=True)
    part = parts.add_parser("run")
    for name in ("build", "data", "work"):
        part.add_argument("--" + name, required=True)
    part.add_argument("--jobs", default=str(os.cpu_count()))
    part.add_argument("--table", default=TABLE)
    part.add_argument("--source", default="")
    part.add_argument("job", nargs="+")
    parts.add_parser("tables")
    given = parser.parse_args(arguments)
    return run(given) if given.part == "run" else tables(given)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
