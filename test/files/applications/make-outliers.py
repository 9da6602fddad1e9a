"""What scikit-learn, scipy and numpy say of a few made-up reference sets: outliers.json.

    pip install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
    python make-outliers.py > outliers.json

The vectors are whole numbers over 64, so that float32 holds them exactly.
"""
import json

import numpy as np
from scipy import stats
from scipy.spatial.distance import cdist
from sklearn.covariance import LedoitWolf

random = np.random.RandomState(0)


def vectors(rows, columns):
    """Of unequal spread and correlated, so that no direction is like another."""
    mixed = random.randn(rows, columns) @ random.randn(columns, columns) * random.uniform(0.1, 2, columns)
    return np.round(mixed * 16) / 64


def mahalanobis(reference, judged):
    fit = LedoitWolf().fit(reference)
    return fit.shrinkage_, np.sqrt(fit.mahalanobis(judged))


def sets(rows, columns, groups, k):
    reference, judged = vectors(rows, columns), np.vstack([vectors(4, columns), 3 + vectors(3, columns)])
    groups = np.asarray(groups)
    between = cdist(judged, reference)
    knn = np.sort(between, axis=1)[:, :k].mean(axis=1)
    left_knn, left_mahalanobis = np.empty(rows), np.empty(rows)
    for row in range(rows):
        others = groups != groups[row]
        left_knn[row] = np.sort(cdist(reference[row : row + 1], reference[others])[0])[:k].mean()
        left_mahalanobis[row] = mahalanobis(reference[others], reference[row : row + 1])[1][0]
    shrinkage, distances = mahalanobis(reference, judged)
    return {
        "k": k,
        "columns": columns,
        "groups": [str(group) for group in groups],
        "reference": reference.ravel().tolist(),
        "judged": judged.ravel().tolist(),
        "nearest": np.argsort(between, axis=1, kind="stable")[:, :k].ravel().tolist(),
        "knn": knn.tolist(),
        "leftKnn": left_knn.tolist(),
        "shrinkage": shrinkage,
        "mahalanobis": distances.tolist(),
        "leftMahalanobis": left_mahalanobis.tolist(),
    }


def samples(n, m, shift, ties=False):
    a, b = random.randn(n), random.randn(m) + shift
    if ties:
        a, b = np.round(a * 2), np.round(b * 2)
    found = stats.ks_2samp(a, b, method="exact")
    return {"a": a.tolist(), "b": b.tolist(), "statistic": found.statistic, "p": found.pvalue}


print(
    json.dumps(
        {
            "fewer vectors than dimensions": sets(15, 40, range(15), 2),
            "fewer vectors, several of a patient": sets(18, 24, [0, 0, 0, 1, 2, 2, 3, 4, 5, 6, 6, 7, 8, 9, 10, 11, 12, 13], 3),
            "more vectors than dimensions": sets(60, 8, range(60), 2),
            "more vectors, several of a patient": sets(40, 5, np.arange(40) // 3, 2),
            "kolmogorovSmirnov": [
                samples(15, 10, 0),
                samples(30, 45, 0.8),
                samples(200, 7, 2.5),
                samples(12, 12, 0),
                samples(40, 25, 0.5, ties=True),
                samples(1, 5, 0),
            ],
            # Of 10001 whole numbers from 0 and as many from a shift on.
            "kolmogorovLimit": [
                {"shift": shift, "p": stats.kstwobign.sf(shift / 10001 * np.sqrt(10001 / 2))} for shift in (10, 40, 100, 200, 500)
            ],
        }
    )
)
