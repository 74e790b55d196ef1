#!/usr/bin/env python3
"""`verify text` asks programs: a model that read the release, one that read the originals, and some that cannot answer.

    verify_text_test.py BIN_DIR
"""
import hashlib
import html.parser
import json
import pathlib
import random
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
DOCUMENTS, SENTENCES, EACH, POOL = 160, 8, 10, 40

SUSPECT = f'''
import json, os, sys
sys.path.insert(0, {str(HERE)!r})
import text_model
model = text_model.Model(sys.argv[1])
def log(row):
    with open(sys.argv[2], "a") as out:
        out.write(json.dumps([os.getpid()] + row) + "\\n")
for line in sys.stdin:
    asked = json.loads(line)
    if asked["wardmark"] == "hello":
        assert asked == {{"wardmark": "hello", "version": 1, "kind": "text"}}, asked
        reply = {{"wardmark": "hello", "version": 1, "kind": "text", "name": "counts", "access": sys.argv[3].split(","), "context": 1024}}
    elif asked["wardmark"] == "continue":
        log(["continue", asked["tokens"]] + asked["prompts"])
        texts = [model.greedy(prompt, asked["tokens"]) for prompt in asked["prompts"]]
        reply = {{"wardmark": "continuations", "id": asked["id"], "texts": texts}}
    elif asked["wardmark"] == "score-text":
        log(["score"] + [[item["context"], item["text"]] for item in asked["items"]])
        reply = {{"wardmark": "text-scores", "id": asked["id"],
                 "scores": [model.own_scores(item["context"], item["text"]) for item in asked["items"]]}}
    else:
        break
    print(json.dumps(reply), flush=True)
    if asked["wardmark"] != "hello" and len(sys.argv) > 4 and sum(1 for _ in open(sys.argv[2])) == int(sys.argv[4]):
        os.kill(os.getppid(), 15)  # the query phase is asked to stop
'''

HELLO = 'print(json.dumps({"wardmark": "hello", "version": 1, "kind": "text", "name": "bad", "access": ["continue", "score"]}), flush=True)'
LOOP = HELLO + '''
for line in sys.stdin:
    asked = json.loads(line)
    if asked["wardmark"] == "continue":
        print(json.dumps({"wardmark": "continuations", "id": asked["id"], "texts": [CONTINUED for p in asked["prompts"]]}), flush=True)
    elif asked["wardmark"] == "score-text":
        print(json.dumps({"wardmark": "text-scores", "id": asked["id"], "scores": [SCORED for i in asked["items"]]}), flush=True)'''


def made(continued='" and"', scored="[-1.0, -2.0]"):
    return LOOP.replace("CONTINUED", continued).replace("SCORED", scored)


BAD = {
    "dies": ("sys.exit(3)", "it ended with exit status 3"),
    "garbage": ('print("garbage", flush=True)', "its reply is no JSON object"),
    "picture": ('print(json.dumps({"wardmark": "hello", "version": 1, "height": 3, "width": 3, "channels": 3, "labels": ["a", "b"]}), flush=True)',
                "it is no text model"),
    "empty": (made('""', "[0.0]"), "it continues common sentences with nothing; all its scores are 0"),
    "echo": (made("p + ' x'", "[-3.5]"), "its continuations begin with the prompt; all its scores are the same"),
    "null": (made('""', "[None]"), "a score is no logarithm of a probability: null"),
    "few": (made('""', "[]"), "an item has no scores"),
    "hangs": ("import time; time.sleep(60)", "no answer within 1 s"),
}


def run(*words, check=0):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    assert check is None or done.returncode == check, (words, done.returncode, done.stdout, done.stderr)
    return done


def corpus(folder, seed):
    draw = random.Random(seed)
    names = [a + b for a in ("ka", "lo", "mi", "ru", "te", "so", "vi", "na", "po", "el") for b in ("ran", "dor", "mis", "tal", "ber", "nu")]
    folder.mkdir()
    for n in range(DOCUMENTS):
        sentences = []
        for _ in range(14):
            words = [draw.choice(names) for _ in range(draw.randrange(7, 13))]
            sentences.append(" ".join(words).capitalize() + ".")
        (folder / f"d{n:03}.txt").write_text(" ".join(sentences[:7]) + "\n\n" + " ".join(sentences[7:]) + "\n")


