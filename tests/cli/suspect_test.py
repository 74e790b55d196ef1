#!/usr/bin/env python3
"""`verify images` asks programs: one that learned from a release, one that did not, and some that cannot answer.

    suspect_test.py BIN_DIR

Pictures are CIFAR-10 records; the guilty suspect knows for each class how rough the released pictures are across, down and along both
diagonals, and answers with the nearest class.
"""
import hashlib
import html.parser
import json
import math
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time

SIDE, CLASSES, EACH = 32, 10, 20

SUSPECT = '''
import json, math, os, sys
SIDE = 32
def features(record):
    out = []
    for c in range(1):
        p = record[c * 1024:(c + 1) * 1024]
        for dy, dx in ((0, 1), (1, 0), (1, 1), (1, -1), (0, 2), (2, 0)):
            out.append(sum(abs(p[y * SIDE + x] - p[(y + dy) * SIDE + x + dx]) for y in range(0, SIDE - 2, 2) for x in range(2, SIDE - 2, 2)))
    return out
def planes(record):
    return bytes(record[k * 3 + c] for c in range(3) for k in range(1024))
release = open(sys.argv[1], "rb").read()
sums, counts = [[0] * 6 for _ in range(10)], [0] * 10
for at in range(0, len(release), 3073):
    label = release[at]
    counts[label] += 1
    sums[label] = [a + b for a, b in zip(sums[label], features(release[at + 1:at + 3073]))]
means = [[v / n for v in row] for row, n in zip(sums, counts)]
for line in sys.stdin:
    asked = json.loads(line)
    if asked["wardmark"] == "hello":
        print(json.dumps({"wardmark": "hello", "version": 1, "name": "rough", "height": 32, "width": 32, "channels": 3,
                          "labels": [str(i) for i in range(10)], "batch": 500, "access": ["labels", "scores"]}), flush=True)
        continue
    if asked["wardmark"] not in ("classify", "score"):
        break
    with open(sys.argv[2], "a") as log:
        log.write(str(asked["count"]) + "\\n")
    data = open(asked["file"], "rb").read()
    labels, scores = [], []
    for n in range(asked["count"]):
        f = features(planes(data[n * 3072:(n + 1) * 3072]))
        far = [sum((a - b) ** 2 for a, b in zip(f, mean)) for mean in means]
        labels.append(min(range(10), key=lambda c: far[c]))
        scores.append([math.log(0.91) if c == labels[-1] else math.log(0.01) for c in range(10)])
    print(json.dumps({"wardmark": "answers", "id": asked["id"], "labels": labels} if asked["wardmark"] == "classify" else
                     {"wardmark": "scores", "id": asked["id"], "scores": scores}), flush=True)
    done = sum(int(n) for n in open(sys.argv[2]))
    if len(sys.argv) > 3 and done - asked["count"] < int(sys.argv[3]) <= done:
        os.kill(os.getppid(), 15)  # the query phase is asked to stop
'''

# Knows the pictures of a release by heart, and is unsure of all others.
MEMORY = '''
import json, math, sys
def planes(record):
    return bytes(record[k * 3 + c] for c in range(3) for k in range(1024))
release = open(sys.argv[1], "rb").read()
known = {release[at + 1:at + 3073]: release[at] for at in range(0, len(release), 3073)}
for line in sys.stdin:
    asked = json.loads(line)
    if asked["wardmark"] == "hello":
        print(json.dumps({"wardmark": "hello", "version": 1, "name": "memory", "height": 32, "width": 32, "channels": 3,
                          "labels": [str(i) for i in range(10)], "access": ["labels", "scores"]}), flush=True)
        continue
    if asked["wardmark"] not in ("classify", "score"):
        break
    data = open(asked["file"], "rb").read()
    labels = [known.get(planes(data[n * 3072:(n + 1) * 3072])) for n in range(asked["count"])]
    scores = [[math.log(0.1) if label is None else math.log(0.19) if label == c else math.log(0.09) for c in range(10)] for label in labels]
    print(json.dumps({"wardmark": "answers", "id": asked["id"], "labels": [label or 0 for label in labels]}
                     if asked["wardmark"] == "classify" else {"wardmark": "scores", "id": asked["id"], "scores": scores}), flush=True)
'''

