#!/usr/bin/env python3
"""The release does not depend on AVX2: the same run under a program built without it, byte for byte.

    simd_test.py BIN_DIR OTHER_BIN_DIR
"""
import pathlib
import subprocess
import sys
import tempfile

one, other = (pathlib.Path(arg) for arg in sys.argv[1:3])
with tempfile.TemporaryDirectory() as name:
    work = pathlib.Path(name)
    subprocess.run([one / "wardmark-samples", "--out", work / "in", "--per-class", "10"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([one / "wardmark", "keygen", "-q", "-o", work / "key"], check=True, stdout=subprocess.DEVNULL)
    for method in ("cuda", "cuda,salm,lsp,ar,field", "field"):
        for number, program in enumerate((one, other)):
            subprocess.run([program / "wardmark", "protect", work / "in", "-o", work / str(number), "-k", work / "key",
                            "-m", method, "--release", "r", "-q", "--overwrite"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["diff", "-r", work / "0", work / "1"], check=True)
        subprocess.run(["diff", "-r", work / "0.wardmark", work / "1.wardmark"], check=True)
print("the same release and record with and without AVX2")
