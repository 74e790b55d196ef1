#!/usr/bin/env python3
"""Which keyed method holds under every breaker, at which visibility? A search that never looks at a test set.

    bench/method_search.py visibility --build DIR --data DIR --work DIR
    bench/method_search.py run --build DIR --data DIR --work DIR [--jobs N] [--parallel N] [--deadline SECONDS] [--device auto|cpu|gpu] [--source ID]
    bench/method_search.py tables

Networks (resnet18, width 0.25, 12 epochs) are trained on five sixths of the training pictures of a set, protected by each of the CANDIDATES, and
judged on the last sixth: docs/data/method_search.tsv. How far each candidate can be seen, by `protect --json-lines`, goes to
docs/data/method_visibility.tsv: median PSNR, mean SSIM, mean of the 95th percentiles of CIEDE2000. `tables` writes both into docs/results.md, worst
case first. What is there is not run again.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import statistics
import subprocess
import sys

import evaluation_tables
import table
from material import inputs, key_file

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "docs", "data")
CELLS = os.path.join(DATA, "method_search.tsv")
SEEN = os.path.join(DATA, "method_visibility.tsv")
PAGE = os.path.join(DATA, "..", "results.md")
BEGIN, END = "<!-- method search: begin -->", "<!-- method search: end -->"
COLOUR = ("cifar10-search",)
GREY = ("brain_mri_64-search", "chest_xray_pneumonia_28-search")
NETWORK = "resnet18:0.25:12:1"
BREAKERS = ("jpeg:10", "grayscale", "rsk-ff", "coin:2", "ueraser-lite")
CANDIDATES = {
    COLOUR: (
        "cuda", "lsp", "ar", "salm", "field", "field+amplitude=0.2", "field+amplitude=0.2+channels=chroma", "field+amplitude=0.2+cycles=2",
        "field+amplitude=0.3+cycles=2", "field+amplitude=0.2+waves=1+cycles=2", "field+amplitude=0.2+phase=item",
        "field+amplitude=0.2+mode=additive+cycles=2", "field+amplitude=0.12+grating=8/255", "field+amplitude=0.12+grating=16/255",
        "field+amplitude=0.16+grating=12/255+gratings=1+grating-cycles=1-3", "field+amplitude=0.2+grating=24/255+grating-cycles=1-3",
        "field+amplitude=0.3+grating=24/255", "field+amplitude=0.2+grating=24/255+gratings=8",
        "field+amplitude=0.2+grating=24/255+grating-cycles=5-8", "field+amplitude=0.14+grating=24/255+grating-cycles=5-8",
        "field+amplitude=0.14+channels=chroma+grating=16/255+grating-cycles=5-8",
        "field+amplitude=0.12+channels=chroma+grating=8/255+grating-cycles=5-8",
        "lsp+noise-rms=14/255", "lsp+noise-channels=luma+noise-rms=14/255", "lsp,field", "salm,field", "cuda,field", "cuda,field+amplitude=0.2",
        "cuda,field+amplitude=0.12+grating=12/255", "cuda,field+amplitude=0.12+grating=12/255+grating-cycles=1-3", "cuda,lsp,field"),
    GREY: (
        "cuda", "salm", "lsp+noise-rms=10/255", "field", "field+grating=24/255", "field+grating=32/255", "field+grating=24/255+grating-cycles=1-3",
        "field+grating=24/255+grating-cycles=6-10", "field+grating=20/255+grating-cycles=5-8", "field+grating=24/255+gratings=8",
        "field+grating=16/255+gratings=8", "field+grating=16/255+gratings=1", "field+amplitude=0.2+grating=0",
        "field+amplitude=0.2+grating=16/255", "cuda,field", "salm,field"),
}


def pairs():
    """All (set, method)."""
    return [(name, method) for sets, methods in CANDIDATES.items() for method in methods for name in sets]


def visibility(given, name, method):
    train, _ = inputs(given.data, given.work, name)
    out = os.path.join(given.work, f"seen-{os.getpid()}-{abs(hash((name, method)))}" + os.path.splitext(train)[1])
    done = subprocess.run([os.path.join(given.build, "bin", "wardmark"), "protect", train, "-o", out, "-k", key_file(given.work, "1"),
                           *evaluation_tables.recipe_words(method), "-q", "-j", "1", "--json-lines"], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3):
        raise RuntimeError(f"{name} {method}: {done.stderr}")
    items = [json.loads(line) for line in done.stdout.splitlines()]
    items = [item for item in items if item.get("psnr") is not None]
    subprocess.run(["rm", "-r", out, out + ".wardmark"], check=True)
    return {"set": name, "method": method, "psnr": f"{statistics.median(i['psnr'] for i in items):.2f}",
            "ssim": f"{statistics.mean(i['ssim'] for i in items):.4f}", "ciede2000": f"{statistics.mean(i['ciede2000_p95'] for i in items):.2f}"}


def measure(given):
    rows = {(row["set"], row["method"]): row for row in table.read(SEEN)}
    with concurrent.futures.ThreadPoolExecutor(given.parallel) as workers:
        for row in workers.map(lambda pair: visibility(given, *pair), [pair for pair in pairs() if pair not in rows]):
            rows[row["set"], row["method"]] = row
    table.write(SEEN, ("set", "method", "psnr", "ssim", "ciede2000"), [rows[pair] for pair in sorted(rows)])


def run(given):
    have = collections.defaultdict(set)
    for row in table.read(CELLS):
        have[row["set"], row["method"]].add(row["breaker"])
    given.table, given.what = CELLS, []
    for name, method in pairs():
        wanted = [breaker for breaker in BREAKERS if breaker != "grayscale" or (name,) == COLOUR]
        missing = [breaker for breaker in wanted if breaker not in have[name, method]]
        if missing:
            given.what.append(f"{name}:{method}:{NETWORK}:{','.join(missing)}")
    return 4 if given.what and evaluation_tables.run_jobs(given) else 0


def write_tables():
    cells = collections.defaultdict(list)
    for row in table.read(CELLS):
        if row["data"] == "marked":
            cells[row["set"], row["method"], row["breaker"]].append(100 * float(row["last_balanced"]))
    seen = {(row["set"], row["method"]): row for row in table.read(SEEN)}
    text = []
    for name in [name for sets in CANDIDATES for name in sets]:
        columns = ["none", "early-stop"] + [b for b in BREAKERS if b != "grayscale" or (name,) == COLOUR]
        lines = []
        for method in {row[1] for row in cells if row[0] == name}:
            values = [statistics.mean(cells[name, method, b]) if cells[name, method, b] else None for b in columns]
            known = [value for value in values if value is not None]
            figure = seen.get((name, method), {})
            worst = max(known)
            text_of = [f"{value:.1f}" if value is not None else "-" for value in values]
            lines.append((len(known) < len(columns), worst, f"| `{method.replace('+', ' ')}` | {figure.get('psnr', '-')} | {figure.get('ssim', '-')} | "
                          f"{figure.get('ciede2000', '-')} | " + " | ".join(text_of) + f" | {worst:.1f}{'' if len(known) == len(columns) else ' (not all run)'} |"))
        text += [f"**{name.removesuffix('-search')}**\n", "| method | PSNR | SSIM | CIEDE2000 | " + " | ".join(columns) + " | worst |",
                 "|---|---|---|---|" + "---|" * len(columns) + "---|"] + [line for _, _, line in sorted(lines)] + [""]
    with open(PAGE, encoding="utf-8") as file:
        page = file.read()
    head, rest = page.split(BEGIN)
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(head + BEGIN + "\n\n" + "\n".join(text) + "\n" + END + rest.split(END)[1])


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = parser.add_subparsers(dest="part", required=True)
    for name in ("visibility", "run"):
        part = parts.add_parser(name)
        for option in ("build", "data", "work"):
            part.add_argument("--" + option, required=True)
        part.add_argument("--parallel", type=int, default=1, metavar="N", help="jobs at a time")
        part.add_argument("--jobs", default=str(os.cpu_count()))
        part.add_argument("--deadline", type=float, default=0, metavar="SECONDS", help="0: none")
        part.add_argument("--device", default="auto", choices=("auto", "cpu", "gpu"))
        part.add_argument("--source", default=evaluation_tables.source())
    parts.add_parser("tables")
    given = parser.parse_args(arguments)
    try:
        if given.part == "visibility":
            measure(given)
        elif given.part == "run":
            return run(given)
        write_tables()
    except (RuntimeError, OSError, ValueError) as error:
        print(f"method_search: error: {error}", file=sys.stderr)
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
