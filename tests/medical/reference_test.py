#!/usr/bin/env python3
"""Follows the references of real studies before and after, with a walk that is not the program's.

    reference_test.py PROGRAMS DATA

Every UI value that named a file, series, study or frame of reference of the same set names the same one after; new UIDs
are one to one; no UID of the input stands in any byte of a result, texts that were remarked upon (DCM-W08) aside; a
DICOMDIR lists every instance under a name that is there. Exit status 77 where pydicom or the data are missing.
"""
import collections
import os
import re
import shutil
import sys
import tempfile

try:
    import pydicom
    from independent_test import uids
    from protected_material import protect, run
except ImportError:
    print("skipped: no pydicom")
    sys.exit(77)

OWN = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID")


def values(element):
    return [str(v) for v in ([element.value] if element.VM <= 1 else element.value) if v]


def references(dataset, path=()):
    """(keywords from the top, UID) of every UI value at any depth."""
    for element in dataset:
        here = (*path, element.tag)
        if element.VR == "SQ":
            for item in element.value:
                yield from references(item, here)
        elif element.VR == "UI":
            for value in values(element):
                yield here, value


def removed(path):
    """Below an icon or a digital signature, which the result has no more."""
    return any(tag in (0x00880200, 0xFFFAFFFA, 0x4FFE0001, 0x04000402, 0x04000403) for tag in path)


def new_names(pairs):
    """Old to new of what the files themselves are called."""
    names = {}
    for before, after, _ in pairs:
        for keyword in OWN:
            if before.get(keyword):
                old, new = str(before[keyword].value), str(after[keyword].value)
                assert names.setdefault(old, new) == new, (keyword, "one UID became two")
    assert len(set(names.values())) == len(names), "two UIDs became one"
    return names


def check_references(pairs, names, counts):
    for before, after, path in pairs:
        resolved = collections.Counter(
            (where, names[uid]) for where, uid in references(before) if uid in names and not removed(where))
        now = set(names.values())
        found = collections.Counter((where, uid) for where, uid in references(after) if uid in now)
        assert resolved == found, (path, list((resolved - found) + (found - resolved))[:3])
        counts["references kept"] += sum(resolved.values())


def check_left(pairs, old, counts):
    pattern = re.compile(rb"[0-9]+(?:\.[0-9]+){4,}")
    for before, after, path in pairs:
        stored = open(path, "rb").read()
        left = {word.decode() for word in pattern.findall(stored)} & old
        assert not left & uids(after), (path, left)
        assert not left, (path, "stand in other values", left)
        counts["files without an old UID"] += 1


def check_directory(out, ids):
    """File IDs are relative to the folder that holds the DICOMDIR; `ids` are the outputs of its files."""
    place = next(p for p, _, names in os.walk(out) if "DICOMDIR" in names)
    listed = {}
    for record in pydicom.dcmread(os.path.join(place, "DICOMDIR")).DirectoryRecordSequence:
        if record.get("ReferencedFileID"):
            file_id = record.ReferencedFileID
            name = file_id if isinstance(file_id, str) else "/".join(file_id)
            listed[os.path.join(place, name)] = str(record.ReferencedSOPInstanceUIDInFile)
    for path, uid in listed.items():
        assert str(pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID) == uid, path
    there = {os.path.join(out, name) for name in ids}
    assert set(listed) == there, ("the DICOMDIR does not list every instance", listed, there)
    return len(listed)


def check_set(programs, data, folder, counts):
    for name in ("study", "fileset", "nonimage", "multiframe"):
        shutil.copytree(os.path.join(data, name), os.path.join(folder, "in", name))
    items = protect(programs, folder, [])
    pairs, old = [], set()
    for name, item in items.items():
        before = pydicom.dcmread(os.path.join(folder, "in", name), force=True)
        if item["state"] == "refused":
            counts["refused " + item["codes"][0]] += 1
            continue
        old |= uids(before)
        if os.path.basename(name) != "DICOMDIR" and "DCM-W08" not in item["codes"]:
            path = os.path.join(folder, "out", item["output"])
            pairs.append((before, pydicom.dcmread(path), path))
    check_references(pairs, new_names(pairs), counts)
    check_left(pairs, old, counts)
    listed = {item["output"] for name, item in items.items() if name.startswith("fileset/") and
              not name.endswith("DICOMDIR")}
    counts["instances listed by the DICOMDIR"] = check_directory(folder + "/out", listed)


def main(programs, data):
    data = os.path.join(data, "dicom")
    if not os.path.isdir(data):
        print("skipped: no material")
        return 77
    counts = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        run(programs, "wardmark", "keygen", "-o", folder + "/owner.key", "-q")
        check_set(programs, data, folder + "/set", counts)
    for outcome, number in sorted(counts.items()):
        print(f"{number:5d} {outcome}")
    assert counts["references kept"] > 0 and counts["instances listed by the DICOMDIR"] > 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
