#!/usr/bin/env python3
"""Every pixel format through every keyed method: depth x channels x palette x alpha x orientation x codec.

    matrix_test.py BIN_DIR

Pillow writes the pictures and reads what became of them; what it does not write, 16-bit colour, is written here.
Fitted methods take part where wardmark-nn is there, with a fit of seconds.
"""
import json
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import zlib

try:
    from PIL import Image, ImageChops
except ImportError:
    print("skipped: no Pillow")
    sys.exit(77)

WIDTH, HEIGHT = 80, 72
METHODS = ("none", "cuda", "lsp", "ar", "field", "salm", "cuda,field")
# A fit of seconds: what is asked here is where the noise lands, not how well it works.
FITTED = {"em": ("--scope", "class", "--surrogate", "small_cnn", "--fit-sample", "60"), "pil": ("--fit-sample", "60")}
ORIENTATION = 0x0112
LOSSY = ("SURVIVAL", "BUDGET-EXCEEDED")  # what a coding may do to a change
CODES = {"P": "IMAGE-PALETTE", "1": "IMAGE-LOW-DEPTH", "F": "IMAGE-FLOAT", "CMYK": "IMAGE-COLOUR"}


def samples(channels, full, seed):
    """Smooth waves with some noise, interleaved."""
    draw = random.Random(seed)
    rows = []
    for y in range(HEIGHT):
        for x in range(WIDTH):
            for c in range(channels):
                wave = (x * (3 + c) + y * 5) % 97 / 97 * 0.4 + 0.25 + draw.random() * 0.1
                rows.append(int(wave * full))
    return rows


def plain(mode, seed):
    channels = len(Image.new(mode, (1, 1)).getbands())
    return Image.frombytes(mode, (WIDTH, HEIGHT), bytes(samples(channels, 255, seed)))


