#!/usr/bin/env python3
"""Runs the commands of a page of the docs and compares what they print with what it shows.

    tutorial_test.py BIN RUNNER SOURCE DOCUMENT

Of each block between ``` the lines that begin with "$ " are run, in order and in one new folder, by RUNNER
(tests/cli/run.py). The other lines are what must come: figures may differ and so may digests and the
names of the worst items, "..." stands for any lines,
lines that begin with "wardmark:" are looked for on standard error. A comment <!-- prepare: COMMAND --> of the
document is run before what follows it. A block behind <!-- not run: REASON --> is left out. A document without
commands fails; a block without one is not looked at. <!-- status: N --> before a block tells how its last command ends.
"""
import os
import re
import subprocess
import sys
import tempfile

# What depends on the key or the machine: an item in brackets (the worst one), a span of time, digests, numbers.
CHANGING = re.compile(r"\b[0-9a-f]{4,}\.\.\.|\((?P<item>[\w-]+/[\w.-]+)\)|about (?P<span>.+?) on|\b[0-9a-f]{8,}\b|\d+(?:\.\d+)?")


def as_pattern(line):
    parts, at = [], 0
    for found in CHANGING.finditer(line):
        changed = r"\([^()]+\)" if found["item"] else "about .+ on" if found["span"] else r"[0-9a-f]+(?:\.\d+)?"
        parts += [re.escape(line[at:found.start()]), changed]
        at = found.end()
    pattern = "".join(parts) + re.escape(line[at:])
    # Columns and units move with the figures.
    pattern = re.sub(r"(\\ )+", r" +", pattern)
    return "/" + re.sub(r"(?<= )(?:kB|MB|GB)", "[kMG]B", pattern).replace("/", r"\/") + "/"


def script_of(text):
    """The lines for RUNNER."""
    lines = ["# made of a tutorial"]
    text = re.sub(r"^<!-- not run: .+? -->\n+```\n.*?^```$", "", text, flags=re.M | re.S)
    for prepared, status, block in re.findall(r"<!-- prepare: (.*?) -->|(?:<!-- status: (\d+) -->\n)?^```\n(.*?)^```$", text,
                                              flags=re.M | re.S):
        if prepared:
            lines += [f"$ {prepared} > prepared.txt 2>&1", "..."]
        if "$ " not in block:  # shows something, runs nothing
            continue
        for line in block.splitlines():
            if line.startswith("$ "):
                lines.append(line)
            elif line == "...":
                lines.append("...")
            elif line.startswith("wardmark: "):
                lines += ["! ...", "! " + as_pattern(line), "! ..."]
            else:
                lines.append(as_pattern(line))
        if status:
            lines.append(f"? {status}")
    return "\n".join(lines) + "\n"


def main():
    bin_folder, runner, source, document = sys.argv[1:]
    with open(document, encoding="utf-8") as file:
        script = script_of(file.read())
    if "\n$ " not in script:
        print(f"{document}: no command", file=sys.stderr)
        return 1
    with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False, encoding="utf-8") as file:
        file.write(script)
    try:
        return subprocess.run([sys.executable, runner, "--wardmark", os.path.join(bin_folder, "wardmark"), file.name],
                              env={**os.environ, "SRC": source}, check=False).returncode
    finally:
        os.remove(file.name)


if __name__ == "__main__":
    sys.exit(main())
