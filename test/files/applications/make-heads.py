"""Heads on small vectors by scikit-learn and PyTorch: vectors.npy, heads.json, adapter.safetensors and adapter.pt.

    pip install numpy==2.4.6 scikit-learn==1.9.1 torch==2.13.0 safetensors==0.8.0
    python make-heads.py

The vectors are made up: four classes that overlap, of 100 patients with three pictures each, whose pictures are alike.
"""
import json
import warnings

import numpy as np
import torch
from safetensors.torch import save_file
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC

warnings.simplefilter("ignore")
ROWS, DIMENSIONS, CLASSES = 300, 64, 4

random = np.random.RandomState(3)
patients = np.repeat(np.arange(ROWS // 3), 3)
labels = np.repeat(random.choice(CLASSES, ROWS // 3, p=[0.4, 0.3, 0.2, 0.1]), 3)
centres = random.normal(0, 0.9, (CLASSES, 8))
mixing = random.normal(0, 1, (8, DIMENSIONS))
own = np.repeat(random.normal(0, 1, (ROWS // 3, 8)), 3, axis=0) + random.normal(0, 0.5, (ROWS, 8))
vectors = (centres[labels] + own) @ mixing + random.normal(0, 1.5, (ROWS, DIMENSIONS)) + 2
vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
np.save("vectors.npy", vectors)

part = np.empty(ROWS // 3, int)
for name in range(CLASSES):  # of the patients of each class 60, 20 and 20 %
    own_patients = random.permutation(np.flatnonzero(labels[::3] == name))
    part[own_patients] = np.digitize(np.arange(len(own_patients)) / len(own_patients), [0.6, 0.8])
train, validation, test = (np.flatnonzero(part[patients] == which) for which in range(3))
x, y = vectors.astype(float), labels


def area(scores, rows):
    return roc_auc_score(y[rows], scores, multi_class="ovr", average="macro")


def softmax(z):
    p = np.exp(z - z.max(1, keepdims=True))
    return p / p.sum(1, keepdims=True)


scaler = StandardScaler().fit(x[train])
z = scaler.transform(x)


def logistic(truth, **kw):
    fit = LogisticRegression(tol=1e-10, max_iter=10000, **kw).fit(z[train], truth[train])
    return {"weights": fit.coef_.tolist(), "bias": fit.intercept_.tolist()}


balanced = len(train) / (CLASSES * np.bincount(y[train]))


def linear_svm(weights=None, **kw):
    fit = LinearSVC(tol=1e-10, max_iter=1000000, dual=False, **kw).fit(z[train], y[train], weights)
    return {"weights": fit.coef_.tolist(), "bias": fit.intercept_.tolist()}


def rbf_svm(weights=None, **kw):
    fits = [SVC(tol=1e-9, **kw).fit(z[train], y[train] == name, weights) for name in range(CLASSES)]
    return np.stack([fit.decision_function(z[test]) for fit in fits], axis=1).tolist()


def nearest(k):
    fit = KNeighborsClassifier(k, metric="cosine", algorithm="brute").fit(x[train], y[train])
    return {"places": fit.kneighbors(x[test])[1].tolist(), "shares": fit.predict_proba(x[test]).tolist()}


def mlp(seed):
    fit = MLPClassifier((24, 16), learning_rate_init=3e-3, alpha=1e-4, batch_size=32, max_iter=40, random_state=seed)
    fit.fit(z[train], y[train])
    return area(fit.predict_proba(z[test]), test), fit.loss_


class Adapter(torch.nn.Module):
    """The published network, here with other sizes."""

    def __init__(self, inputs, width, hidden, classes):
        super().__init__()
        self.vision_embd = torch.nn.Sequential(
            torch.nn.Linear(inputs, width), torch.nn.GELU(), torch.nn.Linear(width, width), torch.nn.LayerNorm(width)
        )
        self.retrieval_conv = torch.nn.Sequential(
            torch.nn.Conv1d(width, hidden, 3, padding=1), torch.nn.GELU(), torch.nn.Conv1d(hidden, hidden, 3, padding=1)
        )
        self.prediction_head = torch.nn.Sequential(torch.nn.Linear(hidden, classes))

    def forward(self, x):
        feature = self.retrieval_conv(self.vision_embd(x).unsqueeze(2)).squeeze(2)
        return feature, self.prediction_head(feature)


def train_adapter(seed, epochs, **kw):
    torch.manual_seed(seed)
    network = Adapter(DIMENSIONS, 32, 24, CLASSES)
    start = {name: p.detach().clone() for name, p in network.state_dict().items()}
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-4 * 5)
    loss_of = torch.nn.CrossEntropyLoss(**kw)
    data = torch.utils.data.TensorDataset(torch.tensor(vectors[train]), torch.tensor(y[train]))
    loader = torch.utils.data.DataLoader(data, batch_size=8, shuffle=True)
    history, best = [], None
    for epoch in range(epochs):
        total = 0.0
        for inputs, truths in loader:
            optimizer.zero_grad()
            loss = loss_of(network(inputs)[1], truths)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(truths)
        with torch.no_grad():
            logits = network(torch.tensor(vectors[validation]))[1].double().numpy()
        auc = area(softmax(logits), validation)
        history.append({"loss": total / len(train), "area": auc, "accuracy": float(np.mean(logits.argmax(1) == y[validation]))})
        if best is None or auc > best[0]:
            best = (auc, epoch, {name: p.detach().clone() for name, p in network.state_dict().items()})
    network.load_state_dict(best[2])
    with torch.no_grad():
        feature, logits = network(torch.tensor(vectors[test]))
    return network, {
        "start": {name: start[name].flatten()[:5].tolist() for name in start if "3." not in name},
        "history": history,
        "epoch": best[1],
        "features": feature[:6].tolist(),
        "logits": logits.tolist(),
        "testArea": area(softmax(logits.double().numpy()), test),
    }


network, adapter = train_adapter(42, 15)
save_file(network.state_dict(), "adapter.safetensors")
torch.save(network.state_dict(), "adapter.pt")

json.dump(
    {
        "labels": labels.tolist(),
        "patients": patients.tolist(),
        "train": train.tolist(),
        "validation": validation.tolist(),
        "test": test.tolist(),
        "scaler": {"mean": scaler.mean_.tolist(), "scale": scaler.scale_.tolist()},
        "logistic": logistic(y),
        "logisticBalanced": logistic(y, class_weight="balanced", C=0.1),
        "logisticBinary": logistic((y == 1).astype(int)),
        "linearSvm": linear_svm(),
        "linearSvmBalanced": linear_svm(balanced[y[train]], C=0.1),
        "rbfSvm": rbf_svm(),
        "rbfSvmBalanced": rbf_svm(balanced[y[train]], C=0.3, gamma=0.02),
        "nearest": nearest(5),
        "mlp": dict(zip(("areas", "losses"), zip(*(mlp(seed) for seed in range(24))))),
        "adapter": adapter,
        "adapterBalanced": train_adapter(7, 3, weight=torch.tensor(balanced, dtype=torch.float32))[1],
    },
    open("heads.json", "w"),
)
