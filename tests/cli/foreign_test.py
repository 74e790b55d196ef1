#!/usr/bin/env python3
"""Suspects in files that other programs wrote: TorchScript and ONNX, good ones, broken ones and hostile ones.

    foreign_test.py BIN_DIR
"""
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile

try:
    import torch
except ImportError:
    print("skipped: no torch")
    sys.exit(77)

SIDE, CLASSES = 16, 3


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first = torch.nn.Conv2d(3, 8, 3, padding=1)
        self.norm = torch.nn.BatchNorm2d(8)
        self.second = torch.nn.Conv2d(8, 16, 3, stride=2, padding=1)
        self.last = torch.nn.Linear(16, CLASSES)

    def forward(self, x):
        x = torch.relu(self.norm(self.first(x)))
        return 4.0 * self.last(torch.relu(self.second(x)).mean([2, 3]))


class Thief(torch.nn.Module):
    """Maps a file: reads it, or makes it."""

    def __init__(self, make: bool, path: str):
        super().__init__()
        self.make, self.path = make, path

    def forward(self, x):
        taken = torch.from_file(self.path, self.make, 16, dtype=torch.uint8)
        return torch.zeros([x.shape[0], 3]) + taken.float().mean()


class NotANumber(torch.nn.Module):
    def forward(self, x):
        return torch.zeros([x.shape[0], 3]) / 0.0


class Flat(torch.nn.Module):
    def forward(self, x):
        return x.mean([1, 2, 3])


def run(*words, check=0, text=None):
    done = subprocess.run([str(word) for word in words], input=text, capture_output=True, text=True, check=False)
    assert check is None or done.returncode == check, (words, done.returncode, done.stdout, done.stderr)
    return done


def ask(engine, model, batch, count, *options, check=0):
    lines = [{"wardmark": "hello", "version": 1}, {"wardmark": "score", "id": 1, "count": count, "file": str(batch)}, {"wardmark": "bye"}]
    done = run(engine, "suspect", model, "--precision", "fp32", "--device", "cpu", *options, check=check,
               text="".join(json.dumps(line) + "\n" for line in lines))
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def agreement(work, engine):
    """Scores are those of torch itself, whatever the file and the normalisation."""
    torch.manual_seed(1)
    net = Net().eval()
    with torch.no_grad():
        net.norm.running_mean.uniform_(-0.5, 0.5)
        net.norm.running_var.uniform_(0.5, 2)
    torch.jit.script(net).save(str(work / "net.pt"))
    picture = torch.rand(1, 3, SIDE, SIDE)
    torch.onnx.export(net, picture, str(work / "one.onnx"))
    torch.onnx.export(net, picture, str(work / "many.onnx"), input_names=["x"], output_names=["y"],
                      dynamic_axes={"x": {0: "n"}, "y": {0: "n"}})
    raw = torch.randint(0, 256, (70, SIDE, SIDE, 3), dtype=torch.uint8)
    (work / "box" / "batch.raw").write_bytes(raw.numpy().tobytes())
    x = raw.permute(0, 3, 1, 2).float() / 255
    shift = torch.tensor([0.4, 0.5, 0.6]).view(1, 3, 1, 1)
    width = torch.tensor([0.2, 0.3, 0.25]).view(1, 3, 1, 1)
    ways = {"0..1": x, "-1..1": 2 * x - 1, "0..255": 255 * x, "0.4,0.5,0.6/0.2,0.3,0.25": (x - shift) / width}
    for file in ("net.pt", "one.onnx", "many.onnx"):
        for how, values in ways.items():
            (hello, reply), _ = ask(engine, work / file, work / "box/batch.raw", 70, "--size", SIDE, f"--normalise={how}", "--confine",
                                    work / "box")
            assert hello["labels"] == ["0", "1", "2"] and hello["access"] == ["labels", "scores"], hello
            with torch.no_grad():
                expected = torch.log_softmax(net(values), 1).clamp_min(-100)
            difference = (torch.tensor(reply["scores"]) - expected).abs().max().item()
            assert difference < 1e-3 * max(1, expected.abs().max().item() / 10), (file, how, difference)
    # Probabilities, said to be some, and taken for logits.
    soft = torch.nn.Sequential(net, torch.nn.Softmax(1))
    torch.jit.trace(soft, picture).save(str(work / "soft.pt"))
    (_, reply), _ = ask(engine, work / "soft.pt", work / "box/batch.raw", 70, "--size", SIDE, "--outputs", "probabilities")
    with torch.no_grad():
        assert (torch.tensor(reply["scores"]) - torch.log_softmax(net(x), 1)).abs().max().item() < 1e-3
    _, said = ask(engine, work / "net.pt", work / "box/batch.raw", 70, "--size", SIDE, "--outputs", "probabilities", check=2)
    assert "outputs are no probabilities" in said, said


