"""Trains the two towers together: every picture against a fresh phrase of every concept.

python -m training.train --config training/nano.yaml --data DIR --out DIR [--resume] [--steps N]

What makes a step fast on a CPU: flushed denormals, bfloat16, a compiled image tower, fused AdamW, gray pictures augmented
as one channel, and one text forward a step.
"""
import argparse
import copy
from pathlib import Path

import torch
import torch.nn.functional as F
import yaml

from .captions import concepts
from .data import read_split
from .evaluate import evaluate
from .loop import Log, advance, restore, save, seed
from .model import MedImageInsight
from .sample import Sampler, speak
from .tokenizer import Tokenizer


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
    facts = restore(out / "checkpoint.pt", living) if resume else {"step": 0, "seconds": 0.0}
    step = facts["step"]
    seed(settings["seed"] + step)
    encode_image = torch.compile(model.encode_image, dynamic=False)

    log = Log(out / "log.jsonl", facts["seconds"])
    while step < steps:
        pictures, truths = sampler.draw(batch)
        with torch.autocast("cpu", torch.bfloat16):
            images = encode_image(pictures)
            texts = model.encode_text(*speak(everything, tokenizer, settings["word_noise"]))
        logits = model.logit_scale.exp() * images @ texts.T  # [batch, concepts]
        loss = contrast(logits, truths, 1) + contrast(logits, truths, 0)
        lr = advance(living, loss, step, settings)
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
                figures = evaluate(average, tokenizer, *val)
            log.write_val(step, {task: figure["balancedAccuracy"] for task, figure in figures.items()})


def parameter_groups(model, weight_decay):
    """Matrices and kernels decay; embeddings, norms, biases and the scale do not."""
    decayed = {n: p for n, p in model.named_parameters() if p.ndim > 1 and "embedding" not in n}
    others = [p for n, p in model.named_parameters() if n not in decayed]
    return [{"params": list(decayed.values()), "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]


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


if __name__ == "__main__":
    main()
