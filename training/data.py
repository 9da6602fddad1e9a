"""The training pictures: plain tar shards and an index, held in memory as one uint8 tensor."""
import csv
import io
import tarfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)


def read_split(folder, split, size):
    """The rows of `index.csv` in `split` and their pictures, uint8 [pictures, 3, size, size]."""
    with open(Path(folder) / "index.csv", newline="") as index:
        rows = [row for row in csv.DictReader(index) if row["split"] == split]
    pictures = torch.empty(len(rows), 3, size, size, dtype=torch.uint8)
    places = {(row["shard"], row["file"]): place for place, row in enumerate(rows)}
    for shard in sorted({row["shard"] for row in rows}):
        with tarfile.open(Path(folder) / shard) as tar:
            for member in tar:
                place = places.get((shard, member.name))
                if place is not None:
                    image = Image.open(io.BytesIO(tar.extractfile(member).read()))
                    pictures[place] = pixels(resize(image.convert("RGB"), (size, size)))
    return rows, pictures


def resize(image, size):
    """Pillow's bicubic to (width, height), rows before columns.

    So did Pillow up to 12, and so does the product; Pillow 13 begins with the columns where these shrink much more than the rows.
    """
    if image.size == tuple(size):
        return image.copy()
    premultiplied = {"LA": "La", "RGBA": "RGBa"}.get(image.mode, image.mode)
    width, height = size
    wide = image.convert(premultiplied).resize((width, image.height), Image.BICUBIC)
    return wide.resize((width, height), Image.BICUBIC).convert(image.mode)


def pixels(image):
    """A PIL image as uint8 [3, height, width]."""
    return torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1)


def normalise(x, mean=MEAN, std=STD):
    """Pixels 0..255 -> what the image tower reads."""
    return (x / 255 - mean.to(x.device)) / std.to(x.device)