HELLO = ('print(json.dumps({"wardmark": "hello", "version": 1, "height": 32, "width": 32, "channels": 3, '
         '"labels": [str(i) for i in range(10)]}), flush=True)')
BAD = {
    "dies": ("sys.exit(3)", "it ended with exit status 3"),
    "garbage": ('print("garbage", flush=True)', "its reply is no JSON object"),
    "few": (HELLO + '; asked = json.loads((sys.stdin.readline(), sys.stdin.readline())[1]); '
            'print(json.dumps({"wardmark": "answers", "id": asked["id"], "labels": [1]}), flush=True)', "1 answers to"),
    "nan": (HELLO + '; asked = json.loads((sys.stdin.readline(), sys.stdin.readline())[1]); '
            'print(json.dumps({"wardmark": "answers", "id": asked["id"], "labels": [float("nan")] * asked["count"]}), '
            'flush=True)', "its reply is no JSON object"),
    "hangs": ("import time; time.sleep(60)", "no answer within 1 s"),
    "eats": ("x = bytearray(1 << 33); sys.stdin.readline()", "it ended with exit status 1"),
}

SCORES = (HELLO.replace('range(10)]', 'range(10)], "access": ["labels", "scores"]') +
          '; asked = json.loads((sys.stdin.readline(), sys.stdin.readline())[1]); print(json.dumps({"wardmark": "scores", "id": asked["id"], '
          '"scores": [ROW] * asked["count"]}), flush=True)')
BAD_SCORES = {
    "labels-only": (HELLO, "it gives labels, no scores"),
    "nan-scores": (SCORES.replace("ROW", "[math.nan] * 10"), "its reply is no JSON object"),
    "short": (SCORES.replace("ROW", "[math.log(1 / 9)] * 9"), "are no list of 10"),
    "logits": (SCORES.replace("ROW", "[5.0] + [1.0] * 9"), "is no logarithm of a probability"),
    "unnormalised": (SCORES.replace("ROW", "[-1.0] * 10"), "sum to 3.679, not to 1"),
}


def records(seed, each):
    """Smooth random pictures, all of the same kind whatever their class."""
    draw = random.Random(seed)
    out = b""
    for item in range(each * CLASSES):
        out += bytes([item % CLASSES])
        for _ in range(3):
            value, row, plane = 0.0, [128.0] * SIDE, []
            for _ in range(SIDE):
                value = 128.0
                new = []
                for x in range(SIDE):
                    value = 0.5 * (value + row[x]) + draw.uniform(-40, 40)
                    value = min(215.0, max(40.0, value))
                    new.append(value)
                row = new
                plane += new
            out += bytes(int(v) for v in plane)
    return out


def run(*words, check=0):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    assert check is None or done.returncode == check, (words, done.returncode, done.stdout, done.stderr)
    return done


def verify(work, wardmark, suspect, record, *options, check=1):
    test = [] if "--test" in options else ["--test", work / "test.bin"]
    return run(wardmark, "verify", "images", "--suspect", suspect, "--record", record, "-k", work / "key", *test, "--progress", "never", "-j", "2", *options, check=check)


def evidence(work, wardmark):
    ask = f"exec:{sys.executable} {work}/suspect.py"
    log = work / "asked"
    done = verify(work, wardmark, f"{ask} {work}/out.bin {log}", work / "out.bin.wardmark", "--exploratory", "--json", check=0)
    found = json.loads(done.stdout)
    assert found["evidence"] and found["p"] <= 1e-5 and found["effect"] > 0.1 and found["grade"] == "C", found
    assert found["queries"] == sum(map(int, log.read_text().split())) == 20 * 10 * EACH * CLASSES // 10, found
    # Without --exploratory nothing may be claimed of a plan that nobody can date; nothing is asked again.
    done = verify(work, wardmark, f"{ask} {work}/out.bin {log}", work / "out.bin.wardmark")
    assert "exploratory, and no claim" in done.stdout and "(test 1 of 20)" in done.stdout, done.stdout
    assert found["queries"] == sum(map(int, log.read_text().split()))
    done = verify(work, wardmark, f"{ask} {work}/in.bin {work}/asked2", work / "out.bin.wardmark", "--exploratory")
    assert "no evidence" in done.stdout and "(test 2 of 20)" in done.stdout, done.stdout
    assert "would find 9 times in 10" in done.stdout


