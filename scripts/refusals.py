#!/usr/bin/env python3
"""Writes docs/refusals.md from core/error_codes.inc, the only list of codes."""
import pathlib
import re

root = pathlib.Path(__file__).resolve().parent.parent
KINDS = {
    "usage": ("Refused before any work", "Exit status 2; nothing was written."),
    "item": ("One item refused", "The rest goes on; exit status 3. The reason stands in the record and on stderr."),
    "note": ("Remarks", "No error: what was dropped from an item, or which files are no items. Kept in the record."),
    "failed": ("The run could not go on", "Exit status 4. What was complete stays; `--resume` goes on from there."),
    "negative": ("Findings", "Exit status 1: the check ran and its answer is no."),
    "bug": ("Faults of the program", "Exit status 70."),
}
rows = re.findall(r'^WARDMARK_CODE\((\w+),\s+"([A-Z0-9-]+)",\s+(\w+),\s+"([^"]*)"\)',
                  (root / "core/error_codes.inc").read_text(), re.M)
text = "# Codes\n\nEvery refusal and remark has a stable code: a code never changes its meaning.\n"
text += "This page is made from `core/error_codes.inc` by `scripts/refusals.py`.\n"
for kind, (title, remark) in KINDS.items():
    text += f"\n## {title}\n\n{remark}\n\n| code | meaning |\n|---|---|\n"
    text += "".join(f"| `{name}` | {meaning} |\n" for _, name, row_kind, meaning in rows if row_kind == kind)
(root / "docs").mkdir(exist_ok=True)
(root / "docs/refusals.md").write_text(text)
