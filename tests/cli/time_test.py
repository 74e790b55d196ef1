#!/usr/bin/env python3
"""Time stamps (RFC 3161) of an authority made for the test, and what they make of a verdict.

    time_test.py BIN_DIR
"""
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from suspect_test import SUSPECT, records, run  # noqa: E402

CONFIG = """
[tsa]
serial = {folder}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""
QUICKNET, PERIOD = 1692803367, 3


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


class Authority:
    """A root and an authority below it."""

    def __init__(self, folder, name, days=4000):
        folder.mkdir()
        self.folder = folder
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "root.key", "-out", folder / "root.pem", "-days", "4000",
                "-subj", f"/CN=Root of {name}")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "tsa.key", "-out", folder / "tsa.csr", "-subj", f"/CN={name}")
        (folder / "extensions").write_text("extendedKeyUsage = critical,timeStamping\n")
        openssl("x509", "-req", "-in", folder / "tsa.csr", "-CA", folder / "root.pem", "-CAkey", folder / "root.key", "-CAcreateserial", "-days",
                days, "-out", folder / "tsa.pem", "-extfile", folder / "extensions")
        (folder / "serial").write_text("01\n")
        (folder / "config").write_text(CONFIG.format(folder=folder))
        self.roots = folder / "root.pem"

    def stamp(self, query, to):
        openssl("ts", "-reply", "-queryfile", query, "-signer", self.folder / "tsa.pem", "-inkey", self.folder / "tsa.key", "-config",
                self.folder / "config", "-section", "tsa", "-out", to)
        return to


def stamps(work, wardmark, good, other):
    """Tokens of this commitment are taken, all others are refused with the reason; the request is one that openssl reads."""
    plan, record = work / "plan", work / "out.bin.wardmark"
    run(wardmark, "commit", plan, "--query", work / "q1")
    first = run(wardmark, "commit", plan, "--json").stdout
    text = f"commitment_1 {json.loads(first)['commitment_1']}\n"
    seen = subprocess.run(["openssl", "ts", "-query", "-in", work / "q1", "-text"], check=True, capture_output=True, text=True).stdout
    assert hashlib.sha256(text.encode()).hexdigest()[:16] in seen.replace(" ", "").replace("-", "") and "Certificate required: yes" in seen, seen
    token = good.stamp(work / "q1", work / "one.tsr")
    done = run(wardmark, "commit", plan, "--check", token, "--authority", good.roots, "--json")
    assert json.loads(done.stdout)["authority"].replace(" ", "") == "CN=GoodTime", done.stdout
    done = run(wardmark, "commit", plan, "--query", work / "q2")
    assert "--data-binary @" in done.stderr, done.stderr
    # Not the roots that made it, torn, altered, no token, of another text.
    whole = token.read_bytes()
    (work / "torn.tsr").write_bytes(whole[:-40])
    (work / "noise.tsr").write_bytes(b"something else")
    at = whole.index(b"Good Time")
    (work / "altered.tsr").write_bytes(whole[:at] + b"Evil" + whole[at + 4:])
    (work / "other.txt").write_text("commitment_1 " + 64 * "0" + "\n")
    openssl("ts", "-query", "-data", work / "other.txt", "-sha256", "-cert", "-no_nonce", "-out", work / "q3")
    foreign = good.stamp(work / "q3", work / "foreign.tsr")
    for file, roots, said in ((token, other.roots, "does not verify"), (work / "torn.tsr", good.roots, "one.tsr|torn.tsr"),
                              (work / "noise.tsr", good.roots, "is no response"), (work / "altered.tsr", good.roots, "does not verify"),
                              (foreign, good.roots, "it stamps something else than commitment 1"),
                              (work / "nothing.tsr", good.roots, "does not exist")):
        done = run(wardmark, "commit", record, "--add", file, "--authority", roots, "--of", "1", check=2)
        assert any(part in done.stderr for part in said.split("|")), (file, done.stderr)
    assert not (record / "stamps").exists()
    done = run(wardmark, "commit", record, "--add", token, "--authority", good.roots, check=2)
    assert "it stamps something else than commitment 2" in done.stderr, done.stderr
    done = run(wardmark, "commit", plan, "--add", token, "--authority", good.roots, check=2)
    assert "this is a plan" in done.stderr, done.stderr
    done = run(wardmark, "commit", record, "--add", token, check=2)
    assert "no file of trusted roots" in done.stderr, done.stderr
    return token


def verdict(work, wardmark, record, *options, check):
    ask = f"exec:{sys.executable} {work}/suspect.py {work}/out.bin {work}/asked"
    return run(wardmark, "verify", "images", "--suspect", ask, "--record", record, "-k", work / "key", "--test", work / "test.bin", "--progress",
               "never", *options, check=check)


def grades(work, wardmark, good, token):
    """C without stamps, with one alone; B with both of a release that the owner drew; A when the plan's came before the beacon."""
    record = work / "out.bin.wardmark"
    assert "grade C" in verdict(work, wardmark, record, check=1).stdout
    run(wardmark, "commit", record, "--add", token, "--authority", good.roots, "--of", "1")
    assert json.loads(run(wardmark, "commit", record, "--json").stdout)["grade"] == "C"
    run(wardmark, "commit", record, "--query", work / "q4")
    run(wardmark, "commit", record, "--add", good.stamp(work / "q4", work / "two.tsr"), "--authority", good.roots)
    run(wardmark, "commit", record, "--add", work / "two.tsr", "--authority", good.roots)  # again: no change
    assert len(list((record / "stamps").iterdir())) == 4
    found = json.loads(run(wardmark, "commit", record, "--json").stdout)
    assert found["grade"] == "B" and [s["commitment"] for s in found["stamps"]] == [1, 2], found
    text = verdict(work, wardmark, record, "--disclose", work / "bundle", "--report", work / "page.html", check=0).stdout
    assert "exploratory" not in text and "grade B" in text and "drew once and honestly" in text and "release time-stamped" in text, text
    assert "Good Time" in (work / "page.html").read_text()
    found = json.loads(run(wardmark, "verify", "bundle", work / "bundle", "--json").stdout)
    assert found["grade"] == "B" and len(found["stamps"]) == 2 and found["evidence"], found
    for file in (work / "bundle" / "record" / "stamps").iterdir():
        if file.suffix == ".tsr":
            content = file.read_bytes()
            file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
            assert "BUNDLE-ALTERED" in run(wardmark, "verify", "bundle", work / "bundle", check=4).stderr
            file.write_bytes(content)
    # A record whose token was exchanged says so in place of a verdict.
    (kept,) = (record / "stamps").glob("commitment_2-*.tsr")
    content = kept.read_bytes()
    kept.write_bytes((work / "foreign.tsr").read_bytes())
    assert "TIME-STAMP" in verdict(work, wardmark, record, check=2).stderr
    kept.write_bytes(content)


