#!/usr/bin/env python3
"""The HTML report in a real browser: headless Chromium says nothing, asks for nothing, and shows plot, table, pictures.

    report_test.py BIN

BIN holds wardmark, wardmark-nn and wardmark-samples. Skipped (exit status 77) without wardmark-nn or chromium.
"""
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

BIN = ""
SKIPPED = 77
# Colours of the page: a point of a protected row in the plot, the row of the worst case, the row of the originals.
POINT, WORST, CLEAN = (0xB3, 0x34, 0x1F), (0xFB, 0xEA, 0xE6), (0xEA, 0xF4, 0xEE)


def read_png(path):
    """(width, height, rows of RGB or RGBA bytes, bytes per pixel) of an 8-bit PNG without interlacing."""
    with open(path, "rb") as file:
        data = file.read()
    at, packed = 8, b""
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", data[at + 8:at + 18])
        if kind == b"IDAT":
            packed += data[at + 8:at + 8 + size]
        at += size + 12
    step = {2: 3, 6: 4}[colour]
    assert depth == 8
    raw, rows, before = zlib.decompress(packed), [], bytearray(width * step)
    for y in range(height):
        start = y * (width * step + 1)
        method, row = raw[start], bytearray(raw[start + 1:start + 1 + width * step])
        for i, value in enumerate(row):
            left = row[i - step] if i >= step else 0
            up = before[i]
            corner = before[i - step] if i >= step else 0
            if method == 1:
                value += left
            elif method == 2:
                value += up
            elif method == 3:
                value += (left + up) // 2
            elif method == 4:
                guess = left + up - corner
                value += min((left, up, corner), key=lambda v: abs(guess - v))
            row[i] = value & 255
        rows.append(row)
        before = row
    return width, height, rows, step


def count_colour(picture, colour):
    width, _, rows, step = picture
    wanted = bytes(colour)
    return sum(1 for row in rows for x in range(width) if bytes(row[x * step:x * step + 3]) == wanted)


class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="report test ")
        run = lambda *words: subprocess.run([os.path.join(BIN, words[0]), *words[1:]], check=True, cwd=cls.folder,
                                            stdout=subprocess.DEVNULL)
        run("wardmark-samples", "--out", "in", "--per-class", "12", "--size", "48")
        for name in os.listdir(os.path.join(cls.folder, "in")):
            os.makedirs(os.path.join(cls.folder, "test", name))
            for file in sorted(os.listdir(os.path.join(cls.folder, "in", name)))[:4]:
                shutil.move(os.path.join(cls.folder, "in", name, file), os.path.join(cls.folder, "test", name, file))
        run("wardmark", "keygen", "-o", "owner.key", "-q")
        run("wardmark", "protect", "in", "-o", "out", "-k", "owner.key", "-m", "cuda", "--many-classes", "-q")
        run("wardmark", "evaluate", "--train", "out", "--clean", "in", "--test", "test", "--arch", "small_cnn", "--epochs",
            "2", "--breakers", "grayscale", "-q", "--report", "report.html")
        cls.page = os.path.join(cls.folder, "report.html")
        cls.shot = os.path.join(cls.folder, "report.png")
        cls.log = os.path.join(cls.folder, "net.json")
        done = subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                               "--disable-component-update", "--disable-background-networking", "--no-first-run",
                               "--window-size=1000,1400", "--screenshot=" + cls.shot, "--log-net-log=" + cls.log,
                               "--user-data-dir=" + os.path.join(cls.folder, "profile"), "--enable-logging=stderr",
                               "file://" + cls.page.replace(" ", "%20")],
                              capture_output=True, text=True, timeout=120, check=False)
        cls.said = done.stderr

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder, ignore_errors=True)

    def test_no_console_message(self):
        self.assertNotIn("CONSOLE", self.said)

    def test_no_request(self):
        with open(self.log, encoding="utf-8") as file:
            text = file.read()
        try:
            log = json.loads(text)
        except ValueError:  # the browser left before it closed the list
            log = json.loads(text.rstrip().rstrip(",") + "]}")
        asked = [event["params"]["url"] for event in log["events"] if "url" in event.get("params", {})]
        own = [url for url in asked if url.startswith(("http:", "https:", "ws:", "wss:"))
               and not any(host in url for host in ("google", "gvt1"))]  # the browser's own errands
        self.assertEqual(own, [])

    def test_plot_table_and_pictures_are_shown(self):
        picture = read_png(self.shot)
        self.assertEqual(picture[:2], (1000, 1400))
        self.assertGreater(count_colour(picture, POINT), 50)
        self.assertGreater(count_colour(picture, WORST), 2000)
        self.assertGreater(count_colour(picture, CLEAN), 2000)
        with open(self.page, encoding="utf-8") as file:
            self.assertEqual(file.read().count("data:image/png;base64,"), 18)  # three for each of six classes


if __name__ == "__main__":
    BIN = os.path.abspath(sys.argv.pop(1))
    if not os.path.exists(os.path.join(BIN, "wardmark-nn")) or not shutil.which("chromium"):
        print("skipped: needs wardmark-nn and chromium")
        sys.exit(SKIPPED)
    unittest.main()
