#!/usr/bin/env python3
"""Keys, plans, records and releases as a version wrote them: every later version reads and verifies them.

    golden.py make BIN DIR     writes a new folder for the version of the programs in BIN; done once for each
    golden.py check BIN DIR    what the programs in BIN say of it today

The key is public: it protects nothing but these files. Exit status: 0 as it was, 1 not, 2 wrong usage.
"""
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

KEY = "wardmark-key-1 master 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f 802dadca\n"
PASSPHRASE = b"golden files hold nothing\n"
PROSE = ("The river rose in the night and took field number %d of the farm. Nobody had expected it so early in the year. "
         "Men came with lanterns and stood along the bank until morning. By noon the water had gone down again, and the "
         "%dth lamp went out. The miller said that he had seen worse, and the baker that he had not.\n\n")


def run(programs, folder, *words, status=(0,), passphrase=None):
    """stdout of `wardmark WORDS`; AssertionError where it ends with another status."""
    reader = None
    more = {}
    if passphrase is not None:
        reader, writer = os.pipe()
        os.write(writer, passphrase)
        os.close(writer)
        words = (*words, "--passphrase-fd", str(reader))
        more["pass_fds"] = [reader]
    done = subprocess.run([os.path.join(programs, "wardmark"), *words], cwd=folder, capture_output=True, text=True,
                          check=False, **more)
    if reader is not None:
        os.close(reader)
    assert done.returncode in status, f"{' '.join(words)}: exit {done.returncode}, not {status}\n{done.stderr}"
    return done.stdout


def files_below(folder):
    for path, _, names in os.walk(folder):
        for name in names:
            yield os.path.relpath(os.path.join(path, name), folder)


def sums(folder):
    found = {}
    for name in files_below(folder):
        if name != "expected.json":
            with open(os.path.join(folder, name), "rb") as file:
                found[name] = hashlib.sha256(file.read()).hexdigest()
    return dict(sorted(found.items()))


def questions(programs, folder):
    """Everything that is asked of the files, by name."""
    key = ("-k", "owner.key")
    said = {
        "pictures": run(programs, folder, "verify", "release", "pictures", *key, "--json"),
        "pictures, one found elsewhere": run(programs, folder, "verify", "release", "pictures/wood/001.jpg", "--record",
                                             "pictures.wardmark", *key, "--json"),
        "pictures, manifest": run(programs, folder, "manifest", "check", "pictures.wardmark", *key, "--json"),
        "pictures, digests": run(programs, folder, "commit", "pictures.wardmark", "-q"),
        "pictures, redacted": run(programs, folder, "manifest", "check", "redacted.wardmark", *key, "--json"),
        "pictures, redacted, digests": run(programs, folder, "commit", "redacted.wardmark", "-q"),
        "texts": run(programs, folder, "verify", "release", "texts", *key, "--json"),
        "texts, sentences": run(programs, folder, "verify", "corpus", "texts", "--release", "texts", *key, "--json"),
        "under a passphrase": run(programs, folder, "verify", "release", "locked", "-k", "locked.key", "--json",
                                  passphrase=PASSPHRASE),
        "derived": run(programs, folder, "verify", "release", "pictures", "-k", "pictures.key", "--json"),
    }
    return {name: json.loads(text) if text.startswith("{") else text.splitlines() for name, text in said.items()}


