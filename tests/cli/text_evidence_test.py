#!/usr/bin/env python3
"""Evidence of tests of language models: bundles that others recompute, questions for examiners, reference models
behind addresses, calibration.

    text_evidence_test.py BIN_DIR
"""
import http.server
import json
import pathlib
import shutil
import sys
import tempfile
import threading

import text_api_test
import text_model
import verify_text_test
from verify_text_test import EACH, POOL, SENTENCES, run


def bundle_words(bench, *options, check=0):
    return run(bench.wardmark, "verify", "bundle", bench.work / "bundle", "--exploratory", *options, check=check)


def bundle(bench):
    """The verdict follows from the bundle alone; words are withheld; whatever byte is changed is told."""
    suspect = bench.suspect(bench.work / "out", "asked-b")
    reference = ["--reference", bench.suspect(bench.work / "in", "asked-c")]
    options = ["--exploratory", *reference, "-B", "9", "--contexts", "1"]
    told = json.loads(bench.verify(suspect, *options, "--json", "--disclose", bench.work / "bundle", check=0).stdout)
    assert "OUTPUT-EXISTS" in bench.verify(suspect, *options, "--disclose", bench.work / "bundle", check=2).stderr
    # Elsewhere, with neither release nor record nor list of tests.
    moved = bench.work / "elsewhere"
    moved.mkdir()
    for path in (*bench.work.glob("out*"), *bench.tests()):
        path.rename(moved / path.name)
    page = bench.work / "bundle.html"
    found = json.loads(bundle_words(bench, "--json", "--report", page).stdout)
    assert found == told and found["evidence"] and [f["test"] for f in found["findings"]] == ["last-2", "last-1", "rank"], (found, told)
    assert found["reference"].startswith("exec:") and all("words" not in row for row in found["rows"])
    shown = bundle_words(bench, "--json", "--show-marks").stdout
    words = [" ".join(row["words"].split()[-2:]) for row in json.loads(shown)["rows"]]
    assert len(words) == SENTENCES and not any(word in page.read_text() for word in words), words
    assert "recomputed from the bundle" in bundle_words(bench).stdout and "stamps" in found
    assert "exploratory, and no claim" in run(bench.wardmark, "verify", "bundle", bench.work / "bundle", check=1).stdout
    names = sorted(str(p.relative_to(bench.work / "bundle")) for p in (bench.work / "bundle").rglob("*") if p.is_file())
    assert {"probe.json", "last.jsonl", "rank.jsonl", "reference-probe.json", "reference.jsonl", "test.json", "tests.jsonl"} < set(names), names
    assert not any(b"asked-b" in (bench.work / "bundle" / n).read_bytes() for n in names if n not in ("test.json", "tests.jsonl"))
    for name in names:
        path = bench.work / "bundle" / name
        whole = path.read_bytes()
        for at in (0, len(whole) // 2, len(whole) - 1):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
            done = bundle_words(bench, check=None)
            assert done.returncode == 4 and "BUNDLE-ALTERED" in done.stderr and done.stdout == "", (name, at, done.returncode, done.stderr)
        path.unlink()
        assert "BUNDLE-ALTERED" in bundle_words(bench, check=4).stderr, name
        path.write_bytes(whole)
    (bench.work / "bundle/more").write_text("x")
    assert "stands in no list" in bundle_words(bench, check=4).stderr
    (bench.work / "bundle/more").unlink()
    bundle_words(bench)
    for path in moved.iterdir():
        path.rename(bench.work / path.name)


def examiner(bench):
    """An examiner asks: whole sets and no beginnings, the same for either draw; the owner's verdict is that of an open test."""
    common = ["-B", "9", "--contexts", "1", "--log", bench.work / "log-blind"]
    name = "examiner:Dr E"
    refused = bench.verify(name, "--blind", bench.work / "blind", "--test", "last-k", *common, check=2)
    assert "NO-TEST" in refused.stderr and "--test rank can be made blind" in refused.stderr, refused.stderr
    said = bench.verify(name, "--blind", bench.work / "blind", *common, check=0)
    assert said.stdout == "" and "never published" in said.stderr, said
    assert sorted(p.name for p in (bench.work / "blind").iterdir()) == ["README.txt", "questions.json"]
    questions = json.loads((bench.work / "blind/questions.json").read_text())
    assert questions.keys() == {"schema", "items"} and len(questions["items"]) == SENTENCES * 10 * 2
    back = [*common, "--answers", bench.work / "blind", "--exploratory"]
    assert "the examiner has not finished" in bench.verify(name, *back, check=2).stderr
    suspect = bench.suspect(bench.work / "out", "asked-d")
    ask = [bench.wardmark, "verify", "blind", bench.work / "blind", "--progress", "never", "--suspect"]
    dumb = run(*ask, bench.suspect(bench.work / "in", "asked-e", "continue"), check=2)
    assert "NO-TEST" in dumb.stderr and not (bench.work / "blind/rank.jsonl").exists(), dumb.stderr
    head = run(*ask, suspect).stdout
    assert len(head) == 65, head
    assert not any(row[1] == "continue" and len(row) != 3 + 4 for row in bench.asked("asked-d"))  # the probe alone
    assert "OUTPUT-EXISTS" in run(*ask, suspect, check=2).stderr
    assert run(*ask, suspect, "--resume").stdout == head
    done = bench.verify(name, *back, "--json", check=0)
    assert head.strip() in done.stderr, done.stderr
    found = json.loads(done.stdout)
    assert found["suspect"] == name and [f["test"] for f in found["findings"]] == ["rank"] and "last-k" in found["not_made"][0], found
    open_test = json.loads(bench.verify(suspect, *common, "--test", "rank", "--exploratory", "--json", check=0).stdout)
    assert found["findings"] == open_test["findings"] and found["p"] == open_test["p"]
    assert (found["test_number"], open_test["test_number"]) == (1, 2)
    rows = (bench.work / "blind/rank.jsonl").read_text()
    (bench.work / "blind/rank.jsonl").write_text(rows[:rows.rindex("\n", 0, -1) + 1])
    assert "its answers are not whole" in bench.verify(name, *back, check=2).stderr
    # Another set of questions than those that are there.
    (bench.work / "blind/rank.jsonl").write_text(rows)
    other = [word if word != "9" else "8" for word in back]
    assert bench.verify(name, *other, check=2).stdout == ""
    shutil.rmtree(bench.work / "blind")


def served_reference(bench):
    """A reference model behind a server's API, with a key of its own; what it is sent is counted and noted for its host."""
    text_api_test.Server.model = text_model.Model(bench.work / "in")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), text_api_test.Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (bench.work / "token").write_text(text_api_test.KEY + "\n")
    host = f"127.0.0.1:{server.server_address[1]}"
    options = ["--reference", f"http://{host}", "--reference-api", "openai-completions", "--reference-model", "counts", "-B", "9", "--contexts", "0",
               "--test", "rank", "--exploratory", "--json", "--log", bench.work / "log-ref"]
    suspect = bench.suspect(bench.work / "out", "asked-f")
    refused = bench.verify(suspect, *options, "--retries", "0", check=4)
    assert "reference" in refused.stderr and "401" in refused.stderr, refused.stderr
    shutil.rmtree(next((bench.work / "out.wardmark").glob("suspect-*")), ignore_errors=True)
    before = text_api_test.Server.seen
    found = json.loads(bench.verify(suspect, *options, "--reference-key-file", bench.work / "token", "--state", bench.work / "served",
                                    check=0).stdout)
    assert found["reference"] == f"http://{host}" and found["compare"] == "difference" and found["evidence"], found
    assert text_api_test.Server.seen - before >= SENTENCES * 10 + 9
    direct = ["--reference", bench.suspect(bench.work / "in", "asked-g"), *options[6:]]
    same = json.loads(bench.verify(suspect, *direct, check=0).stdout)
    assert found["findings"][0]["rank"]["ranks"] == same["findings"][0]["rank"]["ranks"]
    notes = [json.loads(json.loads(line)[0]) for line in (bench.work / "log-ref").read_text().splitlines()]
    assert host in [n.get("provider") for n in notes if n["kind"] == "sent"], notes
    everything = "".join(p.read_text(errors="replace") for p in (bench.work / "served").iterdir())
    assert text_api_test.KEY not in everything + (bench.work / "log-ref").read_text()
    server.shutdown()


