#!/usr/bin/python3
"""One round of em and salm, and all of pil, followed by python3-torch from the published description.

    reference_test.py FIT-ROUND

Slow and plain: torch's own optimiser, automatic gradients throughout, masks by loops. Sign steps turn where a gradient is
nearly zero, so a small share of the samples may differ. Exit status: 0 all agree, 1 not, 77 without torch.
"""
import json
import os
import struct
import subprocess
import sys
import tempfile

try:
    import torch
except ImportError as missing:
    print(f"reference_test: skipped: {missing} (package python3-torch)")
    sys.exit(77)

AGREE = 0.98
EPSILON = 8 / 255
TYPES = {"F32": torch.float32, "I64": torch.int64, "U8": torch.uint8}


def read_safetensors(path):
    with open(path, "rb") as file:
        data = file.read()
    (length,) = struct.unpack("<Q", data[:8])
    header, body = json.loads(data[8:8 + length]), data[8 + length:]
    return {name: torch.frombuffer(bytearray(body[row["data_offsets"][0]:row["data_offsets"][1]]),
                                   dtype=TYPES[row["dtype"]]).reshape(row["shape"]).clone()
            for name, row in header.items() if name != "__metadata__"}


class SmallCnn(torch.nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        widths = [channels, 16, 16, 32, 32, 64, 64]
        for i in range(6):
            setattr(self, f"conv{i + 1}", torch.nn.Conv2d(widths[i], widths[i + 1], 3, 1, 1, bias=False))
            setattr(self, f"bn{i + 1}", torch.nn.BatchNorm2d(widths[i + 1]))
        self.fc = torch.nn.Linear(64, classes)

    def forward(self, x):
        for i in range(6):
            x = torch.relu(getattr(self, f"bn{i + 1}")(getattr(self, f"conv{i + 1}")(x)))
            if i in (1, 3):
                x = torch.nn.functional.max_pool2d(x, 2)
        return self.fc(x.mean((2, 3)))


def teach(network, x, y, orders, momentum=0.9):
    """Ten steps on the whole set, each in its order: sums of floats in another order drift apart by 0.03 over these steps."""
    network.train()
    optimiser = torch.optim.SGD(network.parameters(), lr=0.1, momentum=momentum, weight_decay=5e-4, nesterov=True)
    for order in orders:
        rows = torch.randperm(len(y), generator=torch.Generator().manual_seed(order))
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(network(x[rows].contiguous(memory_format=torch.channels_last)), y[rows]).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()


def lower(network, normal, pictures, y):
    """Twenty steps of 0.8/255 from no noise; the noise in 255ths and the sums of gradient magnitudes."""
    network.eval()
    noise = torch.zeros_like(pictures)
    magnitudes = torch.zeros_like(pictures[:, :1])
    for _ in range(20):
        noise.requires_grad_(True)
        loss = torch.nn.functional.cross_entropy(network(normal(pictures + noise)), y, reduction="sum")
        (gradient,) = torch.autograd.grad(loss, noise)
        with torch.no_grad():
            magnitudes += gradient.abs().sum(1, keepdim=True)
            noise = (noise - 0.8 / 255 * gradient.sign()).clamp(-EPSILON, EPSILON)
            noise = (pictures + noise).clamp(0, 1) - pictures
    return (noise.detach() * 255).round(), magnitudes


def activity(picture):
    """Whether something happens in the 5 x 5 pixels around, a level from pixel to pixel: (H, W), bool; picture (H, W, C)."""
    height, width, channels = picture.shape
    steps = torch.zeros(height, width)
    for y in range(height):
        for x in range(width):
            if x + 1 < width:
                steps[y, x] += (picture[y, x + 1] - picture[y, x]).abs().sum()
            if y + 1 < height:
                steps[y, x] += (picture[y + 1, x] - picture[y, x]).abs().sum()
    return torch.tensor([[bool(steps[max(0, y - 2):y + 3, max(0, x - 2):x + 3].sum() >= 50 * channels) for x in range(width)]
                         for y in range(height)])


def masked(noise, magnitudes, pictures, rho):
    out = torch.zeros_like(noise)
    for i in range(noise.shape[0]):
        sums, height, width = magnitudes[i, 0], noise.shape[2], noise.shape[3]
        open_places = activity(pictures[i].permute(1, 2, 0) * 255)
        salience = [(float(sums[max(0, y - 2):y + 3, max(0, x - 2):x + 3].sum()), y, x)
                    for y in range(height) for x in range(width) if open_places[y, x]]
        for _, y, x in sorted(salience, reverse=True)[:int(rho * height * width)]:
            out[i, :, y, x] = noise[i, :, y, x]
    return out


def pil(pictures, labels, seeds):
    """-n of the last epoch in 255ths; gradients by autograd from the loss as written."""
    count, samples, classes = pictures.shape[0], pictures[0].numel(), int(labels.max()) + 1
    x = pictures.flatten(1)

    def uniform(shape, generator, bound):
        return torch.rand(shape, generator=generator) * (2 * bound) - bound

    start = torch.Generator().manual_seed(seeds["weights"])
    layers = torch.nn.ParameterList([
        torch.nn.Parameter(uniform((classes, samples), start, samples ** -0.5)),
        torch.nn.Parameter(uniform((classes, classes), start, classes ** -0.5))])
    optimiser = torch.optim.SGD(layers, lr=0.003, momentum=0.9)
    change = torch.zeros_like(x)
    for epoch in range(30):
        for group in optimiser.param_groups:
            group["lr"] = 0.003 * 0.5 * (1 + torch.cos(torch.tensor(torch.pi * epoch / 30, dtype=torch.float64)).item())
        rows = torch.randperm(count, generator=torch.Generator().manual_seed(seeds["order"][epoch]))
        noise = uniform((count, samples), torch.Generator().manual_seed(seeds["step"][epoch]), EPSILON)
        both = (layers[1] @ layers[0]).detach()
        for _ in range(30):
            noise.requires_grad_(True)
            own = torch.nn.functional.cross_entropy(noise @ both.t(), labels[rows], reduction="sum")
            rest = torch.log_softmax((x[rows] - noise) @ both.t(), 1)
            unsure = (1 / classes * (torch.log(torch.tensor(1 / classes)) - rest)).sum()
            (gradient,) = torch.autograd.grad(0.9 * own + 0.1 * unsure, noise)
            noise = (noise.detach() - 0.8 / 255 * gradient.sign()).clamp(-EPSILON, EPSILON)
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(noise @ layers[0].t() @ layers[1].t(), labels[rows]).backward()
        optimiser.step()
        change[rows] = -noise
    whole = (change * 255).round().view_as(pictures)
    return ((pictures * 255).round() + whole).clamp(0, 255) - (pictures * 255).round()


def weights(tensors, prefix):
    return {name[len(prefix):]: tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def compare(name, theirs, kept):
    ours = kept.to(torch.float32).reshape(theirs.shape[0], 16, 16, 3).permute(0, 3, 1, 2) - 128
    share = float((ours == theirs).float().mean())
    moved = float((theirs != 0).float().mean())
    print(f"{name}: {100 * share:.2f} % of the samples agree ({100 * moved:.1f} % are changed)")
    return share >= AGREE


def main():
    with tempfile.TemporaryDirectory() as work:
        subprocess.run([sys.argv[1], work], check=True)
        files = {name: read_safetensors(os.path.join(work, name))
                 for name in ("start.safetensors", "round1.em", "round1.salm", "pil.safetensors")}
        with open(os.path.join(work, "seeds.json"), encoding="utf-8") as file:
            seeds = json.load(file)
    start = files["start.safetensors"]
    pictures = start["pictures"].to(torch.float32).permute(0, 3, 1, 2) / 255
    labels = start["labels"]
    mean = pictures.mean((0, 2, 3), keepdim=True)
    std = pictures.std((0, 2, 3), unbiased=False, keepdim=True)
    normal = lambda x: (x - mean) / std

    def distance(momentum):
        network = SmallCnn(3, 3)
        network.load_state_dict(weights(start, "network/"))
        network = network.to(memory_format=torch.channels_last)
        teach(network, normal(pictures), labels, seeds["batch"], momentum)
        ours = weights(files["round1.em"], "network/0/")
        return max(float((tensor - ours[name]).abs().max())
                   for name, tensor in network.state_dict().items() if tensor.is_floating_point())

    off, control = distance(0.9), distance(0.89)
    print(f"weights after ten steps: at most {off:.2g} apart; with a momentum of 0.89 {control:.2g}")
    good = off < 0.01 < control
    network = SmallCnn(3, 3)
    network.load_state_dict(weights(files["round1.em"], "network/0/"))
    noise, magnitudes = lower(network, normal, pictures, labels)
    good &= compare("em", noise, files["round1.em"]["scale/noise"])
    good &= compare("salm", masked(noise, magnitudes, pictures, 0.3), files["round1.salm"]["scale/noise"])
    good &= compare("pil", pil(pictures, labels, seeds), files["pil.safetensors"]["noise"])
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