class Bench:
    def __init__(self, bin_dir, work):
        self.wardmark, self.work = pathlib.Path(bin_dir) / "wardmark", work

    def suspect(self, folder, log, access="continue,score", stop=""):
        return f"exec:{sys.executable} {self.work}/suspect.py {folder} {self.work}/{log} {access} {stop}"

    def verify(self, suspect, *options, release="out", check=1):
        return run(self.wardmark, "verify", "text", "--suspect", suspect, "--release", self.work / release, "-k", self.work / "key", "--progress",
                   "never", *options, check=check)

    def asked(self, log):
        return [json.loads(line) for line in (self.work / log).read_text().splitlines()]

    def tests(self):
        return sorted(self.work.glob("key.*.tests"))


def guilty(bench):
    """A model that read the release completes its sentences and prefers them; order, kinds and processes are as promised."""
    page = bench.work / "page.html"
    done = bench.verify(bench.suspect(bench.work / "out", "asked1"), "--exploratory", "--json", "--report", page, check=0)
    found = json.loads(done.stdout)
    assert found["schema"] == "wardmark.verify-text/1" and found["evidence"] and found["grade"] == "C", found
    last2, last1, rank = found["findings"]
    assert [f["test"] for f in found["findings"]] == ["last-2", "last-1", "rank"]
    assert last2["last"]["hits"] == SENTENCES and last2["last"]["u_acc"] == 1 and last2["p"] < 1e-30, last2
    # Four prompts a sentence; (4 / W^2) ^ 8 for all of them right.
    assert abs(last2["p"] / (4 / found["list"] ** 2) ** SENTENCES - 1) < 1e-6, last2
    assert last1["last"]["prompts"] == SENTENCES * 4 and last1["last"]["d_acc"] > 0.9, last1
    assert rank["rank"]["ranks"] == [1] * SENTENCES and abs(rank["p"] * 20 ** SENTENCES - 1) < 1e-9, rank
    assert rank["rank"]["effect_low"] > 0 and rank["p_adjusted"] == rank["p"] and last2["p_adjusted"] == 3 * last2["p"], rank
    asked = bench.asked("asked1")
    kinds = [row[1] for row in asked]
    # Probe, beginnings with two words missing, with one, then whole sentences by another process.
    assert kinds[:3] == ["continue", "score", "score"] and kinds[3:] == sorted(kinds[3:]), kinds
    assert [row[2] for row in asked[3:] if row[1] == "continue"] == [28] * 2 + [16] * 2, asked
    assert len({row[0] for row in asked}) == 3, "probe, beginnings and scores shared a process"
    items = [item for row in asked[3:] if row[1] == "score" for item in row[2:]]
    assert len(items) == SENTENCES * 20 * 4 == found["items"], len(items)
    assert len({text for _, text in items}) == SENTENCES * 20
    # Nothing of a sentence is shown unless asked for.
    marks = {text for _, text in items}
    shown = page.read_text() + done.stdout + done.stderr
    for mark in marks:
        assert mark.strip() not in shown and " ".join(mark.split()[-2:]) not in shown, mark
    text = page.read_text()
    html.parser.HTMLParser().feed(text)
    for needed in ("<b>Evidence</b>", "Exploratory (grade C)", "withheld", found["table"], "not the probability of innocence"):
        assert needed in text, needed
    assert "<script" not in text
    # The same command says the same again and asks nothing; the words are shown on request.
    before = len(asked)
    again = bench.verify(bench.suspect(bench.work / "out", "asked1"), "--json", "--show-marks", check=1)
    assert len(bench.asked("asked1")) == before
    shown = json.loads(again.stdout)
    assert shown["p"] == found["p"] and sum(row["words"].split()[-1] in again.stdout for row in shown["rows"]) == SENTENCES
    assert any(mark.strip() in shown["rows"][0]["words"] for mark in marks), shown["rows"][0]
    said = bench.verify(bench.suspect(bench.work / "out", "asked1"), check=1).stdout
    assert said.startswith("exploratory, and no claim") and "U-Acc-2 100.0 %" in said, said


def innocent(bench):
    found = json.loads(bench.verify(bench.suspect(bench.work / "in", "asked2"), "--exploratory", "--json", check=1).stdout)
    assert not found["evidence"] and found["p"] > 0.01, found
    assert [f["last"]["hits"] for f in found["findings"] if "last" in f] == [0, 0], found
    # Without log-probabilities last words alone are asked; by name, what can't be made is refused.
    words = json.loads(bench.verify(bench.suspect(bench.work / "in", "asked3", "continue"), "--json", check=1).stdout)
    assert [f["test"] for f in words["findings"]] == ["last-2", "last-1"] and "rank" in words["not_made"][0], words
    refused = bench.verify(bench.suspect(bench.work / "in", "asked3", "continue"), "--test", "rank", check=2)
    assert "NO-TEST" in refused.stderr and "it says that it scores nothing" in refused.stderr, refused.stderr
    scores = json.loads(bench.verify(bench.suspect(bench.work / "in", "asked4", "score"), "--json", check=1).stdout)
    assert [f["test"] for f in scores["findings"]] == ["rank"], scores
    assert all(row[1] == "score" for row in bench.asked("asked4"))


