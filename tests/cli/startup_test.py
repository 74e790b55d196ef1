#!/usr/bin/env python3
"""`wardmark --help` and `keygen` start fast and link none of the heavy libraries.

    startup_test.py BIN_DIR

The bound is 30 ms. It is held against the processor time of the best of many runs, which other programs on the machine
hardly change; wall times are printed beside it.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import time

wardmark = str(pathlib.Path(sys.argv[1]) / "wardmark")


def run(command):
    """Wall and processor milliseconds of one run."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, status
    return (time.perf_counter() - begin) * 1000, (usage.ru_utime + usage.ru_stime) * 1000


libraries = subprocess.run(["ldd", wardmark], capture_output=True, text=True, check=True).stdout
for word in ("torch", "imgcodecs", "opencv_dnn", "dcmdata"):
    assert word not in libraries, f"linked with {word}"
with tempfile.TemporaryDirectory() as folder:
    for command in ([wardmark, "--help"], [wardmark, "keygen", "-o", folder + "/{i}.key"]):
        runs = [run([part.replace("{i}", str(i)) for part in command]) for i in range(21)]
        wall, busy = sorted(w for w, _ in runs), min(b for _, b in runs)
        print(f"{command[1]}: wall {wall[0]:.1f} ms at best, {wall[10]:.1f} in the middle; processor {busy:.1f} ms")
        assert busy <= 30, f"{command[1]} took {busy:.1f} ms of processor time at best"
