"""What scikit-learn, scipy and numpy say of a few hundred made-up scores: metrics.json.

    pip install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
    python make-metrics.py > metrics.json

Where neither has a metric, it is written down here in the plainest way.
"""
import json
import warnings

import numpy as np
from scipy import stats
from sklearn import metrics
from sklearn.calibration import calibration_curve

warnings.simplefilter("ignore")
random = np.random.RandomState(0)


def plain(value):
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(inner) for inner in value]
    if isinstance(value, (np.floating, float)):
        return float(value) if np.isfinite(value) else str(float(value))
    return int(value) if isinstance(value, (np.integer, np.bool_)) else value


def classification(classes, rows, shown):
    """Guesses that are right more often than not, of classes of which only `shown` occur as truths."""
    truths = random.choice(shown, rows)
    guesses = np.where(random.rand(rows) < 0.6, truths, random.randint(0, classes, rows))
    weights = random.randint(0, 4, rows)
    labels = range(classes)

    def figures(**kw):
        precision, recall, f1, support = metrics.precision_recall_fscore_support(
            truths, guesses, labels=labels, zero_division=0, **kw
        )
        averages = {
            name: metrics.precision_recall_fscore_support(
                truths, guesses, labels=labels, average=name, zero_division=0, **kw
            )[:3]
            for name in ("macro", "micro", "weighted")
        }
        return {
            "confusion": metrics.confusion_matrix(truths, guesses, labels=labels, **kw).ravel(),
            "shareOfTruths": metrics.confusion_matrix(truths, guesses, labels=labels, normalize="true", **kw).ravel(),
            "accuracy": metrics.accuracy_score(truths, guesses, **kw),
            "balancedAccuracy": metrics.balanced_accuracy_score(truths, guesses, **kw),
            "matthews": metrics.matthews_corrcoef(truths, guesses, **kw),
            "perClass": {"precision": precision, "recall": recall, "f1": f1, "support": support},
            **averages,
        }

    return {
        "classes": classes,
        "truths": truths,
        "guesses": guesses,
        "weights": weights,
        "plain": figures(),
        "weighted": figures(sample_weight=weights),
    }


def binary(scores, truths):
    weights = random.randint(0, 4, len(scores))

    def figures(**kw):
        fpr, tpr, thresholds = metrics.roc_curve(truths, scores, drop_intermediate=False, **kw)
        return {
            "areaUnderCurve": metrics.roc_auc_score(truths, scores, **kw),
            "averagePrecision": metrics.average_precision_score(truths, scores, **kw),
            "falsePositiveRateAt95": fpr[np.argmax(tpr >= 0.95)],
        }

    fpr, tpr, thresholds = metrics.roc_curve(truths, scores, drop_intermediate=False)
    precision, recall, cuts = metrics.precision_recall_curve(truths, scores)
    return {
        "scores": scores,
        "truths": truths,
        "weights": weights,
        "plain": figures(),
        "weighted": figures(sample_weight=weights),
        "roc": {"thresholds": thresholds, "falsePositiveRates": fpr, "truePositiveRates": tpr},
        # scikit-learn goes from the lowest cut up, and ends with a point that no cut gives
        "precisionRecall": {
            "thresholds": cuts[::-1],
            "precisions": precision[:-1][::-1],
            "recalls": recall[:-1][::-1],
        },
    }


def probabilities():
    truths = random.randint(0, 2, 200)
    scores = np.clip(random.normal(0.35 + 0.3 * truths, 0.22), 0, 1).round(4) * 0.997 + 0.0011  # on no edge of a bin
    observed, predicted = calibration_curve(truths, scores, n_bins=15)
    counts = np.histogram(scores, np.linspace(0, 1, 16))[0]
    counts = counts[counts > 0]
    weights = random.randint(0, 4, 200)
    many = random.dirichlet([0.7, 1.0, 1.5], 120).astype(np.float32).astype(float)
    classes = np.array([random.choice(3, p=row / row.sum()) for row in many])
    return {
        "scores": scores,
        "truths": truths,
        "weights": weights,
        "brier": metrics.brier_score_loss(truths, scores),
        "weightedBrier": metrics.brier_score_loss(truths, scores, sample_weight=weights),
        "curve": {"observed": observed, "predicted": predicted, "counts": counts},
        "calibrationError": np.sum(counts / 200 * np.abs(observed - predicted)),
        "many": many,
        "classes": classes,
        "multiclassBrier": metrics.brier_score_loss(classes, many, scale_by_half=False),
        "meanArea": metrics.roc_auc_score(classes, many, multi_class="ovr", average="macro"),
        "meanAveragePrecision": metrics.average_precision_score(np.eye(3)[classes], many, average="macro"),
    }


