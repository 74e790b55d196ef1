#!/usr/bin/env python3
"""The published class-wise filter (arXiv 2303.04278) as a researcher would write it: one picture after another.

    published_cuda.py IN OUT [--seed N] [--quality Q]

IN holds one folder per class. Every picture is scaled to 0..1, each channel is correlated with its class's 9 x 9 filter
(one weight 1, the others uniform below 0.06; zeros beyond the border), divided by its maximum, scaled back, truncated
and saved in the format it came in. One thread. Needs numpy, scipy and PIL.
"""
import argparse
import os
import sys

import numpy
from PIL import Image
from scipy import ndimage

SIDE = 9
LARGEST_BLUR = 0.06


def class_filters(names, seed):
    random = numpy.random.RandomState(seed)
    filters = {}
    for name in names:
        weights = random.uniform(0, LARGEST_BLUR, (SIDE, SIDE))
        weights[random.randint(SIDE), random.randint(SIDE)] = 1.0
        filters[name] = weights.astype(numpy.float32)
    return filters


def filtered(pixels, weights):
    picture = pixels.astype(numpy.float32) / 255
    out = numpy.empty_like(picture)
    for channel in range(picture.shape[2]):
        ndimage.correlate(picture[:, :, channel], weights, out[:, :, channel], mode="constant")
    return (out / out.max() * 255).astype(numpy.uint8)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("input")
    arguments.add_argument("output")
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--quality", type=int, default=85, help="of JPEG files (default 85)")
    given = arguments.parse_args()
    names = sorted(os.listdir(given.input))
    filters = class_filters(names, given.seed)
    for name in names:
        os.makedirs(os.path.join(given.output, name), exist_ok=True)
        for file in sorted(os.listdir(os.path.join(given.input, name))):
            with Image.open(os.path.join(given.input, name, file)) as picture:
                pixels = numpy.asarray(picture.convert("RGB"))
            changed = Image.fromarray(filtered(pixels, filters[name]))
            options = {"quality": given.quality} if file.endswith(".jpg") else {}
            changed.save(os.path.join(given.output, name, file), **options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