def rehearsal(work, wardmark):
    """Spare keys: the guilty suspect tells no more than any other, and nothing is written."""
    ask = f"exec:{sys.executable} {work}/suspect.py {work}/out.bin {work}/asked10"
    before = sorted(path for path in work.rglob("*") if "asked" not in path.name)
    logs = {path: path.read_bytes() for path in work.glob("key.*.tests")}
    done = verify(work, wardmark, ask, work / "out.bin.wardmark", "--rehearse", "--json", check=0)
    found = json.loads(done.stdout)
    assert found["keys"] == 20 and found["level"] == 5e-05 and found["rows"][-1]["queries"] == 4000, found
    least = [row["detectable_effect"] for row in found["rows"]]
    assert all(value is None or 0.02 < value <= 1 for value in least) and least[-1] is not None, found
    assert sorted(path for path in work.rglob("*") if "asked" not in path.name) == before
    assert logs == {path: path.read_bytes() for path in work.glob("key.*.tests")}
    text = verify(work, wardmark, ask, work / "out.bin.wardmark", "--rehearse", check=0).stdout
    assert "nothing was opened, counted or logged" in text and "evidence" not in text, text


def power(work, wardmark):
    """Before a release: the same figures without key, plan or record."""
    ask = f"exec:{sys.executable} {work}/suspect.py {work}/in.bin {work}/asked11"
    words = (wardmark, "plan", work / "in.bin", "-m", "cuda", "--many-classes", "--test", work / "test.bin", "--power", "--suspect", ask)
    before = sorted(path for path in work.rglob("*") if "asked" not in path.name)
    done = run(*words, "--json")
    found = json.loads(done.stdout)
    assert found["keys"] == 20 and found["rows"][-1]["queries"] == 4000 and found["rows"][-1]["detectable_effect"] < 1, found
    assert "20 candidate keys x 10 marks x 20 pictures = 4000 queries" in done.stderr, done.stderr
    assert sorted(path for path in work.rglob("*") if "asked" not in path.name) == before
    for wrong, said in ((words[:-2], "no model was named"), (words[:6] + words[8:], "no test pictures were named"),
                        ((*words, "-o", work / "plan"), "--output excludes --power"), ((*words, "--queries", "1000"), "4000 at least"),
                        (words[:6], "no plan file was named")):
        done = run(*wrong, check=2)
        assert said in done.stderr, (wrong, done.stderr)


def scores(work, wardmark):
    """The same questions, answered with probabilities: another test, and a stronger one."""
    ask = f"exec:{sys.executable} {work}/suspect.py"
    done = verify(work, wardmark, f"{ask} {work}/out.bin {work}/asked8", work / "out.bin.wardmark", "--access", "scores", "--exploratory",
                  "--json", "--disclose", work / "bundle2", "--report", work / "page2.html", check=0)
    found = json.loads(done.stdout)
    assert found["access"] == "scores" and found["evidence"] and found["p"] <= 1e-5 and found["effect"] > 0.1, found
    assert json.loads(run(wardmark, "verify", "bundle", work / "bundle2", "--exploratory", "--json").stdout) == found
    assert "log-odds" in (work / "page2.html").read_text()
    done = verify(work, wardmark, f"{ask} {work}/in.bin {work}/asked9", work / "out.bin.wardmark", "--access", "scores", "--exploratory", "--json")
    assert json.loads(done.stdout)["p"] > 1e-3, done.stdout
    for name, (body, reason) in BAD_SCORES.items():
        (work / f"{name}.py").write_text("import json, math, sys\n" + body + "\n")
        done = verify(work, wardmark, f"exec:{sys.executable} {work}/{name}.py", work / "out.bin.wardmark", "--access", "scores",
                      "--exploratory", check=4)
        assert reason in done.stderr and done.stdout == "", (name, done.stderr, done.stdout)


