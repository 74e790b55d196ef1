#!/usr/bin/env python3
"""A full disk leaves no partial file under a final name: exit status 4, the path on stderr, and --resume completes.

    full_disk_test.py BIN_DIR

Mounts a small tmpfs; exits 77 (skipped, with a message) where mounting is not allowed. The fault-injecting file layer
covers the same in io-tests.
"""
import pathlib
import subprocess
import sys
import tempfile


def main():
    bin_dir = pathlib.Path(sys.argv[1])
    wardmark = str(bin_dir / "wardmark")
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        disk = work / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=900k", "tmpfs", disk], capture_output=True)
        if mounted.returncode != 0:
            print("skipped: no tmpfs may be mounted here")
            return 77
        try:
            subprocess.run([bin_dir / "wardmark-samples", "--out", work / "in", "--per-class", "12", "--size", "128"],
                           check=True, stdout=subprocess.DEVNULL)
            subprocess.run([wardmark, "keygen", "-q", "-o", work / "key"], check=True, stdout=subprocess.DEVNULL)

            def protect(out, *more):
                return subprocess.run([wardmark, "protect", work / "in", "-o", out, "-k", work / "key", "-m", "cuda",
                                       "--release", "r", *more], capture_output=True, text=True)

            assert protect(work / "whole").returncode == 0
            full = protect(disk / "out")
            assert full.returncode == 4, full
            assert "[DISK-FULL]" in full.stderr and str(disk / "out") in full.stderr, full.stderr
            for path in (disk / "out").rglob("*"):
                if not path.is_file():
                    continue
                assert "wardmark-part" not in path.name, path
                whole = work / "whole" / path.relative_to(disk / "out")
                assert path.read_bytes() == whole.read_bytes(), f"{path}: a partial file under its final name"
            subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
            again = protect(disk / "out", "--resume")
            assert again.returncode == 0, again
            subprocess.run(["diff", "-r", work / "whole", disk / "out"], check=True)
            subprocess.run(["diff", "-r", work / "whole.wardmark", disk / "out.wardmark"], check=True)

            # One file of many items: either whole or not there.
            subprocess.run([sys.executable, "-c", "import sys; d = bytes(range(256)) * 13;"
                            "open(sys.argv[1], 'wb').write(b''.join(bytes([i % 10]) + d[:3072] for i in range(1000)))",
                            work / "c.bin"], check=True)
            subprocess.run(["mount", "-o", "remount,size=6m", disk], check=True)
            subprocess.run(["rm", "-rf", disk / "out", disk / "out.wardmark"], check=True)
            subprocess.run(["dd", "if=/dev/zero", f"of={disk}/ballast", "bs=1M", "count=4", "status=none"], check=True)
            one = subprocess.run([wardmark, "protect", work / "c.bin", "-o", disk / "c.bin", "-k", work / "key", "-m", "cuda"],
                                 capture_output=True, text=True)
            assert one.returncode == 4, one
            assert not (disk / "c.bin").exists()
        finally:
            subprocess.run(["umount", disk], check=False)
    print("a full disk: status 4, nothing partial, --resume completes")
    return 0


sys.exit(main())
