"""Data sets of the benchmarks, from the material of the tests."""
import lzma
import os
import shutil


def inputs(data, work, name):
    """(training input, test input) of a set: "cifar10", unpacked once into `work`, or the name of a medical .npz."""
    if name != "cifar10":
        file = os.path.join(data, "medical", name + ".npz")
        return file, file
    os.makedirs(work, exist_ok=True)
    places = []
    for packed, unpacked in (("train_6000.bin.xz", "cifar10_train.bin"), ("test_1500.bin.xz", "cifar10_test.bin")):
        places.append(os.path.join(work, unpacked))
        if not os.path.exists(places[-1]):
            with lzma.open(os.path.join(data, "cifar10", packed)) as file, open(places[-1] + ".part", "wb") as out:
                shutil.copyfileobj(file, out)
            os.replace(places[-1] + ".part", places[-1])
    return tuple(places)