def make(programs, folder):
    os.makedirs(folder)
    with open(os.path.join(folder, "owner.key"), "w", encoding="ascii", opener=lambda p, f: os.open(p, f, 0o600)) as file:
        file.write(KEY)
    with tempfile.TemporaryDirectory() as work:
        shutil.copy(os.path.join(folder, "owner.key"), work)
        subprocess.run([os.path.join(programs, "wardmark-samples"), "--out", "scans", "--per-class", "2", "--size", "32"],
                       cwd=work, check=True, stdout=subprocess.DEVNULL)
        pictures = ("protect", "scans", "-k", "owner.key", "-q", "--many-classes")
        run(programs, work, *pictures, "-o", "pictures", "-m", "cuda", "--release", "pictures")
        shutil.copy(os.path.join(work, "scans/wood/002.jpg"), os.path.join(work, "scans/wood/late.jpg"))
        os.makedirs(os.path.join(work, "scans/slate"))
        shutil.copy(os.path.join(work, "scans/marble/001.png"), os.path.join(work, "scans/slate/new.png"))
        run(programs, work, *pictures, "--extend", "pictures.wardmark")
        shutil.copytree(os.path.join(work, "pictures.wardmark"), os.path.join(work, "redacted.wardmark"))
        with open(os.path.join(work, "struck"), "w", encoding="utf-8") as file:
            file.write("marble/002.png\n")
        run(programs, work, "manifest", "redact", "redacted.wardmark", "--items", "struck", "-k", "owner.key", "-q")
        os.makedirs(os.path.join(work, "notes"))
        for n in range(6):
            with open(os.path.join(work, f"notes/{n}.md"), "w", encoding="utf-8") as file:
                file.write("".join(PROSE % (n, k) for k in range(2)))
        run(programs, work, "mark", "notes", "-o", "texts", "-k", "owner.key", "--sentences", "3",
            "--documents-per-sentence", "2", "--release", "texts", "-q")
        run(programs, work, "keygen", "-o", "locked.key", "-q", passphrase=PASSPHRASE)
        run(programs, work, "keygen", "--derive", "pictures", "-k", "owner.key", "-o", "pictures.key", "-q")
        for name in ("wood", "fabric"):
            shutil.copytree(os.path.join(work, "scans", name), os.path.join(work, "few", name))
        run(programs, work, "protect", "few", "-k", "locked.key", "-o", "locked", "-m", "cuda", "--many-classes",
            "--release", "locked", "-q", passphrase=PASSPHRASE)
        for name in ("pictures", "pictures.wardmark", "redacted.wardmark", "texts", "texts.wardmark", "locked",
                     "locked.wardmark"):
            shutil.copytree(os.path.join(work, name), os.path.join(folder, name))
        for name in ("locked.key", "pictures.key"):
            shutil.copy(os.path.join(work, name), folder)
    expected = {"files": sums(folder), "said": questions(programs, folder)}
    with open(os.path.join(folder, "expected.json"), "w", encoding="utf-8") as file:
        json.dump(expected, file, indent=1, sort_keys=True)
        file.write("\n")


def keeps(then, now, where):
    """Whatever was said then is said now; more may be."""
    if isinstance(then, dict):
        assert isinstance(now, dict), where
        for name, value in then.items():
            assert name in now, f"{where}: '{name}' is no longer said"
            keeps(value, now[name], f"{where}: {name}")
    else:
        assert then == now, f"{where}: {now!r}, was {then!r}"


def altered(programs, folder):
    """One letter of a record or one byte of a release changed, and it is found out."""
    for name in ("pictures.wardmark/plan.json", "pictures.wardmark/manifest.jsonl", "pictures.wardmark/plan.batch-1.json",
                 "pictures.wardmark/manifest.batch-1.jsonl"):
        path = os.path.join(folder, name)
        with open(path, "rb") as file:
            right = file.read()
        at = right.index(b'"', len(right) // 2) + 5
        with open(path, "wb") as file:
            file.write(right[:at] + (b"A" if right[at:at + 1] != b"A" else b"B") + right[at + 1:])
        run(programs, folder, "verify", "release", "pictures", "-k", "owner.key", status=(1, 2))
        with open(path, "wb") as file:
            file.write(right)
    with open(os.path.join(folder, "pictures/wood/001.jpg"), "ab") as file:
        file.write(b"x")
    assert json.loads(run(programs, folder, "verify", "release", "pictures", "-k", "owner.key", "--json"))["intact"] < 14
    run(programs, folder, "verify", "release", "texts", "-k", "locked.key", status=(1, 2), passphrase=PASSPHRASE)


def check(programs, golden):
    with open(os.path.join(golden, "expected.json"), encoding="utf-8") as file:
        expected = json.load(file)
    assert sums(golden) == expected["files"], "the files are not those of the version; they are never made anew"
    with tempfile.TemporaryDirectory() as work:
        folder = os.path.join(work, "golden")
        shutil.copytree(golden, folder)
        for path, names, files in os.walk(folder):  # a checkout keeps no modes
            for name in names:
                os.chmod(os.path.join(path, name), 0o700)
            for name in files:
                os.chmod(os.path.join(path, name), 0o600)
        now = questions(programs, folder)
        keeps(expected["said"], now, "said")
        altered(programs, folder)
    print(f"{os.path.basename(golden)}: {len(expected['files'])} files, {len(now)} answers as they were")


def main(words):
    if len(words) != 3 or words[0] not in ("make", "check"):
        print(__doc__, file=sys.stderr)
        return 2
    {"make": make, "check": check}[words[0]](os.path.abspath(words[1]), os.path.abspath(words[2]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
