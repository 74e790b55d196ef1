#!/usr/bin/env python3
"""A TorchScript module as a suspect: pytorch_suspect.py MODEL.pt CLASSES.txt SIZE"""
import json
import sys

import numpy
import torch

model = torch.jit.load(sys.argv[1], map_location="cpu").eval()
classes = open(sys.argv[2], encoding="utf-8").read().splitlines()
size = int(sys.argv[3])


def log_probabilities(asked):
    pictures = numpy.fromfile(asked["file"], numpy.uint8, asked["count"] * size * size * 3).reshape(-1, size, size, 3)
    x = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255  # what the model was trained on: change it here
    with torch.no_grad():
        return torch.log_softmax(model(x), 1)


for line in sys.stdin:
    asked = json.loads(line)
    if asked["wardmark"] == "hello":
        answer = {"wardmark": "hello", "version": 1, "name": sys.argv[1], "height": size, "width": size, "channels": 3,
                  "labels": classes, "access": ["labels", "scores"]}
    elif asked["wardmark"] == "classify":
        answer = {"wardmark": "answers", "id": asked["id"], "labels": log_probabilities(asked).argmax(1).tolist()}
    elif asked["wardmark"] == "score":
        answer = {"wardmark": "scores", "id": asked["id"], "scores": log_probabilities(asked).clamp(max=0).tolist()}
    else:
        break
    print(json.dumps(answer), flush=True)
