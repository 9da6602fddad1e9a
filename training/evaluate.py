"""Zero-shot figures of a model folder on the val split, written into its card.

python -m training.evaluate --model models/medembed-nano --data DIR
python -m training.evaluate --model models/medembed-nano --data DIR --train N    of N train pictures of each label, printed only

Where the second are as low as the first, the model has learnt too little; where they are much higher, it knows its pictures by heart.
"""
import argparse
import json
import random
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import torch

from .captions import LABELS, prompt
from .data import normalise, read_split
from .model_folder import load

ROUNDS = 1000  # of the bootstrap
SPLIT = "val: groups of the training sources that were not trained on"
INTERVAL = "95 %, by bootstrap over groups: patients, videos, smears"


@torch.no_grad()
def evaluate(model, tokenizer, rows, pictures):
    """{task: {"balancedAccuracy", "low", "high", "classes", "images"}}: the prompt nearest to each picture, against the truth."""
    images = torch.cat([model.encode_image(normalise(batch.float())) for batch in pictures.split(128)])
    figures = {}
    for task, truths in tasks(rows).items():
        prompts = sorted(set(truths.values()))
        texts = model.encode_text(*tokenizer.pad([tokenizer.encode(text) for text in prompts]))
        guesses = [prompts[i] for i in (images[list(truths)] @ texts.T).argmax(1).tolist()]
        answers = list(truths.values())
        low, high = interval(guesses, answers, [rows[i]["group"] for i in truths])
        figures[task] = {
            "balancedAccuracy": round(balanced_accuracy(guesses, answers), 3),
            "low": low,
            "high": high,
            "classes": len(prompts),
            "images": len(truths),
        }
    return figures


def tasks(rows):
    """{task: {row number: true prompt}}: modality, anatomy, and within each source of several labels its finest findings."""
    found = defaultdict(dict)
    for i, row in enumerate(rows):
        modality, anatomy, findings, _ = LABELS[row["dataset"], row["label"]]
        found["modality"][i] = prompt((modality, None, None))
        found["modality and anatomy"][i] = prompt((modality, anatomy, None))
        found[row["dataset"]][i] = prompt((modality, anatomy, findings[0] if findings else None))
        if row["dataset"] == "kermany-cxr":
            finding = "pneumonia" if "pneumonia" in findings else "normal"
            found["kermany-cxr, pneumonia or no finding"][i] = prompt((modality, anatomy, finding))
    return {task: truths for task, truths in found.items() if len(set(truths.values())) > 1}


def findings_mean(figures):
    """{task: balanced accuracy} -> their mean over the sources whose labels name findings."""
    sources = {dataset for (dataset, _), label in LABELS.items() if label.findings}
    found = [value for task, value in figures.items() if task in sources]
    return round(sum(found) / len(found), 3)


def balanced_accuracy(guesses, truths):
    """The mean over the classes of the share of each that was found."""
    recalls = []
    for name in set(truths):
        own = [guess == name for guess, truth in zip(guesses, truths) if truth == name]
        recalls.append(sum(own) / len(own))
    return sum(recalls) / len(recalls)


def interval(guesses, truths, groups):
    """[low, high], 95 %, of the balanced accuracy: whole groups are drawn again, as pictures of one patient come and go together.

    A class that a round does not draw is left out of that round.
    """
    classes, names = sorted(set(truths)), sorted(set(groups))
    numbers = {name: number for number, name in enumerate(names)}
    places = [numbers[group] for group in groups], [classes.index(truth) for truth in truths]
    right, every = np.zeros((2, len(names), len(classes)))
    np.add.at(every, places, 1)
    np.add.at(right, places, np.equal(guesses, truths))
    drawn = np.random.default_rng(0).multinomial(len(names), [1 / len(names)] * len(names), ROUNDS)  # [rounds, groups]
    hits, shown = drawn @ right, drawn @ every
    recalls = np.divide(hits, shown, out=np.full(hits.shape, np.nan), where=shown > 0)
    return np.quantile(np.nanmean(recalls, 1), [0.025, 0.975]).round(3).tolist()


def some_of_each(rows, most):
    """Places of at most `most` rows of each label, drawn by a fixed seed."""
    counts, places = Counter(), []
    for place in random.Random(0).sample(range(len(rows)), len(rows)):
        kind = rows[place]["dataset"], rows[place]["label"]
        counts[kind] += 1
        if counts[kind] <= most:
            places.append(place)
    return sorted(places)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--train", type=int, metavar="N", help="N train pictures of each label; the card stays as it is")
    args = parser.parse_args()
    if args.train is not None and args.train < 1:
        parser.error("--train needs 1 or more")
    model, tokenizer, config = load(args.model)
    size = config["IMAGE_ENCODER"]["IMAGE_SIZE"][0]
    if args.train:
        rows, pictures = read_split(args.data, "train", size)
        places = some_of_each(rows, args.train)
        figures = evaluate(model, tokenizer, [rows[place] for place in places], pictures[places])
        print(json.dumps(figures, indent=2))
        return
    figures = evaluate(model, tokenizer, *read_split(args.data, "val", size))
    card = json.loads((args.model / "card.json").read_text())
    card["evaluation"] = {"split": SPLIT, "lowToHigh": INTERVAL, "tasks": figures}
    (args.model / "card.json").write_text(json.dumps(card, indent=2) + "\n")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
