#!/usr/bin/env python3
"""wardmark-http asks language model servers of every shape: right scores and texts, or a reason, never a made-up value.

    text_api_test.py BIN_DIR

Replies have the shapes that the servers send (fields in the order and with the extras of recorded ones), filled in by a small model, so that
what is read can be compared with what the model says.
"""
import http.server
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile
import threading
import time

import text_model
from http_test import Service

KEY = "token-that-is-nobodys"
BOS = "<s>"


def openai_usage(n):
    return {"prompt_tokens": n, "total_tokens": n + 1, "completion_tokens": 1}


class Server(Service):
    model, mode, seen, bodies = None, "good", 0, []

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        Server.seen += 1
        Server.bodies.append((self.path, asked))
        if self.headers.get("Authorization") != "Bearer " + KEY:
            return self.send(401, {"error": {"message": "who are you", "type": "auth"}})
        if Server.mode == "busy" and Server.seen % 2 == 1:
            return self.send(429, {"error": "overloaded", "error_type": "overloaded"}, [("Retry-After", "1")])
        if Server.mode == "faulty" and Server.seen % 2 == 1:
            return self.send(500, {"detail": "oom"})
        if Server.mode == "refuses":
            return self.send(400, {"error": {"message": "Only no echo is supported", "code": 400}})
        if Server.mode == "slow":
            time.sleep(2)
        if Server.mode == "cut":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
            self.close_connection = True
            return None
        if Server.mode == "html":
            return self.send(200, b"<html>hello</html>")
        if Server.mode == "stream":  # parts, though none were asked for
            return self.send(200, b'data: {"choices":[{"text":" a"}]}\n\ndata: {"choices":[{"text":" a b"}]}\n\ndata: [DONE]\n')
        return self.send(200, SHAPES[self.path](asked, Server.mode))


def told(prompt):
    rows = Server.model.scores("", prompt)
    if Server.mode in ("bos", "two-bos"):
        rows = [(BOS, None, 0)] * (2 if Server.mode == "two-bos" else 1) + [rows[0][:1] + (-5.0,) + rows[0][2:]] + rows[1:]
    return rows


def completions(asked, mode):
    if "prompt_logprobs" in asked:
        return vllm(asked, mode)
    prompt = asked["prompt"]
    assert asked["temperature"] == 0 and asked["stream"] is False and asked["n"] == 1 and asked["frequency_penalty"] == 0, asked
    head = {"id": "cmpl-1", "object": "text_completion", "created": 1700000000, "model": asked.get("model", "m")}
    if not asked["echo"]:
        text = Server.model.greedy(prompt, asked["max_tokens"])
        finish = "content_filter" if mode == "filter" else "length"
        choices = [{"index": 0, "text": text, "logprobs": None, "finish_reason": finish}]
        return {**head, "choices": choices * (2 if mode == "two" else 1), "usage": openai_usage(3)}
    generated = " and"
    rows = told(prompt)
    logprobs = {"text_offset": [row[2] for row in rows] + [len(prompt)], "token_logprobs": [row[1] for row in rows] + [-0.25],
                "tokens": [row[0] for row in rows] + [generated], "top_logprobs": [None] + [{row[0]: row[1]} for row in rows[1:]] + [{generated: -0.25}]}
    text = prompt + generated
    if mode == "chat-shape":
        logprobs = {"content": [{"token": generated, "logprob": -0.25, "bytes": [32], "top_logprobs": []}]}
    elif mode == "nulls":
        logprobs = {**logprobs, "token_logprobs": [None] * len(logprobs["tokens"])}
    elif mode == "one-null":
        logprobs = {"tokens": [prompt], "token_logprobs": [None], "text_offset": [0], "top_logprobs": None}
    elif mode == "no-logprobs":
        logprobs = None
    elif mode == "no-echo":
        text, logprobs = generated, {"tokens": [generated], "token_logprobs": [-0.25], "text_offset": [0], "top_logprobs": [{}]}
    elif mode == "generated-only":
        logprobs = {"tokens": [generated], "token_logprobs": [-0.25], "text_offset": [len(prompt)], "top_logprobs": [{}]}
    elif mode == "short":
        logprobs = {**logprobs, "token_logprobs": logprobs["token_logprobs"][:-2]}
    elif mode == "words":
        logprobs = {**logprobs, "token_logprobs": [str(score) for score in logprobs["token_logprobs"]]}
    elif mode == "other":
        logprobs = {**logprobs, "tokens": ["x"] * len(logprobs["tokens"])}
    return {**head, "choices": [{"index": 0, "text": text, "logprobs": logprobs, "finish_reason": "length"}], "usage": openai_usage(len(rows))}


