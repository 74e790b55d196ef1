#!/usr/bin/env python3
"""Kills the protection of real studies at random moments, and fills its disk: resumed, it gives the same bytes.

    interrupted_test.py PROGRAMS DATA [KILLS]

Exit status 77 where the data are missing. Where no tmpfs may be mounted, the full disk is left out with a message.
"""
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time


def same(work, out):
    for tail in ("", ".wardmark"):
        subprocess.run(["diff", "-r", work / ("whole" + tail), str(out) + tail], check=True)


def kill_and_resume(work, command, kills, seconds):
    dice = random.Random(7)
    done = resumed = 0
    out = work / "out"
    while done < kills:
        for path in (out, work / "out.wardmark"):
            shutil.rmtree(path, ignore_errors=True)
        while done < kills:
            process = subprocess.Popen(command(out, "--resume"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(dice.uniform(0.0, 1.0) * seconds)
            process.kill()
            if process.wait() == 0:
                break
            done += 1
            resumed += (work / "out.wardmark" / "manifest.jsonl").exists()
        subprocess.run(command(out, "--resume"), check=True, stdout=subprocess.DEVNULL)
        assert not [path for path in out.rglob("*") if "wardmark-part" in path.name]
        same(work, out)
    assert resumed > 0, "every kill came before the first manifest line"
    print(f"{done} kills, {resumed} of them with a manifest under way: release and record as without")


def fill_disk(work, command):
    disk = work / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], capture_output=True).returncode != 0:
        print("a full disk was left out: no tmpfs may be mounted here")
        return
    try:
        full = subprocess.run(command(disk / "out"), capture_output=True, text=True)
        assert full.returncode == 4 and "[DISK-FULL]" in full.stderr, full
        for path in (disk / "out").rglob("*"):
            if path.is_file():
                whole = work / "whole" / path.relative_to(disk / "out")
                assert path.read_bytes() == whole.read_bytes(), f"{path}: a partial file under its final name"
        subprocess.run(["mount", "-o", "remount,size=256m", disk], check=True)
        subprocess.run(command(disk / "out", "--resume"), check=True, stdout=subprocess.DEVNULL)
        same(work, disk / "out")
        print("a full disk: no partial file, resumed to the same release and record")
    finally:
        subprocess.run(["umount", disk], check=True)


def main(programs, data, kills):
    studies = pathlib.Path(data) / "dicom" / "study"
    if not studies.is_dir():
        print("skipped: no material")
        return 77
    wardmark = str(pathlib.Path(programs) / "wardmark")
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        for number, study in enumerate(("mr-fmri35", "mr16-j1")):
            shutil.copytree(studies / study, work / "in" / f"class {number}")
        subprocess.run([wardmark, "keygen", "-q", "-o", work / "key"], check=True, stdout=subprocess.DEVNULL)

        def command(out, *more):
            return [wardmark, "protect", work / "in", "-o", out, "-k", work / "key", "-m", "cuda", "--max-change",
                    "3%window", "--release", "r", "-q", *more]

        begin = time.monotonic()
        subprocess.run(command(work / "whole"), check=True, stdout=subprocess.DEVNULL)
        kill_and_resume(work, command, kills, time.monotonic() - begin)
        fill_disk(work, command)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 20))
