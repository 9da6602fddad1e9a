"""What scikit-learn and numpy say of made-up exams, each patient left out: exam-parameters.json.

    pip install numpy==2.4.6 scikit-learn==1.9.1
    python make-exam-parameters.py > exam-parameters.json
"""
import json

import numpy as np
from sklearn import metrics
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

K, MARGIN, ALPHA, ROWS, COLUMNS = 5, 0.2, 0.1, 80, 12
random = np.random.RandomState(3)

planes = np.array(["axial", "coronal", "sagittal"])
truth = random.randint(0, 3, ROWS)
groups = np.arange(ROWS) // 3
vectors = np.round((random.randn(ROWS, COLUMNS) + 2.6 * np.eye(3, COLUMNS)[truth]) * 64) / 64
vectors[10] = vectors[40]  # a duplicate of another patient's
times = np.exp(random.randn(ROWS) * 0.2 + 6 + truth).round(2)
is_told = random.rand(ROWS) < 0.7

told_probabilities = np.zeros((ROWS, 3))
median = np.full(ROWS, np.nan)
nearest, distances = np.zeros((ROWS, K), int), np.zeros((ROWS, K))
partial = []
for row in range(ROWS):
    others = np.flatnonzero(groups != groups[row])
    classifier = KNeighborsClassifier(K, weights="distance").fit(vectors[others], truth[others])
    probabilities = classifier.predict_proba(vectors[row : row + 1])[0]
    told_probabilities[row, classifier.classes_] = probabilities
    found = NearestNeighbors(n_neighbors=K, algorithm="brute").fit(vectors[others]).kneighbors(vectors[row : row + 1])
    nearest[row], distances[row] = others[found[1][0]], found[0][0]
    zero = distances[row] == 0
    weights = zero.astype(float) if zero.any() else 1 / distances[row]
    weights /= weights.sum()
    median[row] = np.quantile(times[nearest[row]], 0.5, weights=weights, method="inverted_cdf")
    # A target that some headers do not tell: these do not vote, and where they weigh more than half there is no answer.
    votes = np.array([weights[(truth[nearest[row]] == c) & is_told[nearest[row]]].sum() for c in range(3)])
    told = votes.sum()
    first, second = np.sort(votes)[::-1][:2]
    is_clear = told >= 0.5 and (first - second) / told >= MARGIN
    partial.append(str(planes[votes.argmax()]) if is_clear else None)

first, second = np.sort(told_probabilities, axis=1)[:, ::-1][:, :2].T
answered = first - second >= MARGIN
guess = told_probabilities.argmax(axis=1)
errors = np.abs(np.log(median) - np.log(times))


def spread(errors):
    rank = int(np.ceil((len(errors) + 1) * (1 - ALPHA)))
    return float(np.sort(errors)[rank - 1])


within = [errors[row] <= spread(errors[groups != groups[row]]) for row in range(ROWS)]
confusion = metrics.confusion_matrix(truth[answered], guess[answered], labels=[0, 1, 2])
print(
    json.dumps(
        {
            "settings": {"neighbours": K, "margin": MARGIN, "alpha": ALPHA},
            "columns": COLUMNS,
            "vectors": vectors.ravel().tolist(),
            "groups": [f"patient {group}" for group in groups],
            "planes": planes[truth].tolist(),
            "partialPlanes": [str(planes[t]) if told else None for t, told in zip(truth, is_told)],
            "times": times.tolist(),
            "shares": first.tolist(),
            "margins": (first - second).tolist(),
            "answers": [str(planes[g]) if a else None for g, a in zip(guess, answered)],
            "partialAnswers": partial,
            "distances": distances.ravel().tolist(),
            "medians": median.tolist(),
            "coverage": float(answered.mean()),
            "accuracy": metrics.accuracy_score(truth[answered], guess[answered]),
            "balancedAccuracy": metrics.balanced_accuracy_score(truth[answered], guess[answered]),
            "confusion": [
                [*row, int(((truth == c) & ~answered).sum())] for c, row in enumerate(confusion.tolist())
            ],
            "error": float(errors.mean()),
            "spread": spread(errors),
            "intervalCoverage": float(np.mean(within)),
        }
    )
)
