#!/usr/bin/env python3
"""Seconds from the start of `wardmark evaluate` to its first training step.

    bench/evaluate_start.py --build DIR --data DIR --work DIR [--rounds N] [SET ...]

SET as in evaluation_tables.py (cifar10). Input is read, paired, checked for near-duplicates and hashed by then. Printed: the
median, lowest and highest of the rounds (5), after one that is not counted. Exit status: 0 measured, 2 wrong usage, 4 a
program failed.
"""
import argparse
import os
import statistics
import subprocess
import sys
import time

from material import inputs


def seconds(given, name):
    train, test = inputs(given.data, given.work, name)
    command = [os.path.join(given.build, "bin", "wardmark"), "evaluate", "--train", train, "--clean", train, "--test", test,
               "--breakers", "none", "--verbose", "--overwrite", "--state", os.path.join(given.work, "start.state")]
    start = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as child:
        try:
            for line in child.stderr:
                if "the first training step begins" in line:
                    return time.monotonic() - start
        finally:
            child.kill()
    raise RuntimeError("failed: " + " ".join(command))


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("build", "data", "work"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("sets", nargs="*", default=["cifar10"])
    given = parser.parse_args(arguments)
    try:
        for name in given.sets:
            rounds = [seconds(given, name) for _ in range(given.rounds + 1)][1:]
            print(f"{name}: {statistics.median(rounds):.2f} s ({min(rounds):.2f} to {max(rounds):.2f}), n = {len(rounds)}")
    except (RuntimeError, OSError) as error:
        print(f"evaluate_start: error: {error}", file=sys.stderr)
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
