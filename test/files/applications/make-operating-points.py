"""Thresholds, temperatures and isotonic fits by scikit-learn and scipy: operating-points.json.

    pip install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
    python make-operating-points.py > operating-points.json
"""
import json

import numpy as np
from scipy.optimize import brentq
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import confusion_matrix, f1_score, roc_curve

random = np.random.RandomState(1)


def midway(scores, threshold):
    """The same cut, but halfway to the next lower score."""
    below = scores[scores < threshold]
    return (threshold + below.max()) / 2 if len(below) else threshold


def figures(scores, truths, threshold):
    (tn, fp), (fn, tp) = confusion_matrix(truths, scores >= threshold, labels=[0, 1])
    return {
        "sensitivity": tp / (tp + fn),
        "specificity": tn / (tn + fp),
        "positivePredictiveValue": tp / (tp + fp),
        "negativePredictiveValue": tn / (tn + fn),
        "f1": f1_score(truths, scores >= threshold),
        "prevalence": truths.mean(),
    }


def points(scores, truths):
    fpr, tpr, thresholds = roc_curve(truths, scores, drop_intermediate=False)
    chosen = {
        "youden": midway(scores, thresholds[np.argmax(tpr - fpr)]),
        "sensitivity90": midway(scores, thresholds[np.argmax(tpr >= 0.9)]),
        "specificity90": midway(scores, thresholds[np.flatnonzero(1 - fpr >= 0.9)[-1]]),
    }
    grid = np.arange(20) / 20
    f1 = np.array([f1_score(truths, scores >= t) for t in grid])
    chosen["bestF1"] = grid[np.flatnonzero(f1 == f1.max())[-1]]
    return {
        "scores": scores.tolist(),
        "truths": truths.tolist(),
        "points": {
            name: {"threshold": float(t), **{k: float(v) for k, v in figures(scores, truths, t).items()}}
            for name, t in chosen.items()
        },
    }


def temperature(scale):
    logits = random.normal(0, 2, (150, 4)).astype(np.float32).astype(float)
    p = np.exp(logits * scale)
    p /= p.sum(1, keepdims=True)
    truths = np.array([random.choice(4, p=row) for row in p])

    def slope(b):
        p = np.exp(b * (logits - logits.max(1, keepdims=True)))
        p /= p.sum(1, keepdims=True)
        return np.mean((p * logits).sum(1) - logits[np.arange(150), truths])

    return {
        "logits": logits.tolist(),
        "truths": truths.tolist(),
        "temperature": 1 / brentq(slope, 1e-3, 1e3, xtol=1e-15, rtol=1e-14),
    }


def isotonic():
    scores = random.normal(0, 1, 120).round(1)
    truths = (random.rand(120) < 1 / (1 + np.exp(-1.5 * scores))).astype(int)
    fit = IsotonicRegression(out_of_bounds="clip").fit(scores, truths)
    asked = np.concatenate([scores, random.normal(0, 2, 40)])
    return {
        "scores": scores.tolist(),
        "truths": truths.tolist(),
        "asked": asked.tolist(),
        "probabilities": fit.predict(asked).tolist(),
    }


truths = (random.rand(160) < 0.35).astype(int)
steep = np.clip(random.normal(0.3 + 0.3 * truths, 0.2), 0, 1)
print(
    json.dumps(
        {
            "points": [points(steep, truths), points(steep.round(1), truths)],
            "temperatures": [temperature(0.4), temperature(2.5)],
            "isotonic": isotonic(),
        }
    )
)
