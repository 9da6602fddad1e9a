"""Fits the words of a model to its finished image tower: the last step, a quarter of an hour on one core.

python -m training.fit_words --model FOLDER --config training/nano.yaml --data DIR --out OUT

While both towers learn, the words follow pictures that keep changing, 64 at a time. Here the image tower stands still: every train
picture is encoded once as it is and once augmented, and the text tower learns from large batches of these vectors. OUT is FOLDER
with another text tower; the vectors of pictures stay what they were, to the last bit.
"""
import argparse
import copy
from pathlib import Path

import torch
import yaml

from .augment import augment
from .captions import LABELS, concepts, refinements
from .data import normalise, read_split
from .evaluate import evaluate
from .loop import Log, advance, bfloat16, seed
from .model_folder import load, provenance, read_card, write_changed
from .sample import Sampler, speak
from .train import compare, parameter_groups

ENCODED_AT_ONCE = 128
VIEWS = (False, True)  # is it augmented?


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    if args.out.exists():
        parser.error(f"{args.out} is there already")
    settings = yaml.safe_load(args.config.read_text())
    settings = {**settings["training"], **settings["words"]}
    torch.set_num_threads(settings["threads"])
    torch.set_flush_denormal(True)
    seed(settings["seed"])
    model, tokenizer, config = load(args.model)
    size, everything = config["IMAGE_ENCODER"]["IMAGE_SIZE"][0], concepts()
    sampler = Sampler(*read_split(args.data, "train", size), everything, settings["balance"])
    val = read_split(args.data, "val", size)
    views = torch.stack([encode(model, sampler, augmented) for augmented in VIEWS])

    log = Log(args.out.with_suffix(".jsonl"), 0)
    validate = lambda step, model: log.write_val(step, figures(evaluate(model, tokenizer, *val)))
    validate(0, model)
    fitted = fit(model, views, sampler, lambda: speak(everything, tokenizer, settings["word_noise"]), settings, log)
    validate(settings["steps"], fitted)
    write(args.model, args.out, fitted, {"steps": settings["steps"], "batchSize": settings["batch_size"], "seed": settings["seed"]})


@torch.no_grad()
def encode(model, sampler, augmented):
    """Unit vectors of the train pictures in order, float16 [pictures, projection]."""
    vectors = []
    for some in torch.arange(len(sampler.pictures)).split(ENCODED_AT_ONCE):
        batch = sampler.pictures[some].float()
        if augmented:
            batch, _ = augment(sampler.pictures[some], [LABELS[sampler.kinds[i]].modality for i in some.tolist()])
        with bfloat16():
            vectors.append(model.encode_image(normalise(batch)).half())
    return torch.cat(vectors)


def fit(model, views, sampler, speak, settings, log):
    """The running average of the model whose words learn from `views` [views, pictures, projection]."""
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(not name.startswith("image_"))
    average = copy.deepcopy(model)
    optimizer = torch.optim.AdamW(parameter_groups([model], settings["weight_decay"]))
    living = {"model": model, "average": average, "optimizer": optimizer}
    finer = torch.tensor(refinements(concepts()))
    for step in range(settings["steps"]):
        places, truths = sampler.places(settings["batch_size"])
        images = views[torch.randint(len(views), places.shape), places].float()
        logits = model.logit_scale.exp() * images @ model.encode_text(*speak()).T  # [batch, concepts]
        loss = compare(logits, truths, finer)
        lr = advance(living, loss, step, settings)
        log.count(len(places), loss=loss.item())
        if (step + 1) % settings["log_every"] == 0:
            log.write(step + 1, settings["steps"], lr, model.logit_scale.exp().item())
    return average


def figures(evaluation):
    return {task: found["balancedAccuracy"] for task, found in evaluation.items()}


def write(model, out, fitted, done):
    """`model` with the weights of `fitted`; its card says so, and loses what was measured with other words.

    The fidelity of the int8 rung stays in it: it is that of pictures.
    """
    card = read_card(model)
    card.setdefault("training", {})["words"] = {**done, "startedFrom": provenance(model)}
    card.pop("evaluation", None)
    write_changed(model, out, fitted.state_dict(), card)


if __name__ == "__main__":
    main()
