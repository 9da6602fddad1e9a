"""Writes the averaged weights of a checkpoint as a model folder in the official layout, half precision, with its card.

python -m training.export --checkpoint RUN/checkpoint.pt --out models/medembed-nano
"""
import argparse
import json
from pathlib import Path

import torch
import yaml
from safetensors.torch import save_file

from .captions import LABELS

CARD = {
    "name": "medembed-nano",
    "family": "medimageinsight",
    "summary": (
        "A small image-text model with MedImageInsight's architecture, trained from scratch on open pictures. It makes the "
        "product run out of the box; it is not Microsoft's model and comes nowhere near its accuracy or its breadth."
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
    }
    return {**CARD, "knows": known(state["counts"]), "doesNotKnow": DOES_NOT_KNOW, "training": training, "limits": LIMITS}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    state = torch.load(args.checkpoint)
    (args.out / "vision_model").mkdir(parents=True, exist_ok=True)
    weights = {name: tensor.half().contiguous() for name, tensor in state["average"].items()}
    weights_file = args.out / "vision_model" / "medembed-nano.safetensors"
    save_file(weights, weights_file)
    weights_file.chmod(0o644)
    (args.out / "config.yaml").write_text(yaml.safe_dump(state["config"], sort_keys=False))
    (args.out / "card.json").write_text(json.dumps(card(state), indent=2) + "\n")


if __name__ == "__main__":
    main()
