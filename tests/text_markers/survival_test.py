#!/usr/bin/env python3
"""The survival rules against slow ones written here from their papers and notes, on real and made texts.

    survival_test.py SURVIVAL_TOOL DATA SOURCE

Exit status 77 where the data are absent.
"""
import collections
import json
import lzma
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import unicodedata


def punctuation(c):
    return unicodedata.category(c)[0] in "PS"


def tokens(text):
    found = []
    for run in text.split():
        i = 0
        while i < len(run) and punctuation(run[i]):
            found.append(run[i])
            i += 1
        j = len(run)
        while j > i and punctuation(run[j - 1]):
            j -= 1
        if j > i:
            found.append(run[i:j])
            found.extend(run[j:])
    return found


def sentences(line):
    ends = [m.end() for m in re.finditer(r"[.!?\u3002\uff01\uff1f][.!?\u3002\uff01\uff1f\"')\]\u201d\u2019]*(?=\s)", line)]
    parts = [line[a:b].strip() for a, b in zip([0] + ends, ends + [len(line)])]
    return [p for p in parts if p]


CITATION = re.compile(r"\[\d*]|\[edit]|\[citation needed]")
POLICY = ["terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies"]


def c4(lines):
    """Which of C4's rules takes each line, and the sentences of the rest."""
    counts = collections.Counter()
    for line in lines:
        line = line.strip()
        words = line.split()
        bare = CITATION.sub("", line)
        lower = bare.lower()
        if any(len(w) > 1000 for w in words):
            counts["C4.word"] += 1
        elif not bare.endswith((".", "?", "!", '"', "'")) or bare.endswith("..."):
            counts["C4.term"] += 1
        elif len(words) < 3:
            counts["C4.words"] += 1
        elif "lorem ipsum" in lower:
            counts["C4.lorem"] += 1
        elif "javascript" in lower:
            counts["C4.js"] += 1
        elif "{" in bare:
            counts["C4.curly"] += 1
        elif any(p in lower for p in POLICY):
            counts["C4.policy"] += 1
        else:
            counts["C4.sents"] += len(sentences(bare.strip()))
    return counts


def repeats(parts):
    seen, number, characters = set(), 0, 0
    for part in parts:
        if part in seen:
            number += 1
            characters += len(part)
        seen.add(part)
    return number, characters


def top(words, n, size):
    grams = [" ".join(words[i:i + n]) for i in range(len(words) - n + 1)]
    if not grams:
        return 0
    gram, times = collections.Counter(grams).most_common(1)[0]
    return len(gram) * times / size


def repeated(words, n, size):
    seen, at, characters = set(), 0, 0
    while at + n <= len(words):
        gram = "".join(words[at:at + n])
        if gram in seen:
            characters += len(gram)
            at += n
        else:
            seen.add(gram)
            at += 1
    return characters / size if size else 0


