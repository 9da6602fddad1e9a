"""Vectors of a model folder as PyTorch computes them, written beside the weights for `medembed verify`.

python -m training.golden --model models/medembed-nano
"""
import argparse
import base64
import io
import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from .data import normalise, pixels, resize
from .model_folder import load

TEXTS = ["x-ray chest pneumonia", "magnetic resonance imaging brain glioma"]
TOLERANCE = 5e-6  # float32 noise of a tower this small is below 2e-6


def picture(height, width, channels):
    """Smooth waves with sharp edges: uint8 [height, width, channels], or [height, width] for one."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(channels), indexing="ij")
    waves = 127 + 90 * np.sin(x / (7 + 3 * c) + y / 11) + 38 * np.sign(np.cos((x - 2 * y) / 17 + c))
    return waves.clip(0, 255).astype(np.uint8).squeeze(-1 if channels == 1 else ())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True)
    folder = parser.parse_args().model
    model, tokenizer, config = load(folder)
    size = config["IMAGE_ENCODER"]["IMAGE_SIZE"]
    images, texts = [], []
    with torch.no_grad():
        for shape in [(150, 200, 3), (90, 61, 1)]:
            image = Image.fromarray(picture(*shape))
            png = io.BytesIO()
            image.save(png, "PNG")
            resized = pixels(resize(image.convert("RGB"), size))
            vector = model.encode_image(normalise(resized[None].float()))[0]
            images.append({"png": base64.b64encode(png.getvalue()).decode(), "vector": vector.tolist()})
        for text in TEXTS:
            vector = model.encode_text(*tokenizer.pad([tokenizer.encode(text)]))[0]
            texts.append({"text": text, "vector": vector.tolist()})
    source = f"PyTorch {torch.__version__.split('+')[0]}, float32"
    golden = {"source": source, "profile": "direct", "tolerance": TOLERANCE, "images": images, "texts": texts}
    (folder / "golden.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
