#!/usr/bin/env python3
"""Asks the validator of dicom3tools and two families of decoders about protected real DICOM files.

    validator_test.py PROGRAMS DATA [FOLDER...]

On every file that is protected or carried: dciodvfy reports no error that the input did not have. On every compressed
result: DCMTK's and GDCM's programs decode it to the same bytes. Exit status 77 where programs or data are missing.
"""
import collections
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

try:
    import numpy
    import pydicom
    from protected_material import FOLDERS, batches, files_below, protect_batch, run
except ImportError:
    print("skipped: no pydicom and numpy")
    sys.exit(77)

# PS3.3 asks for these where ImageType value 1 is ORIGINAL or MIXED and lets them stand in derived images ("May be present
# otherwise", C.7.6.18-3 for one); the validator of 2022 has it that they may not.
FALSE_ALARM = re.compile(r"Attribute present when condition unsatisfied .* for Type 1C Conditional - "
                         r"Module=<(BulkMotionSynchronization|MRPulseSequence)>")
DCMTK = {"RLE": "dcmdrle", "JPEG-LS": "dcmdjpls", "JPEG": "dcmdjpeg"}


def errors(path, folder):
    """Error lines of the validator, UIDs taken out: they are others in the result. It reads no deflated files."""
    if pydicom.dcmread(path, stop_before_pixels=True).file_meta.TransferSyntaxUID.is_deflated:
        inflated = os.path.join(folder, "inflated.dcm")
        subprocess.run(["dcmconv", "+te", path, inflated], check=True, capture_output=True)
        path = inflated
    done = subprocess.run(["dciodvfy", "-new", path], capture_output=True, text=True, errors="replace")
    lines = collections.Counter()
    for line in (done.stderr + done.stdout).splitlines():
        if line.startswith("Error") and not FALSE_ALARM.search(line):
            lines[re.sub(r"[0-9]+(\.[0-9]+){4,}|2\.25\.[0-9]+|(?<== <)[0-9.]+(?=>)", "UID", line)] += 1
    return lines


def plain_words(command, path, folder):
    """Stored bits as decoded by another program; None where it cannot. GDCM clears the bits above, overlays too."""
    plain = os.path.join(folder, "plain.dcm")
    if subprocess.run([*command, path, plain], capture_output=True).returncode != 0:
        return None
    dataset = pydicom.dcmread(plain)
    words = numpy.frombuffer(dataset.PixelData, {8: "u1", 16: "<u2"}[dataset.BitsAllocated])
    return (words & (1 << dataset.BitsStored) - 1).tolist()


def check_decoders(path, folder):
    dataset = pydicom.dcmread(path)
    syntax = dataset.file_meta.TransferSyntaxUID
    if not syntax.is_compressed or syntax.is_deflated or "PixelData" not in dataset:
        return "native"
    if dataset.HighBit + 1 != dataset.BitsStored:
        return "compressed, high bit above: GDCM moves it, see independent_test.py"
    program = next(DCMTK[kind] for kind in DCMTK if kind in syntax.name)
    ours = plain_words([program], path, folder)
    theirs = plain_words(["gdcmconv", "--raw"], path, folder)
    if ours is None or theirs is None:
        return "compressed, " + " and ".join(
            [who for who, words in (("DCMTK", ours), ("GDCM", theirs)) if words is None]) + " cannot decode it"
    if dataset.SamplesPerPixel == 3:
        return "compressed colour, planes arranged by each program"
    assert ours == theirs, (path, "DCMTK and GDCM decode different pixels")
    return "compressed, decoded alike by DCMTK and GDCM"


def check_batch(programs, data, files, folder, counts, options=()):
    for source, result, item in protect_batch(programs, data, files, folder, options):
        if result is None:
            counts["refused"] += 1
            continue
        new = errors(result, folder) - errors(source, folder)
        assert not new, (source, item["state"], list(new))
        counts["no new error"] += 1
        if item["state"] == "protected":
            counts[check_decoders(result, folder)] += 1


def main(programs, data, folders):
    data = os.path.join(data, "dicom")
    needed = ("dciodvfy", "dcmconv", "gdcmconv", *DCMTK.values())
    if not os.path.isdir(data) or not all(map(shutil.which, needed)):
        print("skipped: no material, or one of these is missing: " + " ".join(needed))
        return 77
    files = files_below(data, folders or [*FOLDERS, "study", "fileset"])
    # Two series at least, for two classes.
    others = [sorted(glob.glob(os.path.join(data, "study", study, "*")))[0] for study in ("mr16-j1", "mr-fmri35")]
    counts = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        run(programs, "wardmark", "keygen", "-o", folder + "/owner.key", "-q")
        for group in batches(files):
            check_batch(programs, data, others + [f for f in group if f not in others], folder + "/batch", counts)
        for syntax in ("rle", "jpeg-lossless", "jpeg-ls"):
            check_batch(programs, data, others + [f for f in batches(files)[0] if "/bits/" in f or "/made/" in f],
                        folder + "/batch", counts, ["--transfer-syntax", syntax])
    for outcome, number in sorted(counts.items()):
        print(f"{number:4d} {outcome}")
    assert counts["no new error"] > 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
