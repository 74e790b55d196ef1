#!/usr/bin/env python3
"""Which marked documents lose a verdict of the public filters that they had unmarked.

    bench/text_survival.py WARDMARK DATA [KEYS]

Every document of the public test texts is marked (`--all`) under KEYS (5) fresh keys: the files of DATA/text as they
are, its records as documents of their own, and the English corpus cut into documents of ten paragraphs and of one.
"""
import collections
import json
import lzma
import os
import pathlib
import subprocess
import sys
import tempfile


def corpora(text):
    """Name, folder or file, further options."""
    paragraphs = [p.strip() for p in lzma.open(text / "corpus_en_gutenberg.txt.xz").read().decode().split("\n\n")]
    long = [p for p in paragraphs if len(p) > 300]
    for name, each in (("ten", 10), ("one", 1)):
        pathlib.Path(name).mkdir()
        for number, at in enumerate(range(0, len(long) - each, each)):
            pathlib.Path(name, f"{number}.txt").write_text("\n\n".join(long[at:at + each]) + "\n")
    yield "files of the test data", text, ["--field", "text"]
    yield "speeches, JSON lines", text / "tables/state_union_40.jsonl", ["--field", "text"]
    yield "Gutenberg, ten paragraphs a document", "ten", []
    yield "Gutenberg, one paragraph a document", "one", []


def main(wardmark, data, keys=5):
    os.chdir(tempfile.mkdtemp())
    print("| documents | keys | marked | pass as before | of 200 words or more | detectability | lost, by rule |")
    print("|---|---|---|---|---|---|---|")
    for name, corpus, options in corpora(data / "text"):
        sums, lost, odd = collections.Counter(), collections.Counter(), []
        for number in range(keys):
            key = f"k{number}"
            if not os.path.exists(key):
                subprocess.run([wardmark, "keygen", "-o", key, "-q"], check=True, stdout=subprocess.DEVNULL)
            out = subprocess.run([wardmark, "mark", str(corpus), "-k", key, "--all", "--survival-only", "--json", "-q",
                                  *options], check=True, capture_output=True, text=True).stdout
            report = json.loads(out)
            for field in ("documents", "kept", "long_documents", "long_kept"):
                sums[field] += report[field]
            odd.append(report["detectability"])
            for change in report["changes"]:
                if change["lost"]:
                    lost[change["rule"] + (" (long)" if change["long"] else "")] += 1
        share = 100 * sums["kept"] / max(sums["documents"], 1)
        long = 100 * sums["long_kept"] / max(sums["long_documents"], 1)
        print(f"| {name} | {keys} | {sums['documents']} | {share:.2f} % | {sums['long_kept']} of "
              f"{sums['long_documents']}, {long:.2f} % | {100 * sum(odd) / keys:.1f} % | "
              f"{', '.join(f'{r}: {n}' for r, n in sorted(lost.items())) or 'none'} |", flush=True)


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]), pathlib.Path(os.path.abspath(sys.argv[2])), *map(int, sys.argv[3:]))