def textures(work, wardmark):
    """Releases of salm are tested too: the place of the mask goes to the query phase, and no more of the fit."""
    run(wardmark, "protect", work / "in.bin", "-o", work / "salm.bin", "-k", work / "key", "-m", "salm", "--many-classes", "-q")
    ask = f"exec:{sys.executable} {work}/suspect.py"
    done = verify(work, wardmark, f"{ask} {work}/salm.bin {work}/asked11", work / "salm.bin.wardmark", "--exploratory", "--json", check=None)
    found = json.loads(done.stdout)
    assert done.returncode in (0, 1) and found["method"] == "salm" and found["queries"] == 4000, (done.returncode, found)
    assert found["p"] < 0.3, found  # the roughness of a class tells of its texture
    done = verify(work, wardmark, f"{ask} {work}/in.bin {work}/asked12", work / "salm.bin.wardmark", "--exploratory", "--json", check=1)
    assert json.loads(done.stdout)["p"] > 1e-4, done.stdout


def twins(work, wardmark):
    """Which of two versions was published shows in what a suspect knows by heart, and nothing of it before the coins are opened."""
    (work / "memory.py").write_text(MEMORY)
    run(wardmark, "protect", work / "in.bin", "-o", work / "twins.bin", "-k", work / "key", "-m", "salm", "--twins", "0.25", "--many-classes",
        "-q")
    record = work / "twins.bin.wardmark"
    words = ("--statistic", "twins", "--exploratory", "--json", "--test", work / "in.bin")
    ask = f"exec:{sys.executable} {work}/memory.py"
    found = json.loads(verify(work, wardmark, f"{ask} {work}/twins.bin", record, *words, "--access", "scores", check=0).stdout)
    items = found["pictures"]
    assert found["test"] == "twins" and items > 150 and found["queries"] == 2 * items and found["units"] == items, found
    # Every version that was published is known: p is that of one sequence of coins in 2 ^ items.
    assert found["units_telling"] == items and math.isclose(found["p"], 0.5 ** items, rel_tol=1e-6), found
    difference = math.log(0.19 / 0.81) - math.log(0.1 / 0.9)
    assert abs(found["effect"] - difference) < 0.01 and found["effect_low"] < difference < found["effect_high"] + 0.01, found
    text = verify(work, wardmark, f"{ask} {work}/twins.bin", record, *words[:2], *words[4:], check=1).stdout
    assert "both versions of" in text and "exploratory, and no claim" in text, text
    by_label = json.loads(verify(work, wardmark, f"{ask} {work}/twins.bin", record, *words, "--queries", "100", check=0).stdout)
    assert by_label["pictures"] == 50 and by_label["units_telling"] <= 50 and by_label["p"] < 1e-6, by_label
    # The originals, and a release whose coins fell otherwise, tell nothing.
    run(wardmark, "protect", work / "in.bin", "-o", work / "twins2.bin", "-k", work / "key", "-m", "salm", "--twins", "0.25", "--release",
        "other", "--many-classes", "-q")
    for innocent in ("in.bin", "twins2.bin"):
        found = json.loads(verify(work, wardmark, f"{ask} {work}/{innocent}", record, *words, "--access", "scores", check=1).stdout)
        assert found["p"] > 1e-3 and not found["evidence"], found
    done = verify(work, wardmark, f"{ask} {work}/twins.bin", record, *words[:4], "--test", work / "other.bin", check=2)
    assert "holds no original" in done.stderr, done.stderr
    done = verify(work, wardmark, f"{ask} {work}/twins.bin", work / "out.bin.wardmark", *words, check=2)
    assert "leaves no coins to test" in done.stderr and "NO-TEST" in done.stderr, done.stderr
    done = verify(work, wardmark, f"{ask} {work}/twins.bin", record, *words, "--rehearse", check=2)
    assert "has no --rehearse" in done.stderr, done.stderr
    # What is disclosed says the same to anybody, and what was changed is seen, though the list of the bundle be written anew.
    found = json.loads(verify(work, wardmark, f"{ask} {work}/twins.bin", record, *words, "--access", "scores", "--disclose", work / "bundle3",
                              "--report", work / "twins.html", check=0).stdout)
    page = (work / "twins.html").read_text()
    for part in ("two versions were made", "<svg", "every sequence of coins was counted", "looks published files up"):
        assert part in page, part
    assert json.loads(run(wardmark, "verify", "bundle", work / "bundle3", "--exploratory", "--json", "--report", work / "again.html").stdout) == found
    assert (work / "again.html").read_text() == page
    for name in ("test.json", "answers.json", "queries.jsonl", "tests.jsonl", "record/plan.json"):
        file = work / "bundle3" / name
        content = file.read_bytes()
        file.write_bytes(content[:-3] + bytes([content[-3] ^ 1]) + content[-2:])
        assert "BUNDLE-ALTERED" in run(wardmark, "verify", "bundle", work / "bundle3", check=4).stderr, name
        file.write_bytes(content)
    answers = json.loads((work / "bundle3/answers.json").read_text())
    answers["differences"][0] += 1
    listed_anew(work / "bundle3", "answers.json", json.dumps(answers))
    assert "its seal does not fit" in run(wardmark, "verify", "bundle", work / "bundle3", check=4).stderr


