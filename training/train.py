"""Trains the two towers together: every picture against a fresh phrase of every concept.

python -m training.train --config training/nano.yaml --data DIR --out DIR [--resume] [--steps N]

What makes a step fast on a CPU: flushed denormals, bfloat16, a compiled image tower, fused AdamW, gray pictures augmented
as one channel, and one text forward a step.
"""
import argparse
import copy
import json
import math
import random
import time
from pathlib import Path

import torch
import torch.nn.functional as F
import yaml

from .captions import concepts
from .data import read_split
from .evaluate import evaluate
from .model import MedImageInsight
from .sample import Sampler, speak
from .tokenizer import Tokenizer

MAX_LOGIT_SCALE = math.log(100)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--steps", type=int, help="instead of the config's")
    args = parser.parse_args()
    config = yaml.safe_load(args.config.read_text())
    if args.steps:
        config["training"]["steps"] = args.steps
    tokenizer = Tokenizer(args.config.parent / config["tokenizer"])
    args.out.mkdir(parents=True, exist_ok=True)
    train(config, tokenizer, args.data, args.out, args.resume)


def train(config, tokenizer, data, out, resume):
    """Writes `checkpoint.pt` and `log.jsonl` into `out`."""
    settings = config["training"]
    steps, batch, size = settings["steps"], settings["batch_size"], config["model"]["IMAGE_ENCODER"]["IMAGE_SIZE"][0]
    torch.set_num_threads(settings["threads"])
    torch.set_flush_denormal(True)
    seed(settings["seed"])
    everything = concepts()
    sampler, val = Sampler(*read_split(data, "train", size), everything), read_split(data, "val", size)

    model = MedImageInsight(config["model"], len(tokenizer.vocabulary))
    average = copy.deepcopy(model).eval()
    optimizer = torch.optim.AdamW(parameter_groups(model, settings["weight_decay"]), fused=True)
    living = {"model": model, "average": average, "optimizer": optimizer}
    step, seconds = restore(out / "checkpoint.pt", living) if resume else (0, 0.0)
    seed(settings["seed"] + step)
    encode_image = torch.compile(model.encode_image, dynamic=False)

    log = Log(out / "log.jsonl", seconds)
    while step < steps:
        lr = learning_rate(step, settings)
        for group in optimizer.param_groups:
            group["lr"] = lr
        pictures, truths = sampler.draw(batch)
        with torch.autocast("cpu", torch.bfloat16):
            images = encode_image(pictures)
            texts = model.encode_text(*speak(everything, tokenizer, settings["word_noise"]))
        logits = model.logit_scale.exp() * images @ texts.T  # [batch, concepts]
        loss = contrast(logits, truths, 1) + contrast(logits, truths, 0)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), settings["clip_norm"])
        optimizer.step()
        with torch.no_grad():
            model.logit_scale.clamp_(max=MAX_LOGIT_SCALE)
        follow(average, model, min(settings["average_decay"], (step + 1) / (step + 10)))
        step += 1

        log.count(loss.item(), batch)
        due = lambda name: step % settings[name] == 0 or step == steps
        if due("checkpoint_every"):
            facts = {"step": step, "seconds": log.seconds(), "seed": settings["seed"], "batch": batch}
            save(out / "checkpoint.pt", living, {**facts, "counts": sampler.counts, "config": config["model"]})
        if due("log_every"):
            log.write(step, steps, lr, model.logit_scale.exp().item())
        if due("evaluate_every"):
            with torch.autocast("cpu", torch.bfloat16):
                log.write_val(step, evaluate(average, tokenizer, *val))


def seed(number):
    torch.manual_seed(number)
    random.seed(number)


def parameter_groups(model, weight_decay):
    """Matrices and kernels decay; embeddings, norms, biases and the scale do not."""
    decayed = {n: p for n, p in model.named_parameters() if p.ndim > 1 and "embedding" not in n}
    others = [p for n, p in model.named_parameters() if n not in decayed]
    return [{"params": list(decayed.values()), "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]


def learning_rate(step, settings):
    """Warm-up, constant, then a cosine over the last part: before that part, `steps` may still be changed."""
    warm = min(1, (step + 1) / settings["warmup_steps"])
    left = (settings["steps"] - step) / (settings["steps"] * settings["decay_share"])
    return settings["learning_rate"] * warm * (1 if left >= 1 else 0.01 + 0.99 * (1 - math.cos(math.pi * left)) / 2)


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


@torch.no_grad()
def follow(average, model, decay):
    """The running average of the weights takes one step."""
    torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), 1 - decay)


def save(path, living, facts):
    """Whole or not at all."""
    part = path.with_suffix(".part")
    torch.save({**{name: thing.state_dict() for name, thing in living.items()}, **facts}, part)
    part.replace(path)


def restore(path, living):
    """The step and the seconds so far."""
    state = torch.load(path)
    for name, thing in living.items():
        thing.load_state_dict(state[name])
    return state["step"], state["seconds"]


class Log:
    """One JSON object a line: the loss and the rate since the last such line, or val figures."""

    def __init__(self, path, seconds):
        self.file = open(path, "a")
        self.started = time.time() - seconds
        self.restart()

    def restart(self):
        self.since, self.losses, self.pictures = time.time(), [], 0

    def seconds(self):
        return time.time() - self.started

    def count(self, loss, pictures):
        self.losses.append(loss)
        self.pictures += pictures

    def write(self, step, steps, lr, scale):
        loss, rate = sum(self.losses) / len(self.losses), self.pictures / (time.time() - self.since)
        self.line(step=step, steps=steps, lr=lr, scale=round(scale, 1), loss=round(loss, 4), images_per_second=round(rate, 1))
        self.restart()

    def write_val(self, step, figures):
        self.line(step=step, val={task: figure["balancedAccuracy"] for task, figure in figures.items()})
        self.restart()

    def line(self, **fields):
        self.file.write(json.dumps({"seconds": round(self.seconds()), **fields}) + "\n")
        self.file.flush()


if __name__ == "__main__":
    main()
