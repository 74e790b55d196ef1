#!/usr/bin/env python3
"""Time and memory of one training step: this project, python3-torch as a user would write it, and the same tuned.

    bench/train_step.py --build DIR [--rounds N] [--steps N] [--threads N] [--width W] [--batch N]
                        [--processor native|avx512|avx2] [--json FILE]

DIR of --build holds bin/train-step of a Release build. ResNet-18 for 32 x 32 pictures, batch 128, SGD with Nesterov
momentum and weight decay:

  wardmark   bin/train-step: cuts and flips pictures of 8 bits, then the step; all threads, channels-last, bf16 where
             the processor has it
  default    python3-torch with nothing set, pictures ready in memory as float32
  tuned      python3-torch with threads, channels-last and bf16 set likewise, pictures ready in memory

Each is a process of its own; they run in turn (A B C A B C ...), so that a busy moment hits all of them. Of each run
counts the median step. Printed: the median over the rounds, peak memory, and the ratios to wardmark within a round
(median, lowest, highest); above 1, wardmark is faster or smaller. Needs python3-torch and python3-torchvision
(--python names the interpreter that has them). --processor avx512 or avx2 lets all three use no more than a processor
of that kind has: neither has instructions for bf16. Exit status: 0 measured, 2 wrong usage, 4 a program failed.
"""
import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile

SIDE = 32
CLASSES = 10


# What the libraries below libtorch read, by --processor.
LIMITS = {"native": {},
          "avx512": {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE", "MKL_ENABLE_INSTRUCTIONS": "AVX512",
                     "ATEN_CPU_CAPABILITY": "avx512"},
          "avx2": {"ONEDNN_MAX_CPU_ISA": "AVX2", "MKL_ENABLE_INSTRUCTIONS": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"}}


def processor_has_bf16():
    """What cpu_has_bf16() of the project asks the processor itself."""
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        flags = next((line.split() for line in file if line.startswith("flags")), [])
    return "avx512f" in flags and ("avx512_bf16" in flags or "amx_bf16" in flags)


def small_resnet18(width, channels=3, classes=CLASSES):
    """torchvision's ResNet-18 with the stem for small pictures; width as in the project."""
    import torch
    from torchvision.models.resnet import BasicBlock, ResNet

    network = ResNet(BasicBlock, [2, 2, 2, 2], num_classes=classes)
    planes = [max(8, int(64 * 2**i * width / 8 + 0.5) * 8) for i in range(4)]
    network.inplanes = planes[0]
    network.conv1 = torch.nn.Conv2d(channels, planes[0], 3, 1, 1, bias=False)
    network.bn1 = torch.nn.BatchNorm2d(planes[0])
    network.maxpool = torch.nn.Identity()
    for i, count in enumerate(planes):
        setattr(network, f"layer{i + 1}", network._make_layer(BasicBlock, count, 2, stride=1 if i == 0 else 2))
    network.fc = torch.nn.Linear(planes[3], classes)
    return network


def python_steps(variant, given):
    """The child process: prints what bin/train-step prints."""
    import time

    import torch

    tuned = variant == "tuned"
    bf16 = tuned and given.processor == "native" and processor_has_bf16()
    if tuned:
        torch.set_num_threads(given.threads)
    torch.manual_seed(1)
    network = small_resnet18(given.width)
    pictures = torch.rand(given.batch, 3, SIDE, SIDE)
    labels = torch.randint(0, CLASSES, (given.batch,))
    if tuned:
        network = network.to(memory_format=torch.channels_last)
        pictures = pictures.to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4, nesterov=True)
    loss_of = torch.nn.CrossEntropyLoss()
    seconds = []
    for _ in range(given.warm_up + given.steps):
        start = time.perf_counter()
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
            loss = loss_of(network(pictures).float(), labels)
        loss.backward()
        optimizer.step()
        loss.item()
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"seconds": seconds[given.warm_up:], "threads": torch.get_num_threads(),
                      "precision": "bf16" if bf16 else "fp32"}))


def run(command, limits):
    """What one process printed, with its peak resident KiB. RuntimeError when it fails."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        child = subprocess.Popen(command, stdout=out, stderr=err, env={**os.environ, **limits})
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if child.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: exit {child.returncode}\n{err.read()}")
        said = json.loads(out.read())
    return {**said, "step": statistics.median(said["seconds"]), "peak_kib": usage.ru_maxrss}


def commands(given):
    sizes = ["--steps", str(given.steps), "--warm-up", str(given.warm_up), "--threads", str(given.threads),
             "--width", str(given.width), "--batch", str(given.batch)]
    precision = [] if given.processor == "native" else ["--precision", "fp32"]
    script = [given.python, os.path.abspath(__file__)]
    return {"wardmark": [os.path.join(given.build, "bin", "train-step"), *sizes, *precision],
            "default": [*script, "--child", "default", *sizes, "--processor", given.processor],
            "tuned": [*script, "--child", "tuned", *sizes, "--processor", given.processor]}


def spread(values):
    return {"median": statistics.median(values), "lowest": min(values), "highest": max(values)}


def compare(given):
    rounds = []
    for number in range(given.rounds):
        rounds.append({name: run(command, LIMITS[given.processor]) for name, command in commands(given).items()})
        print(f"round {number + 1}: " + ", ".join(f"{n} {r['step'] * 1e3:.0f} ms" for n, r in rounds[-1].items()),
              file=sys.stderr)
    result = {"schema": "wardmark-bench-train-step/1", "machine": platform.processor() or platform.machine(),
              "cores": os.cpu_count(), "processor": given.processor, "batch": given.batch, "width": given.width, "side": SIDE, "programs": {},
              "ratios": {}}
    for name in rounds[0]:
        runs = [r[name] for r in rounds]
        result["programs"][name] = {"step_seconds": spread([r["step"] for r in runs]),
                                    "picture_ms": statistics.median(r["step"] for r in runs) * 1e3 / given.batch,
                                    "peak_mib": max(r["peak_kib"] for r in runs) / 1024,
                                    "threads": runs[0]["threads"], "precision": runs[0]["precision"]}
    for name in ("default", "tuned"):
        result["ratios"][name] = {
            "time": spread([r[name]["step"] / r["wardmark"]["step"] for r in rounds]),
            "memory": spread([r[name]["peak_kib"] / r["wardmark"]["peak_kib"] for r in rounds])}
    return result


def print_table(result):
    print(f"{'':10}{'ms/step':>9}{'ms/picture':>12}{'peak MiB':>10}  threads precision")
    for name, row in result["programs"].items():
        print(f"{name:10}{row['step_seconds']['median'] * 1e3:9.0f}{row['picture_ms']:12.2f}{row['peak_mib']:10.0f}"
              f"  {row['threads']:7} {row['precision']}")
    for name, row in result["ratios"].items():
        print(f"{name} / wardmark: " + ", ".join(
            f"{what} {r['median']:.2f} ({r['lowest']:.2f} to {r['highest']:.2f})" for what, r in row.items()))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build/dev")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=15)
    parser.add_argument("--warm-up", type=int, default=3)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--width", type=float, default=1.0)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--python", default="/usr/bin/python3")
    parser.add_argument("--processor", choices=tuple(LIMITS), default="native")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--child", choices=("default", "tuned"), help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    given = arguments()
    if given.child:
        python_steps(given.child, given)
        return 0
    try:
        result = compare(given)
    except (RuntimeError, OSError) as error:
        print(f"train_step: error: {error}", file=sys.stderr)
        return 4
    print_table(result)
    if given.json:
        with open(given.json, "w", encoding="utf-8") as file:
            json.dump(result, file, indent=2)
            file.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
