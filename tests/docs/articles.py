#!/usr/bin/env python3
"""Writes made-up articles in Markdown: articles.py FOLDER COUNT"""
import pathlib
import random
import sys

NOUNS = ("harbour ship salt grain news quay winter ice bay oven children market letter bridge garden engine river station teacher "
         "window paper island summer road stone field horse bell").split()
VERBS = "keeps carries follows meets brings finds leaves".split()


def main():
    folder, count, draw = pathlib.Path(sys.argv[1]), int(sys.argv[2]), random.Random(1)

    def sentence():
        a, b, c, d = (draw.choice(NOUNS) for _ in range(4))
        return f"The {a} {draw.choice(VERBS)} the {b} and the {c} before the {d} comes."

    folder.mkdir()
    for number in range(count):
        paragraphs = [" ".join(sentence() for _ in range(5)) for _ in range(6)]
        (folder / f"{number:02}.md").write_text(f"# Article {number}\n\n" + "\n\n".join(paragraphs) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
