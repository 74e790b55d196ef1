#!/usr/bin/env python3
"""An ONNX network as a suspect: onnxruntime_suspect.py MODEL.onnx CLASSES.txt"""
import json
import sys

import numpy
import onnxruntime

session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
inputs = session.get_inputs()[0]  # count, 3, height, width
classes = open(sys.argv[2], encoding="utf-8").read().splitlines()
height, width = inputs.shape[2:]
fixed = inputs.shape[0] if isinstance(inputs.shape[0], int) else 256


def labels(asked):
    pictures = numpy.fromfile(asked["file"], numpy.uint8, asked["count"] * height * width * 3).reshape(-1, height, width, 3)
    x = pictures.transpose(0, 3, 1, 2).astype(numpy.float32) / 255  # what the model was trained on: change it here
    found = []
    for begin in range(0, len(x), fixed):
        part = x[begin:begin + fixed]
        lacking = fixed - len(part) if isinstance(inputs.shape[0], int) else 0
        padded = numpy.concatenate([part, numpy.zeros((lacking, *part.shape[1:]), part.dtype)])
        found += session.run(None, {inputs.name: padded})[0][:len(part)].argmax(1).tolist()
    return found


for line in sys.stdin:
    asked = json.loads(line)
    if asked["wardmark"] == "hello":
        answer = {"wardmark": "hello", "version": 1, "name": sys.argv[1], "height": height, "width": width, "channels": 3,
                  "labels": classes}
    elif asked["wardmark"] == "classify":
        answer = {"wardmark": "answers", "id": asked["id"], "labels": labels(asked)}
    else:
        break
    print(json.dumps(answer), flush=True)