def refusals(work, engine):
    batch = work / "box/batch.raw"
    torch.jit.script(NotANumber()).save(str(work / "nan.pt"))
    torch.jit.script(Flat()).save(str(work / "flat.pt"))
    whole = (work / "net.pt").read_bytes()
    (work / "torn.pt").write_bytes(whole[:len(whole) // 2])
    (work / "noise.pt").write_bytes(b"PK\3\4" + random.Random(1).randbytes(5000))
    (work / "noise.onnx").write_bytes(random.Random(2).randbytes(5000))
    (work / "empty.onnx").write_bytes(b"")
    onnx = (work / "many.onnx").read_bytes()
    (work / "torn.onnx").write_bytes(onnx[:len(onnx) // 3])
    (work / "unknown.onnx").write_bytes(onnx.replace(b"Conv", b"Cvno"))
    (work / "other.bin").write_bytes(b"something else")
    for file, options, reason in (("net.pt", [], "does not say the size"), ("net.pt", ["--size", "x"], "no size in pixels"),
                                  ("net.pt", ["--size", SIDE, "--normalise", "0.5/2"], "not 3 numbers"),
                                  ("nan.pt", ["--size", SIDE], "answers with no numbers"), ("flat.pt", ["--size", SIDE], "not with a row of classes"),
                                  ("torn.pt", ["--size", SIDE], "no TorchScript module"), ("noise.pt", ["--size", SIDE], "no TorchScript module"),
                                  ("noise.onnx", ["--size", SIDE], "OpenCV cannot read it"), ("empty.onnx", ["--size", SIDE], "OpenCV cannot read it"),
                                  ("torn.onnx", ["--size", SIDE], "OpenCV cannot read it"), ("unknown.onnx", ["--size", SIDE], "Cvno"),
                                  ("other.bin", ["--size", SIDE], "no model of a known kind"),
                                  ("net.pt", ["--size", SIDE, "--classes", work / "two"], "3 outputs, not 2"),
                                  ("net.pt", ["--size", SIDE, "--channels", "1"], "failed")):
        (work / "two").write_text("a\nb\n")
        _, said = ask(engine, work / file, batch, 70, *options, "--confine", work / "box", check=None)
        assert reason in said and "[BUG]" not in said, (file, options, said)


def thieves(work, engine):
    """What a hostile module would read or make is out of its reach; the test means something, as it could without the lock."""
    secret, made = work / "owner.key", work / "made"
    secret.write_text("wardmark-key-1 nobody's\n")
    for name, make, path in (("reads.pt", False, secret), ("makes.pt", True, made)):
        torch.jit.script(Thief(make, str(path))).save(str(work / name))
        ask(engine, work / name, work / "box/batch.raw", 70, "--size", SIDE)
        made.unlink(missing_ok=True)
        _, said = ask(engine, work / name, work / "box/batch.raw", 70, "--size", SIDE, "--confine", work / "box", check=2)
        assert "Permission denied" in said or "Landlock" in said, said
        assert not made.exists() or "Landlock" in said


def whole_test(work, wardmark):
    """`verify images` asks them, and what they cannot answer ends without a verdict."""
    draw = random.Random(5)
    train = b"".join(bytes([n % CLASSES]) + draw.randbytes(3072) for n in range(60))
    (work / "train.bin").write_bytes(train)
    (work / "test.bin").write_bytes(b"".join(bytes([n % CLASSES]) + draw.randbytes(3072) for n in range(30)))
    run(wardmark, "keygen", "-o", work / "key", "-q")
    run(wardmark, "protect", work / "train.bin", "-o", work / "out.bin", "-k", work / "key", "-m", "cuda", "--pool", "20", "--alpha", "0.1",
        "--suspects", "8", "-q")
    common = ["verify", "images", "--release", work / "out.bin", "-k", work / "key", "--test", work / "test.bin", "--exploratory", "--json", "-q"]
    tables = []
    for file in ("net.pt", "many.onnx"):
        done = run(wardmark, *common, "--suspect", work / file, "--suspect-size", SIDE, "--access", "scores", check=None)
        assert done.returncode in (0, 1), done.stderr
        tables.append(json.loads(done.stdout))
        assert tables[-1]["queries"] == 20 * 3 * 30 and 0 < tables[-1]["p"] <= 1
    # The same network in bf16 and in fp32: nearly the same effect.
    assert math.isclose(tables[0]["effect"], tables[1]["effect"], abs_tol=0.05), tables
    for file in ("reads.pt", "torn.pt", "noise.onnx", "nan.pt"):
        done = run(wardmark, *common, "--suspect", work / file, "--suspect-size", SIDE, check=4)
        assert done.stdout == "" and "SUSPECT-FAILED" in done.stderr, (file, done.stderr)
    assert not (work / "made").exists()


def main(bin_dir):
    programs = pathlib.Path(bin_dir)
    if not (programs / "wardmark-nn").exists():
        print("skipped: no wardmark-nn")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        (work / "box").mkdir()
        agreement(work, programs / "wardmark-nn")
        refusals(work, programs / "wardmark-nn")
        thieves(work, programs / "wardmark-nn")
        whole_test(work, programs / "wardmark")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
