"""Data sets and keys of the benchmarks: sets from the material of the tests, keys anybody can make again."""
import hashlib
import lzma
import os
import shutil
import struct
import threading

MAKING = threading.Lock()


def inputs(data, work, name):
    """(training input, test input) of a set: "cifar10", unpacked once into `work`, or the name of a medical .npz."""
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
