"""Checks the PyTorch model against golden embeddings of the reference implementation.

python -m training.check_golden FOLDER     holds config.yaml, model.safetensors, golden.json and the resized images
"""
import json
import sys
from pathlib import Path

import torch
import yaml
from PIL import Image
from safetensors.torch import load_file

from .data import normalise, pixels
from .model import MedImageInsight

TOLERANCE = 5e-6


def main():
    folder = Path(sys.argv[1])
    weights = load_file(folder / "model.safetensors")
    config = yaml.safe_load((folder / "config.yaml").read_text())
    model = MedImageInsight(config, len(weights["lang_encoder.token_embedding.weight"])).eval()
    model.load_state_dict(weights, strict=True)
    golden = json.loads((folder / "golden.json").read_text())
    resized = {image["file"]: image["file"].replace(".png", ".resized160.png") for image in golden["images"]}
    resized[golden["nonsquare"]["file"]] = golden["nonsquare"]["file"]
    worst = 0.0
    with torch.no_grad():
        for image in [*golden["images"], golden["nonsquare"]]:
            x = normalise(pixels(Image.open(folder / resized[image["file"]]))[None])
            worst = max(worst, (model.encode_image(x)[0] - torch.tensor(image["embedding"])).abs().max().item())
        for text in golden["texts"]:
            ids = torch.tensor([text["input_ids"]])
            mask = torch.arange(ids.shape[1])[None] < text["length"]
            worst = max(worst, (model.encode_text(ids, mask)[0] - torch.tensor(text["embedding"])).abs().max().item())
    print(f"largest difference {worst:.1e}, allowed {TOLERANCE:.0e}")
    sys.exit(worst > TOLERANCE)


if __name__ == "__main__":
    main()