def beacons(work, wardmark, good):
    now = int(time.time())
    for name, network, when, grade in (("early", "drand:quicknet", now + 3600, "A"), ("late", "drand:quicknet", now - 3600, "B"),
                                       ("unknown", "other:net", now + 3600, "B")):
        signature = hashlib.sha256(name.encode()).hexdigest() * 2
        number = (when - QUICKNET) // PERIOD + 1
        (work / "round.json").write_text(json.dumps({"round": number, "signature": signature, "randomness":
                                                     hashlib.sha256(bytes.fromhex(signature)).hexdigest()}))
        run(wardmark, "plan", work / "in.bin", "-o", work / f"{name}.plan", "-k", work / "key", "-m", "cuda", "--many-classes", "--release", name,
            "--beacon-network", network, "--beacon-round", number, "-q")
        run(wardmark, "commit", work / f"{name}.plan", "--query", work / "q")
        token = good.stamp(work / "q", work / f"{name}.tsr")
        done = run(wardmark, "commit", work / f"{name}.plan", "--check", token, "--authority", good.roots)
        assert ("no grade A" in done.stderr) == (grade != "A"), done.stderr
        out = work / f"{name}.bin"
        run(wardmark, "protect", work / "in.bin", "-o", out, "-k", work / "key", "--plan", work / f"{name}.plan", "--beacon",
            work / "round.json", "-q")
        record = work / f"{name}.bin.wardmark"
        run(wardmark, "commit", record, "--add", token, "--authority", good.roots, "--of", "1")
        run(wardmark, "commit", record, "--query", work / "q")
        run(wardmark, "commit", record, "--add", good.stamp(work / "q", work / "second.tsr"), "--authority", good.roots)
        assert json.loads(run(wardmark, "commit", record, "--json").stdout)["grade"] == grade, name
        if grade == "A":
            text = verdict(work, wardmark, record, check=1).stdout  # a suspect of another release
            assert "grade A" in text and "came after the plan was time-stamped" in text and "honestly" not in text, text


def ending(work, wardmark):
    """A certificate that ends soon is warned of, and still checked."""
    brief = Authority(work / "brief", "Brief Time", days=30)
    run(wardmark, "commit", work / "plan", "--query", work / "q")
    done = run(wardmark, "commit", work / "plan", "--check", brief.stamp(work / "q", work / "brief.tsr"), "--authority", brief.roots)
    assert "a certificate of that time stamp ends" in done.stderr, done.stderr


def main(bin_dir):
    wardmark = pathlib.Path(bin_dir) / "wardmark"
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        good, other = Authority(work / "good", "Good Time"), Authority(work / "other", "Other Time")
        (work / "in.bin").write_bytes(records(1, 20))
        (work / "test.bin").write_bytes(records(2, 2))
        (work / "suspect.py").write_text(SUSPECT)
        run(wardmark, "keygen", "-o", work / "key", "-q")
        run(wardmark, "plan", work / "in.bin", "-o", work / "plan", "-k", work / "key", "-m", "cuda", "--many-classes", "-q")
        run(wardmark, "protect", work / "in.bin", "-o", work / "out.bin", "-k", work / "key", "--plan", work / "plan", "-q")
        token = stamps(work, wardmark, good, other)
        grades(work, wardmark, good, token)
        beacons(work, wardmark, good)
        ending(work, wardmark)


if __name__ == "__main__":
    main(sys.argv[1])
