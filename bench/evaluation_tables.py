#!/usr/bin/env python3
"""Fills docs/data/evaluation.tsv and writes the tables of docs/results.md from it.

    bench/evaluation_tables.py run --build DIR --data DIR --work DIR [--jobs N] [--parallel N] [--deadline SECONDS]
                                   [--device auto|cpu|gpu] [--table FILE] [JOB ...]
    bench/evaluation_tables.py tables

A JOB is SET:METHOD:NETWORK:WIDTH:EPOCHS:REPEATS:BREAKERS, for example cifar10:cuda-dc:resnet18:0.25:12:3:jpeg:10,grayscale
(the breakers may hold colons; "none" for none; METHOD is one of METHODS below, or a name and parameters as in
field+amplitude=0.2+channels=chroma; METHOD@2 is the same under a second key, "originals" nothing protected); without one, the list JOBS below; @FILE reads jobs from a file, one a line. Every finished cell is one row; rows that are there
are not run again, so the tables grow with each run. --build holds bin/wardmark and bin/wardmark-nn of a Release build, --data the
material of the tests, --work protected copies and states. --parallel runs so many jobs at a time, for a GPU or many cores; after
--deadline no job starts and those that run are stopped, their finished cells kept. Exit status: 0 done, 2 wrong usage, 4 a program
failed; the other jobs are done all the same.
"""
import argparse
import collections
import concurrent.futures
import fcntl
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import threading
import time

import table
from material import inputs, key_file

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
TABLE = os.path.join(ROOT, "docs", "data", "evaluation.tsv")
RESULTS = os.path.join(ROOT, "docs", "results.md")
COLUMNS = ("set", "method", "network", "width", "epochs", "data", "share", "breaker", "seed", "train_items",
           "validation_items", "test_items", "last_accuracy", "last_balanced", "last_auc", "best_accuracy",
           "best_balanced", "best_auc", "best_epoch", "seconds", "compute", "source")
KEY = ("set", "method", "network", "width", "epochs", "data", "share", "breaker", "seed", "compute")
METHODS = {"cuda-dc": ["-m", "cuda"], "cuda-paper": ["-m", "cuda", "--variant", "paper"],
           "salm": ["-m", "salm"], "salm-random": ["-m", "salm", "--mask", "random"], "salm-own": ["-m", "salm", "--mask", "own"],
           "salm-twins": ["-m", "salm", "--twins", "0.25"], "salm-twins1": ["-m", "salm", "--twins", "0.125"],
           **{f"salm-rho{rho}": ["-m", "salm", "--rho", rho] for rho in ("0.1", "0.2", "0.3", "0.6", "1")},
           **{f"salm-eps{steps}": ["-m", "salm", "--epsilon", f"{steps}/255"] for steps in (2, 4, 6, 16)},
           "texture-eps5": ["-m", "salm", "--rho", "1", "--epsilon", "5/255"],  # the L2 norm of salm, without a mask
           "em-eps5": ["-m", "em", "--epsilon", "5/255"],
           "salm-half": ["-m", "salm", "--carrier-share", "0.5"],
           "salm-trained": ["-m", "salm", "--carrier-share", "0"],
           "salm-reference": ["-m", "salm", "--carrier-share", "0", "--schedule", "reference"],
           "em": ["-m", "em"], "em-trained": ["-m", "em", "--carrier-share", "0"],
           "em-reference": ["-m", "em", "--carrier-share", "0", "--schedule", "reference"], "pil": ["-m", "pil"]}
