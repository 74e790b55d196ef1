"""Real DICOM files, protected in batches, for the tests that look at the result with other people's programs."""
import csv
import json
import os
import shutil
import subprocess

import pydicom

STEPS = 40
FORMAT = ["Rows", "Columns", "BitsStored", "PixelRepresentation", "PhotometricInterpretation"]
FOLDERS = ["ts", "bits", "color", "made", "modality", "multiframe", "nonimage", "charset"]


def run(programs, *words, status=(0,)):
    done = subprocess.run([os.path.join(programs, words[0]), *words[1:]], capture_output=True, text=True)
    assert done.returncode in status, (words, done.returncode, done.stdout, done.stderr)
    return done


def header(path):
    try:
        return pydicom.dcmread(path, force=True, specific_tags=["SOPInstanceUID", "SeriesInstanceUID", *FORMAT])
    except Exception:
        return pydicom.Dataset()


def files_below(data, folders):
    files = []
    for folder in folders:
        for place, _, names in sorted(os.walk(os.path.join(data, folder))):
            files += sorted(os.path.join(place, name) for name in names)
    return files


def batches(files):
    """Groups without two files of one SOP instance UID, or of one series in two formats: these would be refused."""
    groups = []
    for path in files:
        found = header(path)
        uid = str(found.get("SOPInstanceUID", path))
        series = str(found.get("SeriesInstanceUID", path))
        looks = tuple(str(found.get(keyword)) for keyword in FORMAT)
        for paths, formats in groups:
            if uid not in paths and formats.get(series, looks) == looks:
                break
        else:
            paths, formats = {}, {}
            groups.append((paths, formats))
        paths[uid] = path
        formats[series] = looks
    return [list(paths.values()) for paths, _ in groups]


def protect(programs, folder, options, classes=2):
    """Protects folder/in to folder/out, `classes` by series in turn; items of the record by id."""
    rows, series = [], {}
    for path in files_below(folder, ["in"]):
        uid = str(header(path).get("SeriesInstanceUID", path))
        rows.append((os.path.relpath(path, folder + "/in"), f"class {series.setdefault(uid, len(series)) % classes}"))
    with open(folder + "/labels.csv", "w", newline="") as text:
        csv.writer(text).writerows([("path", "label"), *rows])
    done = run(programs, "wardmark", "protect", folder + "/in", "-o", folder + "/out", "-k", folder + "/../owner.key",
               "-m", "cuda", "--max-change", str(STEPS), "--labels", folder + "/labels.csv", "--skip-refused",
               "--rename", "uid", "--many-classes", "--json-lines", "-q", *options, status=(0, 3))
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    items = {line["id"]: line for line in lines if line["schema"] == "wardmark.item/1"}
    for name, _ in rows:
        assert name in items, (name, "stands in no record")
        assert items[name]["state"] != "refused" or items[name]["codes"][0].startswith("DCM-"), items[name]
    return items


def protect_batch(programs, data, files, folder, options=()):
    """Protects copies of `files` in a new `folder`: (source, result or None where refused, item) of each."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder + "/in")
    names = [f"{number:03d}_" + os.path.relpath(path, data).replace("/", "_") for number, path in enumerate(files)]
    for name, path in zip(names, files):
        shutil.copy(path, os.path.join(folder, "in", name))
    items = protect(programs, folder, options)
    for name in names:
        item = items[name]
        result = None if item["state"] == "refused" else os.path.join(folder, "out", item["output"])
        yield os.path.join(folder, "in", name), result, item
