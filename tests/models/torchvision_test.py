#!/usr/bin/python3
"""Our networks against torchvision's: same weights, same pictures, same logits within 1e-4.

    torchvision_test.py MODELS-FORWARD

Weights and running means are random, written as safetensors by the few lines below, which share nothing with ours.
Exit status: 0 all agree, 1 not, 77 without torchvision.
"""
import json
import os
import struct
import subprocess
import sys
import tempfile

try:
    import torch
    import torchvision
except ImportError as missing:
    print(f"torchvision_test: skipped: {missing} (package python3-torchvision)")
    sys.exit(77)

TOLERANCE = 1e-4
CLASSES = 11
TYPES = {torch.float32: "F32", torch.int64: "I64"}


def write_safetensors(path, tensors, metadata):
    """Tensors in the given order, without padding: not the layout our writer gives."""
    header, parts, end = {"__metadata__": metadata}, [], 0
    for name, tensor in tensors.items():
        part = tensor.detach().contiguous().numpy().tobytes()
        header[name] = {"dtype": TYPES[tensor.dtype], "shape": list(tensor.shape),
                        "data_offsets": [end, end + len(part)]}
        parts.append(part)
        end += len(part)
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for part in parts:
            file.write(part)


def published(name):
    return getattr(torchvision.models, name)(num_classes=CLASSES)


def small_resnet(name):
    network = published(name)
    network.conv1 = torch.nn.Conv2d(3, 64, 3, 1, 1, bias=False)
    network.maxpool = torch.nn.Identity()
    return network


def small_vgg(name):
    network = published(name)
    network.avgpool = torch.nn.AdaptiveAvgPool2d((1, 1))
    network.classifier = torch.nn.Linear(512, CLASSES)
    return network


def small_densenet(name):
    network = published(name)
    network.features.conv0 = torch.nn.Conv2d(3, 64, 3, 1, 1, bias=False)
    network.features.pool0 = torch.nn.Identity()
    return network


def small_mobilenet(name):
    network = published(name)
    network.features[0][0].stride = (1, 1)
    network.features[2].conv[1][0].stride = (1, 1)
    return network


def vit(side, patch):
    return torchvision.models.VisionTransformer(image_size=side, patch_size=patch, num_layers=12, num_heads=3,
                                                hidden_dim=192, mlp_dim=768, num_classes=CLASSES)


CASES = [
    ("mobilenet_v2", 96, published), ("mobilenet_v2", 32, small_mobilenet),
    ("resnet18", 96, published), ("resnet18", 32, small_resnet),
    ("resnet34", 97, published),
    ("resnet50", 96, published), ("resnet50", 32, small_resnet),
    ("vgg11_bn", 96, published), ("vgg11_bn", 64, small_vgg), ("vgg16_bn", 32, small_vgg),
    ("densenet121", 96, published), ("densenet121", 32, small_densenet),
    ("vit_tiny", 96, lambda name: vit(96, 16)), ("vit_tiny", 32, lambda name: vit(32, 4)),
]


def stir(network, pictures):
    """Moves everything that a constructor leaves at 0 or 1, so that a part that is not read shows, and lets the batch
    norms measure the pictures, so that the logits are of the size that trained networks give."""
    with torch.no_grad():
        for name, tensor in network.named_parameters():
            if name.endswith("bias"):
                tensor.normal_(0, 0.1)
            elif tensor.dim() == 1 and name.endswith("weight"):
                tensor.uniform_(0.8, 1.2)
            elif not tensor.any():
                tensor.normal_(0, 0.05)
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = 1.0
        network.train()(pictures)
    return network.eval()


def difference(program, folder, name, side, build):
    torch.manual_seed(side)
    network = stir(build(name), torch.randn(8, 3, side, side))
    pictures = torch.randn(2, 3, side, side)
    with torch.no_grad():
        logits = network(pictures)
    state = network.state_dict()
    weights, case = os.path.join(folder, "weights"), os.path.join(folder, "case")
    write_safetensors(weights, state, {})
    write_safetensors(case, {"input": pictures, "logits": logits}, {"names": "".join(key + "\n" for key in state)})
    done = subprocess.run([program, name, weights, case], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(done.stderr, end="")
        return float("inf"), logits
    return float(done.stdout), logits


def main(arguments):
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, side, build in CASES:
            worst, logits = difference(arguments[0], folder, name, side, build)
            # The logits must differ from picture to picture, or agreement would say nothing.
            spread = (logits[0] - logits[1]).abs().max().item()
            good = worst <= TOLERANCE and spread > 100 * TOLERANCE
            failed += not good
            print(f"{'ok  ' if good else 'FAIL'} {name} at {side} px: {worst:.2e} (pictures differ by {spread:.2e})")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
