#!/usr/bin/env python3
"""`verify images` asks a model behind an address: one that answers, one that is busy, and some that cannot.

    http_test.py BIN_DIR
"""
import base64
import http.server
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import threading
import time
import zlib

CLASSES, KEY = 3, "token-that-is-nobodys"


def pixels(png):
    """Bytes of an RGB picture, rows without filters undone: enough to answer by."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n", png[:8]
    at, data = 8, b""
    while at < len(png):
        size = int.from_bytes(png[at:at + 4], "big")
        if png[at + 4:at + 8] == b"IHDR":
            assert int.from_bytes(png[at + 8:at + 12], "big") == 32 and png[at + 17] == 2, "not the picture that was asked for"
        if png[at + 4:at + 8] == b"IDAT":
            data += png[at + 8:at + 8 + size]
        at += size + 12
    return zlib.decompress(data)


class Service(http.server.BaseHTTPRequestHandler):
    """Quiet, and with one way to answer."""
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def send(self, status, body, headers=()):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Api(Service):
    mode, seen, times = "good", 0, []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Api.seen += 1
        Api.times.append(time.monotonic())
        asked = json.loads(body)
        mode = Api.mode
        if self.headers.get("Authorization") != "Bearer " + KEY:
            return self.send(401, {"error": "who are you"})
        if asked["wardmark"] == "hello":
            hello = {"wardmark": "hello", "version": 1, "name": "api", "height": 32, "width": 32, "channels": 3,
                     "labels": [str(c) for c in range(CLASSES)], "batch": 300, "access": ["labels", "scores"]}
            return self.send(200, {"wardmark": "hello"} if mode == "no-hello" else hello)
        if mode == "busy" and Api.seen % 2 == 0:
            return self.send(429, {}, [("Retry-After", "1")])
        if mode == "faulty" and Api.seen % 3 != 0:
            return self.send(500, {})
        if mode == "always-busy" or (mode == "two" and Api.seen > 3):
            return self.send(503, {})
        if mode == "slow":
            time.sleep(3)
        if mode == "cut":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
            self.close_connection = True
            return None
        if mode == "garbage":
            return self.send(200, b"<html>hello</html>")
        if mode == "moved":
            return self.send(302, b"", [("Location", "http://127.0.0.1:1/")])
        labels = [zlib.crc32(pixels(base64.b64decode(p))) % CLASSES for p in asked["pictures"]]
        if mode == "few":
            labels = labels[1:]
        if mode == "no-id":
            return self.send(200, {"wardmark": "answers", "labels": labels})
        return self.send(200, {"wardmark": "answers", "id": asked["id"], "labels": labels})


def run(*words, check=0):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    assert check is None or done.returncode == check, (words, done.returncode, done.stdout, done.stderr)
    assert KEY not in done.stdout + done.stderr, "the key of the address was printed"
    return done


def main(bin_dir):
    wardmark = pathlib.Path(bin_dir) / "wardmark"
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/model"
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        draw = random.Random(1)
        for name, count in (("in.bin", 60), ("test.bin", 30)):
            (work / name).write_bytes(b"".join(bytes([n % CLASSES]) + draw.randbytes(3072) for n in range(count)))
        (work / "token").write_text(KEY + "\n")
        run(wardmark, "keygen", "-o", work / "key", "-q")
        run(wardmark, "protect", work / "in.bin", "-o", work / "out.bin", "-k", work / "key", "-m", "cuda", "--pool", "10", "--alpha", "0.1",
            "--suspects", "5", "-q")

        def verify(mode, *options, check=1, state=None):
            Api.mode, Api.seen, Api.times = mode, 0, []
            return run(wardmark, "verify", "images", "--suspect", url, "--suspect-key-file", work / "token", "--release", work / "out.bin", "-k",
                       work / "key", "--test", work / "test.bin", "--json", "-q", "--log", work / f"log-{mode}-{len(options)}", "--state",
                       work / (state or f"state-{mode}-{len(options)}"), *options, check=check)

        good = json.loads(verify("good").stdout)
        assert good["queries"] == 10 * 3 * 30 and Api.seen == 1 + 3, (good, Api.seen)
        for file in work.rglob("*"):
            assert not file.is_file() or file.name == "token" or KEY.encode() not in file.read_bytes(), file
        # Busy and faulty servers are asked again, after the pause they asked for; the answers are the same.
        assert json.loads(verify("busy").stdout)["table"] == good["table"]
        assert max(b - a for a, b in zip(Api.times, Api.times[1:])) >= 0.99, Api.times
        assert json.loads(verify("faulty").stdout)["table"] == good["table"]
        verify("good", "--rate", "4")
        assert min(b - a for a, b in zip(Api.times, Api.times[1:])) >= 0.24, Api.times
        bad = [("always-busy", ["--retries", "1"], "HTTP status 503, after 1 retries"), ("slow", ["--timeout", "0.5", "--retries", "0"], "timed out"),
               ("cut", ["--retries", "1"], "after 1 retries"), ("garbage", [], "its reply is no JSON object"),
               ("moved", [], "HTTP status 302"), ("few", [], "answers to 300 pictures"), ("no-id", [], "id is no whole number"),
               ("no-hello", [], "version is no whole number")]
        for mode, options, reason in bad:
            done = verify(mode, *options, check=4)
            assert reason in done.stderr and done.stdout == "" and "[SUSPECT-" in done.stderr, (mode, done.stderr)
        # What was answered before a server gave up is not asked again.
        done = verify("two", "--retries", "0", check=4, state="again")
        assert "HTTP status 503" in done.stderr and Api.seen == 1 + 3, (Api.seen, done.stderr)
        assert json.loads(verify("good", "--resume", state="again").stdout)["table"] == good["table"] and Api.seen == 1 + 1, Api.seen
        (work / "token").write_text("other\n")
        assert "HTTP status 401" in verify("good", check=4, state="wrong").stderr
        done = run(wardmark, "verify", "images", "--suspect", "http://127.0.0.1:1/", "--retries", "0", "--release", work / "out.bin", "-k",
                   work / "key", "--test", work / "test.bin", "-q", "--log", work / "log-none", "--state", work / "none", check=4)
        assert "SUSPECT-FAILED" in done.stderr, done.stderr
    server.shutdown()


if __name__ == "__main__":
    main(sys.argv[1])
