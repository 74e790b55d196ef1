#!/usr/bin/env python3
"""Speed of `mark` and `verify corpus` on one thread, as ratios to cat and grep on the same files.

    bench/text_speed.py WARDMARK CORPUS.txt.xz [RUNS]

Processor time (user and system) of the best of RUNS runs in turn (5), from the page cache; output on the same file system. The
corpus is the public one of the tests, its words drawn anew into documents so that no paragraph comes twice.
"""
import json
import lzma
import os
import pathlib
import random
import resource
import statistics
import subprocess
import sys
import tempfile


WORDS = pathlib.Path("/usr/lib/python3/dist-packages/xkcdpass/static/eff-long")


def once(command):
    """Processor seconds of a command; its output goes away."""
    subprocess.run("rm -rf out out.wardmark", shell=True, check=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, shell=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def busy(ours, theirs, runs):
    """Least processor seconds of both, and the median of the ratios of runs in turn."""
    pairs = [(once(ours), once(theirs)) for _ in range(runs)]
    return min(a for a, _ in pairs), min(b for _, b in pairs), statistics.median(a / max(b, 0.001) for a, b in pairs)


def documents(corpus):
    """Documents of ten paragraphs each, in three passes with sentences in another order."""
    paragraphs = [p for p in lzma.open(corpus).read().decode().split("\n\n") if len(p) > 300]
    draw = random.Random(1)
    for _ in range(12):
        draw.shuffle(paragraphs)
        for at in range(0, len(paragraphs) - 10, 10):
            yield "\n\n".join(p.strip() for p in paragraphs[at:at + 10]) + "\n"


def main(wardmark, corpus, runs):
    os.chdir(tempfile.mkdtemp())
    texts = list(documents(corpus))
    for kind in ("txt", "md"):
        pathlib.Path(kind).mkdir()
        for number, text in enumerate(texts):
            pathlib.Path(kind, f"{number}.{kind}").write_text(text)
    pathlib.Path("all.txt").write_text("\n".join(texts))
    pathlib.Path("all.jsonl").write_text(
        "".join(json.dumps({"id": n, "text": t}) + "\n" for n, t in enumerate(texts)))
    subprocess.run([wardmark, "keygen", "-o", "k", "-q"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([wardmark, "mark", "md", "-o", "ref", "-k", "k", "-q"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([wardmark, "mark", "md", "-o", "one", "-k", "k", "-q", "--sentences", "1", "--candidates", "2"],
                   check=True, stdout=subprocess.DEVNULL)
    draw = random.Random(2)
    words = [line.split()[-1] for line in WORDS.read_text().splitlines() if line.strip()]
    pathlib.Path("phrases").write_text("".join(" ".join(draw.choices(words, k=12)) + "\n" for _ in range(10000)))
    pathlib.Path("phrase").write_text(pathlib.Path("phrases").read_text().splitlines()[0] + "\n")
    size = os.path.getsize("all.txt") / 1e6
    lines = os.path.getsize("all.jsonl") / 1e6
    pathlib.Path("four.txt").write_text("\n".join(4 * ["\n".join(texts)]))
    rows = [
        ("mark, files of plain text", size, f"{wardmark} mark txt -o out -k k", "cp -r txt out"),
        ("mark, files of Markdown", size, f"{wardmark} mark md -o out -k k", "cp -r md out"),
        ("mark, one file of plain text", size, f"{wardmark} mark all.txt -o out -k k", "cat all.txt > out"),
        ("mark, a stream of JSON lines", lines,
         f"{wardmark} mark - -o - --format jsonl --record out.wardmark -k k < all.jsonl", "cat all.jsonl > out"),
        ("mark, JSON lines", lines, f"{wardmark} mark all.jsonl -o out --field text -k k", "cat all.jsonl > out"),
        ("verify corpus, 30,000 candidates, tolerant", 4 * size, f"{wardmark} verify corpus four.txt --release ref -k k",
         "LC_ALL=C grep -F -c -f phrases four.txt"),
        ("verify corpus, 1 sentence and 1 control, tolerant", 4 * size, f"{wardmark} verify corpus four.txt --release one -k k",
         "LC_ALL=C grep -F -c -f phrase four.txt"),
    ]
    print("| work | MB | MB/s | compared with | MB/s | ratio of times |\n|---|---|---|---|---|---|")
    for name, megabytes, ours, theirs in rows:
        a, b, ratio = busy(ours, theirs, runs)
        print(f"| {name} | {megabytes:.0f} | {megabytes / a:.0f} | `{theirs}` | {megabytes / b:.0f} | {ratio:.2f} |",
              flush=True)


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 5)
