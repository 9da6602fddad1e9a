"""Runs a model's image tower once for each line on stdin and answers with a line: the other half of `npm run bench:pytorch`.

python -m training.image_tower --model FOLDER [--threads N]     PyTorch in float32, eager, one picture at a time
"""
import argparse
import sys

import torch

from .model_folder import load


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    model, _, config = load(args.model)
    width, height = config["IMAGE_ENCODER"]["IMAGE_SIZE"]
    picture = torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        model.encode_image(picture)
        print("ready", flush=True)
        for _ in sys.stdin:
            model.encode_image(picture)
            print("done", flush=True)


if __name__ == "__main__":
    main()