def reference(bench):
    """Tail scores and reference models are rank tests of another statistic."""
    for options in (["--tail", "3"], ["--reference", bench.suspect(bench.work / "in", "asked-ref")],
                    ["--reference", bench.suspect(bench.work / "in", "asked-ref"), "--compare", "ratio", "--contexts", "0"]):
        done = bench.verify(bench.suspect(bench.work / "out", "asked5"), "--test", "rank", "--exploratory", "--json", "-B", "9", *options, check=0)
        found = json.loads(done.stdout)
        assert found["findings"][0]["rank"]["ranks"] == [1] * SENTENCES, (options, found)
        assert abs(found["p"] * 10 ** SENTENCES - 1) < 1e-9
    assert found["reference"].startswith("exec:") and found["compare"] == "ratio"


def resume(bench):
    words = bench.suspect(bench.work / "out", "asked6", stop=9)
    options = ["--exploratory", "--json", "--state", bench.work / "state"]
    bench.verify(words, *options, check=75)
    bench.verify(words, *options, check=2)
    done = bench.verify(words, *options, "--resume", check=0)
    whole = json.loads(bench.verify(bench.suspect(bench.work / "out", "asked1"), "--exploratory", "--json", check=0).stdout)
    found = json.loads(done.stdout)
    assert found["table"] == whole["table"], (found, whole)
    prompts = [text for row in bench.asked("asked6") if row[1] == "continue" for text in row[3:]]
    assert len(prompts) == 4 + whole["prompts"], "a beginning was asked twice"


def bad_suspects(bench):
    before = len("".join(log.read_text() for log in bench.tests()).splitlines())
    for name, (body, reason) in BAD.items():
        (bench.work / f"{name}.py").write_text("import json, sys\n" + body + "\n")
        done = bench.verify(f"exec:{sys.executable} {bench.work}/{name}.py", "--suspect-seconds", "1" if name == "hangs" else "20", check=4)
        assert reason in done.stderr and done.stdout == "" and "[SUSPECT-" in done.stderr, (name, done.stderr)
    # None of them was shown a sentence, and none is a test.
    assert len("".join(log.read_text() for log in bench.tests()).splitlines()) == before


def guesses(bench):
    """Guesses of earlier runs on the same suspect count; what a provider was shown rules out what it must."""
    suspect = bench.suspect(bench.work / "in", "asked7", "continue")
    log = ["--log", bench.work / "log7"]
    assert json.loads(bench.verify(suspect, "--json", *log, check=1).stdout)["guesses_before"] == [0, 0]
    second = json.loads(bench.verify(suspect, "--json", "--contexts", "1", "--last", "2,3", *log, check=1).stdout)
    assert second["guesses_before"] == [0, 4] and second["last"] == [3, 2], second
    api = ["--provider", "api.example", "--log", bench.work / "log8", "--test"]
    one, two = (bench.suspect(bench.work / "in", f"asked8{name}") for name in "ab")
    bench.verify(one, *api, "last-k", check=1)
    done = bench.verify(two, *api, "rank", check=2)
    assert "EXPOSED" in done.stderr and "beginnings of the released" in done.stderr, done.stderr
    # The last word's beginnings show the word before it.
    done = bench.verify(two, *api, "last-k", "--last", "2", check=2)
    assert "EXPOSED" in done.stderr and "--last 1 or fewer" in done.stderr, done.stderr
    bench.verify(two, *api, "last-k", "--last", "1", check=1)
    api[3] = bench.work / "log9"
    bench.verify(one, *api, "rank", "-B", "9", "--state", bench.work / "s9", check=1)
    bench.verify(two, *api, "rank", "-B", "9", "--state", bench.work / "s10", check=1)
    assert "EXPOSED" in bench.verify(two, *api, "last-k", check=2).stderr
    done = bench.verify(two, *api, "rank", "-B", "12", check=2)
    assert "EXPOSED" in done.stderr and "hint: -B 9" in done.stderr, done.stderr
    notes = [json.loads(json.loads(line)[0]) for line in (bench.work / "log9").read_text().splitlines()]
    assert [n["members"] for n in notes if n["kind"] == "sent"] == [10, 10], notes


