#!/usr/bin/env python3
"""run.py on small scripts: one that fits, and the same with one planted fault each."""
import os
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
RUN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "run.py")
PROGRAM = """#!/bin/sh
echo "one $1"
echo two
echo three
echo "program: error: no $1" >&2
exit ${2:-0}
"""
GOOD = """# everything the grammar knows
skip-unless test -n "$SRC"
<<FILE in/list.txt
a
# kept as it is
$ kept too
>>
$ wardmark x 3
one x
/t.o/
...
! program: error: no x
? 3

$ wc -l <in/list.txt
3
$ printf '%s\\n' '# hash' '/path/' '...' '? 1'
\\ # hash
\\ /path/
\\ ...
\\ ? 1
$ echo a \\
  b
a b
$ true
!
"""


def run(script):
    """Exit status and output of run.py on a script, with a small shell script as the program."""
    with tempfile.TemporaryDirectory(prefix="run test ") as folder:
        program = os.path.join(folder, "wardmark")
        with open(program, "w", encoding="utf-8") as file:
            file.write(PROGRAM)
        os.chmod(program, 0o755)
        path = os.path.join(folder, "script.txt")
        with open(path, "w", encoding="utf-8") as file:
            file.write(script)
        done = subprocess.run([sys.executable, RUN, "--wardmark", program, "--timeout", "2", path],
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr


class Run(unittest.TestCase):
    def fails(self, script, *words, status=1):
        got, text = run(script)
        self.assertEqual(got, status, text)
        for word in words:
            self.assertIn(word, text)

    def planted(self, good, bad, *words):
        self.assertEqual(GOOD.count(good), 1, good)
        self.fails(GOOD.replace(good, bad), *words)

    def test_a_script_that_fits(self):
        self.assertEqual(run(GOOD), (0, "script.txt: 5 commands as expected\n"))

    def test_output_lines(self):
        self.planted("one x\n", "one y\n", "script.txt:8: $ wardmark x 3", "- one y", "+ one x", "  two")
        self.planted("/t.o/", "/t.0/", "- /t.0/")
        self.planted("/t.o/", "/t./", "- /t./")
        self.planted("one x\n/t.o/\n...\n", "one x\n/t.o/\n", "+ three")
        self.planted("...\n!", "...\nthree\nfour\n!", "- four", "  three")
        self.planted("$ true\n", "$ true\nmore\n", "- more")
        self.planted("$ true\n", "$ echo more\n", "+ more")

    def test_order_counts(self):
        self.fails("$ wardmark x\nthree\ntwo\none x\n", "standard output")
        self.fails("$ wardmark x\n...\ntwo\none x\n...\n", "standard output")

    def test_exit_status(self):
        self.planted("? 3\n", "", "exit status 3, expected 0")
        self.planted("? 3\n", "? 1\n", "exit status 3, expected 1")
        self.fails("$ kill -9 $$\n", "exit status 137, expected 0")

    def test_standard_error(self):
        self.planted("! program: error: no x", "! program: error: no z", "standard error", "- program: error: no z")
        self.planted("! program: error: no x", "!", "+ program: error: no x")
        self.planted("! program: error: no x", "! ...\n! more", "- more")
        self.assertEqual(run("$ wardmark x\n...\n! /.*error.*/\n")[0], 0)
        self.assertEqual(run("$ wardmark x\n...\n")[0], 0)

    def test_skips_are_told_apart(self):
        self.fails("skip-unless test -e /no/such/folder\n$ false\n", "skipped, not true here", status=77)

    def test_a_script_without_commands_is_no_success(self):
        self.fails("# nothing\n", "no command in this script")

    def test_wrong_scripts(self):
        self.fails("text\n$ true\n", "expected output before the first command", status=2)
        self.fails("<<FILE a\nb\n", "no >> closes this file", status=2)
        self.fails("$ true\n/(/\n", "script.txt", status=2)

    def test_a_command_that_hangs(self):
        self.fails("$ sleep 60; true\n", "still running after 2.0 s")

    def test_commands_share_a_folder_and_nothing_else(self):
        self.assertEqual(run("$ x=1; echo 1 >f; pwd >&2\n$ cat f; echo [$x] [$HOME]\n1\n/\\[\\] \\[.*home\\]/\n")[0], 0)


if __name__ == "__main__":
    unittest.main()
