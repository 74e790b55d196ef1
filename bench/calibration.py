#!/usr/bin/env python3
"""Are innocent models left alone? Many of them against many fresh keys.

    bench/calibration.py --build DIR --data DIR --work DIR [--models N] [--pools N] [--releases N] [--jobs N] [--seconds S]

Trains --models innocent networks on two medical sets (K = 2 and K = 6): of three architectures, on the originals or on a release under a
key that is not tested. Then two tables in docs/data:

calibration_SET.tsv       --pools fresh pools a model, by `wardmark verify calibrate`, planted faults beside them
calibration_releases.tsv  --releases runs of keygen, plan, protect and `verify images` on files, by the program alone, with the fault of an
                          owner who draws twenty times and keeps the best

Rows that are there are not run again. Exit status: 0 all as it must be, 1 not, 4 a program failed.
"""
import argparse
import json
import math
import os
import subprocess
import sys
import time

import table
from material import inputs, key_file

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "docs", "data")
COLUMNS = ("trial", "set", "model", "p", "effect", "key_spread", "queries")
SETS = {"chest_xray_pneumonia_28": (60, 10), "organ_modality_64": (20, 3)}  # candidate keys, test pictures a class
NETWORKS = ("small_cnn", "resnet18", "mobilenet_v2")
REDRAWS = 20


class Bench:
    def __init__(self, given):
        self.given = given

    def program(self, *words, check=True):
        done = subprocess.run([os.path.join(self.given.build, "bin", "wardmark"), *words], capture_output=True, text=True, check=False)
        if check and done.returncode != 0:
            raise RuntimeError(" ".join(words) + "\n" + done.stderr)
        return done

    def path(self, name):
        return os.path.join(self.given.work, name)

    def release(self, name, key):
        """A fresh release of a set under key number `key`."""
        train, _ = inputs(self.given.data, self.given.work, name)
        out = self.path(f"{name}-{key}.npz")
        if not os.path.exists(out):
            owner = key_file(self.given.work, key)
            if not os.path.exists(out + ".plan"):
                self.program("plan", train, "-o", out + ".plan", "-k", owner, "-m", "cuda", "--alpha", "0.05", "--suspects", "1", "--pool",
                             str(SETS[name][0]), "-q", "-j", self.given.jobs)
            self.program("protect", train, "-o", out, "-k", owner, "--plan", out + ".plan", "-q", "-j", self.given.jobs)
        return train, out

    def model(self, number):
        """(set, name, weights) of innocent number `number`."""
        name, network = list(SETS)[number % 2], NETWORKS[number // 2 % 3]
        other = number // 6 % 2 == 1
        place = self.path(f"model-{number}")
        if not os.path.exists(place + ".safetensors"):
            train, marked = self.release(name, f"other-{number}") if other else (inputs(self.given.data, self.given.work, name)[0],) * 2
            self.program("train", marked if other else train, "-o", place, "--arch", network, "--width", "0.25", "--epochs", "8", "--seed",
                         str(number), "-q", "--overwrite", "-j", self.given.jobs)
        return name, f"{network}-{'other-key' if other else 'originals'}-{number}", place + ".safetensors"

    def pools(self, name):
        """Fresh pools for every model of a set; whether all is as it must be."""
        models = [self.model(number) for number in range(self.given.models)]
        words = []
        for where, model, weights in models:
            if where == name:
                link = self.path(model)  # the name in the table
                if not os.path.lexists(link + ".safetensors"):
                    os.symlink(os.path.basename(weights), link + ".safetensors")
                    os.symlink(os.path.basename(weights)[:-len("safetensors")] + "json", link + ".json")
                words += ["--suspect", model + ".safetensors"]
        done = subprocess.run([os.path.abspath(os.path.join(self.given.build, "bin", "wardmark")), "verify", "calibrate",
                               os.path.abspath(inputs(self.given.data, self.given.work, name)[1]), "--splits", "test", "-m", "cuda", *words,
                               "--pool", str(SETS[name][0]), "--each", str(SETS[name][1]), "--trials", str(self.given.pools), "--table",
                               os.path.join(os.path.abspath(DATA), f"calibration_{name}.tsv"), "-q", "-j", self.given.jobs],
                              cwd=self.given.work, capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):
            raise RuntimeError(done.stderr)
        print(name + "\n" + done.stdout, end="", flush=True)
        return done.returncode == 0

    def trial(self, number):
        """One run through files."""
        name, model, weights = self.model(number % self.given.models)
        train, out = self.release(name, f"trial-{number}")
        done = self.program("verify", "images", "--suspect", weights, "--release", out, "-k", key_file(self.given.work, f"trial-{number}"),
                            "--test", train, "--queries", "6000", "--exploratory", "--json", "-q", "-j", self.given.jobs, check=False)
        if done.returncode not in (0, 1):
            raise RuntimeError(done.stderr)
        found = json.loads(done.stdout)
        os.remove(out)
        return {"trial": str(number), "set": name, "model": model, "p": f"{found['p']:.6g}", "effect": f"{found['effect']:.5f}",
                "key_spread": f"{found['key_spread']:.5f}", "queries": str(found["queries"])}


def most_of(n, q):
    """Largest count that a binomial does not exceed with 99 %."""
    tail, k = 1.0, -1
    while tail > 0.01:
        k += 1
        tail -= math.comb(n, k) * q ** k * (1 - q) ** (n - k)
    return k


def judge(values, what):
    """Prints the figures of a list of p; whether they are those of a right test."""
    n = len(values)
    distance = max((i + 1) / n - p for i, p in enumerate(sorted(values)))
    limit = math.sqrt(-math.log(0.05) / 2 / n)  # one-sided, Smirnov's asymptotic limit
    good = distance <= limit
    text = f"{what}: n = {n}"
    for level in (0.05, 0.01):
        count, most = sum(p <= level for p in values), most_of(n, level)
        good = good and count <= most
        text += f"; p <= {level}: {count} (at most {most})"
    print(text + f"; distance {distance:.4f} (at most {limit:.4f}): {'as it must be' if good else 'rejected'}")
    return good


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("build", "data", "work"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--models", type=int, default=24)
    parser.add_argument("--pools", type=int, default=42)
    parser.add_argument("--releases", type=int, default=300)
    parser.add_argument("--jobs", default=str(os.cpu_count()))
    parser.add_argument("--seconds", type=float, default=math.inf, help="begin no trial through files after this time")
    given = parser.parse_args(arguments)
    os.makedirs(given.work, exist_ok=True)
    end = time.monotonic() + given.seconds
    bench = Bench(given)
    place = os.path.join(DATA, "calibration_releases.tsv")
    rows = {row["trial"]: row for row in table.read(place)} if os.path.exists(place) else {}
    try:
        good = all([bench.pools(name) for name in SETS])
        for number in range(given.releases):
            if str(number) in rows or time.monotonic() > end:
                continue
            rows[str(number)] = bench.trial(number)
            table.write(place, COLUMNS, sorted(rows.values(), key=lambda row: int(row["trial"])))
    except (RuntimeError, OSError) as error:
        print(f"calibration: error: {error}", file=sys.stderr)
        return 4
    values = [float(row["p"]) for row in rows.values()]
    good = judge(values, "through files") and good
    best = [min(values[i:i + REDRAWS]) for i in range(0, len(values) - REDRAWS + 1, REDRAWS)]
    fault = len(best) >= 5 and not judge(best, f"planted fault, best of {REDRAWS} draws")
    return 0 if good and fault else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
