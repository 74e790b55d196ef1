#!/usr/bin/env python3
"""Accuracy of the same network under the same schedule here and in python3-torch, over several seeds.

    bench/train_accuracy.py --build DIR --data DIR --work DIR [--seeds N] [--epochs N] [--json FILE] SET ...

SET is cifar10 or the name of an .npz of the medical sets. Both sides: ResNet-18 with the stem for small pictures, width
0.25, clean pictures, SGD with Nesterov momentum 0.9 and weight decay 5e-4, one-cycle up to 0.1, crops by an eighth of the
side and flips, batches as `wardmark evaluate` takes them, bf16 where the processor has it, per-channel normalisation, test
accuracy after the last epoch on the whole test set. Seeds are not shared: the two draw other weights and orders. Printed:
each accuracy, the means and their difference in points. Needs python3-torch, -torchvision and -numpy (--python).
Exit status: 0 measured, 2 wrong usage, 4 a program failed.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

from material import inputs
from train_step import processor_has_bf16, small_resnet18

SIDE_SHARE = 8


def ours(given, name, seeds):
    """Test accuracies by `wardmark evaluate`; the test set is its own validation set, and only the last epoch is read."""
    train, test = inputs(given.data, given.work, name)
    state = os.path.join(given.work, f"accuracy-{name}-{given.epochs}")
    command = [os.path.join(given.build, "bin", "wardmark"), "evaluate", "--train", train, "--test", test, "--epochs",
               str(given.epochs), "--repeats", str(seeds), "--breakers", "none", "--budget", "0", "--state", state,
               "--overwrite", "--quiet", "--json"]
    if name == "cifar10":
        command += ["--validation", test]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    with open(os.path.join(state, "cells.jsonl"), encoding="utf-8") as file:
        cells = [json.loads(line) for line in file]
    return [100 * cell["last"]["accuracy"] for cell in cells if cell["cell"]["breaker"] == "none"]


def load(name, train, test):
    """Pictures (N, C, H, W) uint8 and labels of both parts, as numpy arrays."""
    import numpy

    if name == "cifar10":
        parts = []
        for path in (train, test):
            data = numpy.fromfile(path, numpy.uint8).reshape(-1, 3073)
            parts += [data[:, 1:].reshape(-1, 3, 32, 32), data[:, 0].astype(numpy.int64)]
        return parts
    arrays = numpy.load(train)
    parts = []
    for part in ("train", "test"):
        pictures = arrays[part + "_images"]
        pictures = pictures[:, None] if pictures.ndim == 3 else pictures.transpose(0, 3, 1, 2)
        parts += [pictures, arrays[part + "_labels"].astype(numpy.int64).reshape(-1)]
    return parts


def python_child(given, name, seed):
    """The peer: prints its test accuracy in percent."""
    import torch

    torch.set_num_threads(os.cpu_count())
    torch.manual_seed(seed)
    train, test = inputs(given.data, given.work, name)
    x, y, test_x, test_y = (torch.from_numpy(array.copy()) for array in load(name, train, test))
    classes = int(y.max()) + 1
    network = small_resnet18(0.25, x.shape[1], classes)
    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    network = network.to(memory_format=torch.channels_last)
    scale = x.float() / 255
    mean, deviation = scale.mean((0, 2, 3)).view(1, -1, 1, 1), scale.std((0, 2, 3)).view(1, -1, 1, 1)
    batch = min(128, max(16, len(x) // 20))
    steps = -(-len(x) // batch)
    optimiser = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4, nesterov=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 0.1, total_steps=steps * given.epochs,
                                                   cycle_momentum=False)
    cast = torch.autocast("cpu", dtype=torch.bfloat16, enabled=processor_has_bf16())
    pad = min(x.shape[2:]) // SIDE_SHARE
    for _ in range(given.epochs):
        network.train()
        order = torch.randperm(len(x))
        for k in range(steps):
            chosen = order[k * len(x) // steps:(k + 1) * len(x) // steps]
            wide = torch.nn.functional.pad(scale[chosen], (pad,) * 4)
            pictures = torch.empty_like(scale[chosen])
            for i in range(len(chosen)):
                top, left = torch.randint(2 * pad + 1, (2,)).tolist()
                one = wide[i, :, top:top + x.shape[2], left:left + x.shape[3]]
                pictures[i] = one.flip(2) if torch.rand(()) < 0.5 else one
            with cast:
                logits = network(((pictures - mean) / deviation).to(memory_format=torch.channels_last))
                loss = torch.nn.functional.cross_entropy(logits, y[chosen])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    network.eval()
    right = 0
    with torch.no_grad(), cast:
        for first in range(0, len(test_x), 256):
            part = (test_x[first:first + 256].float() / 255 - mean) / deviation
            right += int((network(part).float().argmax(1) == test_y[first:first + 256]).sum())
    print(100 * right / len(test_x))


def theirs(given, name, seeds):
    found = []
    for seed in range(seeds):
        command = [given.python, os.path.abspath(__file__), "--build", given.build, "--data", given.data, "--work",
                   given.work, "--epochs", str(given.epochs), "--child", str(seed), name]
        found.append(float(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    return found


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("build", "data", "work"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--python", default="/usr/bin/python3")
    parser.add_argument("--json")
    parser.add_argument("--child", type=int)
    parser.add_argument("sets", nargs="+")
    given = parser.parse_args(arguments)
    os.makedirs(given.work, exist_ok=True)
    if given.child is not None:
        python_child(given, given.sets[0], given.child)
        return 0
    results = []
    try:
        for name in given.sets:
            row = {"set": name, "seeds": given.seeds, "epochs": given.epochs, "wardmark": ours(given, name, given.seeds),
                   "python3-torch": theirs(given, name, given.seeds)}
            row["difference"] = statistics.mean(row["wardmark"]) - statistics.mean(row["python3-torch"])
            results.append(row)
            for side in ("wardmark", "python3-torch"):
                print(f"{name:24} {side:14} {statistics.mean(row[side]):5.1f}  "
                      f"({', '.join(f'{value:.1f}' for value in row[side])})")
            print(f"{name:24} difference {row['difference']:+.1f} points", flush=True)
    except (subprocess.CalledProcessError, OSError) as error:
        print(f"train_accuracy: error: {error}", file=sys.stderr)
        return 4
    if given.json:
        with open(given.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