def resume(work, wardmark):
    words = f"exec:{sys.executable} {work}/suspect.py {work}/out.bin {work}/asked3"
    verify(work, wardmark, f"{words} 1500", work / "out.bin.wardmark", "--state", work / "state", check=75)
    verify(work, wardmark, f"{words} 1500", work / "out.bin.wardmark", "--state", work / "state", check=2)
    done = verify(work, wardmark, f"{words} 1500", work / "out.bin.wardmark", "--state", work / "state", "--resume",
                  "--exploratory", "--json", check=None)
    while done.returncode == 75:
        done = verify(work, wardmark, f"{words} 1500", work / "out.bin.wardmark", "--state", work / "state", "--resume",
                      "--exploratory", "--json", check=None)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["queries"] == sum(int(n) for n in (work / "asked3").read_text().split())


def orphans(work, wardmark):
    """Whoever asks stops when the process that wants the answers was killed; what was answered is kept."""
    (work / "slow.py").write_text("import os, sys, time\nopen(sys.argv[3], 'w').write(str(os.getpid()))\nsys.argv[1:] = [sys.argv[1], sys.argv[2]]\n" +
                                  SUSPECT.replace("for line in sys.stdin:", "for line in sys.stdin:\n    time.sleep(0.3)", 1))
    ask = f"exec:{sys.executable} {work}/slow.py {work}/out.bin {work}/asked10 {work}/pid"
    words = [wardmark, "verify", "images", "--suspect", ask, "--release", work / "out.bin", "-k", work / "key", "--test", work / "test.bin",
             "--state", work / "state10", "--log", work / "log10", "-q"]
    with subprocess.Popen([str(word) for word in words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as asking:
        end = time.monotonic() + 60
        while not (work / "state10/queries.jsonl").exists() or (work / "state10/queries.jsonl").read_text().count("\n") < 2:
            assert time.monotonic() < end and asking.poll() is None
            time.sleep(0.05)
        asking.kill()
    pid = int((work / "pid").read_text())
    end = time.monotonic() + 20
    while pathlib.Path(f"/proc/{pid}").exists():
        assert time.monotonic() < end, "the suspect is still being asked"
        time.sleep(0.05)
    assert not (work / "state10/answers.json").exists()


def bad_suspects(work, wardmark):
    for name, (body, reason) in BAD.items():
        (work / f"{name}.py").write_text("import json, sys\n" + body + "\n")
        done = verify(work, wardmark, f"exec:{sys.executable} {work}/{name}.py", work / "out.bin.wardmark", "--suspect-seconds", "1",
                      "--suspect-memory", "4096", "--exploratory", check=4)
        assert reason in done.stderr and done.stdout == "", (name, done.stderr, done.stdout)
    done = verify(work, wardmark, "exec:/nowhere/program", work / "out.bin.wardmark", check=4)
    assert "SUSPECT-FAILED" in done.stderr, done.stderr


def refusals(work, wardmark):
    ask = f"exec:{sys.executable} {work}/suspect.py {work}/out.bin {work}/asked4"
    done = run(wardmark, "verify", "images", "--suspect", ask, "--release", work / "out.bin", "-k", work / "key", "--test",
               work / "out.bin", check=2)
    assert "TEST-MARKED" in done.stderr, done.stderr
    assert not (work / "asked4").exists()
    run(wardmark, "protect", work / "in.bin", "-o", work / "paper.bin", "-k", work / "key", "-m", "cuda", "--variant", "paper",
        "--compat-seed", "0", "--many-classes", "-q", check=None)
    done = verify(work, wardmark, ask, work / "paper.bin.wardmark", check=2)
    assert "NO-TEST" in done.stderr, done.stderr
    done = verify(work, wardmark, ask, work / "out.bin.wardmark", "--queries", "3000", check=2)
    assert "NO-TEST" in done.stderr and "--queries" in done.stderr, done.stderr
    # The log beside the key holds what was begun; a changed byte ends all claims.
    release = json.loads((work / "out.bin.wardmark" / "plan.json").read_text().splitlines()[0])["release"]
    log = work / f"key.{release[:12]}.tests"
    text = log.read_text()
    log.write_text(text.replace("begin", "begun", 1))
    done = verify(work, wardmark, ask, work / "out.bin.wardmark", check=4)
    assert "LOG-ALTERED" in done.stderr, done.stderr
    log.write_text(text)


def blind(work, wardmark):
    """Two draws of one plan: the same questions in the same order."""
    run(wardmark, "plan", work / "in.bin", "-k", work / "key", "-m", "cuda", "-o", work / "plan", "--many-classes", "--release", "b",
        "--beacon-network", "net", "--beacon-round", "7", "--test", work / "test.bin", "-q")
    journals, assignments = [], []
    for signature in ("aa", "bb"):
        randomness = hashlib.sha256(bytes.fromhex(signature)).hexdigest()
        beacon = work / f"beacon-{signature}"
        beacon.write_text(json.dumps({"round": 7, "signature": signature, "randomness": randomness}))
        out = work / f"b-{signature}.bin"
        run(wardmark, "protect", work / "in.bin", "-o", out, "-k", work / "key", "--plan", work / "plan", "--beacon", beacon, "-q")
        assignments.append(out.read_bytes())
        state = work / f"state-{signature}"
        verify(work, wardmark, f"exec:{sys.executable} {work}/suspect.py {work}/out.bin {work}/asked5", f"{out}.wardmark", "--state",
               state, "--log", work / f"log-{signature}", "--report", work / f"page-{signature}", check=None)
        journals.append((state / "queries.jsonl").read_bytes())
        # Pictures that the plan does not name are not asked about.
        done = verify(work, wardmark, f"exec:{sys.executable} {work}/suspect.py {work}/out.bin {work}/asked5", f"{out}.wardmark", "--test",
                      work / "other.bin", "--state", work / "none", "--log", work / f"log-{signature}", check=2)
        assert "not the test pictures that the plan names" in done.stderr, done.stderr
        assert "does not name the test pictures" not in (work / f"page-{signature}").read_text()
    assert assignments[0] != assignments[1]
    assert journals[0] == journals[1]


def bundle(work, wardmark):
    """What was disclosed says the same to anybody, and every changed byte is seen."""
    ask = f"exec:{sys.executable} {work}/suspect.py {work}/out.bin {work}/asked6"
    said = verify(work, wardmark, ask, work / "out.bin.wardmark", "--exploratory", "--json", "--disclose", work / "bundle",
                  "--report", work / "page.html", check=0)
    assert "release.key" not in said.stdout and "holds the key of the releases" in said.stderr, said.stderr
    verify(work, wardmark, ask, work / "out.bin.wardmark", "--disclose", work / "bundle", check=2)
    found, page = json.loads(said.stdout), (work / "page.html").read_text()
    for needed in ("<b>Evidence</b>", "Exploratory (grade C)", found["release"], found["table"], f"T = {found['statistic']}",
                   "not the probability of innocence", "aria-label=\"72576000 configurations"):
        assert needed in page, needed
    assert page.count("<img ") == 18 and page.count("<td class=\"own\"") == CLASSES and page.count("<rect ") > 10
    assert "<script" not in page and not re.search(r"(src|href)=\"(?!data:)", page)
    html.parser.HTMLParser().feed(page)
    start = time.monotonic()
    done = run(wardmark, "verify", "bundle", work / "bundle", "--exploratory", "--json")
    assert time.monotonic() - start < 5
    assert json.loads(done.stdout) == json.loads(said.stdout), (done.stdout, said.stdout)
    run(wardmark, "verify", "bundle", work / "bundle", check=1)
    files = sorted(path for path in (work / "bundle").rglob("*") if path.is_file())
    assert len(files) == 9, files
    draw = random.Random(7)
    for path in files:
        whole = path.read_bytes()
        for at in (0, draw.randrange(len(whole)), draw.randrange(len(whole)), len(whole) - 1):
            for value in (whole[at] ^ 1, 32 if whole[at] != 32 else 9):
                path.write_bytes(whole[:at] + bytes([value]) + whole[at + 1:])
                done = run(wardmark, "verify", "bundle", work / "bundle", check=4)
                assert "BUNDLE-ALTERED" in done.stderr and done.stdout == "", (path, at, done.stderr)
        path.write_bytes(whole[:-1])
        run(wardmark, "verify", "bundle", work / "bundle", check=4)
        path.unlink()
        run(wardmark, "verify", "bundle", work / "bundle", check=4)
        path.write_bytes(whole)
    (work / "bundle/more").write_text("")
    run(wardmark, "verify", "bundle", work / "bundle", check=4)
    (work / "bundle/more").unlink()
    # Answers that were made up, with a list that fits them: the seal needs the key, the list of tests its own.
    journal = work / "bundle/queries.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    row = json.loads(lines[1])
    row["answers"][0] = (row["answers"][0] + 1) % CLASSES
    listed_anew(work / "bundle", "queries.jsonl", lines[0] + json.dumps(row, separators=(",", ":")) + "\n" + "".join(lines[2:]))
    done = run(wardmark, "verify", "bundle", work / "bundle", check=4)
    assert "its seal does not fit" in done.stderr, done.stderr


def examined(work, wardmark):
    """An examiner who does not know the draw: the same answers, the same verdict, and nothing else is taken for them."""
    ask = f"exec:{sys.executable} {work}/suspect.py {work}/out.bin {work}/asked8"
    record, owner = work / "out.bin.wardmark", ("--suspect", "examiner:lab", "--release", work / "out.bin", "-k", work / "key")
    words = (*owner, "--test", work / "test.bin", "--exploratory", "--json")
    run(wardmark, "verify", "images", "--blind", work / "package", *words, check=0)
    assert "examiner asks" in run(wardmark, "verify", "images", *words, check=2).stderr
    assert "has not finished" in run(wardmark, "verify", "images", "--answers", work / "package", *words, check=2).stderr
    text = (work / "package/questions.json").read_text()
    plan = json.loads((record / "plan.json").read_text().splitlines()[0])
    for secret in (str(work), plan["release"], "out.bin", "in.bin", "test.bin"):
        assert secret not in text, secret
    for number, changed in (("other", work / "other.bin"), ("in", work / "in.bin")):
        done = run(wardmark, "verify", "blind", work / "package", "--suspect", ask, "--test", changed, check=None)
        assert done.returncode != 0 and not (work / "package/answers.json").exists(), (number, done.stderr)
    done = run(wardmark, "verify", "blind", work / "package", "--suspect", ask, "--test", work / "test.bin", check=0)
    digest = done.stdout.strip()
    assert len(digest) == 64, done.stdout
    assert run(wardmark, "verify", "blind", work / "package", "--suspect", ask, "--test", work / "test.bin", "-q", check=0).stdout.strip() == digest
    found = json.loads(run(wardmark, "verify", "images", "--answers", work / "package", *words, "--disclose", work / "bundle4", check=0).stdout)
    seen = json.loads(verify(work, wardmark, f"exec:{sys.executable} {work}/suspect.py {work}/out.bin {work}/asked9", record, "--exploratory", "--json",
                             check=0).stdout)
    assert found["table"] == digest == seen["table"] and found["p"] == seen["p"], (found, seen)
    assert json.loads(run(wardmark, "verify", "bundle", work / "bundle4", "--exploratory", "--json").stdout) == found
    journal = work / "package/queries.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    row = json.loads(lines[1])
    row["answers"][0] = (row["answers"][0] + 1) % CLASSES
    journal.write_text(lines[0] + json.dumps(row, separators=(",", ":")) + "\n" + "".join(lines[2:]))
    done = run(wardmark, "verify", "images", "--answers", work / "package", *words, check=4)
    assert "its counts are not those of the answers" in done.stderr, done.stderr
    done = run(wardmark, "verify", "images", "--answers", work / "package", "--statistic", "twins", *words[:3], work / "twins.bin", *words[4:],
               check=2)
    assert "are for the shortcut test" in done.stderr, done.stderr


def calibrate(work, wardmark):
    """Rows are added trial by trial, are not tried again, and do not depend on how often it was started."""
    ask = f"exec:{sys.executable} {work}/suspect.py {work}/in.bin"
    words = ["verify", "calibrate", "--suspect", f"{ask} {work}/asked7", work / "test.bin", "--many-classes", "-m", "cuda", "--pool", "2", "--each",
             "2", "-q", "--table"]
    done = run(wardmark, *words, work / "rows.tsv", "--trials", "3", "--json", check=1)
    found = json.loads(done.stdout)
    rows = (work / "rows.tsv").read_text().splitlines()
    assert found["schema"] == "wardmark.calibration/1" and found["procedures"][0]["trials"] == 3 and len(rows) == 4, (found, rows)
    assert rows[0].split("\t") == ["suspect", "trial", "proper", "randomised", "redrawn", "filtered", "reseeded", "permuted"]
    for row in rows[1:]:
        p = [float(value) for value in row.split("\t")[2:]]
        assert all(0 < value <= 1 for value in p) and p[1] <= p[0] and p[2] <= p[0], row
    asked = (work / "asked7").read_text()
    run(wardmark, *words, work / "rows.tsv", "--trials", "3", check=1)
    assert (work / "asked7").read_text() == asked and (work / "rows.tsv").read_text().splitlines() == rows
    torn = "\n".join(rows[:3]) + "\n" + rows[3][:9]
    (work / "rows.tsv").write_text(torn)
    run(wardmark, *words, work / "rows.tsv", "--trials", "3", check=1)
    assert (work / "rows.tsv").read_text().splitlines() == rows
    (work / "other.tsv").write_text("something else\n")
    done = run(wardmark, *words, work / "other.tsv", check=2)
    assert "RECORD-FORMAT" in done.stderr and (work / "other.tsv").read_text() == "something else\n", done.stderr


def listed_anew(folder, name, text):
    """A file of a bundle with another text, and a list that fits it."""
    (folder / name).write_text(text)
    whole = json.loads((folder / "bundle.json").read_text())
    whole["files"][name] = digest_of(text.encode())
    (folder / "bundle.json").write_text(json.dumps(whole, indent=1) + "\n")


def digest_of(content):
    """docs/formats.md, "Derivation": BLAKE2b-256 over length-prefixed fields."""
    fields = b"".join(len(field).to_bytes(8, "little") + field for field in (b"bundle-file", content))
    return hashlib.blake2b(fields, digest_size=32).hexdigest()


def main(bin_dir):
    wardmark = pathlib.Path(bin_dir) / "wardmark"
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        (work / "in.bin").write_bytes(records(1, EACH))
        (work / "test.bin").write_bytes(records(2, 2))
        (work / "other.bin").write_bytes(records(3, 2))
        (work / "suspect.py").write_text(SUSPECT)
        run(wardmark, "keygen", "-o", work / "key", "-q")
        run(wardmark, "protect", work / "in.bin", "-o", work / "out.bin", "-k", work / "key", "-m", "cuda", "--many-classes", "-q")
        for step in (evidence, rehearsal, power, textures, twins, bundle, examined, scores, calibrate, resume, orphans, bad_suspects, refusals, blind):
            step(work, wardmark)


if __name__ == "__main__":
    main(sys.argv[1])
