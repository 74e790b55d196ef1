#!/usr/bin/python3
"""Training speed of a language model beside the same model in python3-torch: tokens a second of processor time.

    language_speed.py BUILD TEXT [gpt-nano|gpt-micro|gpt-mini] [fp32|bf16]

One thread each, one after the other, rows of 128 tokens, 32 a step, 4,096 words. Ours is the difference between a run
of two epochs and one of one, so start and vocabulary do not count; python's is its second pass over 18 steps. TEXT is a
file of about 300 kB. Both peaks of memory are of whole processes.
"""
import math
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

import json

SIZES = {"gpt-nano": (3, 4, 64), "gpt-micro": (4, 4, 128), "gpt-mini": (6, 6, 192)}
WORDS, ROW, ROWS, STEPS = 4096, 128, 32, 18


def python(size, precision):
    import torch
    from torch import nn
    from torch.nn import functional as F
    torch.set_num_threads(1)
    layers, heads, width = SIZES[size]
    mask = torch.full((ROW, ROW), -math.inf).triu(1)

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
            self.into, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

        def forward(self, x):
            b, t, _ = x.shape
            q, k, v = self.into(self.first(x)).view(b, t, 3, heads, -1).permute(2, 0, 3, 1, 4).reshape(3, b * heads, t, -1).unbind(0)
            w = torch.baddbmm(mask.to(q.dtype), q, k.transpose(1, 2), alpha=1 / math.sqrt(width // heads)).softmax(-1)
            x = x + self.out((w.to(v.dtype) @ v).view(b, heads, t, -1).transpose(1, 2).reshape(b, t, width))
            return x + self.down(F.gelu(self.up(self.second(x)), approximate="tanh"))

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.places, self.last = nn.Embedding(WORDS, width), nn.Embedding(ROW, width), nn.LayerNorm(width)
            self.blocks = nn.ModuleList(Block() for _ in range(layers))
            for p in self.parameters():
                if p.dim() > 1:
                    nn.init.normal_(p, 0, 0.02)

        def forward(self, ids):
            x = self.words(ids) + self.places.weight
            for block in self.blocks:
                x = block(x)
            return F.cross_entropy((self.last(x) @ self.words.weight.t()).view(-1, WORDS).float(), ids.view(-1))

    model = Model()
    optimiser = torch.optim.AdamW(model.parameters(), 1e-3, betas=(0.9, 0.95), weight_decay=0.1, foreach=True)
    rows = torch.randint(0, WORDS, (STEPS, ROWS, ROW))
    for _ in range(2):
        began = time.process_time()
        for row in rows:
            with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
                loss = model(row)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
        taken = time.process_time() - began
    return STEPS * ROWS * ROW / taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def ours(build, text, size, precision):
    def run(epochs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with tempfile.TemporaryDirectory() as work:
            done = subprocess.run([f"{build}/bin/wardmark-nn", "train-text", text, "-o", f"{work}/m", "--model", size, "--epochs", str(epochs),
                                   "--precision", precision, "-j", "1", "--json", "-q"], capture_output=True, text=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, json.loads(done.stdout)["epochs"][-1]["tokens"]

    once, tokens = run(1)
    twice, _ = run(2)
    return tokens / (twice - once), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def main(build, text, size="gpt-mini", precision="fp32"):
    mine, memory = ours(build, pathlib.Path(text), size, precision)
    theirs, their_memory = python(size, precision)
    print(f"{size} {precision}: {mine:.0f} tokens/s here, {theirs:.0f} in python, ratio {mine / theirs:.2f}; "
          f"{memory:.0f} and {their_memory:.0f} MiB, ratio {memory / their_memory:.2f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
