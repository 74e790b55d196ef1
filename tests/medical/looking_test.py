#!/usr/bin/env python3
"""`evaluate` and `verify images` look at DICOM studies as a trainer would.

    looking_test.py PROGRAMS

Every frame through the window of its series, the lowest samples bright where the object says MONOCHROME1: computed here
with pydicom and numpy, written as PNG files, and read by the same command. Both runs must be about the very same data:
the identity of a study of `evaluate` is a hash of its samples, labels and classes. Likewise for what `protect` made of the
study, also under new names. A suspect of `verify images` keeps what it is asked about, which must be that view, within the
bound. Exit status 77 where pydicom or wardmark-nn is missing.
"""
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

try:
    import numpy
    import pydicom
except ImportError:
    print("skipped: no pydicom and numpy")
    sys.exit(77)

SIDE = 48
SUSPECT = '''
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    if asked["wardmark"] == "hello":
        print(json.dumps({"wardmark": "hello", "version": 1, "name": "keeper", "height": 48, "width": 48, "channels": 1,
                          "labels": ["CT", "MR"], "batch": 64}), flush=True)
        continue
    if asked["wardmark"] != "classify":
        break
    with open(sys.argv[1], "ab") as kept:
        kept.write(open(asked["file"], "rb").read())
    print(json.dumps({"wardmark": "answers", "id": asked["id"], "labels": [0] * asked["count"]}), flush=True)
'''


def run(folder, *words, status=0):
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
    return done


def png(path, grey):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + row.tobytes() for row in grey)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", *grey.shape[::-1], 8, 0, 0, 0, 0)) +
                   chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def value(dataset, frame, sequence, name):
    """An attribute of a functional group of the frame, or of the data set itself."""
    for group in ([dataset.PerFrameFunctionalGroupsSequence[frame]] if "PerFrameFunctionalGroupsSequence" in dataset else []) + \
            list(dataset.get("SharedFunctionalGroupsSequence", [])):
        if sequence in group and name in group[sequence].value[0]:
            return float(numpy.atleast_1d(group[sequence].value[0][name].value)[0])
    return float(numpy.atleast_1d(dataset[name].value)[0]) if name in dataset else None


def images(folder):
    """Data sets with frames, by path below the folder."""
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            dataset = pydicom.dcmread(path)
            if dataset.Modality in ("CT", "MR"):
                found[os.path.relpath(path, folder)] = dataset
    return found


