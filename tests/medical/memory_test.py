#!/usr/bin/env python3
"""How much memory a multi-frame object needs, and whether more slices need more.

    memory_test.py PROGRAMS

An enhanced object of 250 frames is protected within three times its own size beyond what the same
command needs for one of 2 frames, also where it is a compressed file (of whose size three times are
allowed) and where two versions of it are made; ten times as many slices need at most 8 kB more each.
"""
import os
import subprocess
import sys
import tempfile


CUDA = ("-m", "cuda", "--max-change", "3%window")
TWINS = ("-m", "salm", "--twins", "0.25", "--pool", "10000", "--epsilon", "8/255")


def protect(programs, folder, source, target, *options):
    """Protects a study; bytes that it held at most."""
    process = subprocess.Popen([programs + "/wardmark", "protect", source, "-o", target, "-k", folder + "/key",
                                "--labels", "dicom:Modality", "--many-classes", "-q", "-j", "2", *options],
                               stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0, status
    return used.ru_maxrss * 1024


def study(programs, folder, samples, rle=False):
    """A new study of the size that `samples` asks for; and the size of its largest file."""
    place = tempfile.mkdtemp(dir=folder)
    subprocess.run([programs + "/wardmark-samples", "--out", place + "/in", "--studies", *samples], check=True,
                   stdout=subprocess.DEVNULL)
    for name in ("seg.dcm", "ko.dcm", "pr.dcm"):  # they grow with the series
        os.remove(os.path.join(place, "in/ct", name))
    if rle:
        protect(programs, folder, place + "/in", place + "/rle", "-m", "none", "--transfer-syntax", "rle")
    name = place + ("/rle" if rle else "/in")
    return name, max(os.path.getsize(os.path.join(at, file)) for at, _, files in os.walk(name) for file in files)


def peak(programs, folder, samples, options=CUDA, rle=False):
    source, size = study(programs, folder, samples, rle)
    return protect(programs, folder, source, source + "-out", *options), size


def main(programs):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([programs + "/wardmark", "keygen", "-o", folder + "/key", "-q"], check=True,
                       stdout=subprocess.DEVNULL)
        # Blocks below 32 MB may be kept by the heap: where little room is left, a larger object is taken.
        for what, options, rle, side in (("native", CUDA, False, 256), ("RLE", CUDA, True, 384),
                                         ("native, twins", TWINS, False, 256), ("RLE, twins", TWINS, True, 384)):
            few, _ = peak(programs, folder, ["--slices", "4", "--frames", "2", "--size", str(side)], options, rle)
            many, size = peak(programs, folder, ["--slices", "4", "--frames", "250", "--size", str(side)], options, rle)
            print(f"{what}: {(many - few) / size:.2f} times the {size / 1e6:.1f} MB of the file")
            assert many - few <= 3 * size
        few, many = (peak(programs, folder, ["--slices", str(n), "--frames", "4", "--size", "32"])[0]
                     for n in (200, 2000))
        print(f"{(many - few) / 1800:.0f} bytes more a slice")
        assert many - few <= 8192 * 1800
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
