"""Data sets and keys of the benchmarks: sets from the material of the tests, keys anybody can make again."""
import ast
import hashlib
import lzma
import os
import shutil
import struct
import threading
import zipfile

MAKING = threading.Lock()


SEARCH = "-search"


def inputs(data, work, name):
    """(training input, test input) of a set: "cifar10", unpacked once into `work`, or the name of a medical .npz. With "-search" behind
    it both are made of its training pictures, a sixth of them for the test: what a search looks at instead of the test set."""
    if name.endswith(SEARCH):
        return search_inputs(data, work, name[:-len(SEARCH)])
    if name != "cifar10":
        file = os.path.join(data, "medical", name + ".npz")
        return file, file
    os.makedirs(work, exist_ok=True)
    places = []
    with MAKING:
        for packed, unpacked in (("train_6000.bin.xz", "cifar10_train.bin"), ("test_1500.bin.xz", "cifar10_test.bin")):
            places.append(os.path.join(work, unpacked))
            if not os.path.exists(places[-1]):
                with lzma.open(os.path.join(data, "cifar10", packed)) as file, open(places[-1] + ".part", "wb") as out:
                    shutil.copyfileobj(file, out)
                os.replace(places[-1] + ".part", places[-1])
    return tuple(places)


def npy_parts(array):
    """(header as a dictionary, bytes of the samples) of a .npy file, version 1."""
    length = 10 + int.from_bytes(array[8:10], "little")
    return ast.literal_eval(array[10:length].decode("latin1")), array[length:]


def npy_rows(array):
    return npy_parts(array)[0]["shape"][0]


def npy_take(array, rows):
    """The same with these rows alone."""
    header, samples = npy_parts(array)
    size = len(samples) // header["shape"][0]
    header["shape"] = (len(rows),) + header["shape"][1:]
    text = repr(header)
    text += " " * (-(len(text) + 11) % 64) + "\n"
    return array[:8] + len(text).to_bytes(2, "little") + text.encode("latin1") + b"".join(samples[n * size:(n + 1) * size] for n in rows)


def search_inputs(data, work, name):
    train, _ = inputs(data, work, name)
    base = os.path.join(work, f"{name}{SEARCH}")
    places = (base + ".bin", base + "_test.bin") if name == "cifar10" else (base + ".npz",) * 2
    with MAKING:
        if os.path.exists(places[0]):
            return places
        if name == "cifar10":
            with open(train, "rb") as file:
                records = file.read()
            records = [records[begin:begin + 3073] for begin in range(0, len(records), 3073)]
            for place, test in ((places[1], True), (places[0], False)):
                with open(place + ".part", "wb") as out:
                    out.write(b"".join(record for n, record in enumerate(records) if (n % 6 == 5) == test))
                os.replace(place + ".part", place)
            return places
        with zipfile.ZipFile(train) as pack:
            arrays = {entry: pack.read(entry) for entry in pack.namelist()}
        for part in ("images", "labels"):
            whole = arrays[f"train_{part}.npy"]
            count = npy_rows(whole)
            for split, test in (("test", True), ("train", False)):
                arrays[f"{split}_{part}.npy"] = npy_take(whole, [n for n in range(count) if (n % 6 == 5) == test])
        with zipfile.ZipFile(places[0] + ".part", "w", zipfile.ZIP_DEFLATED) as pack:
            for entry, content in arrays.items():
                pack.writestr(entry, content)
        os.replace(places[0] + ".part", places[0])
    return places


def key_file(work, number):
    """A key file that holds the SHA-256 of "wardmark benchmark key NUMBER": figures can be repeated, and nothing may be
    protected with it."""
    line = f"wardmark-key-1 master {hashlib.sha256(f'wardmark benchmark key {number}'.encode()).hexdigest()}"
    hashed = hashlib.blake2b(digest_size=32)
    for field in (b"key-file", line.encode()):
        hashed.update(struct.pack("<Q", len(field)) + field)
    os.makedirs(work, exist_ok=True)
    path = os.path.join(work, f"benchmark{number}.key")
    with MAKING:
        if not os.path.exists(path):
            with os.fdopen(os.open(path + ".part", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(f"{line} {hashed.hexdigest()[:8]}\n")
            os.replace(path + ".part", path)
    return path
