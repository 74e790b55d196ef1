#!/usr/bin/env python3
"""Adds items to a release in several ways: the bytes must be the same, and the marks those of the release.

    batches_test.py BIN_DIR [KILLS]
"""
import json
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ADDED = 100


def tree(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


class Work:
    def __init__(self, work, bin_dir):
        self.work, self.wardmark = work, str(bin_dir / "wardmark")
        subprocess.run([bin_dir / "wardmark-samples", "--out", work / "all", "--per-class", "27", "--size", "48"],
                       check=True, stdout=subprocess.DEVNULL)
        files = sorted(p.relative_to(work / "all").as_posix() for p in (work / "all").rglob("*.*"))
        late = [f for f in files if int(pathlib.Path(f).stem) > 10][:ADDED - 4]
        for f in files:
            if f not in late and int(pathlib.Path(f).stem) <= 10:
                self.put("first", f, f)
        for f in late:
            self.put("more", f, f)
        # A class that is new, and copies: of the same class under another name, and of another.
        for n in (1, 2):
            self.put("more", f"zebra/{n}.jpg", f"wood/00{n}.jpg")
        self.put("more", "wood/copy.jpg", "wood/001.jpg")
        self.put("more", "marble/copy.jpg", "wood/001.jpg")
        self.added = sorted(tree(work / "more"))
        assert len(self.added) == ADDED, len(self.added)
        self.run("keygen", "-q", "-o", work / "key")
        self.run("protect", work / "first", "-o", work / "base", "-k", work / "key", "-m", "cuda", "-q")

    def put(self, folder, name, source):
        path = self.work / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.work / "all" / source, path)

    def run(self, *words, status=0, **more):
        done = subprocess.run([self.wardmark, *map(str, words)], capture_output=True, text=True, **more)
        assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
        return done

    def copy(self, name):
        """A release of its own, as it was before anything was added."""
        for end in ("", ".wardmark"):
            shutil.rmtree(self.work / (name + end), ignore_errors=True)
            shutil.copytree(self.work / ("base" + end), self.work / (name + end))
        return self.work / name

    def extension(self, out, *words):
        return [self.wardmark, "protect", "--extend", f"{out}.wardmark", "-o", str(out), "-k", str(self.work / "key"), "-q", *map(str, words)]

    def extend(self, out, *words, status=0, **more):
        done = subprocess.run(self.extension(out, *words), capture_output=True, text=True, **more)
        assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
        return done

    def check(self, out, items):
        done = self.run("verify", "release", out, "-k", self.work / "key", "--json")
        found = json.loads(done.stdout)
        assert found["whole"] and found["intact"] == found["checked"] == items, found
        self.run("manifest", "check", f"{out}.wardmark", "-k", self.work / "key")


def ways(w):
    """At once, half and half, backwards, and by eight concurrent calls that name one file each."""
    work = w.work
    before = len(tree(work / "base"))
    once = w.copy("once")
    w.extend(once, work / "more")
    whole = tree(once)
    assert len(whole) == before + ADDED
    w.check(once, before + ADDED)
    for name, parts in (("halves", (w.added[:50], w.added[50:])), ("backwards", (w.added[50:], w.added[:50]))):
        out = w.copy(name)
        for part in parts:
            w.extend(out, "--files-from", "-", "--root", work / "more", input="\n".join(part))
        assert tree(out) == whole, name
        w.check(out, before + ADDED)
    out = w.copy("calls")
    files = list(w.added)
    random.Random(5).shuffle(files)
    running, statuses = [], []
    while files or running:
        while files and len(running) < 8:
            words = w.extension(out, work / "more" / files.pop(), "--root", work / "more", "-j", 1)
            running.append(subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True))
        for process in [p for p in running if p.poll() is not None]:
            running.remove(process)
            statuses.append((process.returncode, process.stderr.read()))
        time.sleep(0.002)
    assert all(status == 0 for status, _ in statuses), [s for s in statuses if s[0] != 0][:3]
    assert tree(out) == whole, "concurrent calls"
    w.check(out, before + ADDED)
    assert len(list((work / "calls.wardmark").glob("plan.batch-*.json"))) == ADDED
    # The mark belongs to the class: the same picture again, and under another class.
    assert whole["wood/copy.jpg"] == whole["wood/001.jpg"] != whole["marble/copy.jpg"]
    assert whole["zebra/1.jpg"] not in (whole["wood/001.jpg"], whole["marble/copy.jpg"])
    # The whole folder again, next month: only what is new is done.
    again = w.extend(once, work / "more")
    assert again.stdout.startswith("nothing new"), again.stdout
    assert tree(once) == whole
    return whole


