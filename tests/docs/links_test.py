#!/usr/bin/env python3
"""Every link of the documents that points into this tree leads somewhere, headings included.

    links_test.py SOURCE
"""
import os
import re
import sys
import unittest
from urllib.parse import unquote

SOURCE = os.path.abspath(sys.argv.pop(1))
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")


def documents():
    skipped = {"build", ".git"}
    for folder, folders, files in os.walk(SOURCE):
        folders[:] = sorted(name for name in folders if name not in skipped)
        for name in sorted(files):
            if name.endswith(".md"):
                yield os.path.join(folder, name)


def without_code(text):
    text = re.sub(r"^(```|~~~).*?^\1\s*$", "", text, flags=re.M | re.S)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors(path):
    """The names GitHub gives headings."""
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"^(```|~~~).*?^\1\s*$", "", file.read(), flags=re.M | re.S)
    names = set()
    for heading in re.findall(r"^#{1,6}\s+(.*?)\s*#*$", text, flags=re.M):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
        name = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        count = 0
        while (name if count == 0 else f"{name}-{count}") in names:
            count += 1
        names.add(name if count == 0 else f"{name}-{count}")
    return names


class Links(unittest.TestCase):
    def test_they_lead_somewhere(self):
        seen = 0
        for document in documents():
            with open(document, encoding="utf-8") as file:
                targets = LINK.findall(without_code(file.read()))
            for target in targets:
                if re.match(r"[a-z]+:", target):
                    continue
                path, _, anchor = target.partition("#")
                there = os.path.normpath(os.path.join(os.path.dirname(document), unquote(path))) if path else document
                where = os.path.relpath(document, SOURCE)
                with self.subTest(document=where, link=target):
                    seen += 1
                    self.assertTrue(os.path.exists(there), "leads nowhere")
                    self.assertTrue(there.startswith(SOURCE + os.sep), "leads out of the tree")
                    if anchor and there.endswith(".md"):
                        self.assertIn(anchor, anchors(there))
        self.assertGreater(seen, 50)


if __name__ == "__main__":
    unittest.main()