# Methods with a column of their own; the others are variants. A star: as it was before commit b8714f8.
WHOLE = ("cuda-dc", "cuda-paper", "salm", "salm*", "em", "pil")
FITTED = ("salm-half", "salm-trained", "salm-reference", "em-eps5", "em", "em-trained", "em-reference", "pil")
MAIN = "jpeg:10,grayscale,rsk-ff,coin,ueraser-lite"
SMALL = "resnet18:0.25:12"
MEDICAL = ("brain_mri_64", "breast_ultrasound_64", "chest_xray_pneumonia_28")
KEYS = range(2, 7)
JOBS = [
    f"cifar10:cuda-dc:{SMALL}:3:{MAIN}",
    f"cifar10:originals:{SMALL}:3:none",
    f"cifar10:originals:{SMALL}:1:{MAIN}",
    f"cifar10:cuda-paper:{SMALL}:3:{MAIN}",
    *[f"{name}:{method}:{SMALL}:3:quick" for name in ("breast_ultrasound_64", "organ_modality_64")
      for method in ("originals", "cuda-dc")],
    *[f"{name}:salm:{network}:0.25:12:3:early-stop" for name in (*MEDICAL, "cifar10")
      for network in ("resnet18", "vgg11_bn", "densenet121")],
    *[f"{name}:{method}:{SMALL}:3:early-stop" for name in MEDICAL for method in ("salm-own", "salm-random", "em-eps5")],
    *[f"chest_xray_pneumonia_28:salm-{part}:{SMALL}:3:early-stop"
      for part in ("rho0.1", "rho0.2", "rho0.3", "rho0.6", "rho1", "eps2", "eps4", "eps16")],
    f"cifar10:salm:{SMALL}:1:{MAIN}",
    *[f"cifar10:{method}:{SMALL}:1:full" for method in ("cuda-dc", "cuda-paper")],
    "cifar10:originals:resnet18:1:12:1:none",
    "cifar10:cuda-dc:resnet18:1:12:1:rsk-ff",
    *[f"cifar10:{method}@{key}:{SMALL}:1:none" for method in ("cuda-dc", "cuda-paper", "salm") for key in KEYS],
    *[f"brain_mri_64:salm@{key}:{SMALL}:1:none" for key in KEYS],
]


def recipe_words(method):
    """What `protect` is told of a method: by its name in METHODS, or NAME+OPTION=VALUE+..."""
    if method in METHODS:
        return METHODS[method]
    name, *options = method.split("+")
    return ["-m", name] + [word for option in options for word in ("--" + option.partition("=")[0], option.partition("=")[2])]


def source():
    answer = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False,
                            cwd=ROOT)
    return answer.stdout.strip() or "unknown"


def write_table(path, rows):
    table.write(path, COLUMNS, sorted(rows, key=lambda row: tuple(row[name] for name in KEY)))


class Programs:
    """Runs programs until the deadline."""

    def __init__(self, seconds):
        self.end = time.monotonic() + seconds if seconds else None
        self.being_made = collections.defaultdict(threading.Lock)  # by path

    def left(self):
        return None if self.end is None else self.end - time.monotonic()

    def over(self):
        return self.end is not None and self.left() <= 0

    def run(self, command):
        """(exit status, stdout); a program that the deadline stops has status 5, as the program itself says."""
        print("+ " + " ".join(command), file=sys.stderr, flush=True)
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
            try:
                text, _ = program.communicate(timeout=self.left())
                return program.returncode, text
            except subprocess.TimeoutExpired:
                program.send_signal(signal.SIGTERM)
                try:
                    program.communicate(timeout=5)
                except subprocess.TimeoutExpired:
                    program.kill()
                return 5, ""


def needs_pairs(breakers):
    """Some breakers compare with the originals."""
    return any(name in breakers for name in ("full", "known-pairs", "dfr"))


