#!/usr/bin/env python3
"""Unpacks data sets into uncompressed .npy files: uint8 N x H x W x C pictures, int64 labels.

    scripts/arrays.py DIR DATA...

DATA is an .npz in the MedMNIST layout or a CIFAR-10 binary (.bin, .bin.xz); each becomes a folder of its name in DIR.
Uses the standard library alone. Exit status: 0 done, 2 wrong usage, 4 a file that cannot be read.
"""
import ast
import lzma
import os
import struct
import sys
import zipfile

MAGIC = b"\x93NUMPY"
CIFAR_RECORD = 3073


def write_npy(path, kind, shape, data):
    header = str({"descr": kind, "fortran_order": False, "shape": tuple(shape)})
    header += " " * (63 - (len(MAGIC) + 4 + len(header)) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(MAGIC + b"\x01\x00" + struct.pack("<H", len(header)) + header.encode("ascii") + data)


def read_npy(data):
    """(kind, shape, bytes) of a version 1 file in C order."""
    if data[:6] != MAGIC or data[6] != 1:
        raise ValueError("no .npy file of version 1")
    size = struct.unpack("<H", data[8:10])[0]
    header = ast.literal_eval(data[10:10 + size].decode("ascii"))
    if header["fortran_order"]:
        raise ValueError("column order")
    return header["descr"], list(header["shape"]), data[10 + size:]


def unpack_npz(path, folder):
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            kind, shape, data = read_npy(archive.read(name))
            if name.endswith("_images.npy"):
                if kind not in ("|u1", "<u1"):
                    raise ValueError(f"{name}: pictures of type {kind}")
                write_npy(os.path.join(folder, name), "|u1", shape if len(shape) == 4 else shape + [1], data)
            elif name.endswith("_labels.npy"):
                width = int(kind[2:])
                values = [int.from_bytes(data[i:i + width], "little") for i in range(0, shape[0] * width, width)]
                write_npy(os.path.join(folder, name), "<i8", [shape[0]], struct.pack(f"<{shape[0]}q", *values))


def unpack_cifar(path, folder):
    with (lzma.open(path) if path.endswith(".xz") else open(path, "rb")) as file:
        data = file.read()
    if len(data) % CIFAR_RECORD:
        raise ValueError("no whole number of CIFAR-10 records")
    count = len(data) // CIFAR_RECORD
    part = "test" if os.path.basename(path).startswith("test") else "train"
    labels = [data[i * CIFAR_RECORD] for i in range(count)]
    pictures = bytearray(count * 3072)
    for i in range(count):
        record = data[i * CIFAR_RECORD + 1:(i + 1) * CIFAR_RECORD]
        for channel in range(3):
            pictures[i * 3072 + channel:(i + 1) * 3072:3] = record[1024 * channel:1024 * (channel + 1)]
    write_npy(os.path.join(folder, part + "_images.npy"), "|u1", [count, 32, 32, 3], bytes(pictures))
    write_npy(os.path.join(folder, part + "_labels.npy"), "<i8", [count], struct.pack(f"<{count}q", *labels))


def main(arguments):
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    for path in arguments[1:]:
        name = os.path.basename(path).split(".")[0]
        folder = os.path.join(arguments[0], name)
        os.makedirs(folder, exist_ok=True)
        try:
            (unpack_npz if path.endswith(".npz") else unpack_cifar)(path, folder)
        except (OSError, ValueError, KeyError, zipfile.BadZipFile, lzma.LZMAError) as error:
            print(f"arrays: error: {path}: {error}", file=sys.stderr)
            return 4
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