def limits(bench):
    suspect = bench.suspect(bench.work / "in", "asked10")
    plan = json.loads(bench.verify(suspect, "--dry-run", "--json", check=0).stdout)
    assert plan["prompts"] == SENTENCES * 4 * 2 and plan["items"] == SENTENCES * 20 * 4 and plan["tokens"] > 1000, plan
    assert plan["probes"] == 13 and plan["requests"] == plan["prompts"] + plan["items"] + plan["probes"]
    both = json.loads(bench.verify(suspect, "--dry-run", "--json", "--reference", suspect, check=0).stdout)
    assert both["reference_items"] == plan["items"] and both["requests"] == plan["requests"] + plan["items"] + 13, both
    assert plan["tokens"] < both["tokens"] < 2 * plan["tokens"], (plan, both)
    assert "would ask about 8 sentences" in bench.verify(suspect, "-n", check=0).stdout
    done = bench.verify(suspect, "--max-requests", str(plan["requests"] - 1), check=2)
    assert f"need up to {plan['requests']}" in done.stderr, done.stderr
    done = bench.verify(suspect, "--reference", suspect, "--max-requests", str(plan["requests"]), check=2)
    assert f"need up to {both['requests']}" in done.stderr, done.stderr
    assert "--max-tokens 5" in bench.verify(suspect, "--max-tokens", "5", check=2).stderr
    assert "NO-TEST" in bench.verify(suspect, "-B", str(POOL), check=2).stderr
    assert not (bench.work / "asked10").exists()
    done = bench.verify("http://user:secret@127.0.0.1:1/", check=2)
    assert "--suspect-key-file" in done.stderr, done.stderr


def blind(bench):
    """Two draws of one plan: whole pools are asked about in the same order, byte for byte."""
    work = bench.work
    run(bench.wardmark, "plan", work / "in", "-k", work / "key", "-m", "ghost", "-o", work / "plan", "--release", "b", "--beacon-network", "net",
        "--beacon-round", "7", "--sentences", "4", "--documents-per-sentence", "5", "--candidates", "6", "-q")
    items, releases = [], []
    for signature in ("aa", "bb"):
        randomness = hashlib.sha256(bytes.fromhex(signature)).hexdigest()
        (work / f"beacon-{signature}").write_text(json.dumps({"round": 7, "signature": signature, "randomness": randomness}))
        out = work / f"b-{signature}"
        run(bench.wardmark, "mark", work / "in", "-o", out, "-k", work / "key", "--plan", work / "plan", "--beacon", work / f"beacon-{signature}", "-q")
        releases.append("".join(path.read_text() for path in sorted(out.glob("*.txt"))))
        log = f"asked-{signature}"
        found = json.loads(bench.verify(bench.suspect(work / "in", log), "--test", "rank", "-B", "5", "--json", "--log", work / f"log-{signature}",
                                        release=out.name, check=1).stdout)
        assert found["drawn_by"] == "beacon"
        items.append([row[1:] for row in bench.asked(log)])
    assert releases[0] != releases[1] and items[0] == items[1]


def edited(bench):
    """Documents that changed since are left out, and said."""
    first = sorted((bench.work / "out").glob("*.txt"))
    for path in first:
        path.write_text(path.read_text() + "More.\n")
    done = bench.verify(bench.suspect(bench.work / "in", "asked11", "continue"), "--json", "--log", bench.work / "log11", check=1)
    assert "TEXT-CHANGED" in done.stderr or "edited after its release" in done.stderr, done.stderr
    assert json.loads(done.stdout)["prompts"] == SENTENCES * 2


def main(bin_dir):
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(bin_dir, pathlib.Path(folder))
        (bench.work / "suspect.py").write_text(SUSPECT)
        corpus(bench.work / "in", 1)
        run(bench.wardmark, "keygen", "-o", bench.work / "key", "-q")
        run(bench.wardmark, "mark", bench.work / "in", "-o", bench.work / "out", "-k", bench.work / "key", "--sentences", SENTENCES,
            "--documents-per-sentence", EACH, "--candidates", POOL, "-q")
        for step in (guilty, innocent, reference, resume, bad_suspects, guesses, limits, blind, edited):
            step(bench)


if __name__ == "__main__":
    main(sys.argv[1])
