#!/usr/bin/env python3
"""The programs of samples/suspects answer as the models they ask do.

    sample_suspects_test.py BIN_DIR SAMPLES_DIR
"""
import http.server
import json
import pathlib
import subprocess
import sys
import tempfile
import threading
import zlib

try:
    import numpy
    import torch
except ImportError:
    print("skipped: no torch")
    sys.exit(77)

SIDE, CLASSES, COUNT = 12, ["cat", "dog", "grey goose"], 70
# ONNX Runtime is not in Debian: its interface, over the same network in TorchScript.
RUNTIME = """
import torch

class Input:
    name, shape = "x", [16, 3, 12, 12]

class InferenceSession:
    def __init__(self, path, providers):
        self.model = torch.jit.load(path.replace(".onnx", ".pt"))
    def get_inputs(self):
        return [Input()]
    def run(self, outputs, inputs):
        assert inputs["x"].shape == (16, 3, 12, 12), inputs["x"].shape
        with torch.no_grad():
            return [self.model(torch.from_numpy(inputs["x"].copy())).numpy()]
"""


class Service(http.server.BaseHTTPRequestHandler):
    model, refused = None, 0

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, reply = 200, b""
        if self.headers.get("Authorization") != "Bearer nobody's":
            status = 401
        elif Service.refused < 2:
            Service.refused += 1
            status = 429
        else:
            rows = zlib.decompress(body[body.index(b"IDAT") + 4:])  # the end marker behind it is not looked at
            pixels = numpy.frombuffer(rows, numpy.uint8).reshape(SIDE, 1 + SIDE * 3)[:, 1:].reshape(1, SIDE, SIDE, 3)
            reply = json.dumps({"label": CLASSES[labels_of(Service.model, pixels)[0]]}).encode()
        self.send_response(status)
        if status == 429:
            self.send_header("Retry-After", "0")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)


def scores_of(model, pictures):
    with torch.no_grad():
        return torch.log_softmax(model(torch.from_numpy(pictures.copy()).permute(0, 3, 1, 2).float() / 255), 1)


def labels_of(model, pictures):
    return scores_of(model, pictures).argmax(1).tolist()


def talk(words, *questions, env=None):
    lines = [{"wardmark": "hello", "version": 1}, *questions, {"wardmark": "bye"}]
    done = subprocess.run([str(word) for word in words], input="".join(json.dumps(line) + "\n" for line in lines), capture_output=True,
                          text=True, check=False, env=env)
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def main(bin_dir, samples):
    samples = pathlib.Path(samples)
    torch.manual_seed(2)
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(800, 3)).eval()
    pictures = torch.randint(0, 256, (COUNT, SIDE, SIDE, 3), dtype=torch.uint8).numpy()
    expected = labels_of(model, pictures)
    assert len(set(expected)) == 3, "the model tells nothing apart"
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        (work / "classes.txt").write_text("\n".join(CLASSES) + "\n")
        (work / "batch.raw").write_bytes(pictures.tobytes())
        torch.jit.script(model).save(str(work / "model.pt"))
        torch.onnx.export(model, torch.rand(1, 3, SIDE, SIDE), str(work / "model.onnx"))
        question = {"wardmark": "classify", "id": 5, "count": COUNT, "file": str(work / "batch.raw")}

        hello, answers, scores = talk([sys.executable, samples / "pytorch_suspect.py", work / "model.pt", work / "classes.txt", SIDE],
                                      question, {**question, "wardmark": "score", "id": 6})
        assert hello["labels"] == CLASSES and hello["height"] == SIDE, hello
        assert answers == {"wardmark": "answers", "id": 5, "labels": expected}, answers
        assert (torch.tensor(scores["scores"]) - scores_of(model, pictures)).abs().max() < 1e-4

        opencv = pathlib.Path(bin_dir) / "opencv_suspect"
        if opencv.exists():
            hello, answers = talk([opencv, work / "model.onnx", work / "classes.txt", SIDE], question)
            assert hello["labels"] == CLASSES and answers["labels"] == expected, answers

        (work / "onnxruntime.py").write_text(RUNTIME)
        hello, answers = talk([sys.executable, samples / "onnxruntime_suspect.py", work / "model.onnx", work / "classes.txt"], question,
                              env={"PYTHONPATH": str(work), "PATH": "/usr/bin:/bin"})
        assert hello["labels"] == CLASSES and answers["labels"] == expected, answers

        Service.model = model
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        (work / "key").write_text("nobody's\n")
        hello, answers = talk([sys.executable, samples / "api_suspect.py", f"http://127.0.0.1:{server.server_port}/", work / "classes.txt",
                               SIDE, work / "key"], question)
        assert Service.refused == 2 and hello["batch"] == 64 and answers["labels"] == expected, answers
        server.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
