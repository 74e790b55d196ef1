#!/usr/bin/env python3
"""What a record costs at scale: `manifest merge` of many shards, without protecting a picture.

    record_scale.py --build DIR --work DIR [--shards N] [--items N,N,...]

Prints, for each number of items, bytes of plan and manifest per item, seconds, processor time and peak memory of
`wardmark manifest merge` and of `wardmark manifest check`.
"""
import argparse
import os
import shutil
import subprocess
import sys
import time


def run(*command):
    """(seconds, processor seconds, peak MB); the kernel knows them of the child that is waited for."""
    begin = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise RuntimeError(f"exit status {child.returncode}: " + " ".join(command))
    return time.perf_counter() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--shards", type=int, default=1000)
    parser.add_argument("--items", default="10000,100000,1000000")
    given = parser.parse_args(arguments)
    programs = os.path.join(given.build, "bin")
    wardmark = os.path.join(programs, "wardmark")
    os.makedirs(given.work, exist_ok=True)
    key, record = os.path.join(given.work, "scale.key"), os.path.join(given.work, "scale.wardmark")
    print(f"{given.shards} shards; seconds / processor seconds / peak MB")
    for items in given.items.split(","):
        shutil.rmtree(record, ignore_errors=True)
        if not os.path.exists(key):
            run(wardmark, "keygen", "-o", key, "-q")
        run(os.path.join(programs, "shard-manifests"), record, key, str(given.shards), items)
        size = {name: os.path.getsize(os.path.join(record, name)) for name in ("plan.json",)}
        figures = {"merge": run(wardmark, "manifest", "merge", record, "-k", key, "-q")}
        size["manifest.jsonl"] = os.path.getsize(os.path.join(record, "manifest.jsonl"))
        figures["check"] = run(wardmark, "manifest", "check", record, "-k", key, "-q")
        print(f"{items} items: " + ", ".join(f"{name} {bytes_ / int(items):.0f} bytes an item"
                                             for name, bytes_ in size.items()) + "; " +
              "; ".join(f"{name} {wall:.2f} / {cpu:.2f} / {peak:.0f}" for name, (wall, cpu, peak) in figures.items()),
              flush=True)
    shutil.rmtree(record)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