def vllm(asked, mode):
    rows = told(asked["prompt"])
    ids = list(range(100, 100 + len(rows)))
    places = [None] + [{str(i): {"logprob": -9.0 if row[1] is None else row[1], "rank": 1, "decoded_token": row[0]}} for i, row in zip(ids[1:], rows[1:])]
    if mode in ("several", "several-ids"):
        places = [None] + [{"7": {"logprob": -0.01, "rank": 1, "decoded_token": " top"}, **place} for place in places[1:]]
    if mode == "nulls":
        places = [None] * len(places)
    if mode == "one-null":
        places = [None]
    choice = {"index": 0, "text": " and", "logprobs": None, "finish_reason": "length", "stop_reason": None, "prompt_logprobs": places}
    if mode != "several":
        choice["prompt_token_ids"] = ids
    if mode == "no-logprobs":
        choice["prompt_logprobs"] = None
    return {"id": "cmpl-1", "object": "text_completion", "model": "m", "choices": [choice], "usage": openai_usage(len(rows))}


def chat(asked, mode):
    message = asked["messages"][0]
    assert message["role"] == "user" and "logprobs" not in asked, asked
    prompt = message["content"].split("\n\n", 1)[1]
    text = Server.model.greedy(prompt, asked["max_tokens"])
    content = {"think": "<think>a riddle</think>" + text, "thinks": "<think>a long riddle", "repeats": prompt + text, "reasoning": None}.get(mode, text)
    return {"id": "chatcmpl-1", "object": "chat.completion", "choices": [
        {"index": 0, "message": {"role": "assistant", "content": content, "reasoning_content": "hm"}, "logprobs": None, "finish_reason": "stop"}]}


def llama(asked, mode):
    assert asked["repeat_penalty"] == 1 and asked["temperature"] == 0 and asked["stream"] is False, asked
    if mode == "error":
        return {"error": {"code": 500, "message": "no slot"}}
    return {"index": 0, "content": Server.model.greedy(asked["prompt"], asked["n_predict"]), "tokens": [], "stop": True,
            "generation_settings": {"repeat_penalty": 1.0}, "timings": {}}


def ollama(asked, mode):
    assert asked["raw"] is True and asked["stream"] is False and asked["options"]["temperature"] == 0, asked
    return {"model": asked["model"], "created_at": "2025-01-01T00:00:00Z", "response": Server.model.greedy(asked["prompt"], asked["options"]["num_predict"]),
            "done": mode != "parts", "done_reason": "length"}


def generate(asked, mode):
    return sglang(asked, mode) if "text" in asked else tgi(asked, mode)


def sglang(asked, mode):
    assert asked["sampling_params"]["temperature"] == 0, asked
    text = Server.model.greedy(asked["text"], asked["sampling_params"]["max_new_tokens"])
    meta = {"id": "x", "finish_reason": {"type": "length"}, "prompt_tokens": 3}
    if asked.get("return_logprob"):
        meta["input_token_logprobs"] = [[row[1], n, None if mode == "no-text" else row[0]] for n, row in enumerate(told(asked["text"]))]
        if mode == "nulls":
            meta["input_token_logprobs"] = [[None] + row[1:] for row in meta["input_token_logprobs"]]
        meta["output_token_logprobs"] = [[-0.25, 9, " and"]]
        if mode == "generated-only":
            del meta["input_token_logprobs"]
    return {"text": asked["text"] + text if mode == "cumulative" else text, "meta_info": meta}


def tgi(asked, mode):
    parameters = asked["parameters"]
    assert parameters["do_sample"] is False and parameters["return_full_text"] is False, asked
    details = {"finish_reason": "length", "generated_tokens": 1, "seed": None, "prefill": [], "tokens": [{"id": 9, "text": " and", "logprob": -0.25, "special": False}]}
    if parameters.get("decoder_input_details") and mode != "off":
        details["prefill"] = [{"id": n, "text": row[0], "logprob": row[1]} for n, row in enumerate(told(asked["inputs"]))]
        if mode == "absent":
            for token in details["prefill"]:
                del token["logprob"]
    reply = {"generated_text": Server.model.greedy(asked["inputs"], parameters["max_new_tokens"]), "details": details}
    return [reply] if mode == "list" else reply


SHAPES = {"/v1/completions": completions, "/v1/chat/completions": chat, "/completion": llama, "/api/generate": ollama, "/generate": generate}
SCORING = ("openai-completions", "vllm", "sglang", "tgi")
ALL = SCORING + ("openai-chat", "llama.cpp", "ollama")

