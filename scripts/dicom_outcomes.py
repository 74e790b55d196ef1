#!/usr/bin/env python3
"""Writes docs/dicom-outcomes.md: what becomes of every file of the real DICOM material, by SOP class and coding.

    dicom_outcomes.py PROGRAMS DATA [--check]

PROGRAMS is the folder with wardmark, DATA that with dicom/. Names of classes and syntaxes are read by pydicom; the
outcomes are those of `wardmark protect --skip-refused` in batches without copies of one SOP instance. With --check the
page is compared and not written: exit status 1 where it differs, 77 where pydicom or the data are missing.
"""
import collections
import os
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/medical"))
try:
    import pydicom
    from pydicom.uid import UID
    from protected_material import FOLDERS, batches, files_below, protect_batch, run
except ImportError:
    print("skipped: no pydicom")
    sys.exit(77)

PAGE = ROOT / "docs/dicom-outcomes.md"
ALL = [*FOLDERS, "study", "fileset", "broken"]


def uid_name(value):
    return UID(value).name if str(value).startswith("1.2.840.10008.") else "private" if value else "none"


def kind(path):
    """Names of SOP class and transfer syntax; broken files often have neither."""
    if "/broken/" in path:
        return "any (`broken/`)", "any"
    try:
        dataset = pydicom.dcmread(path, force=True, stop_before_pixels=True)
        meta = dataset.get("file_meta") or pydicom.Dataset()
        sop_class = dataset.get("SOPClassUID") or meta.get("MediaStorageSOPClassUID", "")
        return uid_name(sop_class), uid_name(meta.get("TransferSyntaxUID", ""))
    except Exception:
        return "unreadable", "unreadable"


def outcomes(programs, data):
    rows = collections.defaultdict(collections.Counter)
    files = files_below(data, ALL)
    # Two series at least, for two classes.
    others = [files_below(data, ["study/" + study])[0] for study in ("mr16-j1", "mr-fmri35")]
    with tempfile.TemporaryDirectory() as folder:
        run(programs, "wardmark", "keygen", "-o", folder + "/owner.key", "-q")
        for number, group in enumerate(batches(files)):
            added = [path for path in others if path not in group]
            for path, (_, _, item) in zip(added + group, protect_batch(programs, data, added + group, folder + "/b")):
                if path in added:
                    continue
                state = item["codes"][0] if item["state"] == "refused" else item["state"]
                state = "carried" if "CARRIED-OBJECT" in item["codes"] else state
                # Whether anything comes of a change to a picture of a few pixels depends on the key.
                state = "protected" if state == "left" else state
                rows[kind(path)][state] += 1
    return rows


def page(rows):
    total = collections.Counter()
    text = ("# Outcomes on real DICOM files\n\nMade by `scripts/dicom_outcomes.py`. Every file is protected, carried, "
            "or refused with a code of [refusals.md](refusals.md).\nIn pictures of a few pixels nothing may come of "
            "the change, depending on the key; they count as protected.\nFiles "
            "of file-sets and studies stand alone here, so that a DICOMDIR misses its files (DCM-062).\n\n"
            "| SOP class | transfer syntax | outcomes |\n|---|---|---|\n")
    for (sop_class, syntax), counts in sorted(rows.items()):
        total.update(counts)
        text += f"| {sop_class} | {syntax} | " + ", ".join(f"{n} {s}" for s, n in sorted(counts.items())) + " |\n"
    return text + f"\nTogether {sum(total.values())}: " + ", ".join(f"{n} {s}" for s, n in sorted(total.items())) + ".\n"


def main(programs, data, check):
    data = os.path.join(data, "dicom")
    if not os.path.isdir(data):
        print("skipped: no material")
        return 77
    text = page(outcomes(programs, data))
    if check:
        if PAGE.exists() and PAGE.read_text() == text:
            return 0
        print("docs/dicom-outcomes.md is not current: run scripts/dicom_outcomes.py")
        return 1
    PAGE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], "--check" in sys.argv))
