#!/usr/bin/env python3
"""scripts/install-packages with stand-ins for dpkg-query, apt-get, id and sudo."""
import os
import shutil
import subprocess
import tempfile
import unittest

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts", "install-packages")
# Prints what of its arguments is in $INSTALLED, as dpkg-query would.
DPKG_QUERY = """#!/bin/bash
for name in "$@"; do
  case " $INSTALLED " in *" $name "*) echo "installed $name" ;; esac
done
case " $REMOVED " in *" "*) for name in $REMOVED; do echo "config-files $name"; done ;; esac
"""
APT_GET = '#!/bin/bash\necho "$DEBIAN_FRONTEND $*" >>"$LOG"\n[ "$FAIL" != "$4" ]\n'


def listed(*sections):
    done = subprocess.run(["bash", SCRIPT, "--list", *sections], capture_output=True, text=True, check=True)
    return done.stdout.split()


class InstallPackages(unittest.TestCase):
    def run_script(self, *sections, installed=(), removed=(), user=0, sudo=False, fail=""):
        """Exit status, standard output, standard error and the calls of apt-get."""
        with tempfile.TemporaryDirectory(prefix="install test ") as folder:
            programs = {"dpkg-query": DPKG_QUERY, "apt-get": APT_GET, "id": f"#!/bin/sh\necho {user}\n"}
            for tool in ("bash", "env", "sh", "awk", "dirname", "printf"):
                os.symlink(shutil.which(tool), os.path.join(folder, tool))
            if sudo:
                programs["sudo"] = '#!/bin/bash\n[ "$1" = -n ] && exit\necho sudo >>"$LOG"\nexec "$@"\n'
            for name, text in programs.items():
                path = os.path.join(folder, name)
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
                os.chmod(path, 0o755)
            log = os.path.join(folder, "log")
            done = subprocess.run(["bash", SCRIPT, *sections], capture_output=True, text=True, check=False,
                                  stdin=subprocess.DEVNULL,
                                  env={"PATH": folder, "INSTALLED": " ".join(installed), "LOG": log, "FAIL": fail,
                                       "REMOVED": " ".join(removed)})
            calls = []
            if os.path.exists(log):
                with open(log, encoding="utf-8") as file:
                    calls = file.read().splitlines()
            return done.returncode, done.stdout, done.stderr, calls

    def plain(self, *sections):
        """The packages of sections, the first of alternatives."""
        return [name.split("|")[0] for name in listed(*sections)]

    def test_every_section_names_packages_once(self):
        for section in ("build", "test", "lint", "bench"):
            names = listed(section)
            self.assertTrue(names, section)
            self.assertEqual(len(names), len(set(names)), section)

    def test_nothing_missing_nothing_said(self):
        self.assertEqual(self.run_script("build", installed=self.plain("build")), (0, "", "", []))

    def test_only_what_is_missing_is_installed(self):
        have = [name for name in self.plain("build", "test") if name not in ("ccache", "doctest-dev")]
        status, out, err, calls = self.run_script("build", "test", installed=have)
        self.assertEqual((status, out), (0, ""), err)
        self.assertEqual(len(calls), 2)
        self.assertTrue(calls[0].endswith(" update"), calls)
        self.assertTrue(calls[1].startswith("noninteractive "), calls)
        self.assertTrue(calls[1].endswith(" install --yes --no-remove --no-install-recommends ccache doctest-dev"),
                        calls)

    def test_a_removed_package_with_settings_left_is_missing(self):
        have = [name for name in self.plain("build") if name != "ccache"]
        calls = self.run_script("build", installed=have, removed=["ccache"])[3]
        self.assertTrue(calls[1].endswith("--no-install-recommends ccache"), calls)

    def test_either_alternative_will_do(self):
        choice = next(name for name in listed("build") if "|" in name)
        others = [name for name in self.plain("build") if name != choice.split("|")[0]]
        for name in choice.split("|"):
            self.assertEqual(self.run_script("build", installed=others + [name])[3], [])
        calls = self.run_script("build", installed=others)[3]
        self.assertTrue(calls[1].endswith("--no-install-recommends " + choice.split("|")[0]), calls)

    def test_a_user_is_told_the_command_or_helped_by_sudo(self):
        status, out, err, calls = self.run_script("test", user=1000)
        self.assertEqual((status, out, calls), (4, "", []))
        self.assertIn("apt-get update && apt-get install --no-install-recommends doctest-dev", err)
        status, _, _, calls = self.run_script("test", user=1000, sudo=True)
        self.assertEqual((status, calls[0], calls[2], len(calls)), (0, "sudo", "sudo", 4))

    def test_failures_of_apt_are_failures(self):
        status, _, err, _ = self.run_script("test", fail="update")
        self.assertEqual(status, 4)
        self.assertIn("apt-get update failed", err)
        status, _, err, _ = self.run_script("test", fail="install")
        self.assertEqual(status, 4)
        self.assertIn("could not install doctest-dev", err)

    def test_unknown_sections_are_refused(self):
        status, _, err, calls = self.run_script("buidl")
        self.assertEqual((status, calls), (2, []))
        self.assertIn("no section [buidl]", err)
        self.assertEqual(self.run_script()[0], 2)


if __name__ == "__main__":
    unittest.main()
