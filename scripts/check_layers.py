#!/usr/bin/env python3
"""Checks every #include of the product against the order of the folders.

    scripts/check_layers.py [ROOT]

Prints FILE:LINE: what, one line a fault. Exit status: 0 clean, 1 faults, 2 no source found.
tests/, bench/ and samples/ may include what they like and are not read.
"""
import os
import re
import sys

# A folder and what its files may include. A file belongs to the longest folder that fits.
LAYERS = {
    "core": {"core"},
    "io": {"core", "io"},
    "medical": {"core", "io", "medical"},
    "text_markers": {"core", "io", "text_markers"},
    "perturb": {"core", "io", "perturb"},
    "perturb/fitted": {"core", "models", "perturb", "perturb/fitted"},
    "verify": {"core", "io", "perturb", "text_markers", "verify"},
    "models": {"core", "models"},
    "evaluate": {"core", "models", "evaluate"},
    "cli": {"core", "io", "medical", "text_markers", "perturb", "perturb/fitted", "verify", "models", "evaluate",
            "cli"},
}

# A library by its include prefix, the folders that may use it, and whether headers may. The first fitting row counts.
LIBRARIES = [
    ("opencv2/dnn", {"models"}, False),
    ("opencv2/core", {"io", "perturb", "medical", "models"}, False),
    ("opencv2/imgproc", {"io", "perturb", "medical"}, False),
    ("opencv2/", set(), False),
    ("dcmtk/", {"medical"}, True),
    ("torch/", {"models", "evaluate", "perturb/fitted"}, True),
    ("ATen/", {"models", "evaluate", "perturb/fitted"}, True),
    ("c10/", {"models", "evaluate", "perturb/fitted"}, True),
    ("CLI/", {"cli"}, True),
    ("spdlog/", {"cli"}, True),
    ("curl/", {"cli"}, False),
    ("boost/math/", {"core"}, True),
    ("boost/", set(), False),
    ("archive", {"io"}, False),
    ("tiffio", {"io"}, False),
    ("webp/", {"io"}, False),
    ("unicode/", {"text_markers"}, False),
    ("simdjson", {"text_markers"}, False),
    ("cmark-gfm", {"text_markers"}, False),
    ("gumbo", {"text_markers"}, False),
    ("pcre2", {"models"}, False),
    ("sentencepiece_processor", {"models"}, False),
    ("sodium", {"core"}, True),
]

SOURCES = (".h", ".hpp", ".inc", ".ipp", ".c", ".cc", ".cpp", ".cu")
HEADERS = (".h", ".hpp", ".inc", ".ipp")
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def layer_of(path):
    """The longest folder of LAYERS that holds the path, or None."""
    fitting = [layer for layer in LAYERS if path.startswith(layer + "/")]
    return max(fitting, key=len) if fitting else None


def is_library(target, prefix):
    """True when the include names the library: a folder prefix, or a header such as sodium.h."""
    if prefix.endswith("/"):
        return target.startswith(prefix)
    return target.startswith(prefix + "/") or target.startswith(prefix + ".")


def library_fault(path, layer, target):
    """Why this file may not use the library it includes, or None."""
    for prefix, layers, in_headers in LIBRARIES:
        if not is_library(target, prefix):
            continue
        name = prefix.rstrip("/")
        if layer not in layers:
            return f"{name} belongs in {' and '.join(sorted(layers))}" if layers else f"{name} is not used here"
        if path.endswith(HEADERS) and not in_headers:
            return f"{name} belongs in .cpp files, not in a header"
        return None
    return None


def fault(root, path, quote, target):
    """What is wrong with one include of the file `path`, or None. Both paths are relative to the root."""
    layer = layer_of(path)
    wrong_library = library_fault(path, layer, target)
    if wrong_library:
        return wrong_library
    included = layer_of(target)
    if included is not None:
        if included in LAYERS[layer]:
            return None
        return f"{layer} may not include {included} (allowed: {', '.join(sorted(LAYERS[layer]))})"
    if os.path.exists(os.path.join(root, target)):
        return f"{layer} may not include {target.split('/')[0]}"
    beside = os.path.normpath(os.path.join(os.path.dirname(path), target))
    if quote == '"' and os.path.exists(os.path.join(root, beside)):
        return f"written relative to its folder; write {beside}"
    return None


def sources(root):
    """Every source of the product, relative to the root, sorted."""
    found = set()
    for layer in LAYERS:
        for folder, _, names in os.walk(os.path.join(root, layer)):
            found.update(os.path.relpath(os.path.join(folder, n), root) for n in names if n.endswith(SOURCES))
    return sorted(found)


def check(root):
    """All faults below the root as (file, line, text), and the number of files read."""
    faults = []
    files = sources(root)
    for path in files:
        with open(os.path.join(root, path), encoding="utf-8", errors="replace") as text:
            for number, line in enumerate(text, 1):
                match = INCLUDE.match(line)
                wrong = fault(root, path, *match.groups()) if match else None
                if wrong:
                    faults.append((path, number, f"#include {match.group(2)}: {wrong}"))
    return faults, len(files)


def main(arguments):
    root = arguments[0] if arguments else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    faults, files = check(root)
    for path, number, text in faults:
        print(f"{path}:{number}: {text}")
    if files == 0:
        print(f"check_layers: error: {root}: no source found", file=sys.stderr)
        return 2
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
