#!/usr/bin/env python3
"""How well `wardmark evaluate --meter` foretells what a trained network reaches, over protected sets of many strengths.

    bench/meter_correlation.py --build DIR --data DIR --work DIR [--set NAME] [--jobs N]
    bench/meter_correlation.py table

The first trains one ResNet-18 of width 0.25 (12 epochs, seed 0, no breaker) on each of the sets below that has no row yet,
asks the meter, and appends to docs/data/meter.tsv; the second writes the correlations into docs/evaluate.md. Exit status:
0 done, 2 wrong usage, 4 a program failed.
"""
import argparse
import json
import os
import subprocess
import sys

import table
from material import inputs, key_file

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
TABLE = os.path.join(ROOT, "docs", "data", "meter.tsv")
PAGE = os.path.join(ROOT, "docs", "evaluate.md")
COLUMNS = ("set", "protection", "key", "trained", "meter_clean", "meter_within", "bayes_error")
# Name, number of the key, options of protect; none: the originals.
SETS = [("originals", 0, None)] + [(f"cuda p-b {p}", 1, ["--p-b", p]) for p in ("0.02", "0.05", "0.1", "0.2", "0.6", "1")] + \
    [("cuda p-b 0.3", key, ["--p-b", "0.3"]) for key in range(1, 7)] + \
    [("cuda paper", key, ["--variant", "paper"]) for key in range(1, 4)] + \
    [(f"cuda fraction {f}", 1, ["--fraction", f]) for f in ("0.5", "0.9")]


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode not in (0, 3):
        raise RuntimeError("failed: " + " ".join(command))
    return done.stdout


def rows():
    return table.read(TABLE)


def measure(given, number, name, key, options):
    program = os.path.join(given.build, "bin", "wardmark")
    train, test = inputs(given.data, given.work, given.set)
    marked = train
    if options is not None:
        marked = os.path.join(given.work, f"meter-{given.set}-{number}" + os.path.splitext(train)[1])
        if not os.path.exists(marked):
            run([program, "protect", train, "-o", marked, "-k", key_file(given.work, key), "-m", "cuda", *options, "--quiet"])
    evaluate = [program, "evaluate", "--train", marked, "--test", test, "--json", "--quiet", "-j", given.jobs]
    meter = json.loads(run(evaluate + ["--meter"]))["sets"][-1]
    study = json.loads(run(evaluate + ["--breakers", "none", "--budget", "0", "--overwrite", "--state",
                                       os.path.join(given.work, f"meter-{given.set}-{number}.state")]))
    return {"set": given.set, "protection": name, "key": str(key), "trained": f"{study['rows'][0]['last']['mean']:.4f}",
            "meter_clean": f"{meter['transfer_accuracy']:.4f}", "meter_within": f"{meter['within_accuracy']:.4f}",
            "bayes_error": f"{meter['bayes_error']:.4f}"}


def ranks(values):
    order = sorted(range(len(values)), key=values.__getitem__)
    out = [0.0] * len(values)
    first = 0
    while first < len(order):
        last = first
        while last + 1 < len(order) and values[order[last + 1]] == values[order[first]]:
            last += 1
        for place in order[first:last + 1]:
            out[place] = (first + last) / 2
        first = last + 1
    return out


def correlation(a, b):
    mean_a, mean_b = sum(a) / len(a), sum(b) / len(b)
    across = sum((x - mean_a) * (y - mean_b) for x, y in zip(a, b))
    return across / (sum((x - mean_a) ** 2 for x in a) * sum((y - mean_b) ** 2 for y in b)) ** 0.5


def write_table():
    text = ["| set | n | figure of the meter | correlation | rank correlation |", "|---|---|---|---|---|"]
    for name in sorted({row["set"] for row in rows()}):
        of_set = [row for row in rows() if row["set"] == name]
        trained = [float(row["trained"]) for row in of_set]
        gap = [float(row["meter_within"]) - float(row["meter_clean"]) for row in of_set]
        figures = [("clean test pictures recognised", [float(row["meter_clean"]) for row in of_set]),
                   ("within the set", [float(row["meter_within"]) for row in of_set]), ("within less clean", gap)]
        for what, values in figures:
            text.append(f"| {name} | {len(of_set)} | {what} | {correlation(values, trained):+.2f} | "
                        f"{correlation(ranks(values), ranks(trained)):+.2f} |")
    begin, end = "<!-- meter: begin -->", "<!-- meter: end -->"
    with open(PAGE, encoding="utf-8") as file:
        before, rest = file.read().split(begin)
    after = rest.split(end)[1]
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(before + begin + "\n\n" + "\n".join(text) + "\n\n" + end + after)


def main(arguments):
    if arguments == ["table"]:
        write_table()
        return 0
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("build", "data", "work"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--set", default="cifar10")
    parser.add_argument("--jobs", default=str(os.cpu_count()))
    given = parser.parse_args(arguments)
    os.makedirs(given.work, exist_ok=True)
    try:
        for number, (name, key, options) in enumerate(SETS):
            if any((row["set"], row["protection"], row["key"]) == (given.set, name, str(key)) for row in rows()):
                continue
            row = measure(given, number, name, key, options)
            print(row, file=sys.stderr, flush=True)
            table.write(TABLE, COLUMNS, [*rows(), row])
        write_table()
    except (RuntimeError, OSError) as error:
        print(f"meter_correlation: error: {error}", file=sys.stderr)
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
