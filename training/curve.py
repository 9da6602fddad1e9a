"""Trains one run for each choice of input size and width, to choose by accuracy per millisecond.

python -m training.curve --config training/nano.yaml --data DIR --teacher FILE --words FOLDER --out RUNS [--steps N]

Every choice is an image tower with random weights that learns for the words of the model FOLDER, which stand still, from the same
number of pictures. RUNS/NAME holds the run, RUNS/NAME/model its export: `npm run bench -- --model RUNS/NAME/model` measures its
milliseconds, `npm run bench:tasks` its linear head. A run that is there is not repeated, so it may be stopped and called again.
"""
import argparse
import copy
import json
import shutil
from pathlib import Path

import torch
import yaml

from .evaluate import findings_mean
from .export import export_nano
from .tokenizer import Tokenizer
from .train import train

STEPS = 700  # a quarter of an hour on two cores for (128, 48), which is what medembed-nano has
CHOICES = [(128, 48), (128, 32), (96, 48), (160, 48)]  # side in pixels, width of the first stage


def chosen(config, side, width):
    config = copy.deepcopy(config)
    encoder = config["model"]["IMAGE_ENCODER"]
    encoder["IMAGE_SIZE"] = [side, side]
    encoder["SPEC"]["DIM_EMBED"] = [width, 2 * width, 4 * width, 8 * width]
    return config


def export(run, tokenizer):
    part = run / "part"
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(tokenizer, part / "language_model" / tokenizer.name)
    export_nano(torch.load(run / "checkpoint.pt", map_location="cpu", mmap=True), part)
    part.rename(run / "model")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--words", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=STEPS)
    args = parser.parse_args()
    config = yaml.safe_load(args.config.read_text())
    config["training"]["steps"] = args.steps
    folder = args.config.parent / config["tokenizer"]
    print("side\twidth\tmodality and anatomy\tmean of findings")
    for side, width in CHOICES:
        out = args.out / f"{side}-{width}"
        if not (out / "model").exists():
            out.mkdir(parents=True, exist_ok=True)
            train(chosen(config, side, width), Tokenizer(folder), args.data, out, args.teacher, args.words)
            export(out, folder)
        val = [json.loads(line)["val"] for line in open(out / "log.jsonl") if '"val"' in line][-1]
        print(side, width, val["modality and anatomy"], findings_mean(val), sep="\t", flush=True)


if __name__ == "__main__":
    main()