def same_name(w):
    """Another file under a released name is refused, and one that nobody released is not written over."""
    out = w.copy("names")
    (w.work / "odd" / "wood").mkdir(parents=True)
    shutil.copyfile(w.work / "all/wood/020.jpg", w.work / "odd/wood/001.jpg")
    shutil.copyfile(w.work / "all/wood/021.jpg", w.work / "odd/wood/new.jpg")
    before = tree(out)
    done = w.extend(out, w.work / "odd", status=3)
    now = tree(out)
    assert set(now) - set(before) == {"wood/new.jpg"} and all(now[n] == before[n] for n in before)
    w.extend(out, w.work / "odd", "--accept", "PLAN-CHANGED")
    (out / "wood/there.jpg").write_bytes(b"mine")
    shutil.copyfile(w.work / "all/wood/022.jpg", w.work / "odd/wood/there.jpg")
    done = w.extend(out, w.work / "odd", status=2)
    assert "OUTPUT-EXISTS" in done.stderr and (out / "wood/there.jpg").read_bytes() == b"mine", done.stderr


def kills(w, whole, count):
    """Killed at any moment: what was there stays as it was, and --resume gives the bytes of one run."""
    dice = random.Random(3)
    out = w.copy("timed")
    begin = time.monotonic()
    w.extend(out, w.work / "more")
    seconds = time.monotonic() - begin
    done = resumed = 0
    while done < count:
        out = w.copy("killed")
        w.extend(out, "--files-from", "-", "--root", w.work / "more", input="\n".join(w.added[:10]))
        record = w.work / "killed.wardmark"
        kept = {p.name: p.read_bytes() for p in record.iterdir() if not p.name.startswith("slot-")}
        while done < count:
            process = subprocess.Popen(w.extension(out, w.work / "more", "--resume"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(dice.uniform(0.0, seconds))
            process.kill()
            if process.wait() == 0:
                break
            done += 1
            resumed += (record / "manifest.batch-2.jsonl").exists()
            assert all((record / name).read_bytes() == text for name, text in kept.items()), "an old batch changed"
        w.extend(out, w.work / "more", "--resume")
        left = [p for p in out.rglob("*") if "wardmark-part" in p.name]
        assert not left, left
        assert tree(out) == whole, "another release after kills"
        assert len(list(record.glob("plan.batch-*.json"))) == 2, list(record.iterdir())
        w.check(out, len(whole))
    assert resumed > count // 5, f"the kills came too early to test a resume: {resumed} of {count}"
    for number in (signal.SIGINT, signal.SIGTERM):
        out = w.copy("signal")
        process = subprocess.Popen(w.extension(out, w.work / "more"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not (w.work / "signal.wardmark/manifest.batch-1.jsonl").exists():
            time.sleep(0.001)
        process.send_signal(number)
        assert process.wait() == 75
        refused = w.extend(out, w.work / "more", status=2)
        assert "--resume" in refused.stderr, refused.stderr
        w.extend(out, w.work / "more", "--resume")
        assert tree(out) == whole
    return done, resumed


def newer(w):
    """What a newer version wrote is refused, and not touched."""
    out = w.copy("newer")
    w.extend(out, w.work / "more")
    record = w.work / "newer.wardmark"
    slots = sorted(record.glob("slot-*.json"))
    assert len(slots) == 1, slots
    for path, code in ((record / "plan.json", "PLAN-FORMAT"), (record / "plan.batch-1.json", "PLAN-FORMAT"),
                       (record / "manifest.jsonl", "RECORD-FORMAT"), (record / "manifest.batch-1.jsonl", "RECORD-FORMAT"),
                       (slots[0], "RECORD-FORMAT"), (w.work / "key.ledger", "RECORD-FORMAT")):
        good = path.read_text()
        path.write_text(good.replace("/1\"", "/2\"", 1))
        before = {p: p.read_bytes() for p in [*record.iterdir(), w.work / "key.ledger"]}
        (w.work / "other/giraffe").mkdir(parents=True, exist_ok=True)
        shutil.copyfile(w.work / "all/wood/020.jpg", w.work / "other/giraffe/x.jpg")
        done = w.extend(out, w.work / "other", status=2)
        assert f"[{code}]" in done.stderr and "newer" in done.stderr, (path, done.stderr)
        assert before == {p: p.read_bytes() for p in [*record.iterdir(), w.work / "key.ledger"]}, path
        path.write_text(good)


def main():
    bin_dir = pathlib.Path(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    with tempfile.TemporaryDirectory() as name:
        w = Work(pathlib.Path(name), bin_dir)
        whole = ways(w)
        same_name(w)
        newer(w)
        done, resumed = kills(w, whole, count)
        print(f"{ADDED} items at once, 50 + 50, backwards and by 8 concurrent calls: the same bytes; {done} kills, {resumed} resumed")


main()
