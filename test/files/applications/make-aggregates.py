"""What numpy makes of slice vectors: aggregates.json.

    pip install numpy
    python make-aggregates.py > aggregates.json
"""
import json
import sys
import warnings
from collections import defaultdict

import numpy as np

generator = np.random.default_rng(7)


def aggregates(x):
    quartiles = [np.nanquantile(x, q, axis=0) for q in (0.25, 0.5, 0.75)]
    seven = [np.nanmean(x, 0), np.nanstd(x, 0, ddof=1), np.nanmin(x, 0), *quartiles, np.nanmax(x, 0)]
    return {
        "mean": np.mean(x, 0),
        "median": np.median(x, 0),
        "max": np.max(x, 0),
        "std": np.std(x, 0, ddof=0),
        "statistics": np.concatenate(seven),
    }


def case(x):
    x = x.astype("f4")
    listed = {name: [None if np.isnan(v) else float(v) for v in value] for name, value in aggregates(x.astype("f8")).items()}
    return {"vectors": [[None if np.isnan(v) else float(v) for v in row] for row in x], **listed}


def centre_means(n):
    x = generator.normal(size=(n, 3)).astype("f4").astype("f8")
    c = n // 2
    return {"vectors": x.tolist(), "mean": x[max(0, c - 10) : c + 10].mean(0).tolist(), "centre": x[c].tolist()}


def ranking(hits, votes):
    ballot = defaultdict(list)
    for found in hits:
        for volume, score in found:
            ballot[volume].append(score)
    return sorted(ballot, key=lambda volume: (-votes(ballot[volume]), volume))


with_nan = generator.normal(size=(9, 4))
with_nan[2, 1] = with_nan[5, 1] = with_nan[0, 3] = np.nan
far_off = 1000 + generator.normal(size=(50, 4)) * 1e-2  # a deviation that sums of squares in 32 bits would lose
hits = [
    [(f"volume-{generator.integers(12):02}", round(float(generator.uniform(-0.2, 1)), 2)) for _ in range(20)]
    for _ in range(9)
]
hits.append([("volume-98", -0.5), ("volume-99", -0.5)])
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of one slice there is no deviation with ddof 1
    reference = {
        "cases": [case(generator.normal(size=(n, 5))) for n in (1, 2, 7, 8, 60)] + [case(far_off)],
        "withNaN": case(with_nan),
        "centre": [centre_means(n) for n in (1, 2, 5, 19, 20, 21, 41)],
        "voting": {
            "hits": hits,
            "frequency": ranking(hits, len),
            "max": ranking(hits, max),
            "sum": ranking(hits, lambda scores: round(sum(scores), 9)),
        },
    }
json.dump(reference, sys.stdout)
print()