def regression():
    truths = random.uniform(0.1, 900, 60)
    predictions = truths * np.exp(random.normal(0, 0.3, 60))
    return {
        "truths": truths,
        "predictions": predictions,
        "meanAbsoluteError": metrics.mean_absolute_error(truths, predictions),
        "meanAbsoluteLogError": metrics.mean_absolute_error(np.log(truths), np.log(predictions)),
    }


def retrieval():
    found = (random.rand(25, 12) < 0.4).astype(int)
    found[3] = 0
    relevant = found.sum(1) + random.randint(0, 9, 25)
    labels = random.randint(0, 4, 25)

    def ap(row):  # without ties, scikit-learn's average precision over the list is that over what was retrieved
        return metrics.average_precision_score(row, -np.arange(len(row))) if row.any() else 0.0

    precision = found[:, :5].mean(1)
    return {
        "found": found,
        "relevant": relevant,
        "labels": labels,
        "precisionAt5": precision,
        "hitAt3": found[:, :3].any(1),
        "recallAt5": [f[:5].sum() / n if n else np.nan for f, n in zip(found, relevant)],
        "averagePrecisionOfRetrieved": [ap(row[:10]) for row in found],
        "averagePrecisionOfRelevant": [
            ap(row[:10]) * row[:10].sum() / min(10, n) if n else np.nan for row, n in zip(found, relevant)
        ],
        "micro": precision.mean(),
        "macro": np.mean([precision[labels == label].mean() for label in np.unique(labels)]),
    }


def survival():
    times = np.ceil(random.exponential(20, 80))
    events = random.rand(80) < 0.7
    risks = np.round(-np.log(times) + random.normal(0, 1, 80), 1)
    pairs = concordant = 0.0
    for i in range(80):  # i has the event, and j is known to live longer
        for j in range(80):
            if events[i] and (times[i] < times[j] or (times[i] == times[j] and not events[j])):
                pairs += 1
                concordant += 1.0 if risks[i] > risks[j] else 0.5 if risks[i] == risks[j] else 0.0
    curve = stats.ecdf(stats.CensoredData.right_censored(times, ~events)).sf
    group = random.rand(80) < 0.5
    halves = [stats.CensoredData.right_censored(times[g], ~events[g]) for g in (group, ~group)]
    test = stats.logrank(*halves)
    steps = np.isin(curve.quantiles, times[events])
    return {
        "times": times,
        "events": events,
        "risks": risks,
        "concordance": concordant / pairs,
        "kaplanMeier": {"times": curve.quantiles[steps], "survival": curve.probabilities[steps]},
        "group": group,
        "logRank": {"statistic": test.statistic, "p": test.pvalue},
        "medianSplit": np.mean((risks > np.median(risks)) == events),
    }


def special():
    points = np.concatenate([np.linspace(-4, 4, 33), [5.5, 9, 1e-9, 0.477]])
    from scipy.special import erf, erfc

    values = random.normal(size=23)
    return {
        "x": points,
        "erf": erf(points),
        "erfc": erfc(points),
        "values": np.sort(values),
        "quantiles": {str(q): np.quantile(values, q) for q in (0, 0.025, 0.3, 0.5, 0.975, 1)},
    }


truths = random.randint(0, 2, 300)
print(
    json.dumps(
        plain(
            {
                "classification": [
                    classification(4, 150, [0, 1, 2, 3]),
                    classification(5, 80, [0, 2, 3]),
                    classification(2, 60, [0, 1]),
                    classification(3, 40, [1]),
                ],
                "binary": [
                    binary(random.normal(truths, 1.2), truths),
                    binary(random.normal(truths, 1).round(1), truths),  # many ties
                    binary(np.concatenate([[0.0, -0.0, -1e-300, 1e300, -1e300], random.rand(295) - 0.5]), truths),
                ],
                "probabilities": probabilities(),
                "regression": regression(),
                "retrieval": retrieval(),
                "survival": survival(),
                "special": special(),
            }
        )
    )
)
