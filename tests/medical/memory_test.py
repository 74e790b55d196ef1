#!/usr/bin/env python3
"""How much memory a multi-frame object needs, and whether more slices need more.

    memory_test.py PROGRAMS

An enhanced object of 250 frames is protected within three times its own size beyond what the same
command needs for one of 2 frames; ten times as many slices need at most 8 kB more each.
"""
import os
import subprocess
import sys
import tempfile


def peak(programs, folder, samples):
    """Bytes that `wardmark protect` held at most on the studies that `samples` asks for."""
    place = tempfile.mkdtemp(dir=folder)
    subprocess.run([programs + "/wardmark-samples", "--out", place + "/in", "--studies", *samples], check=True,
                   stdout=subprocess.DEVNULL)
    for name in ("seg.dcm", "ko.dcm", "pr.dcm"):  # they grow with the series
        os.remove(os.path.join(place, "in/ct", name))
    process = subprocess.Popen([programs + "/wardmark", "protect", place + "/in", "-o", place + "/out", "-k",
                                folder + "/key", "-m", "cuda", "--max-change", "3%window", "--labels",
                                "dicom:Modality", "--many-classes", "-q", "-j", "2"],
                               stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0, status
    return used.ru_maxrss * 1024


def main(programs):
    frames, side = 250, 256
    size = frames * side * side * 2
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([programs + "/wardmark", "keygen", "-o", folder + "/key", "-q"], check=True,
                       stdout=subprocess.DEVNULL)
        two, all_frames = (peak(programs, folder, ["--slices", "4", "--frames", str(n), "--size", str(side)])
                           for n in (2, frames))
        print(f"{(all_frames - two) / size:.2f} times the {size / 1e6:.1f} MB of the object")
        assert all_frames - two <= 3 * size
        few, many = (peak(programs, folder, ["--slices", str(n), "--frames", "4", "--size", "32"])
                     for n in (200, 2000))
        print(f"{(many - few) / 1800:.0f} bytes more a slice")
        assert many - few <= 8192 * 1800
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
