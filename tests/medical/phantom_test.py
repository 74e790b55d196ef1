#!/usr/bin/env python3
"""Protects studies of a phantom that wardmark-samples makes, and looks at the result with other people's programs.

    phantom_test.py PROGRAMS

What the tests on real studies ask, without any real material: every reference of the segmentation, the key objects and
the presentation state finds its slice again; no UID of the input is left in any byte; the pixels differ by what the
record says and not in padding, air and extremes; dciodvfy, where it is installed, reports no new error. Exit status 77
where pydicom is missing.
"""
import collections
import os
import shutil
import sys
import tempfile

try:
    import pydicom
    from independent_test import check_file, uids
    from protected_material import protect, run
    from reference_test import check_left, check_references, new_names, references
    from validator_test import errors
except ImportError:
    print("skipped: no pydicom and numpy")
    sys.exit(77)

SLICES, FRAMES = 60, 24
REFERRING = {"seg.dcm": 40, "ko.dcm": 40, "pr.dcm": 60}  # references to the 20 slices of the middle


def resolved(paths):
    """How many UI values of each file name another file of the set."""
    datasets = {path: pydicom.dcmread(path) for path in paths}
    instances = {str(dataset.SOPInstanceUID) for dataset in datasets.values()}
    return {os.path.basename(path): sum(uid in instances - {str(dataset.SOPInstanceUID)}
                                        for _, uid in references(dataset)) for path, dataset in datasets.items()}


def check_way(programs, folder, options, counts):
    for part in ("out", "out.wardmark", "labels.csv"):
        shutil.rmtree(os.path.join(folder, part), ignore_errors=True)
    items = protect(programs, folder, options, 5)
    pairs, sources, results = [], [], []
    for name, item in items.items():
        assert item["state"] == ("left" if os.path.basename(name) in REFERRING else "protected"), item
        source, result = os.path.join(folder, "in", name), os.path.join(folder, "out", item["output"])
        counts[check_file(source, result, item, name)] += 1
        new = errors(result, folder) - errors(source, folder) if shutil.which("dciodvfy") else None
        assert not new, (name, options, list(new))
        pairs.append((pydicom.dcmread(source), pydicom.dcmread(result), result))
        sources.append(source)
        results.append((os.path.basename(name), result))
    check_references(pairs, new_names(pairs), counts)
    check_left(pairs, set().union(*(uids(before) for before, _, _ in pairs)), counts)
    before, after = resolved(sources), resolved([path for _, path in results])
    for name, path in results:
        assert before[name] == after[os.path.basename(path)], (name, "references that no longer resolve")
        if name in REFERRING:
            assert before[name] == REFERRING[name], (name, before[name])


def check_source(programs, folder):
    """--record-source names the original in every changed image, and the validator has nothing against it."""
    for part in ("out", "out.wardmark", "labels.csv"):
        shutil.rmtree(os.path.join(folder, part), ignore_errors=True)
    for name, item in protect(programs, folder, ["--record-source"], 5).items():
        if item["state"] != "protected":
            continue
        source, result = os.path.join(folder, "in", name), os.path.join(folder, "out", item["output"])
        before, after = pydicom.dcmread(source), pydicom.dcmread(result)
        if "SharedFunctionalGroupsSequence" in after:
            named = after.SharedFunctionalGroupsSequence[0].DerivationImageSequence[-1].SourceImageSequence
            study = after.SourceImageEvidenceSequence[-1]
            series = study.ReferencedSeriesSequence[0]
            assert (study.StudyInstanceUID, series.SeriesInstanceUID, series.ReferencedSOPSequence[0].ReferencedSOPInstanceUID) \
                == (before.StudyInstanceUID, before.SeriesInstanceUID, before.SOPInstanceUID)
        else:
            named = after.SourceImageSequence
        assert (named[-1].ReferencedSOPClassUID, named[-1].ReferencedSOPInstanceUID) == \
            (before.SOPClassUID, before.SOPInstanceUID)
        assert after.SOPInstanceUID != before.SOPInstanceUID
        assert named[-1].PurposeOfReferenceCodeSequence[0].CodeValue == "121322"
        new = errors(result, folder) - errors(source, folder) if shutil.which("dciodvfy") else None
        assert not new, (name, list(new))


def main(programs):
    counts = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        run(programs, "wardmark", "keygen", "-o", folder + "/owner.key", "-q")
        place = folder + "/set"
        os.mkdir(place)
        run(programs, "wardmark-samples", "--out", place + "/in", "--studies", "--slices", str(SLICES), "--frames",
            str(FRAMES), "--size", "64")
        for syntax in ("same", "rle", "jpeg-lossless", "jpeg-ls"):
            check_way(programs, place, ["--transfer-syntax", syntax], counts)
        check_source(programs, place)
    for outcome, number in sorted(counts.items()):
        print(f"{number:5d} {outcome}")
    assert counts["equal"] == 4 * (SLICES + 1) and counts["carried"] == 4 * 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
