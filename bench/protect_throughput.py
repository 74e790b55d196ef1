#!/usr/bin/env python3
"""Whole-command time of `wardmark protect` against the least work there is, `vips conv` and a published recipe.

    bench/protect_throughput.py --build DIR --photos DIR --work DIR [--rounds N] [--method NAME] [--json FILE] [--only NAME ...]

DIR of --build holds bin/wardmark and bin/protect-floor of a Release build; --photos holds big_*.jpg photographs; --work
is a new folder on a local disk for inputs and outputs (about 2 GB). All programs of one comparison run in turn (A B C A
B C ...) after one round that is not counted. Printed: median wall time, processor time and peak memory of each, and the
ratio to `protect` pair by pair (median, lowest, highest). Needs vips; python3 with numpy, scipy and PIL for the recipe
(--python names it). Exit status: 0 measured, 2 wrong usage, 4 a program failed.
"""
import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

QUALITY = 85
SMALL_MEGAPIXELS = (0.5, 1, 2, 4)
LARGEST_RECIPE_MEGAPIXELS = 4.5
CIFAR_RECORD = 3073
# How vips writes each kind of photograph that is measured.
WRITTEN = {"png": "[strip]", "jpg": f"[Q={QUALITY},strip]", "tif": "[compression=deflate,predictor=horizontal,strip]",
           "webp": f"[Q={QUALITY},strip]"}


class Bench:
    """One run of this script: places, programs, results."""

    def __init__(self, given):
        self.given = given
        self.work = os.path.abspath(given.work)
        self.wardmark = os.path.abspath(os.path.join(given.build, "bin", "wardmark"))
        self.floor = os.path.abspath(os.path.join(given.build, "bin", "protect-floor"))
        self.key = os.path.join(self.work, "owner.key")
        self.name = f"protect -m {given.method}"
        self.results = []

    def path(self, *parts):
        return os.path.join(self.work, *parts)


def run(command, environment=None):
    """Wall and processor seconds and peak resident KiB of one process (with children that it waited for)."""
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=said, stderr=said, env={**os.environ, **(environment or {})})
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in (0, 3):
            said.seek(0)
            raise RuntimeError(f"{' '.join(command)}: exit {child.returncode}\n{said.read().decode(errors='replace')}")
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "peak_kib": usage.ru_maxrss}


def photographs(folder):
    """The photographs; a flat grey area compresses like no photograph and is left out."""
    names = sorted(n for n in os.listdir(folder) if n.startswith("big_") and n.endswith(".jpg") and "flat" not in n)
    if not names:
        raise RuntimeError(f"{folder}: no big_*.jpg")
    return [os.path.join(folder, n) for n in names]


def megapixels(picture):
    def field(name):
        return int(subprocess.run(["vipsheader", "-f", name, picture], check=True, capture_output=True).stdout)

    return field("width") * field("height") / 1e6


def make_photos(bench):
    """Two class folders of each kind of file, 0.5 megapixels to the photograph's own size; returns megapixels."""
    total = 0.0
    kinds = {kind: option for kind, option in WRITTEN.items() if any(kind in name for name in bench.given.only)}
    for photo in photographs(bench.given.photos):
        own = megapixels(photo)
        for size in SMALL_MEGAPIXELS + (own,):
            name = f"{os.path.basename(photo)[4:-4]}_{size:.1f}mp"
            for kind, option in kinds.items():
                first = bench.path("in", kind, "a", f"{name}.{kind}")
                os.makedirs(os.path.dirname(first), exist_ok=True)
                os.makedirs(bench.path("in", kind, "b"), exist_ok=True)
                scale = str((size / own) ** 0.5)
                subprocess.run(["vips", "resize", photo, first + option, scale], check=True)
                shutil.copy(first, bench.path("in", kind, "b"))
            total += 2 * size
    return total


def make_part(bench, kind):
    """One picture of each size up to LARGEST_RECIPE_MEGAPIXELS, for the recipe, which is slow; returns megapixels."""
    total = 0.0
    taken = set()
    for file in sorted(os.listdir(bench.path("in", kind, "a"))):
        size = file.rsplit("_", 1)[1]
        if size in taken or float(size.split("mp")[0]) > LARGEST_RECIPE_MEGAPIXELS:
            continue
        taken.add(size)
        total += 2 * float(size.split("mp")[0])
        for name in ("a", "b"):
            os.makedirs(bench.path("part", kind, name), exist_ok=True)
            shutil.copy(bench.path("in", kind, "a", file), bench.path("part", kind, name))
    return total


