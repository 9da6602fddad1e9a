"""What scikit-learn and umap-learn make of the small vectors of make-heads.py: projection.json.

    pip install numpy==2.4.6 scikit-learn==1.9.1 umap-learn==0.5.12
    python make-projection.py > projection.json
"""
import json
import sys
import warnings

import numpy as np

warnings.simplefilter("ignore")
import umap
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from umap.umap_ import find_ab_params, fuzzy_simplicial_set

vectors = np.load("vectors.npy").astype("f8")
pca = PCA(5, svd_solver="full").fit(vectors)

ROWS = 60  # with copies, whose nearest distance is 0
some = np.concatenate([vectors[:ROWS], vectors[:1], vectors[:1]])
exact = np.linalg.norm(some[:, None] - some[None], axis=2)  # scikit-learn's fast distances of copies are not 0
np.fill_diagonal(exact, -1)  # each row is the first of its own neighbours, also where a copy is as near
places = np.argsort(exact, axis=1, kind="stable")[:, :15]
distances = np.maximum(0, np.take_along_axis(exact, places, axis=1))
graph, _, _ = fuzzy_simplicial_set(some, 15, np.random.RandomState(0), "euclidean", knn_indices=places, knn_dists=distances)
graph = graph.tocoo()
edges = sorted(zip(graph.row.tolist(), graph.col.tolist(), graph.data.tolist()))

layouts = [umap.UMAP(random_state=seed, init="pca").fit_transform(vectors) for seed in range(3)]
result = {
    "components": pca.components_,
    "variances": pca.explained_variance_,
    "coordinates": pca.transform(vectors)[::10],
    "rows": ROWS,
    "nearest": {"count": 14, "places": places[:, 1:].ravel(), "distances": distances[:, 1:].ravel()},
    "edges": edges,
    "curve": find_ab_params(1.0, 0.1),
    "trustworthiness": [trustworthiness(vectors, layout, n_neighbors=15) for layout in layouts],
    "trustworthinessOfPca": trustworthiness(vectors, pca.transform(vectors)[:, :2], n_neighbors=15),
}
json.dump(result, sys.stdout, default=lambda x: x.tolist() if hasattr(x, "tolist") else float(x))
print()
