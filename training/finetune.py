"""Fine-tunes any model in the official layout on pictures with texts.

python -m training.finetune --model FOLDER --config training/finetune.yaml --data DATA --out RUN [--resume] [--steps N]

Everything random in a step follows from the seed and the number of the step, so that a resumed run goes on as if it had
never stopped, and nothing but the step needs to be kept.
"""
import argparse
import copy
import functools
import math
import random
import re
from collections import Counter
from pathlib import Path

import torch
import torch.nn.functional as F
import yaml
from torch.utils.checkpoint import checkpoint
from torch.utils.data import DataLoader

from .data import normalise, pixels
from .evaluate import balanced_accuracy
from .loop import Log, advance, bfloat16, check_patterns, freeze, restore, save, seed
from .model_folder import load, locate, read_card, sha256
from .prepare import PROFILES, augment, prepare
from .tsv import read_data

NAMED_FROM = 10  # pictures: the card names texts of so many; a rarer one may be from a report and tell of a patient
MOST_NAMED = 1000  # texts: the product reads cards up to a megabyte


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="a folder in the official layout")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="a folder of TSV files, or one with three columns")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--steps", type=int, help="instead of the config's epochs")
    args = parser.parse_args()
    finetune(args.model, read_settings(args.config), *read_data(args.data), args.out, args.resume, args.steps)


def read_settings(path):
    """What `path` leaves out is as in the finetune.yaml beside this file, which has every key."""
    defaults = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text())
    own = yaml.safe_load(path.read_text()) or {}
    if unknown := own.keys() - defaults.keys():
        raise ValueError(f"{path.name} has unknown keys: {', '.join(sorted(unknown))}")
    for key, value in own.items():
        if isinstance(defaults[key], float):
            own[key] = float(value)  # YAML takes 5e-6 for a text
        elif isinstance(defaults[key], (list, dict)):
            own[key] = value or type(defaults[key])()
    return {**defaults, **own}


def finetune(folder, settings, train, val, out, resume=False, steps=None):
    """Writes `checkpoint.pt` and `log.jsonl` into `out`. `train`, `val`: Pairs; `val` may be None."""
    out.mkdir(parents=True, exist_ok=True)
    if (out / "checkpoint.pt").exists() and not resume:
        raise FileExistsError(f"{out} holds a run: --resume it, or take another folder")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.set_num_threads(settings["threads"] or torch.get_num_threads())
    torch.set_flush_denormal(True)
    batch = settings["batch_size"]
    steps = steps or math.ceil(settings["epochs"] * len(train) / batch)
    settings = {**settings, "steps": steps}

    model, tokenizer, config = load(folder)
    profile = settings["profile"] or read_card(folder)["defaultProfile"]
    prepared = {"profile": profile, "size": tuple(config["IMAGE_ENCODER"]["IMAGE_SIZE"])}  # width, height
    if profile not in PROFILES:
        raise ValueError(f"profile {profile} is none of {', '.join(PROFILES)}")
    model = model.to(device).train()
    average = copy.deepcopy(model).eval()
    optimizer = torch.optim.AdamW(parameter_groups(model, settings), fused=True)
    living = {"model": model, "average": average, "optimizer": optimizer}
    facts = {"step": 0, "seconds": 0.0, "finetuned": describe(folder, settings, train, profile)}
    step, seconds = resumed(out / "checkpoint.pt", living, facts) if resume else (0, 0.0)

    reader = Reader(device, config["IMAGE_ENCODER"], settings)
    trained, averaged = (Towers(weights, tokenizer, device, settings) for weights in (model, average))
    log = Log(out / "log.jsonl", seconds)
    if val and step == 0:
        log.write_val(0, validate(averaged, reader, val, prepared))
    numbers = [range(i * batch, (i + 1) * batch) for i in range(step, steps)]
    for pictures, truths in reader.read(Shuffled(train, prepared, settings), numbers):
        seed(settings["seed"] + step)
        labels, places = truths.unique(return_inverse=True)
        images, texts = trained.images(pictures), trained.texts([train.labels[label] for label in labels])
        loss = unicl(model.logit_scale.exp() * images @ texts.T, places.to(device))
        if not loss.isfinite():
            raise FloatingPointError(f"the loss of step {step + 1} is {loss.item()}; the last checkpoint is from before it")
        advance(living, loss, step, settings)
        step += 1

        log.count(batch, loss=loss.item())
        due = lambda name: step % settings[name] == 0 or step == steps
        if due("checkpoint_every"):
            save(out / "checkpoint.pt", living, {**facts, "step": step, "seconds": log.seconds()})
        if due("log_every"):
            rates = {group["pattern"]: group["lr"] for group in optimizer.param_groups}
            log.write(step, steps, rates, model.logit_scale.exp().item())
        if val and due("evaluate_every"):
            log.write_val(step, validate(averaged, reader, val, prepared))


def parameter_groups(model, settings):
    """Freezes what is to be frozen, and groups the rest by learning rate and decay. Vectors and scalars never decay."""
    scales = settings["learning_rate_scales"]
    check_patterns(model, [*settings["no_decay"], *scales])
    freeze(model, settings["freeze"])
    groups = {}
    for name, parameter in model.named_parameters():
        fits = lambda pattern: re.search(pattern, name)
        if parameter.requires_grad:
            pattern = next(filter(fits, scales), "others")
            decays = parameter.ndim > 1 and not any(map(fits, settings["no_decay"]))
            groups.setdefault((pattern, decays), []).append(parameter)
    if not groups:
        raise ValueError("every parameter is frozen")
    return [
        {"params": own, "pattern": pattern, "scale": scales.get(pattern, 1), "weight_decay": settings["weight_decay"] * decays}
        for (pattern, decays), own in groups.items()
    ]


