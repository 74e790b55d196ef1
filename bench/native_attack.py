#!/usr/bin/env python3
"""Does protection at native resolution outlast the resizing before training?

    bench/native_attack.py --build DIR --data DIR --work DIR [--folds N] [--run-folds N] [--epochs N] [--jobs N]
                           [--parallel N] [--device auto|cpu|gpu] [--sizes 224,128,64] [--filters LIST]
                           METHOD [METHOD ...]

Brain MRI pictures of 512 pixels and more (three classes of 40) are split in `folds` parts; each part in turn is the test set. The
training pictures are protected at native size, as PNG, reduced to a square of each size by each filter (area: PIL's box, which
weighs pixels by the area they share; bilinear: four neighbours; bilinear-aa and bicubic-aa: PIL's, with antialiasing) and a network is trained on them; the test pictures and the clean baseline are reduced the
same way. With so few pictures it takes 100 epochs until a network knows the training set; before that there is no drop to
keep. METHOD is a quoted list of options of `protect`, for example "-m salm --train-size 64". Prints a line a cell, then for each
size and filter the share of the accuracy drop that is kept, relative to the drop at the first size and filter. Needs python3-torch
and PIL. Exit status: 0 done, 4 a program failed.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import shutil
import statistics
import subprocess
import sys
import threading

import numpy
import torch
from PIL import Image

from material import key_file

CLASSES = ("glioma_tumor", "meningioma_tumor", "pituitary_tumor")
FILTERS = {"area": Image.BOX, "bilinear": None, "bilinear-aa": Image.BILINEAR, "bicubic-aa": Image.BICUBIC}


def reduce(source, target, size, resize):
    picture = Image.open(source).convert("L")
    if FILTERS[resize] is None:
        whole = torch.from_numpy(numpy.asarray(picture).astype("float32"))[None, None]
        small = torch.nn.functional.interpolate(whole, (size, size), mode="bilinear", align_corners=False)
        picture = Image.fromarray(small[0, 0].round().clamp(0, 255).numpy().astype("uint8"))
    else:
        picture = picture.resize((size, size), FILTERS[resize])
    os.makedirs(os.path.dirname(target), exist_ok=True)
    picture.save(target)


MADE = collections.defaultdict(threading.Lock)  # by path: whoever needs it first makes it


def reduce_tree(source, target, size, resize):
    with MADE[target]:
        if not os.path.exists(target):
            make_reduced(source, target, size, resize)


def make_reduced(source, target, size, resize):
    for folder, _, files in os.walk(source):
        for name in files:
            place = os.path.join(target + ".part", os.path.relpath(folder, source), os.path.splitext(name)[0] + ".png")
            reduce(os.path.join(folder, name), place, size, resize)
    os.replace(target + ".part", target)


def split(given):
    """Folders fold-N/train and fold-N/test with the pictures as they are."""
    source = os.path.join(given.data, "medical", "brain_mri_native")
    for kind in CLASSES:
        names = sorted(os.listdir(os.path.join(source, kind)))
        for fold in range(given.folds):
            for place, name in enumerate(names):
                part = "test" if place % given.folds == fold else "train"
                folder = os.path.join(given.work, f"fold-{fold}", part, kind)
                os.makedirs(folder, exist_ok=True)
                shutil.copy(os.path.join(source, kind, name), folder)


def balanced(given, train, test, seed_state):
    command = [os.path.join(given.build, "bin", "wardmark"), "evaluate", "--train", train, "--test", test, "--arch", "resnet18",
               "--width", "0.25", "--epochs", str(given.epochs), "--breakers", "early-stop", "--repeats", "1", "--budget", "0",
               "--state", seed_state, "--resume", "--json", "-q", "-j", given.jobs, "--device", given.device]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    row = next(row for row in json.loads(done.stdout)["rows"] if row["breaker"] == "none")
    return 100 * row["last"]["mean"]


def cell(given, fold, method, size, resize):
    base = os.path.join(given.work, f"fold-{fold}")
    tag = "clean" if method == "clean" else method.replace(" ", "").replace("/", "_")
    train = os.path.join(base, "train")
    if method != "clean":
        marked = os.path.join(base, f"marked{tag}")
        with MADE[marked]:
            if not os.path.exists(marked):
                subprocess.run([os.path.join(given.build, "bin", "wardmark"), "protect", train, "-o", marked, "-k",
                                key_file(given.work, str(fold + 1)), "--output-format", "png", "-q", "-j", given.jobs,
                                *method.split()], check=True, stdout=subprocess.DEVNULL)
        train = marked
    small = os.path.join(base, f"{tag}-{size}-{resize}")
    reduce_tree(train, small, size, resize)
    test = os.path.join(base, f"test-{size}-{resize}")
    reduce_tree(os.path.join(base, "test"), test, size, resize)
    value = balanced(given, small, test, small + ".state")
    print(f"part {fold}, {size} {resize} {method}: {value:.1f}", flush=True)
    return value


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("build", "data", "work"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--run-folds", type=int, help="only the first N of them")
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--jobs", default=str(os.cpu_count()))
    parser.add_argument("--parallel", type=int, default=1, help="cells at a time")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "gpu"))
    parser.add_argument("--sizes", default="224,128,64")
    parser.add_argument("--filters", default=",".join(FILTERS))
    parser.add_argument("methods", nargs="+", metavar="METHOD")
    given = parser.parse_args(arguments)
    forms = [(int(size), resize) for size in given.sizes.split(",") for resize in given.filters.split(",")]
    try:
        split(given)
        found = {}
        folds = range(given.run_folds or given.folds)
        cells = [(fold, method, size, resize) for size, resize in forms for method in ["clean"] + given.methods for fold in folds]
        with concurrent.futures.ThreadPoolExecutor(given.parallel) as workers:
            results = dict(zip(cells, workers.map(lambda one: cell(given, *one), cells)))
        for size, resize in forms:
            for method in ["clean"] + given.methods:
                values = [results[fold, method, size, resize] for fold in folds]
                found[method, size, resize] = statistics.mean(values)
                print(f"{size} {resize} {method}: {found[method, size, resize]:.1f} "
                      f"({', '.join(f'{value:.1f}' for value in values)})", flush=True)
        for method in given.methods:
            drop = lambda form: found["clean", *form] - found[method, *form]
            for form in forms[1:]:
                print(f"{method}: {form[0]} {form[1]} keeps {100 * drop(form) / drop(forms[0]):.0f} % of the drop of "
                      f"{drop(forms[0]):.1f} points")
    except (subprocess.CalledProcessError, OSError) as error:
        print(f"native_attack: error: {error}", file=sys.stderr)
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