PROMPTS = ["One day he went", "She said that it was the first time", "Ünïcode café: the sun"]
ITEMS = [{"context": "One day he went", "text": " to the house of his friend"}, {"context": "Then", "text": " the little girl"},
         {"context": "Ünïcode café in the", "text": " morning the “sun” rises"}, {"context": "One da", "text": "y he went"}]

# What a server sends, to whom that matters, and what must be said of it.
BAD_SCORES = [
    ("chat-shape", ["openai-completions"], "have the shape of chat"),
    ("nulls", ["openai-completions", "sglang"], "has no log-probability (null)"),
    ("nulls", ["vllm"], "a token of the prompt has no log-probability"),
    ("one-null", ["openai-completions"], "has no log-probability (null)"),
    ("one-null", ["vllm"], "tells no log-probabilities of the prompt"),
    ("no-logprobs", ["openai-completions"], 'its reply has no "logprobs"'),
    ("no-logprobs", ["vllm"], 'its reply has no "prompt_logprobs"'),
    ("no-echo", ["openai-completions"], "did not echo the prompt"),
    ("generated-only", ["openai-completions"], "are not those of the text"),
    ("generated-only", ["sglang"], 'has no "input_token_logprobs"'),
    ("short", ["openai-completions"], "are not as many"),
    ("words", ["openai-completions"], "is no number"),
    ("other", ["openai-completions"], "are not those of the text"),
    ("several", ["vllm"], "several tokens for one place"),
    ("no-text", ["sglang"], "tells no texts of tokens"),
    ("off", ["tgi"], "--enable-prefill-logprobs"),
    ("absent", ["tgi"], "has no log-probability (null)"),
    ("two-bos", ["openai-completions", "sglang", "tgi"], "before the prompt twice"),
    ("two-bos", ["vllm"], "are not those of the text"),
    ("refuses", SCORING, "HTTP status 400 (Only no echo is supported)"),
    ("html", SCORING, "is no JSON"),
    ("cut", SCORING, "after 1 retries"),
    ("slow", SCORING, "timed out"),
]
BAD_TEXTS = [
    ("stream", ALL, "is no JSON"),
    ("html", ALL, "is no JSON"),
    ("filter", ["openai-completions", "vllm"], "a filter kept the answer back"),
    ("two", ["openai-completions", "vllm"], "another number of choices"),
    ("reasoning", ["openai-chat"], 'has no "content"'),
    ("thinks", ["openai-chat"], "spent all tokens on thinking"),
    ("error", ["llama.cpp"], 'has no "content"'),
    ("parts", ["ollama"], "sends its answer in parts"),
    ("cut", ALL, "after 1 retries"),
]


