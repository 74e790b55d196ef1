#!/usr/bin/python3
"""Our tokens against those of other programs, on every text of the test material.

    tokenizers_test.py MODELS-TOKENS DATA

sentencepiece cuts with its own library. Byte-level BPE is done again below, slowly and by its description: the split
of GPT-2 without a regular expression, and merges by looking for the best pair of a word over and over.
Exit status: 0 all agree, 1 not, 77 where there is nothing to compare.
"""
import json
import lzma
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import unicodedata

WHITE = set("\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000")
ENCODINGS = {"Latin1": "latin-1", "Latin2": "iso8859-2", "Arabic": "cp1256", "Hebrew": "cp1255", "Cyrillic": "cp1251",
             "GB2312": "gb2312", "SJIS": "shift-jis"}


def kind(character):
    if character in WHITE:
        return "s"
    return {"L": "L", "N": "N"}.get(unicodedata.category(character)[0], "o")


def split(text):
    """'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+, read aloud."""
    kinds = [kind(c) for c in text]
    at, end = 0, len(text)
    while at < end:
        begin = at
        short = next((s for s in ("'s", "'t", "'re", "'ve", "'m", "'ll", "'d") if text.startswith(s, at)), None)
        if short:
            at += len(short)
        else:
            word = at + 1 if text[at] == " " and at + 1 < end and kinds[at + 1] != "s" else at
            if kinds[word] != "s":
                at = word
                while at < end and kinds[at] == kinds[word]:
                    at += 1
            else:
                while at < end and kinds[at] == "s":
                    at += 1
                if at < end and at - begin > 1:  # the last white space belongs to what follows
                    at -= 1
        yield text[begin:at]


def symbols():
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in printable]
    return {**{b: chr(b) for b in printable}, **{b: chr(256 + i) for i, b in enumerate(others)}}


class SlowBpe:
    def __init__(self, vocabulary, merges):
        self.vocabulary, self.ranks, self.symbols, self.known = vocabulary, {m: i for i, m in enumerate(merges)}, symbols(), {}

    def word(self, piece):
        if piece in self.known:
            return self.known[piece]
        parts = [self.symbols[b] for b in piece.encode()]
        while len(parts) > 1:
            best = min(zip(parts, parts[1:]), key=lambda pair: self.ranks.get(pair, 1 << 40))
            if best not in self.ranks:
                break
            joined, i = [], 0
            while i < len(parts):
                if i + 1 < len(parts) and (parts[i], parts[i + 1]) == best:
                    joined.append(parts[i] + parts[i + 1])
                    i += 2
                else:
                    joined.append(parts[i])
                    i += 1
            parts = joined
        self.known[piece] = [self.vocabulary[p] for p in parts]
        return self.known[piece]

    def encode(self, text):
        return [i for piece in split(text) for i in self.word(piece)]


def texts(data):
    """Every text of the material as Unicode, and noise."""
    found = []
    for path in sorted((data / "text").rglob("*")):
        if not path.is_file():
            continue
        raw = path.read_bytes()
        if path.suffix == ".xz":
            raw = lzma.decompress(raw)
        named = path.stem.rsplit("-", 1)[-1]
        encoding = ENCODINGS.get(named, "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8")
        found.append(raw.decode(encoding, errors="replace"))
    rng = random.Random(5)
    found.append("".join(chr(rng.choice([rng.randrange(1, 0x250), rng.randrange(0x20, 0xD800)])) for _ in range(50000)))
    found.append("".join(rng.choice(" \t\n\u00a0\u3000'sdlmtrve1\u00b2!") for _ in range(20000)))
    found += ["", " ", "  ", "a", "'", " '", "aaaaaaaaaaa" * 50, " " * 1000, "\u180e \u200b"]
    return found


def ours(tool, folder, files):
    done = subprocess.run([tool, folder, *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [[int(i) for i in line.split()] for line in done.stdout.split("\n")[:-1]]


def compare(name, theirs, mine, material):
    assert len(theirs) == len(mine)
    for text, a, b in zip(material, theirs, mine):
        at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
        assert a == b, f"{name}: token {at} of {text[:60]!r}: {a[at - 2:at + 3]} there, {b[at - 2:at + 3]} here"
    print(f"{name}: {sum(map(len, theirs))} tokens of {len(material)} texts agree")


def main(tool, data):
    material = texts(data)
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        files = []
        for i, text in enumerate(material):
            files.append(work / f"{i}.txt")
            files[-1].write_bytes(text.encode())
        # GPT-2's vocabulary: as its pair of files, and as the tokenizer.json that says the same.
        vocabulary = json.loads((data / "models/gpt2/encoder.json").read_text())
        merges = [tuple(line.split()) for line in (data / "models/gpt2/vocab.bpe").read_text().split("\n")[1:] if line]
        slow = SlowBpe(vocabulary, merges)
        theirs = [slow.encode(text) for text in material]
        compare("vocab.bpe", theirs, ours(tool, data / "models/gpt2", files), material)
        (work / "json").mkdir()
        bytes_only = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}
        (work / "json/tokenizer.json").write_text(json.dumps({
            "version": "1.0", "added_tokens": [], "normalizer": None, "pre_tokenizer": bytes_only, "post_processor": bytes_only,
            "decoder": bytes_only, "model": {"type": "BPE", "vocab": vocabulary, "merges": [list(m) for m in merges]}}))
        compare("tokenizer.json", theirs, ours(tool, work / "json", files), material)
        try:
            import sentencepiece
        except ImportError:
            print("sentencepiece: skipped: no python3-sentencepiece")
            return
        (work / "spm").mkdir()
        shutil.copy(data / "models/sentencepiece/test_model.model", work / "spm/tokenizer.model")
        processor = sentencepiece.SentencePieceProcessor(model_file=str(work / "spm/tokenizer.model"))
        compare("sentencepiece", [processor.encode(text) for text in material], ours(tool, work / "spm", files), material)


if __name__ == "__main__":
    where = pathlib.Path(sys.argv[2])
    if not (where / "models/gpt2/encoder.json").exists():
        print(f"tokenizers_test: skipped: no material in {where}")
        sys.exit(77)
    main(os.path.abspath(sys.argv[1]), where)
