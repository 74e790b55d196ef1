#!/usr/bin/env python3
"""Protects real DICOM files and looks at the result with a reader that other people wrote.

    independent_test.py PROGRAMS DATA [FOLDER...]

PROGRAMS is the folder with wardmark, DATA that with dicom/. On every protected file that pydicom and numpy can decode:
the pixels differ from the input's by exactly what the record says and nowhere by more than the bound; pixels that stand
for padding, air, the lowest or the highest value are equal, and so are the bits beside the stored ones; only attributes
of the list in docs/dicom.md differ; no UID of the input is left. Exit status 77 where pydicom or the data are missing.
"""
import collections
import glob
import os
import shutil
import subprocess
import sys
import tempfile

try:
    import numpy
    import pydicom
    from pydicom.uid import UID
    from protected_material import FOLDERS, STEPS, batches, files_below, protect_batch, run
except ImportError:
    print("skipped: no pydicom and numpy")
    sys.exit(77)

MAY_DIFFER = {"00080008", "00082111", "00089215", "0018A001", "00282110", "0008103E", "7FE00010", "00189007", "00089007"}
COLOUR = {"00280004", "00280006"}
REMOVED = {"00880200", "FFFAFFFA", "4FFE0001", "04000402", "04000403", "7FE00001", "7FE00002"}
CLASS_LIKE = ("1.2.840.10008.",)


def uids(dataset):
    """Values of VR UI that name an instance, at any depth."""
    found = set()
    for element in dataset.iterall():
        if element.VR != "UI" or not element.value:
            continue
        values = [element.value] if isinstance(element.value, (str, UID)) else list(element.value)
        found.update(str(v) for v in values if v and not str(v).startswith(CLASS_LIKE))
    keep = ("SOPClass", "TransferSyntax", "CodingSchemeUID", "ContextUID", "ContextGroupExtensionCreatorUID",
            "MappingResourceUID", "ImplementationClassUID", "CreatorVersionUID")
    kept = set()
    for element in dataset.iterall():
        if element.VR == "UI" and element.value and any(k in element.keyword for k in keep):
            kept.update([str(element.value)] if isinstance(element.value, (str, UID)) else map(str, element.value))
    return found - kept


def plain(value):
    if isinstance(value, int):
        return value & 0xFFFF  # its value representation may have become the dictionary's
    return bytes(value).rstrip(b"\0 ") if isinstance(value, bytes) else str(value).rstrip("\0 ")


def differing(before, after, depth=0):
    """Tags whose value differs, UIDs and group lengths aside."""
    tags = set()
    for tag in {e.tag for e in before} | {e.tag for e in after}:
        name = f"{tag.group:04X}{tag.element:04X}"
        # pydicom takes private UN values of big-endian files for big-endian numbers, which they are not.
        if tag.element == 0 or (tag.is_private and before.is_little_endian is False):
            continue
        if tag not in after or tag not in before:
            private_bulk = tag.is_private and tag in before and len(before[tag].value or b"") > 4096
            if not private_bulk:
                tags.add(("gone " if tag not in after else "new ") + name)
            continue
        x, y = before[tag], after[tag]
        if x.VR == "SQ" and y.VR == "SQ" and name not in MAY_DIFFER:
            if len(x.value) != len(y.value):
                tags.add(name)
            for a, b in zip(x.value, y.value):
                tags |= differing(a, b, depth + 1)
        elif x.VR == "UN" and y.VR != "UN" and x.tag.is_private:
            continue  # known by its VR now; the bytes are compared by the program itself
        elif x.VR != "UI" and y.VR != "UI" and plain(x.value) != plain(y.value):
            # A UID that is the whole of a private value of unknown kind is mapped too.
            if not (tag.is_private and x.VR == "UN" and str(y.value).lstrip("b'").startswith("2.25.")):
                tags.add(name)
    return tags


def stored_words(dataset):
    """Uncompressed samples as they lie in memory, before the stored bits are taken out; None where compressed."""
    if dataset.file_meta.TransferSyntaxUID.is_compressed and not dataset.file_meta.TransferSyntaxUID.is_deflated:
        return None
    order = "<" if dataset.is_little_endian else ">"
    kind = {8: "u1", 16: order + "u2"}[dataset.BitsAllocated]
    return numpy.frombuffer(dataset.PixelData, kind)


def decoder(dataset):
    """The program that decodes what pydicom cannot: GDCM, but where the high bit lies above the stored bits. There
    gdcmconv 3.0 writes HighBit = BitsStored - 1 and leaves the words where they are, of native files too."""
    if dataset.HighBit + 1 == dataset.BitsStored:
        return ["gdcmconv", "--raw"]
    return ["dcmdjpls"] if "JPEG-LS" in dataset.file_meta.TransferSyntaxUID.name else ["dcmdjpeg"]


def decoded(dataset, path, folder):
    """Pixels by pydicom; of streams that it cannot decode by another program."""
    try:
        return dataset, dataset.pixel_array
    except (NotImplementedError, RuntimeError, AttributeError, ValueError, OSError):
        plain_path = os.path.join(folder, "plain.dcm")
        subprocess.run([*decoder(dataset), path, plain_path], check=True, capture_output=True)
        plain_dataset = pydicom.dcmread(plain_path)
        return plain_dataset, plain_dataset.pixel_array