def addresses(text):
    found = len(re.findall(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}", text))
    for m in re.finditer(r"(?<![\w.])(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?!\w)", text, re.ASCII):
        found += all(int(g) <= 255 for g in m.groups())
    return found


def values(text, bad):
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    words = tokens(text)
    plain = [w for w in words if not all(map(punctuation, w))]
    size, n = len(text), len(plain)

    def share(a, b):
        return a / b if b else 0

    v = dict.fromkeys(["C4.word", "C4.term", "C4.words", "C4.js", "C4.policy", "C4.lorem", "C4.curly", "C4.sents"], 0)
    v.update(c4(lines))
    v["X.mark"] = 0
    v["X.TR.len"] = v["CC.len"] = size
    v["C4.cite"] = len(CITATION.findall(text))
    v["C4.bad"] = len(set(m.start() for p in bad for m in re.finditer(r"(?<!\w)" + re.escape(p) + r"(?!\w)", text.lower())))
    v["mC4.para"] = sum(len(line) >= 200 for line in lines)
    v["GQ.words.min"] = v["GQ.words.max"] = n
    v["GQ.len.min"] = v["GQ.len.max"] = share(sum(map(len, plain)), n)
    v["DO.len.min"] = v["DO.len.max"] = statistics.median(map(len, text.split())) if text.split() else 0
    v["GQ.sym.hash"] = share(text.count("#"), n)
    v["GQ.sym.dots"] = share(text.count("...") + text.count("\u2026"), n)
    v["GQ.bullet"] = sum(line.strip().startswith(("\u2022", "-")) for line in lines) / len(lines)
    v["GQ.ell"] = sum(line.strip().endswith(("...", "\u2026")) for line in lines) / len(lines)
    v["GQ.alpha"] = share(sum(any(c.isalpha() for c in w) for w in words), n)
    v["GQ.stop"] = len({w.lower() for w in words} & {"the", "be", "to", "of", "and", "that", "have", "with"})
    filled = [line for line in lines if line]
    paragraphs = re.split(r"\n{2,}", text.strip())
    for rule, parts in (("GR.line", filled), ("GR.para", paragraphs)):
        number, characters = repeats(parts)
        v[rule] = share(number, len(parts))
        v[rule + ".chars"] = share(characters, size)
    for k in (2, 3, 4):
        v[f"GR.top{k}"] = top(words, k, size)
    for k in range(5, 11):
        v[f"GR.dup{k}"] = repeated(words, k, size)
    v["FW.punct"] = sum(line.endswith((".", "'", '"', "!", "?")) for line in lines) / len(lines)
    v["FW.short"] = sum(len(line) <= 30 for line in lines) / len(lines)
    v["FW.dup"] = share(repeats([line for line in lines if line.strip()])[1], len(text.replace("\n", "")))
    v["FW.list"] = share(text.count("\n"), len(words))
    counter = re.compile(r"\s*\d+\s+(likes|shares|comments|retweets|reposts|quotes|bookmarks|upvotes|downvotes|views|"
                         r"downloads|followers)\s*", re.I)
    kinds = {"RW.upper": lambda s: sum(c.isascii() and c.isupper() for c in s) * 2 > len(s),
             "RW.num": lambda s: s.strip() != "" and all(unicodedata.category(c) == "Nd" for c in s.strip()),
             "RW.count": lambda s: counter.fullmatch(s) is not None, "RW.short": lambda s: len(s.split()) == 1}
    for rule, holds in kinds.items():
        v[rule] = sum(map(holds, lines))
    gone = [line for line in lines if any(holds(line) for holds in kinds.values())]
    v["RW.removed"] = share(sum(len(line.split()) for line in gone), len(text.split()))
    v["PII.DT"] = addresses(text)
    phones = re.findall(r"(?<=\s)\(?[0-9]{3}\)?[-. ]*[0-9]{3}[-. ]?[0-9]{4}", text)
    v["PII.DO"] = v["PII.DT"] + len(phones)
    return v


def units(text):
    """What each rule against duplicates compares, as the keys themselves in order."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")

    def grams(words, n):
        return [tuple(words[i:i + n]) for i in range(len(words) - n + 1)]

    def normal(line):
        key = "".join("0" if unicodedata.category(c) == "Nd" else c for c in line.strip().lower())
        return "".join(c for c in key if not punctuation(c))

    return {
        "X.TR.dup": [line for line in lines if len(line) > 100],
        "D.LINE": [k for k in map(normal, lines) if k],
        "D.PARA": [line for line in lines if line.strip()],
        "D.SPAN3": grams([s for line in lines for s in sentences(line)], 3),
        "D.BFF": [g for line in lines for g in grams(line.split(), 13)],
        "D.ES50": grams(text.split(), 25),
    }


def partition(keys):
    """Which keys equal which, whatever they are."""
    first = {}
    return [first.setdefault(k, n) for n, k in enumerate(keys)]


MADE = [
    "", "\n\n\n", "One.", "3 likes\n17 COMMENTS\n42\nHELLO THERE\nword\n- a\n\u2022 b...\nand more\u2026\n",
    "Write to a.b+c@d-e.co.uk, x@y, @z.com or q@r.s1.org@t.io now. 10.0.0.1 and 256.1.1.1, 1.2.3.4.5; 9.9.9.9x 8.8.8.8.",
    "Call 555 123 4567 or (555) 123-4567 or 555-1234 today. Lorem ipsum dolor. We say {so}.\nThis site uses cookies.\n"
    "Javascript is needed here.\nShort it.\nSee [12] and [edit] here [citation needed].\nIt ends...\n",
    "the same line again\n" * 9 + "of the rings, to have and to be with that\n\n" + "one two three four five six " * 20,
    "x" * 1001 + " is a long word.\n\n\n\npara one\n\npara one\n\npara two\r\nnext\rlast",
    "### #### ... ... \u2026 \u201cquoted\u201d words\u2014dash (bracket) \u732b\u3067\u3042\u308b\u3002 \u540d\u524d. caf\u00e9 na\u00efve 12 3.5 4,000",
    "The sexy pussycat met an anal, bastard; a scunthorpe assassin! tied up, two girls one cup. T I T S tits",
]


def main(tool, data, source):
    folder = pathlib.Path(data, "text")
    scratch = pathlib.Path(tempfile.mkdtemp())
    texts = list(MADE)
    if folder.is_dir():
        corpus = lzma.open(folder / "corpus_en_gutenberg.txt.xz").read().decode()
        texts += [corpus[at:at + 30000] for at in range(0, len(corpus), len(corpus) // 20)]
        for path in sorted(folder.glob("*/*")):
            try:
                texts.append(path.read_bytes().decode()[:40000])
            except UnicodeDecodeError:
                continue
    listed = pathlib.Path(source, "text_markers/bad_words/en.txt").read_text().splitlines()
    bad = [line for line in listed if line and not line.startswith("#")]
    paths = []
    for n, text in enumerate(texts):
        paths.append(scratch / f"{n}.txt")
        paths[-1].write_bytes(text.encode())
    lines = subprocess.run([tool, *map(str, paths)], check=True, capture_output=True, text=True).stdout.splitlines()
    assert len(lines) == len(texts)
    faults = 0
    for n, (line, text) in enumerate(zip(lines, texts)):
        ours = json.loads(line)
        slow = values(text, bad)
        assert set(slow) == set(ours["values"]), set(slow) ^ set(ours["values"])
        for rule, value in slow.items():
            if abs(value - ours["values"][rule]) > 1e-9:
                faults += 1
                print(f"text {n} ({text[:40]!r}): {rule}: {ours['values'][rule]}, the slow rule says {value}")
        for rule, keys in units(text).items():
            if partition(keys) != partition([u[2] for u in ours["units"][rule]]):
                faults += 1
                print(f"text {n} ({text[:40]!r}): units of {rule} differ: {len(keys)}, {len(ours['units'][rule])}")
        bands = len(ours["units"]["D.MH"])
        assert bands in (0, 14)
    print(f"{len(texts)} texts, {len(slow)} rules with values, 6 with units; {faults} faults")
    if faults:
        return 1
    return 0 if folder.is_dir() else 77


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
