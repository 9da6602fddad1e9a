"""Trains the two towers together: every picture against a fresh phrase of every concept.

python -m training.train --config training/nano.yaml --data DIR --out DIR [--teacher FILE] [--words FOLDER] [--start FOLDER | --resume] [--steps N]

With the FILE of `training.teacher`, the image tower also learns to foretell, from the altered picture, what a network trained on
ImageNet sees in the unaltered one, as a whole and place by place: our labels are few and coarse, and what they do not ask for is what
strange pictures need.
With the FOLDER of a model as `--words`, the text tower is that model's and stands still: only the image tower learns, faster.

What makes a step fast on a CPU: flushed denormals, bfloat16 where the CPU has it, a compiled image tower, fused AdamW, gray
pictures augmented as one channel, and one text forward a step. One GPU is used if there is one, by the same code: pictures and
augmentation are there, too.
"""
import argparse
import copy
from pathlib import Path

import torch
import torch.nn.functional as F
import yaml

from .captions import concepts, refinements
from .data import read_split
from .evaluate import evaluate
from .loop import Log, advance, bfloat16, freeze, restore, save, seed
from .model import MedImageInsight
from .model_folder import load, provenance
from .pupil import Pupil, read_features
from .sample import Sampler, speak
from .tokenizer import Tokenizer

SAID = 64  # ways to say each concept, where the words stand still; each is drawn by itself, so that their combinations stay new


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--teacher", type=Path, help="features written by training.teacher")
    parser.add_argument("--words", type=Path, help="a model folder whose text tower is taken and left as it is")
    begin = parser.add_mutually_exclusive_group()
    begin.add_argument("--start", type=Path, help="a model folder to begin with, instead of random weights")
    begin.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument("--steps", type=int, help="instead of the config's")
    args = parser.parse_args()
    config = yaml.safe_load(args.config.read_text())
    if args.steps:
        config["training"]["steps"] = args.steps
    tokenizer = Tokenizer(args.config.parent / config["tokenizer"])
    args.out.mkdir(parents=True, exist_ok=True)
    train(config, tokenizer, args.data, args.out, args.teacher, args.words, args.start, args.resume)


def train(config, tokenizer, data, out, teacher=None, words=None, start=None, resume=False):
    """Writes `checkpoint.pt` and `log.jsonl` into `out`."""
    settings = config["training"]
    steps, batch, size = settings["steps"], settings["batch_size"], config["model"]["IMAGE_ENCODER"]["IMAGE_SIZE"][0]
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_default_device(device)  # also where batches are drawn and augmented
    torch.set_num_threads(settings["threads"])
    torch.set_flush_denormal(True)
    seed(settings["seed"])
    everything = concepts()
    finer = torch.tensor(refinements(everything))
    rows, pictures = read_split(data, "train", size)
    taught = read_features(teacher, rows) if teacher else None
    sampler, val = Sampler(rows, pictures, everything, settings["balance"], taught), read_split(data, "val", size)

    model = MedImageInsight(config["model"], len(tokenizer.vocabulary))
    if start:
        model.load_state_dict(load(start)[0].state_dict(), strict=True)
    if words:
        take_words(model, words)
    freeze(model, settings["freeze"])
    average = copy.deepcopy(model).eval()
    learners = {"model": model}
    if teacher:
        learners["pupil"] = pupil = Pupil(model.image_projection.shape[0], taught)
    optimizer = torch.optim.AdamW(parameter_groups(learners.values(), settings["weight_decay"]), fused=True)
    living = {**learners, "average": average, "optimizer": optimizer}
    facts = restore(out / "checkpoint.pt", living) if resume else {"step": 0, "seconds": 0.0, **beginning(start, words)}
    step = facts["step"]
    seed(settings["seed"] + step)
    say = lambda: model.encode_text(*speak(everything, tokenizer, settings["word_noise"]))
    if words:
        with torch.no_grad():
            said = torch.stack([say() for _ in range(SAID)])
        say = lambda: one_of_each(said)
    encode_image = torch.compile(model.image_encoder.maps, dynamic=False)

    log = Log(out / "log.jsonl", facts["seconds"])
    while step < steps:
        pictures, truths, seen = sampler.draw(batch)
        with bfloat16(device):
            maps = encode_image(pictures)
            pooled = model.image_encoder.pool(maps)
            images = F.normalize((pooled @ model.image_projection).float(), dim=-1)
            foretold = pupil(pooled, maps) if teacher else None
            texts = say()
        logits = model.logit_scale.exp() * images @ texts.T  # [batch, concepts]
        losses = {"loss": compare(logits, truths, finer)}
        if teacher:
            losses |= {name: settings["teacher_weight"] * loss for name, loss in pupil.losses(foretold, seen).items()}
        lr = advance(living, sum(losses.values()), step, settings)
        step += 1

        log.count(batch, **{name: loss.item() for name, loss in losses.items()})
        due = lambda name: step % settings[name] == 0 or step == steps
        if due("checkpoint_every"):
            facts = {**facts, "step": step, "seconds": log.seconds(), "seed": settings["seed"], "batch": batch}
            save(out / "checkpoint.pt", living, {**facts, "counts": sampler.counts, "config": config["model"]})
        if due("log_every"):
            log.write(step, steps, lr, model.logit_scale.exp().item())
        if due("evaluate_every"):
            with bfloat16(device):
                figures = evaluate(average, tokenizer, *val)
            log.write_val(step, {task: figure["balancedAccuracy"] for task, figure in figures.items()})