def middle(values):
    return sorted(values)[(len(values) - 1) // 2]


def views(folder):
    """Path of each frame and its 8-bit view."""
    found = images(folder)
    series = {}
    for dataset in found.values():
        lows, highs = [], []
        for frame in range(int(dataset.get("NumberOfFrames", 1))):
            centre = value(dataset, frame, "FrameVOILUTSequence", "WindowCenter")
            width = value(dataset, frame, "FrameVOILUTSequence", "WindowWidth")
            lows.append(centre - 0.5 - (width - 1) / 2)
            highs.append(centre - 0.5 + (width - 1) / 2)
        series.setdefault(dataset.SeriesInstanceUID, []).append((middle(lows), middle(highs)))
    for path, dataset in sorted(found.items()):
        low, high = (middle(ends) for ends in zip(*series[dataset.SeriesInstanceUID]))
        frames = int(dataset.get("NumberOfFrames", 1))
        pixels = dataset.pixel_array.reshape(frames, SIDE, SIDE).astype(numpy.int64)
        for frame in range(frames):
            slope = value(dataset, frame, "PixelValueTransformationSequence", "RescaleSlope") or 1.0
            zero = value(dataset, frame, "PixelValueTransformationSequence", "RescaleIntercept") or 0.0
            black = int(numpy.floor((low - zero) / slope + 0.5))
            white = max(int(numpy.floor((high - zero) / slope + 0.5)), black + 1)
            # Sixteen bits first, as the method sees it, then the eight of networks.
            deep = numpy.clip(((pixels[frame] - black) * 65535 * 2 + (white - black)) // (2 * (white - black)), 0, 65535)
            grey = (deep.astype(numpy.float32) * numpy.float32(255 / 65535) + numpy.float32(0.5)).astype(numpy.uint8)
            if dataset.PhotometricInterpretation == "MONOCHROME1":
                grey = 255 - grey
            stem, extension = os.path.splitext(path)
            yield (f"{stem}#{frame}" if frames > 1 else stem) + ".png", dataset.Modality, grey


def as_pictures(study, folder):
    with open(folder + ".csv", "w", encoding="utf-8") as table:
        table.write("path,label\n")
        for path, label, grey in views(study):
            png(os.path.join(folder, path), grey)
            table.write(f"{path},{label}\n")


def identity(folder, programs, state, *words):
    done = run(folder, programs + "/wardmark", "evaluate", "--arch", "small_cnn", "--epochs", "1", "--breakers", "none",
               "--precision", "fp32", "-j", "1", "--size", str(SIDE), "--state", state, "-q", *words)
    assert "left out" not in done.stderr, done.stderr
    with open(os.path.join(folder, state, "study.json"), encoding="utf-8") as file:
        return json.load(file)["identity"]


def invert_some(study):
    """Makes the first slices say MONOCHROME1."""
    for name in ("IM001.dcm", "IM002.dcm"):
        path = os.path.join(study, "ct", name)
        with open(path, "rb") as file:
            data = file.read()
        assert data.count(b"MONOCHROME2 ") + data.count(b"MONOCHROME2") >= 1
        with open(path, "wb") as file:
            file.write(data.replace(b"MONOCHROME2", b"MONOCHROME1"))


def check_evaluate(programs, folder):
    wardmark = programs + "/wardmark"
    dicom = ("--labels", "dicom:Modality")
    study = identity(folder, programs, "s1", "--train", "in", "--clean", "in", "--test", "test", *dicom)
    for name in ("in", "test"):
        as_pictures(os.path.join(folder, name), os.path.join(folder, name + "-png"))
    with open(os.path.join(folder, "both.csv"), "w", encoding="utf-8") as both:
        lines = [open(os.path.join(folder, name + "-png.csv"), encoding="utf-8").read() for name in ("in", "test")]
        both.write(lines[0] + "".join(line for line in lines[1].splitlines(True)[1:] if line not in lines[0]))
    pictures = identity(folder, programs, "s2", "--train", "in-png", "--clean", "in-png", "--test", "test-png", "--labels",
                        "both.csv")
    assert study == pictures, "the study is not what pydicom says"
    # Whatever it is compressed with: the engine has other libraries of the same codecs loaded.
    for syntax in ("rle", "jpeg-ls", "jpeg-lossless"):
        run(folder, wardmark, "protect", "in", "-o", syntax, "-k", "key", "-m", "none", "--labels", "none",
            "--transfer-syntax", syntax, "-q")
        coded = identity(folder, programs, "s-" + syntax, "--train", syntax, "--clean", "in", "--test", "test", *dicom)
        assert coded == study, syntax
    # What protect makes of it; under its own names, and under new ones with what the record knows.
    protect = ("-k", "key", "-m", "cuda", "--max-change", "3%window", "--many-classes", "-q", *dicom)
    run(folder, wardmark, "protect", "in", "-o", "out", *protect)
    run(folder, wardmark, "protect", "in", "-o", "named", "--release", "other", "--rename", "uid", *protect)
    as_pictures(os.path.join(folder, "out"), os.path.join(folder, "out-png"))
    released = identity(folder, programs, "s3", "--train", "out", "--clean", "in", "--test", "test", *dicom)
    pictures = identity(folder, programs, "s4", "--train", "out-png", "--clean", "in-png", "--test", "test-png", "--labels",
                        "both.csv")
    assert released == pictures and released != study, "the release is not what pydicom says"
    # Labels of the original's identity for the originals alone; those of the release are its record's.
    with open(os.path.join(folder, "uids.csv"), "w", encoding="utf-8") as table:
        table.write("SOPInstanceUID,label\n")
        for name in ("in", "test"):
            for dataset in images(os.path.join(folder, name)).values():
                if name == "in" or dataset.SOPInstanceUID not in known:
                    table.write(f"{dataset.SOPInstanceUID},{dataset.Modality}\n")
            known = {dataset.SOPInstanceUID for dataset in images(os.path.join(folder, "in")).values()}
    again = identity(folder, programs, "s5", "--train", "out", "-k", "key", "--clean", "in", "--test", "test", "--labels",
                     "uids.csv")
    assert again == released, "the record gives other classes or pairs"
    done = run(folder, wardmark, "evaluate", "--train", "named", "-k", "key", "--clean", "in", "--test", "test", "--labels",
               "uids.csv", "--arch", "small_cnn", "--epochs", "1", "--breakers", "known-pairs:1", "-j", "1", "-q")
    assert "left out" not in done.stderr and "small_cnn" in done.stdout, (done.stdout, done.stderr)
    # Without the key there is nothing that leads from new UIDs to old ones.
    done = run(folder, wardmark, "evaluate", "--train", "out", "--test", "test", "--labels", "uids.csv", "-q", status=2)
    assert "LABELS-FORMAT" in done.stderr and "-k" in done.stderr, done.stderr


def damage(study):
    """Overwrites four bytes inside every compressed stream of the CT series."""
    for name in sorted(os.listdir(os.path.join(study, "ct"))):
        path = os.path.join(study, "ct", name)
        with open(path, "rb") as file:
            data = bytearray(file.read())
        stream = data.find(b"\xff\xd8\xff\xf7")
        if stream < 0:
            continue
        data[stream + 301:stream + 305] = b"\0\0\0\x80"
        with open(path, "wb") as file:
            file.write(data)


def check_damaged(programs, folder):
    """The engine has another CharLS loaded than the one that DCMTK's structures are of: a damaged stream must be refused."""
    shutil.copytree(os.path.join(folder, "jpeg-ls"), os.path.join(folder, "damaged"))
    damage(os.path.join(folder, "damaged"))
    done = run(folder, programs + "/wardmark-nn", "inspect", "damaged", status=3)
    assert "DCM-022" in done.stdout, done.stdout


def check_questions(programs, folder):
    """Marks of at most one step on a picture: a suspect sees the view, give or take that step."""
    wardmark = programs + "/wardmark"
    run(folder, wardmark, "protect", "in", "-o", "faint", "-k", "key", "-m", "cuda", "--max-change", "1stored", "--labels",
        "dicom:Modality", "--many-classes", "--release", "faint", "--pool", "50", "--alpha", "0.1", "--suspects", "1", "-q")
    with open(os.path.join(folder, "keeper.py"), "w", encoding="utf-8") as file:
        file.write(SUSPECT)
    run(folder, wardmark, "verify", "images", "--record", "faint.wardmark", "-k", "key", "--suspect",
        f"exec:{sys.executable} {folder}/keeper.py {folder}/kept.bin", "--test", "many", "--labels", "dicom:Modality", "-q",
        "--exploratory", "--queries", "2000", status=1)
    asked = numpy.fromfile(os.path.join(folder, "kept.bin"), numpy.uint8).reshape(-1, SIDE, SIDE).astype(int)
    known = numpy.stack([grey for path, _, grey in views(os.path.join(folder, "many"))]).astype(int)
    assert len(asked) == 2000, len(asked)
    seen = set()
    for picture in asked[:400]:
        far = numpy.abs(known - picture).max(axis=(1, 2))
        # One step of the CT's window of 80 HU is 3.2 levels.
        assert far.min() <= 5, far.min()
        seen.add(int(far.argmin()))
    assert len(seen) > 8, seen


def check_fit(programs, folder):
    """A fit takes images and classes from the plan, with objects that have neither beside them."""
    wardmark = programs + "/wardmark"
    how = ("-k", "key", "-m", "pil", "--labels", "dicom:Modality", "--many-classes", "-q")
    run(folder, wardmark, "plan", "in", "-o", "plan.json", "--release", "planned", *how)
    run(folder, wardmark, "protect", "in", "-o", "planned", "--plan", "plan.json", "-k", "key", "-q")
    done = run(folder, wardmark, "protect", "in", "-o", "straight", "--release", "planned", *how)
    assert "protected 10 of 13 items" in done.stdout, done.stdout
    for name in ("ct/IM003.dcm", "mr/enhanced.dcm"):
        with open(os.path.join(folder, "planned", name), "rb") as one, open(os.path.join(folder, "straight", name), "rb") as other:
            assert one.read() == other.read(), name


def check_twins(programs, folder):
    """Both versions of every image are asked about, and they differ."""
    wardmark = programs + "/wardmark"
    run(folder, wardmark, "protect", "in", "-o", "twins", "-k", "key", "-m", "salm", "--twins", "0.25", "--epsilon", "8/255",
        "--pool", "10000", "--labels", "dicom:Modality", "--many-classes", "-q")
    run(folder, wardmark, "verify", "images", "--record", "twins.wardmark", "-k", "key", "--statistic", "twins", "--suspect",
        f"exec:{sys.executable} {folder}/keeper.py {folder}/both.bin", "--test", "in", "--labels", "dicom:Modality",
        "--exploratory", "-q", status=1)
    asked = numpy.fromfile(os.path.join(folder, "both.bin"), numpy.uint8).reshape(-1, SIDE * SIDE)
    assert len(asked) == 20 and len({picture.tobytes() for picture in asked}) == 20, len(asked)


def main(programs):
    if not os.path.exists(programs + "/wardmark-nn"):
        print("skipped: no wardmark-nn")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        for name, slices, frames in (("in", 9, 6), ("test", 7, 5)):
            run(folder, programs + "/wardmark-samples", "--out", name, "--studies", "--slices", str(slices), "--frames",
                str(frames), "--size", str(SIDE))
            invert_some(os.path.join(folder, name))
        run(folder, programs + "/wardmark", "keygen", "-o", "key", "-q")
        check_evaluate(programs, folder)
        check_damaged(programs, folder)
        check_fit(programs, folder)
        for n in range(10):  # as many multi-frame objects as slices: each is one test picture
            run(folder, programs + "/wardmark-samples", "--out", f"part{n}", "--studies", "--slices", "10", "--frames",
                str(3 + 2 * n), "--size", str(SIDE))
            shutil.copytree(os.path.join(folder, f"part{n}"), os.path.join(folder, "many", str(n)))
        check_questions(programs, folder)
        check_twins(programs, folder)
    print("looked at as a trainer does")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
