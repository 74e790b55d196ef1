#!/usr/bin/env python3
"""How many documents must a sentence stand in? `wardmark evaluate text` over models, passes and lengths of sentences.

    bench/text_detection.py --build DIR --data DIR --work DIR [--only NAME ...] [--jobs N]

Cuts English books into documents, marks them, and trains a model for each number of documents and a twin. Rows go to
docs/data/text_detection.tsv, a study at a time; studies whose rows are there are not run again, and one that was stopped goes on.
"""
import argparse
import json
import lzma
import os
import subprocess
import sys

import table
from material import key_file

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "docs", "data", "text_detection.tsv")
COLUMNS = ("study", "model", "parameters", "words", "epochs", "tokens", "documents", "loss", "p_rank", "above", "last_3", "last_2", "last_1", "p_last_1",
           "sentences", "evidence")
DOCUMENTS, BYTES, SENTENCES, EACH = 200, 2000, 10, 10
# name: model, words of a sentence, passes, numbers of documents
STUDIES = {
    "base": ("gpt-nano", 12, 6, "1,2,5,10"),
    "passes": ("gpt-nano", 12, 20, "1,2,5,10"),
    "short": ("gpt-nano", 6, 6, "2,5,10"),
    "long": ("gpt-nano", 20, 6, "2,5,10"),
    "larger": ("gpt-micro", 12, 6, "2,5,10"),
}


def corpus(data, work):
    """Documents of whole paragraphs, of DOCUMENTS places spread over all books."""
    folder = os.path.join(work, "in")
    if os.path.exists(folder):
        return folder
    text = lzma.open(os.path.join(data, "text", "corpus_en_gutenberg.txt.xz")).read().decode()
    paragraphs = [p.strip() for p in text.split("\n\n") if len(p.strip()) > 200]
    os.makedirs(folder + ".part")
    for n in range(DOCUMENTS):
        at, document = n * len(paragraphs) // DOCUMENTS, []
        while sum(map(len, document)) < BYTES and at < (n + 1) * len(paragraphs) // DOCUMENTS:
            document.append(paragraphs[at])
            at += 1
        with open(os.path.join(folder + ".part", f"{n:04}.txt"), "w", encoding="utf-8") as file:
            file.write("\n\n".join(document) + "\n")
    os.rename(folder + ".part", folder)
    return folder


def program(given, *words):
    done = subprocess.run([os.path.join(given.build, "bin", "wardmark"), *words], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(" ".join(words))
    return done.stdout


def rows_of(given, name):
    model, words, epochs, numbers = STUDIES[name]
    out = os.path.join(given.work, f"out-{words}")
    key = key_file(given.work, "text-detection")
    if not os.path.exists(out):
        program(given, "mark", corpus(given.data, given.work), "-o", out, "-k", key, "--words", str(words), "--sentences", str(SENTENCES),
                "--documents-per-sentence", str(EACH), "-q")
    found = json.loads(program(given, "evaluate", "text", "--corpus", out, "--clean", corpus(given.data, given.work), "-k", key, "--model", model,
                               "--epochs", str(epochs), "--rate", "5e-3", "--batch", "16", "--repetitions", numbers, "--last", "3,2,1",
                               "--vocabulary", "2048", "--state", os.path.join(given.work, "state-" + name), "--resume", "-j", str(given.jobs), "--json"))
    rows = []
    for arm in found["arms"]:
        by = {f["test"]: f for f in arm["findings"]}
        rank = by["rank"]
        rows.append({"study": name, "model": model, "parameters": found["parameters"], "words": words, "epochs": epochs, "tokens": arm["tokens"],
                     "documents": arm["documents"], "loss": f"{arm['losses'][-1]:.3f}", "p_rank": f"{rank['p']:.3g}",
                     "above": f"{rank['rank']['won']:.3f}", **{f"last_{k}": by[f"last-{k}"]["last"]["hits"] for k in (1, 2, 3)},
                     "p_last_1": f"{by['last-1']['p']:.3g}", "sentences": found["sentences"], "evidence": "yes" if arm["evidence"] else "no"})
    return rows


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("build", "data", "work"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--only", nargs="+", choices=STUDIES, default=list(STUDIES))
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    given = parser.parse_args(arguments)
    os.makedirs(given.work, exist_ok=True)
    try:
        for name in given.only:
            rows = table.read(TABLE)
            if any(row["study"] == name for row in rows):
                continue
            table.write(TABLE, COLUMNS, rows + rows_of(given, name))
            print(name, flush=True)
    except (RuntimeError, OSError) as error:
        print(f"text_detection: error: {error}", file=sys.stderr)
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