class Job:
    """One evaluation: data set, method, network and what is tried."""

    def __init__(self, given, programs, text):
        self.given = given
        self.programs = programs
        self.set, self.method, self.network, self.width, self.epochs, self.repeats, self.breakers = text.split(":", 6)
        self.name = re.sub(r"[^A-Za-z0-9@.,=+_-]", "_", f"{self.set}-{self.method}")
        self.recipe, _, self.key = self.method.partition("@")
        self.originals = self.recipe == "originals"

    def path(self, *parts):
        return os.path.join(self.given.work, *parts)

    def program(self):
        return os.path.join(self.given.build, "bin", "wardmark")

    def marked(self, train):
        """The protected set, made by whoever needs it first."""
        path = self.path(self.name + os.path.splitext(train)[1])
        with self.programs.being_made[path]:
            if not os.path.exists(path):
                status, _ = self.programs.run([self.program(), "protect", train, "-o", path, "-k",
                                               key_file(self.given.work, self.key or "1"), *recipe_words(self.recipe), "-j",
                                               self.given.jobs, "--quiet", *self.device(self.recipe in FITTED)])
                if status not in (0, 3, 5):
                    raise RuntimeError(f"{path} could not be made")
        return path if os.path.exists(path) else None

    def device(self, needed=True):
        return ["--device", self.given.device] if needed and self.given.device != "auto" else []

    def state(self):
        tried = re.sub(r"[^a-z0-9-]+", "_", self.breakers)
        return self.path("-".join((self.name, self.network, self.width, self.epochs, self.repeats, tried)))

    def run(self):
        if self.programs.over():
            return
        train, test = inputs(self.given.data, self.given.work, self.set)
        marked = train if self.originals else self.marked(train)
        if marked is None:
            return
        command = [self.program(), "evaluate", "--train", marked, "--test", test, "--arch", self.network, "--width",
                   self.width, "--epochs", self.epochs, "--repeats", self.repeats, "--breakers", self.breakers, "--budget",
                   "0", "--state", self.state(), "--resume", "--json", "-q", "-j", self.given.jobs, *self.device()]
        if needs_pairs(self.breakers) and not self.originals:
            command += ["--clean", train]
        status, text = self.programs.run(command)
        self.collect(self.state(), json.loads(text) if status == 0 else None)
        if status not in (0, 5):
            raise RuntimeError("failed: " + " ".join(command))

    def collect(self, state, summary):
        """Cells that are done, also of a run that was stopped."""
        cells = os.path.join(state, "cells.jsonl")
        if not os.path.exists(cells):
            return
        with open(os.path.join(self.given.work, "table.lock"), "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # several runs may fill one table
            known = table.read(self.given.table) if os.path.exists(self.given.table) else []
            rows = {tuple(row[name] for name in KEY): row for row in known}
            with open(cells, encoding="utf-8") as file:
                for line in file:
                    row = self.row(json.loads(line), summary)
                    rows[tuple(row[name] for name in KEY)] = row
            write_table(self.given.table, list(rows.values()))

    def row(self, cell, summary):
        what = cell["cell"]
        share = lambda value: "" if value is None else f"{value:.4f}"
        last, best = cell["last"], cell["best"]
        clean = self.originals or what["data"] == "clean"
        return {"set": self.set, "method": "-" if clean else self.method, "network": what["network"],
                "width": self.width, "epochs": self.epochs, "data": "clean" if clean else what["data"],
                "share": "0" if clean else str(what["share"]),
                "breaker": what["breaker"], "seed": str(cell["seed"]), "train_items": cell["train_items"],
                "validation_items": summary["validation_items"] if summary else "",
                "test_items": len(last["predicted"]),
                "last_accuracy": share(last["accuracy"]), "last_balanced": share(last["balanced_accuracy"]),
                "last_auc": share(last["auc"]), "best_accuracy": share(best["accuracy"]),
                "best_balanced": share(best["balanced_accuracy"]), "best_auc": share(best["auc"]),
                "best_epoch": best["epoch"], "seconds": f"{cell['seconds']:.1f}", "compute": cell["compute"],
                "source": self.given.source}


def figure(rows, name):
    values = [100 * float(row[name]) for row in rows if row[name] != ""]
    if not values:
        return "-"
    if len(values) == 1:
        return f"{values[0]:.1f}"
    return f"{statistics.mean(values):.1f} ({min(values):.1f} to {max(values):.1f})"


def key_spread(rows, method):
    """What other keys of the method give without breaker, seed 0, as a sentence."""
    cells = [row for row in rows if row["method"].split("@")[0] == method and row["breaker"] == "none" and
             row["data"] == "marked" and row["seed"] == "0"]
    by_key = collections.defaultdict(list)
    for row in cells:
        by_key[row["method"]].append(100 * float(row["last_balanced"]))
    if len(by_key) < 2:
        return ""
    values = sorted(map(statistics.mean, by_key.values()))
    return (f"{method} without breaker under {len(values)} keys, seed 0, last epoch: " +
            ", ".join(f"{value:.1f}" for value in values) + f"; mean {statistics.mean(values):.1f}.\n")


def variants(rows, methods):
    """Lines of a table of methods that were tried without breakers."""
    if not methods:
        return []
    text = ["Variants, no breaker:\n", "| variant | last | best | n |", "|---|---|---|---|"]
    for method in methods:
        cells = [row for row in rows if row["method"] == method and row["breaker"] == "none" and row["data"] == "marked"]
        text.append(f"| {method} | {figure(cells, 'last_balanced')} | {figure(cells, 'best_balanced')} | {len(cells)} |")
    return text + [""]


def over_keys(rows):
    """Lines of a table of methods that were tried under fresh keys, a seed each (verification_power.py)."""
    cells = [row for row in rows if "@power-" in row["method"] and row["data"] == "marked"]
    if not cells:
        return []
    columns = sorted({row["method"].split("@")[0] for row in cells})
    text = ["Under fresh keys, a key and a seed each:\n",
            "| breaker | " + " | ".join(f"`{column.replace('+', ' ')}` last | best | n" for column in columns) + " |",
            "|---|" + "---|---|---|" * len(columns)]
    for breaker in sorted({row["breaker"] for row in cells}, key=lambda b: (b != "none", b)):
        line = [breaker]
        for column in columns:
            found = [row for row in cells if row["breaker"] == breaker and row["method"].split("@")[0] == column]
            line += [figure(found, "last_balanced"), figure(found, "best_balanced"), str(len(found))]
        text.append("| " + " | ".join(line) + " |")
    return text + [""]


def markdown():
    """Tables from all rows: one per set, network and width."""
    groups = {}
    for row in table.read(TABLE):
        groups.setdefault((row["set"], row["network"], row["width"], row["epochs"]), []).append(row)
    text = []
    for (name, network, width, epochs), rows in sorted(groups.items()):
        first = rows[0]
        text.append(f"**{name}**, {network}, width {width}, {epochs} epochs, {first['train_items']} training, "
                    f"{first['test_items']} test pictures; balanced accuracy in percent, mean (range) over seeds; "
                    f"last epoch / best epoch by the validation pictures; n = runs: seeds, on a processor or a GPU.\n")
        known = sorted({row["method"] for row in rows if row["method"] != "-" and "@" not in row["method"]})
        methods = [method for method in known if method in WHOLE]
        columns = ["clean"] + methods
        text.append("| breaker | " + " | ".join(f"{column} last | best | n" for column in columns) + " |")
        text.append("|---|" + "---|---|---|" * len(columns))
        of_methods = [row for row in rows if row["data"] == "clean" or row["method"] in methods]
        for breaker in sorted({row["breaker"] for row in of_methods}, key=lambda b: (b != "none", b)):
            line = [breaker]
            for column in columns:
                cells = [row for row in rows if row["breaker"] == breaker and
                         (row["data"] == "clean" if column == "clean" else
                          row["data"] == "marked" and row["method"] == column)]
                line += [figure(cells, "last_balanced"), figure(cells, "best_balanced"), str(len(cells))]
            text.append("| " + " | ".join(line) + " |")
        text.append("")
        text += over_keys(rows)
        text += variants(rows, [method for method in known if method not in WHOLE])
        text += [sentence for sentence in (key_spread(rows, method) for method in known) if sentence]
    return "\n".join(text)


def write_tables():
    begin, end = "<!-- evaluation tables: begin -->", "<!-- evaluation tables: end -->"
    with open(RESULTS, encoding="utf-8") as file:
        page = file.read()
    before, rest = page.split(begin)
    after = rest.split(end)[1]
    with open(RESULTS, "w", encoding="utf-8") as file:
        file.write(before + begin + "\n\n" + markdown() + "\n" + end + after)


def jobs_of(words):
    for word in words:
        if not word.startswith("@"):
            yield word
            continue
        with open(word[1:], encoding="utf-8") as file:
            yield from (line.strip() for line in file if line.strip() and not line.startswith("#"))


def run_jobs(given):
    """Runs them all, as many at a time as wanted; says which failed."""
    programs = Programs(given.deadline)
    failed = False
    with concurrent.futures.ThreadPoolExecutor(given.parallel) as workers:
        running = {workers.submit(Job(given, programs, text).run): text for text in jobs_of(given.what or JOBS)}
        for done in concurrent.futures.as_completed(running):
            if done.exception():
                print(f"evaluation_tables: error: {running[done]}: {done.exception()}", file=sys.stderr, flush=True)
                failed = True
    return failed


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    runner = commands.add_parser("run")
    for name in ("build", "data", "work"):
        runner.add_argument("--" + name, required=True)
    runner.add_argument("--jobs", default=str(os.cpu_count()), help="threads of training")
    runner.add_argument("--source", default=source(), help="of the programs in --build, for the table")
    runner.add_argument("--device", default="auto", choices=("auto", "cpu", "gpu"))
    runner.add_argument("--parallel", type=int, default=1, metavar="N", help="jobs at a time")
    runner.add_argument("--deadline", type=float, default=0, metavar="SECONDS", help="0: none")
    runner.add_argument("--table", default=TABLE, metavar="FILE")
    runner.add_argument("what", nargs="*", metavar="JOB")
    commands.add_parser("tables")
    given = parser.parse_args(arguments)
    try:
        if given.command == "run":
            failed = run_jobs(given)
            if failed:
                return 4
        if given.command == "tables" or os.path.abspath(given.table) == os.path.abspath(TABLE):
            write_tables()
    except (RuntimeError, OSError, ValueError) as error:
        print(f"evaluation_tables: error: {error}", file=sys.stderr)
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
