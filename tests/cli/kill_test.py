#!/usr/bin/env python3
"""Kills protect at random moments and resumes it: the release and its record must equal those of an uninterrupted run.

    kill_test.py BIN_DIR [KILLS]

Also: SIGINT and SIGTERM end with 75, a second signal at once, and a resumed run completes.
"""
import filecmp
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time


def same_tree(a, b):
    names = {p.relative_to(a) for p in a.rglob("*")}
    if names != {p.relative_to(b) for p in b.rglob("*")}:
        return False
    return all(filecmp.cmp(a / n, b / n, shallow=False) for n in names if (a / n).is_file())


def main():
    bin_dir = pathlib.Path(sys.argv[1])
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    wardmark = str(bin_dir / "wardmark")
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        subprocess.run([bin_dir / "wardmark-samples", "--out", work / "in", "--per-class", "40", "--size", "128"],
                       check=True, stdout=subprocess.DEVNULL)
        subprocess.run([wardmark, "keygen", "-q", "-o", work / "key"], check=True, stdout=subprocess.DEVNULL)

        def command(out, *more):
            return [wardmark, "protect", work / "in", "-o", work / out, "-k", work / "key", "-m", "cuda", "-q", *more]

        def run(out, *more):
            return subprocess.Popen(command(out, *more), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        begin = time.monotonic()
        assert run("whole").wait() == 0
        seconds = time.monotonic() - begin

        dice = random.Random(7)
        done = resumed = 0
        while done < kills:
            for path in ("out", "out.wardmark"):
                subprocess.run(["rm", "-rf", work / path], check=True)
            while done < kills:
                process = run("out", "--resume")
                time.sleep(dice.uniform(0.0, seconds * 0.9))
                process.kill()
                if process.wait() == 0:
                    break
                done += 1
                resumed += (work / "out.wardmark" / "manifest.jsonl").exists()
            assert run("out", "--resume").wait() == 0
            left = [p for p in (work / "out").rglob("*") if "wardmark-part" in p.name]
            assert not left, left
            assert same_tree(work / "whole", work / "out"), "another release after kills"
            assert same_tree(work / "whole.wardmark", work / "out.wardmark"), "another record after kills"
        assert resumed > kills // 4, "the kills came too early to test a resume"

        for number in (signal.SIGINT, signal.SIGTERM):
            out = f"signal-{number}"
            process = run(out)
            while not (work / (out + ".wardmark") / "manifest.jsonl").exists():
                time.sleep(0.001)
            process.send_signal(number)
            status = process.wait()
            assert status == 75, f"status {status} after {number!r}"
            assert run(out, "--resume").wait() == 0
            assert same_tree(work / "whole", work / out)
        print(f"{done} kills, {resumed} of them with a manifest under way: release and record as without")


main()
