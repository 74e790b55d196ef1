#!/usr/bin/env python3
"""Are guilty models found? `verify images` against networks that were trained on a share of a release, as they are, under breakers, and
laundered afterwards.

    bench/verification_power.py run --build DIR --data DIR --work DIR [--jobs N] [--parallel N] [--deadline SECONDS]
                                    [--device auto|cpu|gpu] [--table FILE] [--source ID] JOB...
    bench/verification_power.py tables

JOB: [SET/]METHOD:SHARE:WAYS:SEED, METHOD as for evaluation_tables.py, e.g. cuda:100:none:0, cuda:50:none,jpeg:10:1 or
chest_xray_pneumonia_28/salm:100:none:0, or @FILE with one a line. A fresh key and release of 6,000 CIFAR-10 pictures (or of a medical set, SHARE 100 only) a seed, of which SHARE percent (by the seed) replace their
originals; a resnet18 (width 0.25, 12 epochs) trained on that under each of WAYS: none, a breaker of `evaluate`, `finetune` (then 3 epochs at rate
0.01 on 1,000 originals) or `distil` (a second network, trained on the originals with the labels that the first one gives them); then
`verify images` with the test pictures, 20,000 queries (24,000 and a pool of 600 keys for medical sets, where classes are few), labels, and on CIFAR-10
scores under WAY none. Rows are added to
docs/data/verification.tsv; those that are there are not run again. What the networks learned goes into the table of evaluation_tables.py, as
METHOD@power-SEED (SHARE 100 only). `tables` writes the part of docs/results.md.
"""
import argparse
import concurrent.futures
import json
import os
import random
import re
import statistics
import subprocess
import sys
import threading
import time

import table
import evaluation_tables
from evaluation_tables import recipe_words
from material import inputs, key_file

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
TABLE = os.path.join(ROOT, "docs", "data", "verification.tsv")
PAGE = os.path.join(ROOT, "docs", "results.md")
KEY = ("set", "method", "share", "way", "seed", "access")
COLUMNS = KEY + ("p", "effect", "effect_low", "effect_high", "key_spread", "detectable", "queries", "seconds", "source")
RECORD = 3073
NETWORK = ("--arch", "resnet18", "--width", "0.25")
LAUNDERED = ("finetune", "distil")
BEGIN, END = "<!-- verification: begin -->", "<!-- verification: end -->"
MAKING = threading.Lock()


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


def file_name(text):
    return re.sub(r"[^A-Za-z0-9,=+._-]", "_", text)


def compute(given):
    return ("-j", given.jobs, "--device", given.device)


def found_weights(folder, way):
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    names = [name for name in names if name.endswith(".safetensors") and way.split(":")[0] in name]
    return os.path.join(folder, names[0]) if names else None


def trained(given, train, test, ways, seed, name):
    """Weights of the networks that were trained under each breaker, by breaker; one run of `evaluate`."""
    folder = os.path.join(given.work, name)
    if not all(found_weights(folder, way) for way in ways):
        others = [way for way in ways if way != "none"]  # which is always there
        program(given, "evaluate", "--train", train, "--test", test, "--breakers", ",".join(others or ways), *NETWORK, "--epochs", "12", "--seed", str(seed),
                "--budget", "0", "--state", folder + ".state", "--resume", "--save-models", folder, "-q", "--json", *compute(given))
    return {way: found_weights(folder, way) for way in ways}


def keep_cells(given, set_name, method, seed, name):
    """What the networks learned, for the other table."""
    place = argparse.Namespace(work=given.work, table=given.evaluation, source=given.source)
    job = evaluation_tables.Job(place, None, f"{set_name}:{method}@power-{seed}:resnet18:0.25:12:1:-")
    job.collect(os.path.join(given.work, name + ".state"), None)


