"""Does fine-tuning help? On a few hundred pictures of one source: zero-shot accuracy on its val split before and after.

python -m training.try_finetune --model models/medembed-nano --data DIR --dataset brain-tumor-mri --out RUN [--each 100] [--steps 200]

RUN/tsv holds what `training.finetune` is given, RUN/run its run, RUN/model the export, which `medembed serve --model` takes.
"""
import argparse
import base64
import csv
import json
import tarfile
from pathlib import Path

import torch

from .captions import LABELS, prompt
from .data import read_split
from .evaluate import evaluate
from .export import export_finetuned
from .finetune import finetune, read_settings
from .model_folder import load
from .tsv import read_data

SPLITS = {"train": "train", "val": "validation"}


def write_pairs(data, dataset, each, folder):
    """The TSV files of `dataset`: up to `each` train pictures of every label, and the whole val split."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(data / "index.csv", newline="") as index:
        rows = [row for row in csv.DictReader(index) if row["dataset"] == dataset]
    for split, name in SPLITS.items():
        own = [row for row in rows if row["split"] == split]
        if split == "train":
            own = [row for label in sorted({row["label"] for row in own}) for row in evenly(own, label, each)]
        with open(folder / f"{name}.tsv", "w") as out:
            for row, picture in zip(own, read_members(data, own)):
                modality, anatomy, findings, _ = LABELS[dataset, row["label"]]
                text = prompt((modality, anatomy, findings[0] if findings else None))
                out.write(f"{row['file']}\t{base64.b64encode(picture).decode()}\t{text}\n")


def evenly(rows, label, each):
    """`each` of the rows of a label, spread over all of them: neighbours are often of one patient."""
    own = [row for row in rows if row["label"] == label]
    return own[:: max(1, len(own) // each)][:each]


def read_members(data, rows):
    """The bytes of each row's file."""
    found = {}
    for shard in {row["shard"] for row in rows}:
        with tarfile.open(data / shard) as tar:
            found |= {row["file"]: tar.extractfile(row["file"]).read() for row in rows if row["shard"] == shard}
    return [found[row["file"]] for row in rows]


def zero_shot(model, data, dataset):
    network, tokenizer, config = load(model)
    rows, pictures = read_split(data, "val", config["IMAGE_ENCODER"]["IMAGE_SIZE"][0])
    own = [i for i, row in enumerate(rows) if row["dataset"] == dataset]
    return evaluate(network.eval(), tokenizer, [rows[i] for i in own], pictures[own])[dataset]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--each", type=int, default=100, help="train pictures of a label")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--config", type=Path, default=Path(__file__).with_name("try_finetune.yaml"))
    args = parser.parse_args()
    write_pairs(args.data, args.dataset, args.each, args.out / "tsv")
    train, val = read_data(args.out / "tsv")
    finetune(args.model, read_settings(args.config), train, val, args.out / "run", steps=args.steps)
    export_finetuned(torch.load(args.out / "run" / "checkpoint.pt", map_location="cpu"), args.model, args.out / "model")
    figures = {name: zero_shot(model, args.data, args.dataset) for name, model in [("before", args.model), ("after", args.out / "model")]}
    print(json.dumps({"dataset": args.dataset, "trainPictures": len(train), "steps": args.steps, **figures}, indent=2))


if __name__ == "__main__":
    main()
