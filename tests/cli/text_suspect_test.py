#!/usr/bin/python3
"""Language models in files as suspects: `wardmark suspect`, asked as the protocol says.

    text_suspect_test.py BIN_DIR DATA

The 260K-parameter checkpoint of the test material writes what its description says; hostile files are refused with a
reason; the lock around the process does not change an answer. Exit status: 0, 1, 77 without the material.
"""
import json
import math
import pathlib
import struct
import subprocess
import sys
import tempfile


def ask(program, words, lines, check=0):
    done = subprocess.run([str(word) for word in (program, "suspect", *words, "--device", "cpu", "-j", 1)], capture_output=True,
                          input="".join(json.dumps(line) + "\n" for line in lines), text=True, check=False, timeout=300)
    assert done.returncode == check, (words, done.returncode, done.stdout, done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


HELLO = {"wardmark": "hello", "version": 1, "kind": "text"}
BYE = {"wardmark": "bye"}


def greedy(program, stories, box):
    told = (stories / "stories260K.md").read_text().split("-t 0.0\n")[1].split("\n```")[0]
    items = [{"context": "Once upon a time, there was", "text": " a little girl named Lily."},
             {"context": "Once upon a time, there was", "text": " girl little a Lily named."},
             {"context": "", "text": "Once upon a time"}]
    lines = [HELLO, {"wardmark": "continue", "id": 4, "prompts": ["", "Once upon a time, there was a little"], "tokens": 256},
             {"wardmark": "score-text", "id": 5, "items": items}, BYE]
    model = stories / "stories260K.bin"
    (hello, written, scored), _ = ask(program, [model], lines)
    assert hello == {**HELLO, "name": str(model), "access": ["continue", "score"], "context": 512}, hello
    assert written["wardmark"] == "continuations" and written["id"] == 4
    assert written["texts"][0] == told, written["texts"][0]
    assert told.startswith("Once upon a time, there was a little" + written["texts"][1][:100])
    sums = [sum(row) for row in scored["scores"]]
    assert scored["wardmark"] == "text-scores" and scored["id"] == 5
    assert all(value <= 0 and math.isfinite(value) for row in scored["scores"] for value in row)
    assert sums[0] > sums[1] + 10 and sums[2] > -3, sums
    (_, again, alike), said = ask(program, [model, "--confine", box], lines)
    assert again == written and alike == scored, said
    (_, first, _), _ = ask(program, [model, "--tokenizer", stories / "tok512.bin"], lines)
    assert first == written
    # bf16 rounds, and no more.
    (_, _, rounded), _ = ask(program, [model, "--precision", "bf16"], lines)
    assert all(abs(a - b) < 0.5 for x, y in zip(rounded["scores"], scored["scores"]) for a, b in zip(x, y))


def mistakes(program, stories):
    """A wrong question is answered with an error, and the next one as if nothing had happened."""
    score = {"wardmark": "score-text", "id": 1, "items": [{"context": "a", "text": " cat"}]}
    wrong = [{"wardmark": "hello", "version": 1}, {"wardmark": "hello", "version": 2, "kind": "text"}, {"wardmark": "classify"}, [],
             {"wardmark": "continue", "id": 1, "prompts": ["a"], "tokens": 512}, {"wardmark": "continue", "id": 1, "prompts": "a", "tokens": 3},
             {"wardmark": "continue", "prompts": ["a"], "tokens": 3}, {"wardmark": "score-text", "id": 1, "items": [{"context": "a"}]},
             {"wardmark": "score-text", "id": 1, "items": [{"context": "a", "text": "b" * 5000}]}]
    replies, _ = ask(program, [stories / "stories260K.bin"], [*wrong, score, BYE])
    assert [reply["wardmark"] for reply in replies] == ["error"] * len(wrong) + ["text-scores"], replies
    assert all(reply["text"] for reply in replies[:-1])


def hostile(program, stories, work):
    whole = (stories / "stories260K.bin").read_bytes()
    config = {"model_type": "gpt2", "vocab_size": 257, "n_positions": 64, "n_embd": 16, "n_layer": 1, "n_head": 2}
    vocabulary = {"pre_tokenizer": {"type": "ByteLevel"}, "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}

    def refused(name, reason, files):
        folder = work / name
        folder.mkdir()
        for file, content in files.items():
            (folder / file).write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        bins = [file for file in files if file.endswith("K.bin")]
        _, said = ask(program, [folder / bins[0] if bins else folder], [HELLO, BYE], check=2)
        assert reason in said and "hint" in said, (name, said)

    words = (stories / "tok512.bin").read_bytes()
    refused("cut", "shorter than its sizes claim", {"s260K.bin": whole[:5000], "tokenizer.bin": words})
    refused("claims", "shorter than its sizes claim",
            {"s260K.bin": struct.pack("<7i", 131072, 1000, 1000, 64, 64, 4000000, 512) + bytes(1000), "tokenizer.bin": words})
    refused("words", "tokenizer.bin: a word of", {"s260K.bin": whole, "tokenizer.bin": words[:-1]})
    refused("no-words", "no vocabulary beside it", {"s260K.bin": whole})
    refused("nothing", "no tokenizer of a known kind", {"readme.txt": b"x"})
    refused("bytes", "a byte has no word", {"config.json": config, "tokenizer.json": vocabulary, "model.safetensors": b""})
    refused("broken", "tokenizer", {"config.json": config, "tokenizer.json": b'{"ByteLevel":["ByteLevel', "model.safetensors": b""})
    refused("spm", "no model of sentencepiece", {"config.json": config, "tokenizer.model": b"\x0a\xff\xff\xff\xff\x0f" * 9, "model.safetensors": b""})
    refused("config", "model_type is", {"config.json": {"model_type": "bert"}, "tokenizer.bin": words, "model.safetensors": b""})
    refused("header", "safetensors: a header of", {"config.json": config, "tokenizer.bin": words, "model.safetensors": b"\xff" * 64})
    refused("weights", "neither model.safetensors", {"config.json": config, "tokenizer.bin": words, "pytorch_model.bin": b"PK\3\4"})


def main(binaries, data):
    stories = data / "models/stories260k"
    if not stories.exists():
        print(f"text_suspect_test: skipped: no material in {data}")
        sys.exit(77)
    program = binaries / "wardmark-nn"
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        (work / "box").mkdir()
        greedy(program, stories, work / "box")
        mistakes(program, stories)
        hostile(program, stories, work)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