def make_many(bench, count):
    """`count` files of a quarter megapixel in two class folders."""
    seed = bench.path("seed.jpg")
    if not os.path.exists(seed):
        photo = photographs(bench.given.photos)[0]
        subprocess.run(["vips", "resize", photo, seed + f"[Q={QUALITY},strip]", str((0.25 / megapixels(photo)) ** 0.5)],
                       check=True)
    folder = bench.path("many", str(count))
    for i in range(count):
        place = os.path.join(folder, "ab"[i % 2])
        os.makedirs(place, exist_ok=True)
        shutil.copy(seed, os.path.join(place, f"{i:06}.jpg"))
    return folder


def mask(bench):
    """The 9 x 9 filter as vips reads it."""
    path = bench.path("filter.mat")
    rows = [[0.03] * 9 for _ in range(9)]
    rows[3][5] = 1.0
    total = sum(map(sum, rows))
    with open(path, "w", encoding="ascii") as file:
        file.write(f"9 9 {total} 0\n" + "\n".join(" ".join(map(str, row)) for row in rows) + "\n")
    return path


def arm_protect(bench, source, target, jobs):
    return [bench.wardmark, "protect", source, "-o", target, "-k", bench.key, "-m", bench.given.method, "-j", str(jobs), "--quiet"]


def arm_vips(bench, source, target, jobs):
    """One process a picture with one thread each, `jobs` at a time; the outputs are neither read back nor synced."""
    option = {"png": "[compression=6]", "jpg": f"[Q={QUALITY},subsample-mode=off]"}.get(
        os.path.basename(source), WRITTEN.get(os.path.basename(source), ""))
    script = (f"cd '{source}' && mkdir -p '{target}/a' '{target}/b' && ls a/* b/* | "
              f"xargs -P {jobs} -I NAME vips conv NAME '{target}/NAME{option}' '{mask(bench)}' --precision integer")
    return ["sh", "-c", script]


def clear(target):
    for path in (target, target + ".wardmark"):
        if os.path.isdir(path):
            shutil.rmtree(path)
        elif os.path.exists(path):
            os.remove(path)


def summary(values):
    return {"median": statistics.median(values), "lowest": min(values), "highest": max(values)}


def compare(bench, title, arms, facts, rounds=None):
    """Runs the arms in turn and prints a table; the first is `protect`, and every ratio is protect / other."""
    rounds = rounds or bench.given.rounds
    taken = {name: [] for name, _, _ in arms}
    target = bench.path("out")
    for turn in range(rounds + 1):
        for name, command, environment in arms:
            clear(target)
            os.sync()
            figures = run(command, environment)
            if turn > 0:
                taken[name].append(figures)
    clear(target)
    rows = []
    first = arms[0][0]
    for name, _, _ in arms:
        row = {"arm": name, "peak_mib": max(f["peak_kib"] for f in taken[name]) / 1024,
               "wall": summary([f["wall"] for f in taken[name]]), "cpu": summary([f["cpu"] for f in taken[name]])}
        for key in ("wall", "cpu"):
            row["ratio_" + key] = summary([a[key] / b[key] for a, b in zip(taken[first], taken[name])])
        rows.append(row)
    result = {"title": title, "n": rounds, **facts, "load_after": os.getloadavg()[0], "rows": rows}
    bench.results.append(result)
    show(result, first)


def show(result, first):
    facts = ", ".join(f"{k} {v}" for k, v in result.items() if k not in ("title", "rows"))
    print(f"\n{result['title']} ({facts})")
    print(f"{'':28}{'wall s':>9}{'cpu s':>9}{'peak MiB':>10}   {first} / this: wall           cpu")
    for row in result["rows"]:
        wall, cpu = (f"{row[k]['median']:.2f} ({row[k]['lowest']:.2f} to {row[k]['highest']:.2f})"
                     for k in ("ratio_wall", "ratio_cpu"))
        print(f"{row['arm']:28}{row['wall']['median']:9.3f}{row['cpu']['median']:9.3f}{row['peak_mib']:10.0f}"
              f"   {wall}   {cpu}", flush=True)


def measure_photos(bench, kind):
    source, target, jobs = bench.path("in", kind), bench.path("out"), bench.given.jobs
    facts = {"megapixels": round(bench.megapixels, 1), "files": sum(len(f) for _, _, f in os.walk(source)),
             "threads": jobs}
    # The same floor over what protect writes: changed pixels are harder to compress, which no program can avoid.
    changed = bench.path("changed", kind)
    clear(changed)
    os.makedirs(os.path.dirname(changed), exist_ok=True)
    run(arm_protect(bench, source, changed, jobs))
    compare(bench, f"{kind} photographs", [
        (bench.name, arm_protect(bench, source, target, jobs), None),
        ("floor", [bench.floor, source, target, "-j", str(jobs)], None),
        ("floor, protected pictures", [bench.floor, changed, target, "-j", str(jobs)], None),
        ("floor without read-back", [bench.floor, source, target, "-j", str(jobs), "--no-read-back"], None),
        ("vips conv", arm_vips(bench, source, target, jobs), {"VIPS_CONCURRENCY": "1"}),
    ], facts)


