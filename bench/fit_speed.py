#!/usr/bin/env python3
"""Times of fits: the fast schedule and the published one in turn, whole processes with reading and preparing.

    bench/fit_speed.py --build DIR --data DIR --work DIR [--jobs N] [--rounds N] [--reference]

A fit (`protect --fit-only`) of em and of salm with --carrier-share 0 on 3,214 pictures of 28 pixels, 760 of 64 pixels and 120 of
512 pixels and more. Without --reference only the fast schedule. Prints one line a fit, then medians. Exit status: 0 done,
4 a program failed.
"""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time

from material import inputs, key_file

SETS = ("chest_xray_pneumonia_28", "brain_mri_64", "brain_mri_native")
METHODS = ("em", "salm")


def input_of(given, name):
    if name == "brain_mri_native":
        return os.path.join(given.data, "medical", name)
    return inputs(given.data, given.work, name)[0]


def seconds_of(given, name, method, schedule):
    output = os.path.join(given.work, "fit-speed")
    for path in (output, output + ".wardmark"):
        shutil.rmtree(path, ignore_errors=True)
    command = [os.path.join(given.build, "bin", "wardmark"), "protect", input_of(given, name), "-o", output, "-k",
               key_file(given.work, "1"), "-m", method, "--carrier-share", "0", "--schedule", schedule, "--fit-only",
               "--output-format", "png", "-j", given.jobs, "-q"]
    if name != "brain_mri_native":
        del command[command.index("--output-format"):command.index("-j")]
    start = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - start


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("build", "data", "work"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--jobs", default=str(os.cpu_count()))
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--reference", action="store_true", help="the published schedule too")
    parser.add_argument("sets", nargs="*", default=SETS)
    given = parser.parse_args(arguments)
    taken = {}
    try:
        for _ in range(given.rounds):
            for name in given.sets:
                for method in METHODS:
                    for schedule in ("fast", "reference")[:2 if given.reference else 1]:
                        took = seconds_of(given, name, method, schedule)
                        taken.setdefault((name, method, schedule), []).append(took)
                        print(f"{name} {method} {schedule}: {took:.1f} s", flush=True)
    except (subprocess.CalledProcessError, OSError) as error:
        print(f"fit_speed: error: {error}", file=sys.stderr)
        return 4
    for (name, method, schedule), values in taken.items():
        print(f"median {name} {method} {schedule}: {statistics.median(values):.1f} s (n = {len(values)})")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
