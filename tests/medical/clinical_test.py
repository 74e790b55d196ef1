#!/usr/bin/env python3
"""Computes the clinical figures of a protected phantom again, from the two files, by code that is not the program's.

    clinical_test.py PROGRAMS

`wardmark inspect --release --json` must agree on every figure of every image: to five digits, SSIM to 0.0002. Where
python3-pil is there, the pictures of --preview must show the images in their window and eight times their difference.
Exit status 77 where pydicom is missing.
"""
import json
import os
import sys
import tempfile

try:
    import numpy
    import pydicom
    from protected_material import run
except ImportError:
    print("skipped: no pydicom and numpy")
    sys.exit(77)
try:
    from PIL import Image
except ImportError:
    Image = None


def frames_of(dataset):
    """(stored values, slope, windows as black and white in stored values) of every frame."""
    array = dataset.pixel_array.astype(numpy.int64)
    if "PerFrameFunctionalGroupsSequence" not in dataset:
        windows = list(zip(dataset.WindowCenter, dataset.WindowWidth))
        return [(array, float(dataset.RescaleSlope), [ends(c, w, 1.0) for c, w in windows])]
    rows = []
    for frame, group in zip(array, dataset.PerFrameFunctionalGroupsSequence):
        slope = float(group.PixelValueTransformationSequence[0].RescaleSlope)
        rows.append([frame, slope, group.FrameVOILUTSequence[0]])
    lows, highs = zip(*(ends(v.WindowCenter, v.WindowWidth, 1.0) for _, _, v in rows))
    low, high = sorted(lows)[(len(lows) - 1) // 2], sorted(highs)[(len(highs) - 1) // 2]
    return [(frame, slope, [(round_half_up(low / slope), round_half_up(high / slope))]) for frame, slope, _ in rows]


def round_half_up(x):
    return int(numpy.floor(x + 0.5))


def ends(centre, width, slope):
    half = max(0.5, (float(width) - 1) / 2)
    low, high = float(centre) - 0.5 - half, float(centre) - 0.5 + half
    return low / slope, high / slope


def psnr(before, after, low, high):
    error = ((numpy.clip(after, low, high) - numpy.clip(before, low, high)) ** 2).mean()
    return 10 * numpy.log10((high - low) ** 2 / error)


def ssim(before, after, low, high):
    """Windows of 8 x 8, one every 4 samples, plain means."""
    x, y = ((numpy.clip(v, low, high) - low) / (high - low) * 255 for v in (before, after))
    blocks = [numpy.lib.stride_tricks.sliding_window_view(v, (8, 8))[::4, ::4].reshape(-1, 64) for v in (x, y)]
    mx, my = (b.mean(1) for b in blocks)
    vx, vy = (b.var(1) for b in blocks)
    cov = (blocks[0] * blocks[1]).mean(1) - mx * my
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return ((2 * mx * my + c1) * (2 * cov + c2) / ((mx ** 2 + my ** 2 + c1) * (vx + vy + c2))).mean()


def response(v):
    inner = 4 * v[1:-1, 1:-1] - 2 * (v[:-2, 1:-1] + v[2:, 1:-1] + v[1:-1, :-2] + v[1:-1, 2:])
    return abs(inner + v[:-2, :-2] + v[:-2, 2:] + v[2:, :-2] + v[2:, 2:])


def figures(source, result):
    before, after = frames_of(source), frames_of(result)
    steps = numpy.stack([b[0] - a[0] for a, b in zip(before, after)])
    slopes = numpy.array([slope for _, slope, _ in before])[:, None, None]
    noise = [0, 0]
    full, windows = [], []
    for (x, slope, spans), (y, _, _) in zip(before, after):
        free = (x > x.min()) & (x < x.max()) & (x != source.get("PixelPaddingValue"))
        if source.Modality == "CT":
            free &= x * slope > -950
        for i, v in enumerate((x, y)):
            noise[i] += response(v)[free[1:-1, 1:-1]].sum()
        full.append((psnr(x, y, x.min(), x.max()), ssim(x, y, x.min(), x.max())))
        windows.append([(psnr(x, y, *span), ssim(x, y, *span)) for span in spans])
    return {"max": [abs(steps).max(), abs(steps * slopes).max()],
            "rms": [numpy.sqrt((steps ** 2).mean()), numpy.sqrt(((steps * slopes) ** 2).mean())],
            "mean_shift": (steps * slopes).mean(), "noise_ratio": noise[1] / noise[0],
            "full": numpy.min(full, 0), "windows": numpy.min(windows, 0)}


def near(a, b, tolerance=2e-5):
    return numpy.allclose(a, b, rtol=tolerance, atol=1e-9)


def check(told, own, name):
    for field in ("max", "rms", "mean_shift", "noise_ratio"):
        assert near(told[field], own[field]), (name, field, told[field], own[field])
    pairs = [(told["full"], own["full"]), *zip(told["windows"], own["windows"])]
    for window, (level, similarity) in pairs:
        assert near(window["psnr"], level), (name, window, level)
        assert abs(window["ssim"] - similarity) < 2e-4, (name, window, similarity)


def check_preview(path, source, result):
    (x, _, spans), (y, _, _) = frames_of(source)[0], frames_of(result)[0]
    low, high = spans[0]
    views = [(numpy.clip(v, low, high) - low) / (high - low) * 255 for v in (x, y)]
    picture = numpy.asarray(Image.open(path)).astype(float)
    side = x.shape[1]
    panels = [picture[:, i * (side + 4):i * (side + 4) + side] for i in range(3)]
    assert abs(panels[0] - views[0]).max() <= 1 and abs(panels[1] - views[1]).max() <= 1, path
    difference = numpy.clip(127.5 + 8 * (views[1] - views[0]), 0, 255)
    assert abs(panels[2] - difference).max() <= 1, path


def main(programs):
    with tempfile.TemporaryDirectory() as folder:
        run(programs, "wardmark", "keygen", "-o", folder + "/key", "-q")
        run(programs, "wardmark-samples", "--out", folder + "/in", "--studies", "--slices", "9", "--frames", "7",
            "--size", "64")
        run(programs, "wardmark", "protect", folder + "/in", "-o", folder + "/out", "-k", folder + "/key", "-m", "cuda",
            "--max-change", "3%window", "--labels", "dicom:Modality", "--many-classes", "-q")
        done = run(programs, "wardmark", "inspect", folder + "/in", "--release", folder + "/out", "--preview",
                   folder + "/seen", "--json", "-q")
        listing = json.loads(done.stdout)
        read = {part: lambda item, part=part: pydicom.dcmread(os.path.join(folder, part, item))
                for part in ("in", "out")}
        compared = [row for series in listing["series"] for row in series.get("compared", [])]
        for row in compared:
            check(row["clinical"], figures(read["in"](row["item"]), read["out"](row["item"])), row["item"])
        assert len(compared) == 10
        ct = listing["series"][0]
        levels = {row["clinical"]["windows"][0]["psnr"]: row["item"] for row in ct["compared"]}
        assert ct["clinical"]["worst"]["windows"][0]["psnr"] == min(levels)
        assert ct["clinical"]["median"]["windows"][0]["psnr"] == sorted(levels)[len(levels) // 2]
        if Image is not None:
            worst = levels[min(levels)]
            check_preview(folder + "/seen/series-01-worst.png", read["in"](worst), read["out"](worst))
    print(f"{len(compared)} images: every figure as computed from the files")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
