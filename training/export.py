"""Writes the averaged weights of a checkpoint as a model folder in the official layout, with its card.

python -m training.export --checkpoint RUN/checkpoint.pt --out models/medembed-nano
python -m training.export --checkpoint RUN/checkpoint.pt --model FOLDER --out OUT [--dtype float16] [--name NAME]

The second is for `finetune`: FOLDER is the model it began with. OUT has FOLDER's file names, and must not be there yet.
"""
import argparse
import json
import shutil
from pathlib import Path

import torch
import yaml

from .captions import LABELS
from .model_folder import DTYPES, dtype_of, locate, read_card, sha256, weights_in, write_weights

CARD = {
    "name": "medembed-nano",
    "family": "medimageinsight",
    "summary": (
        "A small image-text model with MedImageInsight's architecture, trained from scratch on open pictures, with a network "
        "trained on ImageNet as a second teacher. It makes the product run out of the box; it is not Microsoft's model and comes "
        "nowhere near its accuracy or its breadth."
    ),
    "defaultProfile": "direct",
    "licence": "CC-BY-SA-4.0",
    "intendedUse": (
        "Research, demonstration and software tests. Not a medical device; never for diagnosis or any decision about a person."
    ),
}
DOES_NOT_KNOW = [
    "mammography", "PET and other nuclear medicine", "optical coherence tomography", "angiography", "echocardiography",
    "ultrasound other than breast and lung", "X-ray other than chest and hand (bones, spine, dental)",
    "findings on adult chest X-rays: its pneumonia pictures are of children only",
    "findings on abdominal and head CT, breast MRI and hand X-ray: their pictures carry no finding",
    "CT and MRI of other parts (spine, pelvis, joints, heart, prostate)",
    "fundus photographs of healthy eyes or of diseases other than diabetic retinopathy",
    "endoscopy other than polyps and a few pictures of ulcerative colitis",
    "histopathology other than lung and colon in H&E", "photographs of skin without a dermatoscope",
]
LIMITS = [
    "Pictures are read at 128x128: small findings are not seen.",
    "Many classes come from one source each. The model may know the source rather than the disease: elsewhere it scores lower.",
    "The val figures are of unseen patients, videos or smears of the same sources, and some tasks have few pictures.",
    "'No tumor' of the brain MRI and the classes of the lung CT are tied to source and window setting.",
    "lc25000 was augmented from about 1,250 original patches, so its figures flatter.",
    "Text outside the words of the training captions carries little meaning for it.",
]


def known(counts):
    """One entry per modality, anatomy and finding with its number of training pictures, most first."""
    entries = {}
    for (dataset, name), pictures in counts.items():
        label = LABELS[dataset, name]
        key = (label.modality, label.anatomy, label.findings[0] if label.findings else None)
        entries[key] = entries.get(key, 0) + pictures
    ordered = sorted(entries.items(), key=lambda entry: -entry[1])
    return [{"modality": m, "anatomy": a, "finding": f, "trainingImages": n} for (m, a, f), n in ordered]


def card(state):
    training = {
        "data": f"{len({dataset for dataset, _ in state['counts']})} open data sets, see ATTRIBUTION.md",
        "images": sum(state["counts"].values()),
        "steps": state["step"],
        "batchSize": state["batch"],
        "seconds": round(state["seconds"]),
        "seed": state["seed"],
        **({"startedFrom": state["start"]} if "start" in state else {}),
        **({"wordsFrom": state["words"]} if "words" in state else {}),
    }
    return {**CARD, "knows": known(state["counts"]), "doesNotKnow": DOES_NOT_KNOW, "training": training, "limits": LIMITS}


def export_nano(state, out):
    write_weights(out / "vision_model" / "medembed-nano.safetensors", state["average"], "float16")
    (out / "config.yaml").write_text(yaml.safe_dump(state["config"], sort_keys=False))
    (out / "card.json").write_text(json.dumps(card(state), indent=2) + "\n")


def export_finetuned(state, model, out, dtype=None, name=None):
    """Everything of `model` but its weights, and what held for those only. `dtype`: None for the one `model` is stored in."""
    base = locate(model)
    if sha256(base.weights) != state["finetuned"]["baseWeights"]:
        raise ValueError(f"{base.weights} is not what this checkpoint was fine-tuned from")
    if out.exists():
        raise FileExistsError(f"{out} is there already")
    part = out.with_name(out.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    tokenizer = base.tokenizer.relative_to(base.root)
    for file in ["vocab.json", "merges.txt", "special_tokens_map.json", "tokenizer_config.json"]:
        if (base.tokenizer / file).is_file():
            (part / tokenizer).mkdir(parents=True, exist_ok=True)
            shutil.copyfile(base.tokenizer / file, part / tokenizer / file)
    void = {"card.json", "golden.json", *(path.name for path in weights_in(base.root))}
    for path in base.root.iterdir():  # config.yaml, the licence, the attribution
        if path.is_file() and path.name not in void:
            shutil.copyfile(path, part / path.name)
    write_weights(part / base.weights.relative_to(base.root), state["average"], dtype or dtype_of(base.weights))
    (part / "card.json").write_text(json.dumps(finetuned_card(state, model, name), indent=2) + "\n")
    part.replace(out)


def finetuned_card(state, model, name):
    """The card of `model`, less the figures that were measured with its weights."""
    old = read_card(model)
    kept = {key: value for key, value in old.items() if key not in ("evaluation", "fidelity")}
    done = {"base": old["name"], **state["finetuned"], "steps": state["step"], "seconds": round(state["seconds"])}
    profile = state["finetuned"]["profile"]
    return {**kept, "name": name or f"{old['name']}-finetuned", "defaultProfile": profile, "finetuned": done}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", type=Path, help="of a fine-tuned checkpoint: the folder it began with")
    parser.add_argument("--dtype", choices=DTYPES, help="of a fine-tuned checkpoint: instead of its model's")
    parser.add_argument("--name", help="of a fine-tuned checkpoint: instead of its model's with -finetuned")
    args = parser.parse_args()
    state = torch.load(args.checkpoint, map_location="cpu", mmap=True)
    if ("finetuned" in state) != (args.model is not None):
        parser.error("--model goes with the checkpoints of training.finetune, and only with those")
    if args.model:
        export_finetuned(state, args.model, args.out, args.dtype, args.name)
    else:
        export_nano(state, args.out)


if __name__ == "__main__":
    main()
