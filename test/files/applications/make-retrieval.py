"""What numpy and scikit-learn find in the small vectors of make-heads.py: retrieval.json.

    pip install numpy==2.4.6 scikit-learn==1.9.1
    python make-retrieval.py > retrieval.json
"""
import json
import sys
from collections import defaultdict

import numpy as np
from sklearn.metrics import average_precision_score
from sklearn.metrics.pairwise import euclidean_distances

heads = json.load(open("heads.json"))
vectors = np.load("vectors.npy").astype("f8")
labels, patients = np.array(heads["labels"]), np.array(heads["patients"])
ids = np.array([f"pictures/{row}.png" for row in range(len(labels))])
RANKS, SLICES = (1, 5, 10), 20


def figures(found, relevant, query_labels):
    """found: for each query whether each item, nearest first, is relevant"""
    out = []
    for k in RANKS:
        first = [np.pad(row[:k].astype(float), (0, max(0, k - len(row)))) for row in found]
        ap = [average_precision_score(row, -np.arange(k)) if row.any() else 0.0 for row in first]
        values = {
            "precision": [row.mean() for row in first],
            "hit": [row.any() for row in first],
            "recall": [row.sum() / n if n else np.nan for row, n in zip(first, relevant)],
            "averagePrecision": ap,
            "averagePrecisionOfAll": [a * row.sum() / min(k, n) if n else np.nan for a, row, n in zip(ap, first, relevant)],
        }
        of_label = {name: [np.nanmean(np.array(v, float)[query_labels == c]) for c in range(4)] for name, v in values.items()}
        out.append({name: {"micro": np.nanmean(np.array(v, float)), "macro": np.mean(of_label[name]), "perLabel": of_label[name]} for name, v in values.items()})
    return out


def search(queries, gallery, query_rows, gallery_rows, groups, hidden=None):
    distances = euclidean_distances(queries, gallery)
    found, relevant = [], []
    for i, query in enumerate(query_rows):
        allowed = groups[gallery_rows] != groups[query]
        if hidden is not None:
            allowed &= ~hidden[query][gallery_rows]
        order = [j for j in np.lexsort((ids[gallery_rows], distances[i])) if allowed[j]]
        own = labels[gallery_rows] == labels[query]
        found.append(own[order][: max(RANKS)])
        relevant.append((own & allowed).sum())
    return figures(found, relevant, labels[query_rows])


def volumes():
    names = np.array([f"v{patient}" for patient in range(100)])
    slices = vectors.reshape(100, 3, -1)
    own = labels[::3]
    unit = lambda x: x / np.linalg.norm(x, axis=1, keepdims=True)
    seven = [slices.mean(1), slices.std(1, ddof=1), *np.quantile(slices, [0, 0.25, 0.5, 0.75, 1], axis=1)]
    aggregated = {
        "mean": unit(slices.mean(1)),
        "median": unit(np.median(slices, 1)),
        "max": unit(slices.max(1)),
        "std": slices.std(1),
        "statistics": np.concatenate(seven, axis=1),
    }
    out = {}
    for method, x in aggregated.items():
        distances = euclidean_distances(x)
        found = [own[[j for j in np.lexsort((names, distances[i])) if j != i]] == own[i] for i in range(100)]
        out[method] = figures(found, [(own == own[i]).sum() - 1 for i in range(100)], own)
    cosines = vectors @ vectors.T
    for method, votes in {"frequency": len, "max": max, "sum": sum}.items():
        found = []
        for i in range(100):
            ballot = defaultdict(list)
            for row in range(3 * i, 3 * i + 3):
                for other in [j for j in np.argsort(-cosines[row]) if j // 3 != i][:SLICES]:
                    ballot[other // 3].append(cosines[row, other])
            ranked = sorted(ballot, key=lambda volume: (-votes(ballot[volume]), names[volume]))
            found.append(own[ranked] == own[i])
        out[f"votes: {method}"] = figures(found, [(own == own[i]).sum() - 1 for i in range(100)], own)
    return out


everything = np.arange(len(labels))
test, others = np.array(heads["test"]), np.setdiff1d(everything, heads["test"])
cosines = vectors @ vectors.T
LIKENESS = 0.9
result = {
    "ranks": RANKS,
    "likeness": LIKENESS,
    "patientsApart": search(vectors, vectors, everything, everything, patients),
    "itselfApart": search(vectors, vectors, everything, everything, everything),
    "testAmongOthers": search(vectors[test], vectors[others], test, others, everything),
    "withoutNearDuplicates": search(vectors, vectors, everything, everything, everything, cosines >= LIKENESS),
    "volumes": volumes(),
}
json.dump(result, sys.stdout, default=float)
print()
