"""Does fine-tuning help? A few hundred pictures teach a model to tell how a picture was turned, which it cannot tell before.

python -m training.try_finetune --model models/medembed-nano --data DIR --dataset kermany-cxr --out RUN [--pictures 400] [--steps 200]

The pictures of one source, each turned by quarters, with the turn as its text; balanced accuracy of the nearest of the four texts on the
val split, before and after. RUN/tsv holds what `training.finetune` is given, RUN/run its run, RUN/model the export, which
`medembed serve --model` takes.
"""
import argparse
import base64
import csv
import io
import json
import tarfile
from pathlib import Path

import torch
from PIL import Image

from .captions import LABELS, prompt
from .export import export_finetuned
from .finetune import Reader, Towers, finetune, read_settings, validate
from .model_folder import load, read_card
from .tsv import read_data

SPLITS = {"train": "train", "val": "validation"}
TURNS = {"upright": None, "turned left": Image.ROTATE_90, "upside down": Image.ROTATE_180, "turned right": Image.ROTATE_270}


def write_pairs(data, dataset, most, folder):
    """The TSV files: up to `most` train pictures of `dataset` and its whole val split, as many of each turn."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(data / "index.csv", newline="") as index:
        rows = [row for row in csv.DictReader(index) if row["dataset"] == dataset]
    for split, name in SPLITS.items():
        own = [row for row in rows if row["split"] == split]
        if split == "train":
            own = own[:: max(1, len(own) // most)][:most]  # spread over all of them: neighbours are often of one patient
        pictures = read_members(data, own)
        with open(folder / f"{name}.tsv", "w") as out:
            for number, row in enumerate(own):
                turn = list(TURNS)[number % len(TURNS)]
                modality, anatomy, *_ = LABELS[dataset, row["label"]]
                picture = base64.b64encode(turned(pictures[row["file"]], TURNS[turn])).decode()
                out.write(f"{row['file']}\t{picture}\t{prompt((modality, anatomy, None))} {turn}\n")


def turned(picture, turn):
    """A picture as PNG. `picture`: its bytes; `turn`: what PIL calls it, None for as it is."""
    image = Image.open(io.BytesIO(picture))
    out = io.BytesIO()
    (image if turn is None else image.transpose(turn)).save(out, "PNG")
    return out.getvalue()


def read_members(data, rows):
    """{file: its bytes}."""
    found = {}
    for shard in {row["shard"] for row in rows}:
        with tarfile.open(data / shard) as tar:
            found |= {row["file"]: tar.extractfile(row["file"]).read() for row in rows if row["shard"] == shard}
    return found


def zero_shot(folder, settings, val):
    """Balanced accuracy of the model in `folder` on `val`, by the nearest text, in float32 as it is served."""
    model, tokenizer, config = load(folder)
    settings, device = {**settings, "bfloat16": False}, torch.device("cpu")
    towers, reader = Towers(model, tokenizer, device, settings), Reader(device, config["IMAGE_ENCODER"], settings)
    prepared = {"profile": read_card(folder)["defaultProfile"], "size": tuple(config["IMAGE_ENCODER"]["IMAGE_SIZE"])}
    return validate(towers, reader, val, prepared)["balancedAccuracy"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--dataset", required=True, help="of x-rays, MRI or another kind whose pictures have an upper side")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pictures", type=int, default=400, help="most train pictures")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--config", type=Path, default=Path(__file__).with_name("try_finetune.yaml"))
    args = parser.parse_args()
    write_pairs(args.data, args.dataset, args.pictures, args.out / "tsv")
    train, val = read_data(args.out / "tsv")
    settings = read_settings(args.config)
    finetune(args.model, settings, train, val, args.out / "run", steps=args.steps)
    export_finetuned(torch.load(args.out / "run" / "checkpoint.pt", map_location="cpu"), args.model, args.out / "model")
    figures = {name: zero_shot(model, settings, val) for name, model in [("before", args.model), ("after", args.out / "model")]}
    pictures = {"trainPictures": len(train), "valPictures": len(val)}
    print(json.dumps({"dataset": args.dataset, "texts": val.labels, **pictures, "steps": args.steps, **figures}, indent=2))


if __name__ == "__main__":
    main()
