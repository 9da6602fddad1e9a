"""Writes zero-shot.json: probabilities that numpy computes in float64 from drawn vectors, with what they are made of.

    python test/files/applications/make-zero-shot.py
"""
import json
from pathlib import Path

import numpy as np

IMAGES, LABELS, TEXTS, DIMENSIONS = 6, 4, 3, 32
LOGIT_SCALE = 4.5135

random = np.random.default_rng(11)
images = random.normal(size=(IMAGES, DIMENSIONS)).astype(np.float32)
present = random.normal(size=(LABELS, TEXTS, DIMENSIONS)).astype(np.float32) * np.float32([[[1], [5], [0.2]]])
absent = random.normal(size=(LABELS, TEXTS, DIMENSIONS)).astype(np.float32)


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def ensemble(texts):
    return unit(unit(texts.astype(np.float64)).mean(axis=1))


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


scale = np.exp(LOGIT_SCALE)
logits = scale * unit(images.astype(np.float64)) @ ensemble(present).T
opposite = scale * unit(images.astype(np.float64)) @ ensemble(absent).T
document = {
    "logitScale": LOGIT_SCALE,
    "images": images.tolist(),
    "present": present.tolist(),
    "absent": absent.tolist(),
    "ensembles": ensemble(present).tolist(),
    "logits": logits.tolist(),
    "competing": softmax(logits).tolist(),
    "pairs": softmax(np.stack([logits, opposite], axis=-1))[..., 0].tolist(),
}
Path(__file__).with_name("zero-shot.json").write_text(json.dumps(document) + "\n")
