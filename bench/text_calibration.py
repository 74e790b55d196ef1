#!/usr/bin/env python3
"""Are innocent language models left alone by the rank test? Several of them against many fresh pools of sentences.

    bench/text_calibration.py --build DIR --data DIR --work DIR [--pools N] [--jobs N]

Trains small models with `wardmark train-text` on English books without marks, and on the same books marked under a key that is not tested,
and asks them by `wardmark verify calibrate-text`, with planted faults. Rows go to docs/data/calibration_texts.tsv; those that are there are
not tried again. Exit status: 0 all as it must be, 1 not, 4 a program failed.
"""
import argparse
import os
import subprocess
import sys

import text_detection
from material import key_file

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "docs", "data", "calibration_texts.tsv")
# name: corpus, seed, passes
MODELS = {"nano-clean-1": ("in", 1, 3), "nano-clean-2": ("in", 2, 6), "nano-other-key": ("other", 1, 6)}


def run(given, *words):
    done = subprocess.run([os.path.abspath(os.path.join(given.build, "bin", "wardmark")), *words], stdout=subprocess.PIPE, text=True, cwd=given.work,
                          check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(" ".join(words))
    return done


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("build", "data", "work"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--pools", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    given = parser.parse_args(arguments)
    os.makedirs(given.work, exist_ok=True)
    try:
        text_detection.corpus(given.data, given.work)
        if not os.path.exists(os.path.join(given.work, "other")):
            run(given, "mark", "in", "-o", "other", "-k", key_file(os.path.abspath(given.work), "another"), "--sentences", "10", "--documents-per-sentence",
                "10", "-q")
        for name, (corpus, seed, epochs) in MODELS.items():
            if not os.path.exists(os.path.join(given.work, name)):
                run(given, "train-text", corpus, "-o", name, "--model", "gpt-nano", "--vocabulary", "2048", "--rate", "5e-3", "--batch", "16", "--epochs",
                    str(epochs), "--seed", str(seed), "-j", str(given.jobs), "--resume")
        words = [word for name in MODELS for word in ("--suspect", name)]
        done = run(given, "verify", "calibrate-text", "in", *words, "--pools", str(given.pools), "--table", os.path.abspath(TABLE), "-j", str(given.jobs))
    except (RuntimeError, OSError) as error:
        print(f"text_calibration: error: {error}", file=sys.stderr)
        return 4
    print(done.stdout, end="")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
