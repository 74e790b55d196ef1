#!/usr/bin/env python3
"""Real reStructuredText, marked: docutils sees the same document plus the sentence; CSV the same rows for python3's csv.

    other_readers_test.py WARDMARK DATA

Exit status 77 without docutils or the data.
"""
import csv
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

try:
    import docutils.core
except ImportError:
    print("skipped: no docutils")
    sys.exit(77)


def words(path):
    """Every node of the document with its text's words."""
    tree = docutils.core.publish_doctree(path.read_text(), settings_overrides={"report_level": 5, "halt_level": 5})
    return [(type(node).__name__, node.astext().split() if not node.children else None) for node in tree.findall()]


def added(before, after):
    """The words that one list has more, in one place."""
    n = len(after) - len(before)
    return next(after[k:k + n] for k in range(len(before) + 1) if after[:k] + after[k + n:] == before)


def mark(wardmark, folder, *options):
    subprocess.run([wardmark, "mark", folder, "-o", "out", "-k", "key", "--all", "-q", "--overwrite", *options],
                   check=False, stdout=subprocess.DEVNULL)


def main(wardmark, data):
    source = pathlib.Path(data, "text")
    if not source.is_dir():
        print("skipped: no real material")
        return 77
    os.chdir(tempfile.mkdtemp())
    subprocess.run([wardmark, "keygen", "-o", "key", "-q"], check=True, stdout=subprocess.DEVNULL)
    marked = 0
    for number in range(8):
        mark(wardmark, str(source / "rst"), "--release", f"r{number}")
        for path in sorted(pathlib.Path("out").glob("*.rst")):
            before, after = words(source / "rst" / path.name), words(path)
            if (source / "rst" / path.name).read_bytes() == path.read_bytes():
                continue
            assert [kind for kind, _ in before] == [kind for kind, _ in after], path
            changed = [(a, b) for (_, a), (_, b) in zip(before, after) if a != b]
            assert len(changed) == 1, (path, changed)
            assert added(*changed[0])[-1].endswith("."), (path, changed)
            marked += 1
    tables = pathlib.Path("tables")
    tables.mkdir()
    shutil.copy(source / "tables/banking77_2000.csv", tables)
    mark(wardmark, "tables", "--min-words", "20")
    rows = [list(csv.reader(open(p / "banking77_2000.csv", newline=""))) for p in (source / "tables", pathlib.Path("out"))]
    assert len(rows[0]) == len(rows[1])
    texts = 0
    for a, b in zip(*rows):
        assert a[1:] == b[1:] and len(a) == len(b)
        if a != b:
            assert added(list(a[0]), list(b[0]))
            texts += 1
    print(f"{marked} documents of reStructuredText and {texts} rows of CSV marked")
    assert marked > 20 and texts > 100
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
