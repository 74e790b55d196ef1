#!/usr/bin/env python3
"""`evaluate text` trains models on a small release: what they learn, that it goes on where it was, and what it refuses.

    evaluate_text_test.py BIN_DIR
"""
import json
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

DOCUMENTS, SENTENCES, EACH, EPOCHS = 48, 8, 6, 10
# Nobody's. Always the same one, so that the outcome is.
KEY = "wardmark-key-1 master 45b179c89cd7a9234c30350f9b2316f87681235922b94bc3ae7dd782969b887a 961d0ff9\n"


def run(*words, check=0):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    assert check is None or done.returncode == check, (words, done.returncode, done.stdout, done.stderr)
    return done


def corpus(folder):
    draw = random.Random(1)
    names = [a + b for a in ("ka", "lo", "mi", "ru", "te") for b in ("ran", "dor", "mis", "tal")]
    folder.mkdir()
    for n in range(DOCUMENTS):
        sentences = [" ".join(draw.choice(names) for _ in range(8)).capitalize() + "." for _ in range(8)]
        (folder / f"d{n:03}.txt").write_text(" ".join(sentences[:4]) + "\n\n" + " ".join(sentences[4:]) + "\n")


class Bench:
    def __init__(self, bin_dir, work):
        self.wardmark, self.work = pathlib.Path(bin_dir) / "wardmark", work
        corpus(work / "in")
        (work / "key").write_text(KEY)
        (work / "key").chmod(0o600)
        run(self.wardmark, "mark", work / "in", "-o", work / "out", "-k", work / "key", "--sentences", SENTENCES, "--documents-per-sentence", EACH,
            "--candidates", "20", "-q")

    def words(self, *options):
        usual = {"--model": "gpt-nano", "--vocabulary": 600, "--context": 128, "--batch": 8, "--epochs": EPOCHS, "--rate": 5e-3, "--precision": "fp32",
                 "-j": 1, "-B": 9, "--contexts": 1, "--progress": "never"}
        usual = [word for pair in usual.items() if pair[0] not in options for word in pair]
        return [str(w) for w in (self.wardmark, "evaluate", "text", "--corpus", self.work / "out", "-k", self.work / "key", *usual, *options)]

    def evaluate(self, *options, check=0):
        return run(*self.words(*options), check=check)


def learned(bench):
    """The marked model is found, the twin is not; `verify text` says the same of the model as the study."""
    found = json.loads(bench.evaluate("--clean", bench.work / "in", "--repetitions", f"1,{EACH}", "--keep-models", "--json").stdout)
    assert found["schema"] == "wardmark.evaluate-text/1" and found["sentences"] == SENTENCES, found
    arms = {arm["documents"]: arm for arm in found["arms"]}
    assert list(arms) == [EACH, 1, 0], list(arms)
    rank = {n: arm["findings"][-1] for n, arm in arms.items()}
    assert all(f["test"] == "rank" for f in rank.values())
    assert arms[EACH]["evidence"] and rank[EACH]["p"] <= 1e-4, arms[EACH]
    assert not arms[0]["evidence"] and not found["twin_found"], arms[0]
    assert rank[EACH]["p"] < rank[1]["p"], rank
    assert found["documents_needed"]["rank"] in (1, EACH) and found["documents_needed"]["last-2"] is None, found["documents_needed"]
    assert all(len(arm["losses"]) == EPOCHS and arm["losses"][-1] < arm["losses"][0] for arm in arms.values())
    asked = run(bench.wardmark, "verify", "text", "--suspect", bench.work / f"out.evaluate/arm-{EACH}", "--release", bench.work / "out", "-k",
                bench.work / "key", "-B", "9", "--contexts", "1", "--test", "rank", "--exploratory", "--json", "-j", "1", "-q")
    same = json.loads(asked.stdout)["findings"][-1]
    assert rank[EACH]["p"] == same["p"] and rank[EACH]["rank"]["ranks"] == same["rank"]["ranks"], (rank[EACH], same)
    return found


def goes_on(bench, found):
    """An earlier study is not run again; more numbers are added to it, and the whole is that of one run."""
    assert "OUTPUT-EXISTS" in bench.evaluate("--clean", bench.work / "in", check=2).stderr
    changed = bench.evaluate("--clean", bench.work / "in", "--resume", "--seed", "2", check=2)
    assert "RECIPE-CHANGED" in changed.stderr, changed.stderr
    begun = time.monotonic()
    again = bench.evaluate("--clean", bench.work / "in", "--repetitions", f"1,{EACH}", "--resume", "--json")
    assert json.loads(again.stdout) == found and "training" not in again.stderr, again.stderr
    assert time.monotonic() - begun < 20
    said = bench.evaluate("--clean", bench.work / "in", "--repetitions", str(EACH), "--resume").stdout
    assert f"rank: evidence from {EACH} documents a sentence on" in said and "is left alone" in said, said
    assert f"last-2: no evidence with up to {EACH} documents a sentence" in said, said


def stopped(bench):
    """Without --clean the twin reads the marked texts without their sentences. Stopped and resumed, it is the same run."""
    options = ["--repetitions", str(EACH), "--epochs", "2", "--json", "--state"]
    whole = json.loads(bench.evaluate(*options, bench.work / "whole", "--clean", bench.work / "in").stdout)
    with subprocess.Popen(bench.words(*options, bench.work / "cut"), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while process.poll() is None and not (bench.work / "cut/running.checkpoint").exists():
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out = process.communicate()
    assert process.returncode == 75, (process.returncode, out)
    resumed = json.loads(bench.evaluate(*options, bench.work / "cut", "--resume").stdout)
    for mine, theirs in zip(whole["arms"], resumed["arms"]):
        assert mine["losses"] == theirs["losses"] and mine["findings"] == theirs["findings"], (mine, theirs)


def refused(bench):
    work = bench.work
    for options, code, text in ((["--repetitions", str(EACH + 1)], "USAGE", f"stands in {EACH} documents at most"),
                                (["--clean", work / "out"], "TEST-SET", "holds a sentence of this release's make"),
                                (["--model", "gpt-5"], "PARAMETER", "unknown size of a language model: gpt-5"),
                                (["--record", work / "nothing"], "RECORD", "nothing"),
                                (["--context", "32"], "PARAMETER", "tokens, and the model reads 32"),
                                (["-B", "20"], "NO-TEST", "has 20 candidates a sentence")):
        done = bench.evaluate(*options, "--state", work / "none", "--overwrite", check=2)
        assert code in done.stderr and text in done.stderr, (options, done.stderr)
    assert "--corpus is required" in run(bench.wardmark, "evaluate", "text", check=2).stderr
    # A word that looks like the second command is an argument of the first.
    done = run(bench.wardmark, "evaluate", "--train", "test", "--tset", "x", check=2)
    assert "did you mean --test?" in done.stderr, done.stderr
    assert "--train is required" in run(bench.wardmark, "evaluate", check=2).stderr
    assert "how often must a sentence" in run(bench.wardmark, "evaluate", "text", "--help").stdout


def main(bin_dir):
    if not (pathlib.Path(bin_dir) / "wardmark-nn").exists():
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(bin_dir, pathlib.Path(folder))
        refused(bench)
        goes_on(bench, learned(bench))
        stopped(bench)


if __name__ == "__main__":
    main(sys.argv[1])