def describe(folder, settings, train, profile):
    """What the card will say, and a resumed run must not change."""
    counts = Counter(train.labels[truth] for truth in train.truths)
    texts = {text: pictures for text, pictures in counts.most_common(MOST_NAMED) if pictures >= NAMED_FROM}
    data = {"pictures": len(train), "labels": len(train.labels), "texts": texts, "namesAndTexts": train.fingerprint}
    return {
        "baseWeights": sha256(locate(folder).weights),
        "data": {"description": settings["data_description"], **data},
        "profile": profile,
        "batchSize": settings["batch_size"],
        "learningRate": settings["learning_rate"],
        "frozen": settings["freeze"],
        "seed": settings["seed"],
    }


def resumed(path, living, facts):
    """Restores `living`; the step and the seconds so far."""
    state = restore(path, living)
    for key, value in facts["finetuned"].items():
        if state["finetuned"][key] != value:
            raise ValueError(f"{path} was trained with another {key}: {state['finetuned'][key]}, not {value}")
    return state["step"], state["seconds"]


class Shuffled:
    """Epoch after epoch of `pairs`, each in another order and augmented anew; what stands at a number never changes."""

    def __init__(self, pairs, prepared, settings):
        self.pairs, self.prepared, self.settings = pairs, prepared, settings

    def __getitem__(self, number):
        epoch, turn = divmod(number, len(self.pairs))
        place = order(self.settings["seed"], epoch, len(self.pairs))[turn]
        chance = random.Random(f"picture {self.settings['seed']} {number}")
        image = augment(self.pairs.picture(place), **self.prepared, settings=self.settings, random=chance)
        return pixels(image), self.pairs.truths[place]


class InOrder:
    """The pictures as the product reads them."""

    def __init__(self, pairs, prepared):
        self.pairs, self.prepared = pairs, prepared

    def __getitem__(self, place):
        return pixels(prepare(self.pairs.picture(place), **self.prepared)), self.pairs.truths[place]


@functools.lru_cache(maxsize=2)
def order(seed, epoch, count):
    return random.Random(f"order {seed} {epoch}").sample(range(count), count)


class Reader:
    """Batches on the device: float pictures [batch, 3, height, width] as the image tower reads them, and labels [batch]."""

    def __init__(self, device, encoder, settings):
        self.device, self.workers = device, settings["workers"]
        self.mean, self.std = (torch.tensor(encoder[key], device=device).view(1, 3, 1, 1) for key in ("IMAGE_MEAN", "IMAGE_STD"))

    def read(self, pictures, batches):
        loader = DataLoader(pictures, batch_sampler=batches, num_workers=self.workers, pin_memory=self.device.type == "cuda")
        for pixels, truths in loader:
            yield normalise(pixels.to(self.device, non_blocking=True), self.mean, self.std), truths


class Towers:
    """Both towers of `model`, a chunk of the batch at a time."""

    def __init__(self, model, tokenizer, device, settings):
        self.model, self.tokenizer, self.device, self.chunk = model, tokenizer, device, settings["chunk_size"]
        self.autocast = bfloat16(device, settings["bfloat16"])
        compiled = settings["compile"] and model.training
        self.encode_image = torch.compile(model.encode_image, dynamic=False) if compiled else model.encode_image

    def images(self, pictures):  # [batch, 3, height, width] -> unit vectors [batch, DIM_PROJECTION]
        with self.autocast:
            return in_chunks(self.encode_image, self.chunk, pictures)

    def texts(self, texts):  # strings -> unit vectors [texts, DIM_PROJECTION]
        ids, mask = self.tokenizer.pad([self.tokenizer.encode(text) for text in texts])
        with self.autocast:
            return in_chunks(self.model.encode_text, self.chunk, ids.to(self.device), mask.to(self.device))


def in_chunks(encode, size, *tensors):
    """encode(*tensors) with the activations of `size` rows in memory at a time: each chunk is computed again on the way back.

    So a batch is contrasted as a whole, which plain accumulation of gradients would not do.
    """
    if len(tensors[0]) <= size:
        return encode(*tensors)
    return torch.cat([checkpoint(encode, *chunk, use_reentrant=False) for chunk in zip(*(t.split(size) for t in tensors))])


def unicl(logits, places):
    """UniCL (arXiv 2204.03610) of pairs, both ways; pairs of the same text are each other's positives, in equal shares.

    `logits` [batch, texts] of the different texts; `places` [batch]: the text of each pair.
    """
    pairs = logits[:, places]  # [batch, batch]
    same = (places[:, None] == places).float()
    shares = same / same.sum(1, keepdim=True)
    return (F.cross_entropy(pairs, shares) + F.cross_entropy(pairs.T, shares)) / 2


@torch.no_grad()
def validate(towers, reader, val, prepared):
    """The text nearest to each picture, by the running average: both figures follow from that one decision."""
    texts = towers.texts(val.labels)
    batches = torch.arange(len(val)).split(towers.chunk)
    guesses = []
    for pictures, _ in reader.read(InOrder(val, prepared), [batch.tolist() for batch in batches]):
        guesses += (towers.images(pictures) @ texts.T).argmax(1).tolist()
    right = sum(guess == truth for guess, truth in zip(guesses, val.truths))
    balanced = balanced_accuracy(guesses, val.truths)
    return {"accuracy": round(right / len(val), 4), "balancedAccuracy": round(balanced, 4), "pictures": len(val)}


if __name__ == "__main__":
    main()