def beginning(start, words):
    """What the card tells of the models that a run took its first weights from."""
    return {name: provenance(folder) for name, folder in [("start", start), ("words", words)] if folder}


def take_words(model, folder):
    """`model` says things as the model in `folder` does, and goes on doing so."""
    texts = {name: tensor for name, tensor in load(folder)[0].state_dict().items() if name.startswith("lang_")}
    model.load_state_dict({**model.state_dict(), **texts})
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name not in texts)


def one_of_each(said):
    """Of `said` [times, concepts, projection] one vector of each concept, drawn at random."""
    times, concepts, _ = said.shape
    return said[torch.randint(times, (concepts,)), torch.arange(concepts)]


def parameter_groups(modules, weight_decay):
    """Matrices and kernels decay; embeddings, norms, biases and the scale do not. What is frozen is left out."""
    named = [pair for module in modules for pair in module.named_parameters() if pair[1].requires_grad]
    decays = lambda name, p: p.ndim > 1 and "embedding" not in name
    return [
        {"params": [p for name, p in named if decays(name, p)], "weight_decay": weight_decay},
        {"params": [p for name, p in named if not decays(name, p)], "weight_decay": 0.0},
    ]


def compare(logits, truths, finer):
    """The loss of pictures against phrases, `logits` and `truths` [pictures, concepts]; `finer`: see `finest_first`."""
    return contrast(logits, truths, 1) + contrast(logits, truths, 0) + finest_first(logits, truths, finer)


def contrast(logits, truths, dim):
    """Each true pair against the false ones of its row (dim 1) or column (dim 0), averaged per row, then over rows.

    True pairs do not compete with each other: a picture is as much "x-ray" as it is "x-ray chest pneumonia". What is neither,
    the unknown, is left out.
    """
    true, false = truths == 1, truths == 0
    rivals = logits.masked_fill(~false, -1e4).logsumexp(dim, keepdim=True)
    losses = (F.softplus(rivals - logits) * true).sum(dim)
    counts = true.sum(dim)
    return (losses / counts.clamp(min=1))[counts > 0].mean()


def finest_first(logits, truths, finer):
    """Of two true concepts the finer has to lie nearer to the picture. `finer` [pairs, 2]: places of the finer and the coarser.

    What is said with a word that the model does not know is to it as if it were not said. "MRI knee" is "MRI", then, and must not
    win over "MRI brain" for a brain.
    """
    fine, coarse = finer.T
    both = truths[:, fine] == 1
    return (F.softplus(logits[:, coarse] - logits[:, fine]) * both).sum() / both.sum().clamp(min=1)


if __name__ == "__main__":
    main()