def answers(given, weights, pictures, work):
    """What a network says of CIFAR-10 records, asked by the suspect protocol."""
    batch = os.path.join(work, "batch.raw")
    said = []
    with subprocess.Popen([os.path.join(given.build, "bin", "wardmark"), "suspect", weights, *compute(given)], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as model:
        def ask(**message):
            print(json.dumps(message), file=model.stdin, flush=True)
            return json.loads(model.stdout.readline())
        ask(wardmark="hello", version=1)
        for begin in range(0, len(pictures), 250):
            part = pictures[begin:begin + 250]
            with open(batch, "wb") as file:
                for planes in part:  # record: planes; protocol: samples of a pixel side by side
                    pixels = bytearray(3072)
                    for channel in range(3):
                        pixels[channel::3] = planes[channel * 1024:(channel + 1) * 1024]
                    file.write(pixels)
            said += ask(wardmark="classify", id=begin + 1, count=len(part), file=os.path.abspath(batch))["labels"]
        model.stdin.close()
    os.remove(batch)
    return said


def laundered(given, train, test, way, seed, name, weights):
    """A network made of a guilty one and of clean pictures."""
    with open(train, "rb") as file:
        records = file.read()
    records = [records[begin:begin + RECORD] for begin in range(0, len(records), RECORD)]
    place = os.path.join(given.work, f"{name}-{way}")
    os.makedirs(place, exist_ok=True)
    data = os.path.join(place, "data.bin")
    words = ["--epochs", "12"]
    if way == "finetune":
        chosen = random.Random(seed).sample(records, 1000)
        words = ["--epochs", "3", "--rate", "0.01", "--begin", weights]
    else:
        with open(os.path.splitext(weights)[0] + ".json") as file:
            order = json.load(file)["classes"]
        said = answers(given, weights, [record[1:] for record in records], place)
        chosen = [bytes([int(order[label])]) + record[1:] for label, record in zip(said, records)]
    with open(data, "wb") as file:
        file.write(b"".join(chosen))
    program(given, "train", data, "-o", os.path.join(place, "model"), *NETWORK, *words, "--seed", str(seed), "--overwrite", "-q", *compute(given))
    os.remove(data)
    return os.path.join(place, "model.safetensors")


def released_set(given, set_name, method, seed, train, key):
    released = os.path.join(given.work, file_name(f"power-{set_name}-{method}-{seed}") + os.path.splitext(train)[1])
    with MAKING:
        if not os.path.exists(released):
            recipe = recipe_words(method)
            plan = ()
            if set_name != "cifar10":  # few classes: more candidate keys
                plan = ("--plan", released + ".plan")
                if not os.path.exists(plan[1]):
                    program(given, "plan", train, "-o", plan[1], "-k", key, *recipe, "--pool", "600", "--alpha", "0.05", "--suspects", "1", "-q",
                            "-j", given.jobs)
            program(given, "protect", train, "-o", released, "-k", key, *recipe, *plan, "-q", "-j", given.jobs)
    return released


def run_job(given, job):
    """Rows of a job."""
    start = time.monotonic()
    set_name, what = re.fullmatch(r"(?:([^/:+]+)/)?(.+)", job).groups()
    set_name = set_name or "cifar10"
    method, share, rest = what.split(":", 2)
    ways, seed = rest.rsplit(":", 1)
    ways = ways.split(",")
    train, test = inputs(given.data, given.work, set_name)
    key = key_file(given.work, f"power-{seed}")
    released = released_set(given, set_name, method, seed, train, key)
    name = file_name(f"power-{set_name}-{method}-{share}-{seed}")
    mixed = released
    if share != "100":
        mixed = os.path.join(given.work, name + ".bin")
        mixture(train, released, int(share), int(seed), mixed)
    weights = trained(given, mixed, test, ["none"] + [way for way in ways if way not in LAUNDERED + ("none",)], seed, name)
    if share == "100":
        keep_cells(given, set_name, method, seed, name)
    done = []
    for way in ways:
        suspect = laundered(given, train, test, way, int(seed), name, weights["none"]) if way in LAUNDERED else weights[way]
        for access in ("labels", "scores") if way == "none" and set_name == "cifar10" else ("labels",):
            text = program(given, "verify", "images", "--suspect", suspect, "--release", released, "-k", key, "--test", test, "--queries",
                           "20000" if set_name == "cifar10" else "24000", "--access", access, "--suspect-memory", "0", "--exploratory", "--json",
                           "-q", *compute(given), check=(0, 1))
            found = json.loads(text)
            detectable = found["detectable_effect"]
            done.append({"set": set_name, "method": method, "share": share, "way": way, "seed": seed, "access": access,
                         "p": f"{found['p']:.4g}", "effect": f"{found['effect']:.4f}", "effect_low": f"{found['effect_low']:.4f}",
                         "effect_high": f"{found['effect_high']:.4f}", "key_spread": f"{found['key_spread']:.4f}",
                         "detectable": "" if detectable is None else f"{detectable:.4f}", "queries": str(found["queries"]),
                         "seconds": f"{time.monotonic() - start:.0f}", "source": given.source})
    if share != "100":
        os.remove(mixed)
    return done


def known_rows(path):
    rows = table.read(path) if os.path.exists(path) else []
    return {tuple(row.setdefault("set", "cifar10") if k == "set" else row[k] for k in KEY): row for row in rows}


def run(given):
    rows = known_rows(given.table)
    end = time.monotonic() + given.deadline if given.deadline else None
    jobs = []
    for word in given.job:
        if word.startswith("@"):
            with open(word[1:]) as file:
                jobs += [line.strip() for line in file if line.strip()]
        else:
            jobs.append(word)

    def is_there(job):
        set_name, what = re.fullmatch(r"(?:([^/:+]+)/)?(.+)", job).groups()
        method, share, rest = what.split(":", 2)
        ways, seed = rest.rsplit(":", 1)
        return all((set_name or "cifar10", method, share, way, seed, "labels") in rows for way in ways.split(","))

    failed = False

    def one(job):
        return [] if end and time.monotonic() > end else run_job(given, job)

    with concurrent.futures.ThreadPoolExecutor(given.parallel) as workers:
        running = {workers.submit(one, job): job for job in jobs if not is_there(job)}
        for done in concurrent.futures.as_completed(running):
            try:
                for row in done.result():
                    rows[tuple(row[k] for k in KEY)] = row
            except (RuntimeError, OSError, ValueError, KeyError) as error:
                print(f"{running[done]}: {error}", file=sys.stderr, flush=True)
                failed = True
            table.write(given.table, COLUMNS, [rows[k] for k in sorted(rows)])
    return 4 if failed else 0


def power_of_ten(p):
    return f"{float(p):.1e}".replace("e-0", "e-")


def tables(_):
    groups = {}
    for row in known_rows(TABLE).values():
        groups.setdefault((row["set"], row["method"], int(row["share"]), row["way"]), {}).setdefault(row["access"], []).append(row)
    text = ("| set | method | share | trained under | seeds | labels: p, median (largest) | effect, % | key spread, % | scores: p, median (largest) | "
            "effect, log-odds | key spread |\n|---|---|---|---|---|---|---|---|---|---|---|\n")
    for (name, method, share, way), found in sorted(groups.items(), key=lambda g: (g[0][0], g[0][1], -g[0][2], g[0][3] != "none", g[0][3])):
        cells = []
        for access, scale in (("labels", 100), ("scores", 1)):
            rows = found.get(access, [])
            p = [float(row["p"]) for row in rows]
            if not p:
                cells += ["", "", ""]
                continue
            cells.append(f"{power_of_ten(statistics.median(p))} ({power_of_ten(max(p))})")
            for figure in ("effect", "key_spread"):
                cells.append(f"{scale * statistics.median(float(row[figure]) for row in rows):.2f}")
        text += f"| {name} | {method.replace('+', ' ')} | {share} % | {way} | {len(found.get('labels', []))} | " + " | ".join(cells) + " |\n"
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
    part.add_argument("--parallel", type=int, default=1, metavar="N", help="jobs at a time")
    part.add_argument("--deadline", type=float, default=0, metavar="SECONDS", help="begin no job after this time; 0: none")
    part.add_argument("--device", default="auto", choices=("auto", "cpu", "gpu"))
    part.add_argument("--table", default=TABLE)
    part.add_argument("--evaluation", default=evaluation_tables.TABLE, metavar="FILE", help="table of what networks learn")
    part.add_argument("--source", default="")
    part.add_argument("job", nargs="+")
    parts.add_parser("tables")
    given = parser.parse_args(arguments)
    return run(given) if given.part == "run" else tables(given)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