def deep_png(channels, seed, orientation):
    """16 bits per sample: grey, grey and alpha, RGB, RGBA."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    values = samples(channels, 65535, seed)
    rows = b"".join(b"\0" + struct.pack(f">{WIDTH * channels}H", *values[y * WIDTH * channels:(y + 1) * WIDTH * channels])
                    for y in range(HEIGHT))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 16, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    exif = b"MM\0*\0\0\0\x08\0\1" + struct.pack(">HHIHH", ORIENTATION, 3, 1, orientation, 0) + bytes(4)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"eXIf", exif) + chunk(b"IDAT", zlib.compress(rows)) +
            chunk(b"IEND", b""))


def deep_tiff(channels, seed, orientation, order="<"):
    """16 bits per sample, uncompressed, one strip."""
    values = samples(channels, 65535, seed)
    data = struct.pack(f"{order}{len(values)}H", *values)
    entries = [(256, 3, 1, WIDTH), (257, 3, 1, HEIGHT), (258, 3, channels, 16), (259, 3, 1, 1),
               (262, 3, 1, 2 if channels > 2 else 1), (273, 4, 1, 8), (274, 3, 1, orientation), (277, 3, 1, channels),
               (278, 3, 1, HEIGHT), (279, 4, 1, len(data))]
    if channels in (2, 4):
        entries.append((338, 3, 1, 2))
    at = 8 + len(data) + 2 + 12 * len(entries) + 4
    table, apart = struct.pack(f"{order}H", len(entries)), b""
    for tag, kind, count, value in entries:
        table += struct.pack(f"{order}HHI", tag, kind, count)
        if count > 2:
            table += struct.pack(f"{order}I", at + len(apart))
            apart += struct.pack(f"{order}{count}H", *[value] * count)
        elif kind == 3:
            table += struct.pack(f"{order}HH", value, value if count == 2 else 0)
        else:
            table += struct.pack(f"{order}I", value)
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8 + len(data))
    return head + data + table + bytes(4) + apart


def exif_of(orientation):
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return exif


def write_pictures(folder):
    """Files by name; two classes, so that a method has something to mark."""
    made = 0
    for label in ("a", "b"):
        (folder / label).mkdir(parents=True)
        for orientation in (1, 6):
            def save(name, image, **how):
                nonlocal made
                made += 1
                image.save(folder / label / f"{name}-o{orientation}.{how.pop('ext')}", exif=exif_of(orientation), **how)
            seed = orientation + ord(label)
            for mode in ("L", "LA", "RGB", "RGBA", "P", "1"):
                image = plain("RGB", seed).convert(mode) if mode in ("P", "1") else plain(mode, seed)
                save(f"png-{mode}", image, ext="png")
                for how in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
                    save(f"tiff-{mode}-{how}", image, ext="tif", compression=how)
                if mode in ("L", "RGB", "P", "1"):
                    image.save(folder / label / f"bmp-{mode}-o{orientation}.bmp")
                    made += 1
            save("tiff-F", plain("L", seed).convert("F"), ext="tif")
            save("tiff-CMYK", plain("CMYK", seed), ext="tif")
            save("jpeg-CMYK", plain("CMYK", seed), ext="jpg", quality=95)
            for mode in ("L", "RGB"):
                for progressive in (False, True):
                    save(f"jpeg-{mode}-{progressive}", plain(mode, seed), ext="jpg", quality=98, subsampling=0, progressive=progressive)
            for mode in ("RGB", "RGBA"):
                save(f"webp-{mode}", plain(mode, seed), ext="webp", lossless=True, exact=True)
            for channels in (1, 2, 3, 4):
                (folder / label / f"png-deep{channels}-o{orientation}.png").write_bytes(deep_png(channels, seed, orientation))
                for order, name in (("<", "II"), (">", "MM")):
                    (folder / label / f"tiff-deep{channels}-{name}-o{orientation}.tif").write_bytes(
                        deep_tiff(channels, seed, orientation, order))
                made += 3
    return made


def deep_samples(path, channels):
    """The samples of a 16-bit file, by a reader of this page."""
    data = path.read_bytes()
    if path.suffix == ".tif":
        order = "<" if data[:2] == b"II" else ">"
        directory = struct.unpack_from(f"{order}I", data, 4)[0]
        for i in range(struct.unpack_from(f"{order}H", data, directory)[0]):
            tag, _, _, value = struct.unpack_from(f"{order}HHII", data, directory + 2 + 12 * i)
            if tag == 273:
                return struct.unpack_from(f"{order}{WIDTH * HEIGHT * channels}H", data, value)
    at, packed = 8, b""
    while at < len(data):
        length = struct.unpack_from(">I", data, at)[0]
        if data[at + 4:at + 8] == b"IDAT":
            packed += data[at + 8:at + 8 + length]
        at += 12 + length
    raw, size, above, out = zlib.decompress(packed), 2 * channels, bytes(2 * WIDTH * channels), []
    for y in range(HEIGHT):
        begin = y * (2 * WIDTH * channels + 1)
        kind, row = raw[begin], bytearray(raw[begin + 1:begin + 1 + 2 * WIDTH * channels])
        for i in range(len(row)):
            left, up, corner = (row[i - size] if i >= size else 0), above[i], (above[i - size] if i >= size else 0)
            guess = left + up - corner
            near = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]
            row[i] = (row[i] + (0, left, up, (left + up) // 2, near)[kind]) & 255
        out += struct.unpack(f">{WIDTH * channels}H", row)
        above = bytes(row)
    return tuple(out)


def check_deep(before, after, method):
    channels = int(before.stem.split("deep")[1][0])
    old, new = deep_samples(before, channels), deep_samples(after, channels)
    moved = [n - o for i, (o, n) in enumerate(zip(old, new)) if channels in (1, 3) or i % channels != channels - 1]
    opaque = [n - o for i, (o, n) in enumerate(zip(old, new)) if channels in (2, 4) and i % channels == channels - 1]
    assert not any(opaque), after
    assert any(moved) == (method != "none"), after
    # The noise of salm, and of pil on a few pictures, is its whole budget up or down; the others have something between.
    assert method in ("none", "salm", "pil") or any(step % 257 for step in moved), f"{after}: changes in 8-bit steps"


def check_plain(before, after, method):
    old, new = Image.open(before), Image.open(after)
    assert (old.mode, old.size, old.format) == (new.mode, new.size, new.format), after
    if old.format != "BMP":
        assert old.getexif().get(ORIENTATION, 1) == new.getexif().get(ORIENTATION, 1), after
    if "A" in old.mode:
        assert ImageChops.difference(old.getchannel("A"), new.getchannel("A")).getbbox() is None, after
    colours = [band for band in old.getbands() if band != "A"]
    difference = max(ImageChops.difference(old.getchannel(c), new.getchannel(c)).getextrema()[1] for c in colours)
    assert (difference > 0) == (method != "none"), (after, difference)


def main(bin_dir):
    wardmark = str(pathlib.Path(bin_dir) / "wardmark")
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        made = write_pictures(work / "in")
        subprocess.run([wardmark, "keygen", "-o", work / "key", "-q"], check=True, stdout=subprocess.DEVNULL)
        fitted = FITTED if (pathlib.Path(bin_dir) / "wardmark-nn").exists() else {}
        for method in (*METHODS, *fitted):
            out = work / ("out-" + method)
            done = subprocess.run([wardmark, "protect", work / "in", "-o", out, "-k", work / "key", "-m", method, "--json-lines", "-q",
                                   *fitted.get(method, ())],
                                  capture_output=True, text=True, check=False)
            assert done.returncode == 3, done.stderr
            rows = [json.loads(line) for line in done.stdout.splitlines()][:-1]
            assert len(rows) == made, (len(rows), made)
            counts = {}
            for row in rows:
                stem = pathlib.Path(row["id"]).stem
                wanted = next((code for mode, code in CODES.items() if f"-{mode}-" in stem), None)
                if stem.startswith("bmp-1"):
                    wanted = "IMAGE-PALETTE"  # of two colours
                if row["state"] == "refused":
                    assert row["codes"][0] == wanted or (row["codes"][0] in LOSSY and "jpeg" in stem), (method, row)
                    counts[row["codes"][0]] = counts.get(row["codes"][0], 0) + 1
                    continue
                assert wanted is None, row
                assert (row["state"] == "protected") == (method != "none"), (method, row)
                check = check_deep if "deep" in stem else check_plain
                check(work / "in" / row["id"], out / row["id"], method)
                counts["right"] = counts.get("right", 0) + 1
            print(method, counts)
            assert counts["right"] >= made // 2, counts
            subprocess.run([wardmark, "verify", "release", out, "-k", work / "key"], check=True, stdout=subprocess.DEVNULL)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