def values(dataset, path, folder):
    used, array = decoded(dataset, path, folder)
    array = stored_values(used, array.astype(numpy.int64))
    if dataset.PhotometricInterpretation.startswith("YBR"):
        array = None
    return array


def stored_values(dataset, words):
    """pydicom leaves stored bits where they are, and their sign where the memory's is."""
    bits = words >> (dataset.HighBit + 1 - dataset.BitsStored) & (1 << dataset.BitsStored) - 1
    sign = 1 << (dataset.BitsStored - 1)
    return (bits ^ sign) - sign if dataset.PixelRepresentation else bits


def check_pixels(source, source_path, result, result_path, recorded, label):
    with tempfile.TemporaryDirectory() as folder:
        before, after = values(source, source_path, folder), values(result, result_path, folder)
    if before is None or after is None:
        return "colour converted"
    change = after - before
    assert abs(change).max() == recorded["max_change"], (label, int(abs(change).max()), recorded["max_change"])
    assert abs(change).max() <= STEPS, label
    still = numpy.zeros(before.shape, bool)
    if "PixelPaddingValue" in source and source.SamplesPerPixel == 1:
        low = int(source.PixelPaddingValue)
        high = int(source.get("PixelPaddingRangeLimit", low))
        still |= (before >= min(low, high)) & (before <= max(low, high))
    frames = before[None] if int(source.get("NumberOfFrames", 1)) == 1 else before
    ends = numpy.stack([(f == f.min()) | (f == f.max()) for f in frames])
    still |= ends.reshape(before.shape)
    if source.get("Modality") == "CT" and "RescaleSlope" in source and source.get("RescaleType", "HU") == "HU":
        still |= before * float(source.RescaleSlope) + float(source.get("RescaleIntercept", 0)) <= -950
    assert not change[still].any(), label
    x, y = stored_words(source), stored_words(result)
    if x is not None and y is not None:
        stored = ((1 << source.BitsStored) - 1) << (source.HighBit + 1 - source.BitsStored)
        outside = ((1 << source.BitsAllocated) - 1) & ~stored
        n = min(len(x), len(y))
        if not source.PixelRepresentation:
            assert not ((x[:n] ^ y[:n]) & outside).any(), (label, "bits beside the stored ones")
    return "equal"


def check_file(source_path, result_path, recorded, label):
    source, result = pydicom.dcmread(source_path), pydicom.dcmread(result_path)
    left = uids(source) & uids(result)
    assert not left, (label, "UIDs of the input are left", left)
    assert result.file_meta.MediaStorageSOPInstanceUID == result.SOPInstanceUID, label
    allowed = MAY_DIFFER | (COLOUR if source.get("SamplesPerPixel") == 3 else set())
    wrong = set()
    for tag in differing(source, result):
        name = tag.split()[-1]
        if tag.startswith("gone ") and name in REMOVED or name in allowed:
            continue
        wrong.add(tag)
    assert not wrong, (label, wrong)
    if recorded["state"] != "protected":
        return "carried" if "CARRIED-OBJECT" in recorded["codes"] else "left"
    try:
        return check_pixels(source, source_path, result, result_path, recorded, label)
    except (NotImplementedError, RuntimeError, AttributeError, ValueError, OSError,
            subprocess.CalledProcessError) as error:
        return f"not decoded by pydicom and GDCM: {type(error).__name__}"


def check_batch(programs, data, files, folder, counts, options):
    for source, result, item in protect_batch(programs, data, files, folder, options):
        if result is None:
            counts["refused " + item["codes"][0]] += 1
            continue
        counts[check_file(source, result, item, os.path.basename(source))] += 1
        with open(os.devnull, "w") as silence:
            assert subprocess.run(["dcmdump", result], stdout=silence,
                                  stderr=silence).returncode == 0, (source, "dcmdump cannot read it")


def main(programs, data, folders):
    data = os.path.join(data, "dicom")
    if not os.path.isdir(data) or not all(map(shutil.which, ("dcmdump", "gdcmconv"))):
        print("skipped: no material, or neither dcmdump nor gdcmconv")
        return 77
    files = files_below(data, folders or FOLDERS)
    counts = collections.Counter()
    # Two series at least, for two classes.
    others = [sorted(glob.glob(os.path.join(data, "study", study, "*")))[0] for study in ("mr16-j1", "mr-fmri35")]
    with tempfile.TemporaryDirectory() as folder:
        run(programs, "wardmark", "keygen", "-o", folder + "/owner.key", "-q")
        for number, group in enumerate(batches(files)):
            check_batch(programs, data, [*others, *group], folder + "/batch", counts, [])
        for syntax in ("explicit", "rle", "jpeg-lossless", "jpeg-ls"):
            check_batch(programs, data, [*others, *batches(files)[0]], folder + "/batch", collections.Counter(),
                        ["--transfer-syntax", syntax])
    for outcome, number in sorted(counts.items()):
        print(f"{number:4d} {outcome}")
    assert counts["equal"] > 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
