#!/usr/bin/python3
"""Time of `wardmark protect -j 2` on a CT series against one dcmconv call per file, two at a time.

    study_speed.py PROGRAMS SLICE.dcm [SLICES]

Copies one slice under new UIDs into two series, runs both once to fill the page cache, then prints the better of two.
"""
import os
import subprocess
import sys
import tempfile
import time

import pydicom


def best(command):
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        subprocess.run(["bash", "-c", command], check=True, capture_output=True)
        times.append(time.perf_counter() - begin)
    return min(times[1:])


def main(programs, source, slices=300):
    with tempfile.TemporaryDirectory() as folder:
        dataset = pydicom.dcmread(source)
        for i in range(int(slices)):
            dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.4.{i + 1}"
            dataset.SeriesInstanceUID = f"1.2.3.9.{i % 2 + 1}"
            os.makedirs(f"{folder}/in/{i % 2}", exist_ok=True)
            dataset.save_as(f"{folder}/in/{i % 2}/{i:03d}.dcm")
        ours = best(f"cd {folder}; rm -rf out out.wardmark owner.key; {programs}/wardmark keygen -o owner.key -q; "
                    f"{programs}/wardmark protect in -o out -k owner.key -m cuda --max-change 20HU -j 2 -q")
        theirs = best(f"cd {folder}; rm -rf conv; mkdir conv; "
                      "find in -name '*.dcm' | xargs -P2 -I{} sh -c 'dcmconv {} conv/$(basename {})'")
    print(f"{slices} slices: protect {ours:.2f} s, dcmconv {theirs:.2f} s, ratio {ours / theirs:.2f}")


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]), *sys.argv[2:])