def calibrated(bench):
    """An innocent against fresh pools: a row a pool, none tried twice, and an owner who draws until it fits is found out."""
    table = bench.work / "table.tsv"
    suspect = bench.suspect(bench.work / "in", "asked-h", "score")
    words = [bench.wardmark, "verify", "calibrate-text", bench.work / "in", "--suspect", suspect, "--sentences", "6", "--contexts", "1", "--json", "-q",
             "--table", table, "--pools"]
    run(*words, "5", check=None)
    first = table.read_text()
    found = json.loads(run(*words, "30", check=None).stdout)
    lines = table.read_text().splitlines()
    assert table.read_text().startswith(first) and len(lines) == 31, lines
    assert lines[0].split("\t") == ["suspect", "trial", "proper", "randomised", "redrawn", "filtered", "copies"], lines[0]
    assert [line.split("\t")[1] for line in lines[1:]] == [str(n) for n in range(30)]
    by = {row["what"]: row for row in found["procedures"]}
    assert by["proper"]["trials"] == 30 and by["proper"]["at_001"] <= 3 and not by["redrawn"]["holds"] and not by["filtered"]["holds"], by
    asked = sum(len(row) - 2 for row in bench.asked("asked-h"))
    assert asked == 30 * 6 * 10 * 2 + 2 * 9, asked
    before = len(bench.asked("asked-h"))
    run(*words, "30", check=None)
    assert len(bench.asked("asked-h")) == before
    table.write_text("other\n")
    assert "is no table of a calibration" in run(*words, "30", check=2).stderr
    silent = bench.suspect(bench.work / "in", "asked-i", "continue")
    words[words.index(suspect)] = silent
    assert "scores nothing" in run(*words[:-3], "--pools", "1", check=4).stderr


def main(bin_dir):
    with tempfile.TemporaryDirectory() as folder:
        bench = verify_text_test.Bench(bin_dir, pathlib.Path(folder))
        (bench.work / "suspect.py").write_text(verify_text_test.SUSPECT)
        verify_text_test.corpus(bench.work / "in", 1)
        run(bench.wardmark, "keygen", "-o", bench.work / "key", "-q")
        run(bench.wardmark, "mark", bench.work / "in", "-o", bench.work / "out", "-k", bench.work / "key", "--sentences", SENTENCES,
            "--documents-per-sentence", EACH, "--candidates", POOL, "-q")
        for step in (bundle, examiner, served_reference, calibrated):
            step(bench)


if __name__ == "__main__":
    main(sys.argv[1])
