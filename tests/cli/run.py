#!/usr/bin/env python3
"""Runs a plain-text script of command lines and what each must print.

    run.py --wardmark PROGRAM [--data DIR] [--timeout SECONDS] SCRIPT

Every script starts in a new empty folder, with the folder of PROGRAM first on PATH, $DATA the real material and $SRC
the source tree. A line of a script is one of

    # a comment
    skip-unless CONDITION     a bash condition; where it fails the script is skipped (exit status 77)
    <<FILE path               the lines up to a line ">>" become that file
    $ command line            run by bash; a backslash at the end continues it; nothing but files outlives it
    text                      the next line of its standard output, exactly
    /regex/                   the same, by a pattern of the whole line
    ...                       any number of lines, also none
    ! text                    a line of its standard error: text, /regex/ or ...; a bare ! means: none at all
    ? N                       its exit status, 0 where nothing is said
    \\ anything                text that would read as one of the above, without the backslash and the space

Standard output must be as written, so a command without lines must print nothing; standard error is compared only
where a "!" is written. Blank lines at the end of a block do not count. The first command that differs ends the run.
"""
import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

SKIPPED = 77

# What a line costs in the alignment: one that is absent more than one that was not expected, or a "..." that takes
# all the rest would hide where two outputs part.
ABSENT, EXTRA = 2, 1


class ScriptError(Exception):
    """The script itself is wrong."""


class Command:
    """One command line and what is expected of it."""

    def __init__(self, line, text):
        self.line, self.text = line, text
        self.out, self.err, self.status = [], None, 0


def pattern(text):
    """A predicate for one line of output; None for "..."."""
    if text.startswith("\\ "):
        literal = text[2:]
        return lambda line: line == literal
    if text == "...":
        return None
    if len(text) > 1 and text.startswith("/") and text.endswith("/"):
        return re.compile(text[1:-1]).fullmatch
    return lambda line: line == text


def parse(lines):
    """Yields (kind, value) steps: ("skip", condition), ("file", (name, text)), ("run", Command)."""
    command, number = None, 0
    steps = []
    while number < len(lines):
        line = lines[number]
        number += 1
        if line.startswith("$ "):
            text, start = line[2:], number
            while text.endswith("\\") and number < len(lines):
                text = text[:-1] + lines[number].lstrip()
                number += 1
            command = Command(start, text)
            steps.append(("run", command))
        elif line.startswith("#"):
            continue
        elif line.startswith("skip-unless "):
            steps.append(("skip", line.split(" ", 1)[1]))
        elif line.startswith("<<FILE "):
            if ">>" not in lines[number:]:
                raise ScriptError(f"line {number}: no >> closes this file")
            end = lines.index(">>", number)
            steps.append(("file", (line.split(" ", 1)[1], "".join(text + "\n" for text in lines[number:end]))))
            number = end + 1
        elif command is None:
            if line.strip():
                raise ScriptError(f"line {number}: expected output before the first command")
        elif line.startswith("? "):
            command.status = int(line[2:])
        elif line == "!" or line.startswith("! "):
            command.err = (command.err or []) + ([line[2:]] if line[2:] else [])
        else:
            command.out.append(line)
    return steps


def trimmed(lines):
    """The lines without blank ones at the end."""
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return lines


