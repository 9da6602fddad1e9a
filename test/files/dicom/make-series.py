"""How a second implementation orders the series among the files that Debian's python3-pydicom ships: series.json.

    apt-get install --no-install-recommends python3-pydicom python3-numpy
    /usr/bin/python3 make-series.py > series.json

For each series its files, as names relative to pydicom's folder: along the normal of the slices, from left to right, back to front or below to
above; or, where slices lie across each other or do not tell where they are, by number. Beside it how many slices are missing in gaps.
"""
import json
import os
import sys
import warnings
from collections import defaultdict

import numpy as np
import pydicom

FOLDER = os.path.join(os.path.dirname(pydicom.__file__), "data", "test_files", "dicomdirtests")


def describe(slices):
    placed = [s for _, s in slices if "ImagePositionPatient" in s]
    axes = [np.array(s.ImageOrientationPatient, float) for s in placed]
    alike = len(placed) == len(slices) and all(np.allclose(a, axes[0], atol=1e-3) for a in axes)
    by_number = sorted(slices, key=lambda named: named[1].InstanceNumber)
    if not alike:
        return {"files": [name for name, _ in by_number], "ordered": len(slices) == 1, "missing": 0}
    normal = np.cross(axes[0][:3], axes[0][3:])
    towards = normal * [-1, -1, 1]  # to the right, to the front, upwards
    normal = normal if towards[np.argmax(np.abs(towards))] > 0 else -normal
    depth = {name: float(np.dot(np.array(s.ImagePositionPatient, float), normal)) for name, s in slices}
    names = sorted(depth, key=depth.get)
    steps = np.diff([depth[name] for name in names])
    usual = sorted(steps)[(len(steps) - 1) // 2] if len(steps) else 1
    return {"files": names, "ordered": True, "missing": int(sum(round(s / usual) - 1 for s in steps if s > 1.5 * usual))}


warnings.simplefilter("ignore")
groups = defaultdict(list)
for folder, _, names in os.walk(FOLDER):
    for name in names:
        path = os.path.join(folder, name)
        if name.startswith("DICOMDIR") or name.upper().startswith("README"):
            continue
        data = pydicom.dcmread(path, stop_before_pixels=False)
        if "PixelData" in data:
            groups[data.SeriesInstanceUID].append((os.path.relpath(path, FOLDER), data))
described = sorted((describe(slices) for slices in groups.values()), key=lambda series: min(series["files"]))
json.dump(described, sys.stdout, indent=1)
print()
