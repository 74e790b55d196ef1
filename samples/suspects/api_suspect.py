#!/usr/bin/env python3
"""A service as a suspect: api_suspect.py ADDRESS CLASSES.txt SIZE [KEYFILE]

Posts every picture as a PNG file and expects {"label": "cat"}. Change ask() for a service of another shape.
"""
import json
import struct
import sys
import time
import urllib.error
import urllib.request
import zlib

address, size = sys.argv[1], int(sys.argv[3])
classes = open(sys.argv[2], encoding="utf-8").read().splitlines()
headers = {"Content-Type": "image/png"}
if len(sys.argv) > 4:
    headers["Authorization"] = "Bearer " + open(sys.argv[4], encoding="utf-8").readline().strip()


def png(pixels):
    """Bytes of an RGB picture as a PNG file."""
    def part(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + pixels[y * size * 3:(y + 1) * size * 3] for y in range(size))
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")


def ask(pixels):
    for attempt in range(6):
        try:
            with urllib.request.urlopen(urllib.request.Request(address, png(pixels), headers), timeout=60) as reply:
                return classes.index(json.load(reply)["label"])
        except urllib.error.HTTPError as error:
            if error.code not in (429, 500, 502, 503, 504) or attempt == 5:
                raise
            time.sleep(float(error.headers.get("Retry-After") or 2 ** attempt))
    raise AssertionError("not reached")


for line in sys.stdin:
    asked = json.loads(line)
    if asked["wardmark"] == "hello":
        answer = {"wardmark": "hello", "version": 1, "name": address, "height": size, "width": size, "channels": 3,
                  "labels": classes, "batch": 64}
    elif asked["wardmark"] == "classify":
        with open(asked["file"], "rb") as file:
            answer = {"wardmark": "answers", "id": asked["id"],
                      "labels": [ask(file.read(size * size * 3)) for _ in range(asked["count"])]}
    else:
        break
    print(json.dumps(answer), flush=True)