def compare(expected, actual):
    """The cheapest alignment as lines marked ' ', '-' (expected, absent) and '+' (printed, not expected)."""
    expected, actual = trimmed(expected), trimmed(actual)
    tests = [pattern(text) for text in expected]
    rows, columns = len(expected), len(actual)
    # cost[i][j]: faults when expected[i:] is laid over actual[j:]
    cost = [[0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows, -1, -1):
        for j in range(columns, -1, -1):
            ways = [0] if i == rows and j == columns else []
            any_lines = i < rows and tests[i] is None
            if i < rows:
                ways.append(cost[i + 1][j] + (0 if any_lines else ABSENT))
            if j < columns:
                ways.append(cost[i][j + 1] + (0 if any_lines else EXTRA))
            if i < rows and j < columns and not any_lines and tests[i](actual[j]):
                ways.append(cost[i + 1][j + 1])
            cost[i][j] = min(ways)
    marked, i, j = [], 0, 0
    while i < rows or j < columns:
        any_lines = i < rows and tests[i] is None
        if i < rows and j < columns and not any_lines and tests[i](actual[j]) and cost[i][j] == cost[i + 1][j + 1]:
            marked.append("  " + actual[j])
            i, j = i + 1, j + 1
        elif i < rows and cost[i][j] == cost[i + 1][j] + (0 if any_lines else ABSENT):
            if not any_lines:
                marked.append("- " + expected[i])
            i += 1
        else:
            marked.append(("  " if any_lines else "+ ") + actual[j])
            j += 1
    return cost[0][0], marked


class Runner:
    """Runs the steps of one script inside one folder."""

    def __init__(self, folder, environment, timeout, name):
        self.folder, self.environment, self.timeout, self.name = folder, environment, timeout, name

    def bash(self, text):
        shell = subprocess.Popen(["bash", "--noprofile", "--norc", "-c", text], cwd=self.folder, env=self.environment,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 start_new_session=True)
        try:
            parts = shell.communicate(timeout=self.timeout)
        except subprocess.TimeoutExpired:
            os.killpg(shell.pid, signal.SIGKILL)
            shell.communicate()
            return None, "", f"(still running after {self.timeout} s)"
        status = shell.returncode if shell.returncode >= 0 else 128 - shell.returncode
        return status, *(part.decode("utf-8", "backslashreplace") for part in parts)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)

    def command(self, command):
        """What differs, as lines to print; empty when all is as expected."""
        status, out, err = self.bash(command.text)
        report = []
        if status != command.status:
            report.append(f"exit status {status}, expected {command.status}")
        for name, expected, actual in (("standard output", command.out, out), ("standard error", command.err, err)):
            if expected is None:
                continue
            faults, marked = compare(expected, actual.split("\n"))
            if faults:
                report += [f"{name} (- expected, + printed):"] + ["  " + line for line in marked]
        if report and command.err is None and err.strip():
            report += ["standard error was:"] + ["    " + line for line in trimmed(err.split("\n"))[-40:]]
        if report:
            report.insert(0, f"{self.name}:{command.line}: $ {command.text}")
        return report

    def run(self, steps):
        commands = 0
        for kind, value in steps:
            if kind == "file":
                self.write(*value)
            elif kind == "skip":
                if self.bash(value)[0] != 0:
                    print(f"{self.name}: skipped, not true here: {value}")
                    return SKIPPED
            else:
                commands += 1
                report = self.command(value)
                if report:
                    print("\n".join(report))
                    return 1
        if commands == 0:
            print(f"{self.name}: no command in this script")
            return 1
        print(f"{self.name}: {commands} commands as expected")
        return 0


def environment(wardmark, data, home):
    """What every command sees: nothing of the caller's settings but the means to run programs."""
    source = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    kept = {name: value for name, value in os.environ.items()
            if name in ("LD_LIBRARY_PATH", "TMPDIR") or name.endswith("SAN_OPTIONS")}
    return kept | {"PATH": os.path.dirname(wardmark) + os.pathsep + os.environ.get("PATH", os.defpath), "HOME": home,
                   "LC_ALL": "C.UTF-8", "TZ": "UTC", "TERM": "dumb", "DATA": data, "SRC": source}


def main(arguments):
    parser = argparse.ArgumentParser(description="Runs one script of command lines.")
    parser.add_argument("--wardmark", required=True, help="the program under test")
    parser.add_argument("--data", default="", help="real material; $DATA in the script")
    parser.add_argument("--timeout", type=float, default=120, help="seconds for one command")
    parser.add_argument("script")
    options = parser.parse_args(arguments)
    wardmark = os.path.abspath(options.wardmark)
    if not os.access(wardmark, os.X_OK):
        parser.error(f"{wardmark}: not a program")
    with open(options.script, encoding="utf-8") as file:
        lines = file.read().split("\n")
    os.umask(0o022)
    folder = tempfile.mkdtemp(prefix="wardmark-cli-")
    try:
        home = os.path.join(folder, "home")
        work = os.path.join(folder, "work")
        os.mkdir(home)
        os.mkdir(work)
        data = os.path.abspath(options.data) if options.data else ""
        runner = Runner(work, environment(wardmark, data, home), options.timeout, os.path.basename(options.script))
        return runner.run(parse(lines))
    except (ScriptError, ValueError, re.error) as error:
        print(f"{options.script}: {error}", file=sys.stderr)
        return 2
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