def measure_recipe(bench, kind):
    size = make_part(bench, kind)
    source, target = bench.path("part", kind), bench.path("out")
    recipe = [bench.given.python, os.path.join(os.path.dirname(os.path.abspath(__file__)), "published_cuda.py")]
    compare(bench, f"{kind}, one thread, published recipe", [
        (bench.name, arm_protect(bench, source, target, 1), None),
        ("numpy, scipy and PIL", recipe + [source, target, "--quality", str(QUALITY)], None),
    ], {"megapixels": round(size, 1), "threads": 1}, rounds=min(3, bench.given.rounds))


def measure_memory(bench):
    target = bench.path("out")
    for count in (1000, 4000):
        source = make_many(bench, count)
        compare(bench, f"memory with {count} files of 0.25 megapixels",
                [(bench.name, arm_protect(bench, source, target, bench.given.jobs), None)], {"files": count},
                rounds=1)


def measure_cifar(bench):
    """6,000 records of keyed noise: the time does not depend on what the pictures show."""
    source = bench.path("cifar.bin")
    with open(source, "wb") as file:
        for i in range(6000):
            file.write(bytes([i % 10]) + os.urandom(CIFAR_RECORD - 1))
    protect = arm_protect(bench, source, bench.path("out"), bench.given.jobs)
    compare(bench, "CIFAR binary, 6,000 pictures", [(bench.name, protect, None)], {"items": 6000})


def measure_start(bench):
    keygen = f"rm -f '{bench.path('new.key')}'; exec '{bench.wardmark}' keygen -o '{bench.path('new.key')}'"
    compare(bench, "start", [
        ("--help", [bench.wardmark, "--help"], None),
        ("keygen", ["sh", "-c", keygen], None),
    ], {}, rounds=21)


MEASUREMENTS = {
    "png": lambda bench: measure_photos(bench, "png"),
    "jpg": lambda bench: measure_photos(bench, "jpg"),
    "tif": lambda bench: measure_photos(bench, "tif"),
    "webp": lambda bench: measure_photos(bench, "webp"),
    "recipe-png": lambda bench: measure_recipe(bench, "png"),
    "recipe-jpg": lambda bench: measure_recipe(bench, "jpg"),
    "cifar": measure_cifar,
    "memory": measure_memory,
    "start": measure_start,
}


def git_state():
    answer = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False,
                            cwd=os.path.dirname(os.path.abspath(__file__)))
    return answer.stdout.strip() or "unknown"


def machine():
    with open("/proc/cpuinfo", encoding="ascii") as file:
        model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "unknown")
    return {"processor": model, "cores": os.cpu_count(), "system": platform.release(), "source": git_state(),
            "load_before": os.getloadavg()[0]}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--build", required=True)
    arguments.add_argument("--photos", required=True)
    arguments.add_argument("--work", required=True)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--jobs", type=int, default=2)
    arguments.add_argument("--method", default="cuda", help="of wardmark protect; the recipe is that of cuda")
    arguments.add_argument("--json")
    arguments.add_argument("--python", default="python3")
    arguments.add_argument("--only", nargs="+", choices=MEASUREMENTS, default=list(MEASUREMENTS))
    bench = Bench(arguments.parse_args())
    os.makedirs(bench.work, exist_ok=True)
    shutil.rmtree(bench.path("in"), ignore_errors=True)
    shutil.rmtree(bench.path("part"), ignore_errors=True)
    try:
        if not os.path.exists(bench.key):
            run([bench.wardmark, "keygen", "-o", bench.key])
        about = machine()
        print(f"{about['processor']}, {about['cores']} cores, load {about['load_before']:.2f}")
        bench.megapixels = make_photos(bench)
        for name in bench.given.only:
            MEASUREMENTS[name](bench)
    except (RuntimeError, subprocess.CalledProcessError) as error:
        print(f"protect_throughput.py: error: {error}", file=sys.stderr)
        return 4
    if bench.given.json:
        with open(bench.given.json, "w", encoding="ascii") as file:
            json.dump({"schema": "wardmark-bench/1", "machine": about, "comparisons": bench.results}, file, indent=1)
            file.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
