#!/usr/bin/env python3
"""Tries textures and masks that `salm` does not have: how soon does a network take them for the class?

    bench/texture_search.py --build DIR --data DIR --work DIR [--arch NETWORK] [--epochs N] [--seed N] [--jobs N] [--parallel N] TRIAL ...

A TRIAL is SET:WAVES:STEPS:RHO:MASK:KEY, for example cifar10:both:8:0.4:shared:1. WAVES: axes (2, 3, 4 px along one axis), both (the
same along both axes, the longest pair left out; what salm has), short (2 and 3 px), middle (one axis 4 px), fifths (with 2.5 px), long (6, 8, 12 px), tiles (random signs, 4 x 4).
STEPS: amplitude in 255ths. MASK: shared (where most happens over the set), own (in each picture), block (the busiest square of each
picture), centre. KEY: seed of orders and phases. Trains a network of width 0.25 (`wardmark train`, resnet18 unless named) and prints what it says of the
training pictures and of the clean validation pictures. Needs numpy. Exit status: 0 done, 4 a program failed.
"""
import argparse
import concurrent.futures
import os
import subprocess
import sys

import numpy

from material import inputs

THIRD, FIFTH = 1 / 3, 2 / 5
WAVES = {"axes": [(s, 0) for s in (1 / 4, THIRD, 1 / 2)] + [(0, s) for s in (1 / 4, THIRD, 1 / 2)],
         "both": [(a, b) for a in (1 / 4, THIRD, 1 / 2) for b in (1 / 4, THIRD, 1 / 2)][1:],
         "fifths": [(a, b) for a in (1 / 4, THIRD, FIFTH, 1 / 2) for b in (1 / 4, THIRD, FIFTH, 1 / 2)][1:],
         "short": [(a, b) for a in (THIRD, 1 / 2) for b in (THIRD, 1 / 2)],
         "middle": [(1 / 4, THIRD), (THIRD, 1 / 4), (1 / 4, 1 / 2), (1 / 2, 1 / 4)],
         "long": [(a, b) for a in (0, 1 / 6, 1 / 8, 1 / 12) for b in (0, 1 / 6, 1 / 8, 1 / 12)][1:]}


def load(given, name):
    train, test = inputs(given.data, given.work, name)
    if name != "cifar10":
        return dict(numpy.load(train))
    parts = {}
    for part, file in (("train", train), ("val", test)):
        rows = numpy.fromfile(file, numpy.uint8).reshape(-1, 3073)[:None if part == "train" else 300]
        parts[part + "_images"] = rows[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        parts[part + "_labels"] = rows[:, :1]
    return parts


def activity(pictures):
    """Steps between neighbours, summed over 5 x 5 pixels: (N, H, W)."""
    x = pictures.astype(numpy.int64).reshape(*pictures.shape[:3], -1)
    steps = numpy.zeros(x.shape[:3], numpy.int64)
    steps[:, :, :-1] += numpy.abs(numpy.diff(x, axis=2)).sum(-1)
    steps[:, :-1] += numpy.abs(numpy.diff(x, axis=1)).sum(-1)
    padded = numpy.pad(steps, ((0, 0), (2, 2), (2, 2)))
    height, width = steps.shape[1:]
    return sum(padded[:, i:i + height, j:j + width] for i in range(5) for j in range(5))


def square(height, width, side, top, left):
    y, x = numpy.mgrid[:height, :width]
    return (y >= top) & (y < top + side) & (x >= left) & (x < left + side)


def mask_of(pictures, rho, rule):
    own = activity(pictures)
    count, height, width = own.shape
    side = int((rho * height * width) ** 0.5)
    salience = own
    if rule == "shared":
        salience = numpy.where(own > 0, own.mean(0, keepdims=True).astype(numpy.int64) + 1, 0)
    elif rule == "centre":
        salience = square(height, width, side, (height - side) // 2, (width - side) // 2)[None] * numpy.ones_like(own)
    elif rule == "block":
        sums = numpy.pad(own.cumsum(1).cumsum(2), ((0, 0), (1, 0), (1, 0)))
        sums = sums[:, side:, side:] - sums[:, :-side, side:] - sums[:, side:, :-side] + sums[:, :-side, :-side]
        places = [divmod(place, sums.shape[2]) for place in sums.reshape(count, -1).argmax(1)]
        salience = numpy.stack([square(height, width, side, *place) for place in places]) * own
    chosen = numpy.argsort(-salience.reshape(count, -1), axis=1, kind="stable")[:, :int(rho * height * width)]
    mask = numpy.zeros((count, height * width), bool)
    numpy.put_along_axis(mask, chosen, True, 1)
    return (mask & (salience.reshape(count, -1) > 0)).reshape(own.shape)


def textures(waves, height, width, classes, random):
    y, x = numpy.mgrid[:height, :width]
    if waves == "tiles":
        tiles = random.integers(0, 2, (classes, 4, 4)) * 2 - 1
        return tiles[:, y % 4, x % 4]
    known = WAVES[waves]
    order, slots = random.permutation(len(known)), random.permutation(classes)

    def wave(place):
        across, down = known[order[place]]
        return numpy.where((across * x + down * y + random.random()) % 1 < 0.5, 1, -1)

    drawn = []
    for slot in slots:
        first, second = slot % len(known), (slot + 1) % len(known)
        bands = (x + y) // 8 % 2 == 0
        drawn.append(wave(first) if slot < len(known) else numpy.where(bands, wave(first), wave(second)))
    return numpy.stack(drawn)


def attempt(given, trial):
    name, waves, steps, rho, rule, key = trial.split(":")
    parts = load(given, name)
    pictures, labels = parts["train_images"], parts["train_labels"].ravel().astype(int)
    texture = textures(waves, *pictures.shape[1:3], labels.max() + 1, numpy.random.default_rng(int(key)))
    change = texture[labels] * mask_of(pictures, float(rho), rule) * int(steps)
    if pictures.ndim == 4:
        change = change[..., None]
    parts["train_images"] = numpy.clip(pictures + change, 0, 255).astype(numpy.uint8)
    place = os.path.join(given.work, "-".join((trial.replace(":", "_"), given.arch, given.seed)))
    marked = place + ".npz"
    numpy.savez(marked, **parts)
    done = subprocess.run([os.path.join(given.build, "bin", "wardmark"), "train", marked, "--arch", given.arch, "--seed",
                           given.seed, "--width", "0.25", "--epochs", str(given.epochs), "-o", place, "-j", given.jobs, "-q",
                           "--overwrite"], check=True, capture_output=True, text=True)
    os.remove(marked)
    print(f"{trial} {given.arch} seed {given.seed}: {(done.stderr + done.stdout).strip().split(';')[-1].strip()}", flush=True)


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("build", "data", "work"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--arch", default="resnet18")
    parser.add_argument("--seed", default="0")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--jobs", default=str(os.cpu_count()))
    parser.add_argument("--parallel", type=int, default=1, help="trials at a time")
    parser.add_argument("trials", nargs="+", metavar="TRIAL")
    given = parser.parse_args(arguments)
    try:
        with concurrent.futures.ThreadPoolExecutor(given.parallel) as workers:
            list(workers.map(lambda trial: attempt(given, trial), given.trials))
    except (subprocess.CalledProcessError, OSError, KeyError, ValueError) as error:
        print(f"texture_search: error: {error}", file=sys.stderr)
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