class Talk:
    """wardmark-http by hand."""

    def __init__(self, program, url, token, api, *options):
        words = [program, url, "--key-file", token, "--api", api, "--retries", "1", "--seconds", "1", "--model", "m", *options]
        self.child = subprocess.Popen([str(w) for w in words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.hello = self.ask({"wardmark": "hello", "version": 1, "kind": "text"})

    def ask(self, message):
        self.child.stdin.write(json.dumps(message) + "\n")
        self.child.stdin.flush()
        return json.loads(self.child.stdout.readline())

    def texts(self):
        return self.ask({"wardmark": "continue", "id": 1, "prompts": PROMPTS, "tokens": 6})

    def scores(self):
        return self.ask({"wardmark": "score-text", "id": 2, "items": ITEMS})

    def end(self):
        self.child.stdin.close()
        self.child.wait(5)
        self.child.stdout.close()


def by_hand(program, url, token):
    model = Server.model
    right_texts = [model.greedy(prompt, 6) for prompt in PROMPTS]
    right = [model.own_scores(item["context"], item["text"]) for item in ITEMS]
    for api in ALL:
        talk = Talk(program, url, token, api)
        assert talk.hello["access"] == (["continue", "score"] if api in SCORING else ["continue"]), talk.hello
        assert talk.hello["kind"] == "text" and talk.hello["name"] == "m", talk.hello
        for mode in ("good", "busy", "faulty"):
            Server.mode, Server.seen = mode, 0
            assert talk.texts()["texts"] == right_texts, (api, mode)
        for mode in ("good", "bos", "busy", "several-ids", "list", "think", "repeats"):
            Server.mode, Server.seen = mode, 0
            if api not in SCORING:
                if mode != "busy":
                    assert talk.texts()["texts"] == right_texts, (api, mode)
                continue
            if mode == "bos" and api == "vllm":
                continue  # its first token has no text to be told by
            reply = talk.scores()
            assert reply["wardmark"] == "text-scores", (api, mode, reply)
            for got, want in zip(reply["scores"], right):
                assert len(got) == len(want) and all(math.isclose(a, b, rel_tol=1e-12) for a, b in zip(got, want)), (api, mode, got, want)
        for mode, apis, reason in BAD_SCORES:
            if api in apis:
                Server.mode, Server.seen = mode, 0
                reply = talk.scores()
                assert reply["wardmark"] == "error" and reason in reply["text"], (api, mode, reply)
        for mode, apis, reason in BAD_TEXTS:
            if api in apis:
                Server.mode, Server.seen = mode, 0
                reply = talk.texts()
                assert reply["wardmark"] == "error" and reason in reply["text"], (api, mode, reply)
        if api not in SCORING:
            Server.mode = "good"
            assert "tells no log-probabilities" in talk.scores()["text"]
        talk.end()
    # The address may name the path already.
    Server.mode = "good"
    talk = Talk(program, url + "/v1/completions", token, "openai-completions")
    assert talk.texts()["texts"] == right_texts
    talk.end()
    bad = subprocess.run([program, url, "--api", "telnet"], input="", capture_output=True, text=True, check=False)
    assert bad.returncode == 2 and "--api telnet: not known" in bad.stderr, bad


def run(*words, check=0):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    assert check is None or done.returncode == check, (words, done.returncode, done.stdout, done.stderr)
    assert KEY not in done.stdout + done.stderr, "the key of the address was printed"
    return done


def whole(bin_dir, url, work, token):
    """The whole command against servers: found where scores or texts are, told where they are not."""
    wardmark = pathlib.Path(bin_dir) / "wardmark"

    def verify(api, name, *options, check):
        return run(wardmark, "verify", "text", "--suspect", url, "--api", api, "--model", "m", "--suspect-key-file", token, "--release", work / "out",
                   "-k", work / "key", "--json", "-q", "--contexts", "1", "-B", "5", "--log", work / f"log-{name}", "--state", work / f"state-{name}",
                   "--report", work / f"page-{name}", "--retries", "1", *options, check=check)

    for api in ALL:
        Server.mode = "good"
        found = json.loads(verify(api, api, "--exploratory", check=0).stdout)
        tests = [f["test"] for f in found["findings"]]
        assert tests == ["last-2", "last-1"] + (["rank"] if api in SCORING else []), (api, found)
        assert found["findings"][0]["last"]["hits"] == 4, (api, found)
    # A server that offers the path but no log-probabilities of prompts: the reason is said, last words are asked.
    for mode, reason in (("no-echo", "did not echo"), ("chat-shape", "shape of chat"), ("one-null", "null")):
        Server.mode = mode
        found = json.loads(verify("openai-completions", mode, "--exploratory", check=0).stdout)
        assert [f["test"] for f in found["findings"]] == ["last-2", "last-1"] and reason in found["not_made"][0], found
        done = verify("openai-completions", mode + "-rank", "--test", "rank", check=4)
        assert reason in done.stderr and "SUSPECT-REPLY" in done.stderr, done.stderr
    Server.mode = "cumulative"
    found = json.loads(verify("sglang", "cumulative", check=1).stdout)
    assert "begin with the prompt" in found["not_made"][0] and found["findings"][0]["test"] == "rank", found
    for file in work.rglob("*"):
        assert not file.is_file() or file.name == "token" or KEY.encode() not in file.read_bytes(), file


def main(bin_dir):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        (work / "token").write_text(KEY + "\n")
        draw = random.Random(3)
        (work / "in").mkdir()
        for n in range(30):
            sentences = [" ".join(draw.choice(("ka", "lo", "mi", "ru", "te")) + draw.choice(("ran", "dor", "mis", "tal")) for _ in range(9)).capitalize() + "."
                         for _ in range(12)]
            (work / "in" / f"d{n}.txt").write_text(" ".join(sentences) + "\n")
        run(pathlib.Path(bin_dir) / "wardmark", "keygen", "-o", work / "key", "-q")
        run(pathlib.Path(bin_dir) / "wardmark", "mark", work / "in", "-o", work / "out", "-k", work / "key", "--sentences", "4",
            "--documents-per-sentence", "5", "--candidates", "20", "-q")
        Server.model = text_model.Model(work / "out")
        by_hand(pathlib.Path(bin_dir) / "wardmark-http", url, work / "token")
        whole(bin_dir, url, work, work / "token")
    server.shutdown()


if __name__ == "__main__":
    main(sys.argv[1])
