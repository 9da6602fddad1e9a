"""What nibabel finds in the NIfTI files of this folder, and how it says that affines lie: reference.json.

    pip install nibabel numpy
    python make-reference.py > reference.json

Values are float64 after scaling, NaN as -12345, and hashed with SHA-256 in the order in which medembed has them: a volume with i fastest,
slices row by row, one after the other.
"""
import hashlib
import json
import os
import sys

import nibabel as nib
import numpy as np

FOLDER = os.path.dirname(os.path.abspath(__file__))
FILES = ["anatomical.nii", "functional.nii", "example_nifti2.nii.gz", "resampled_anat_moved.nii"]
# Of an array that runs to the right, to the front and upwards: slices first, then rows downwards, then columns to the patient's left.
PLANES = {
    "axial": lambda a: a[::-1, ::-1, :].transpose(2, 1, 0),
    "coronal": lambda a: a[::-1, :, ::-1].transpose(1, 2, 0),
    "sagittal": lambda a: a[:, ::-1, ::-1].transpose(0, 2, 1),
}


def sha(values):
    return hashlib.sha256(np.nan_to_num(values, nan=-12345).astype("<f8").tobytes("C")).hexdigest()


def describe(name):
    image = nib.load(os.path.join(FOLDER, name))
    data = image.get_fdata()
    data = data[..., np.newaxis] if data.ndim == 3 else data
    codes = nib.aff2axcodes(image.affine)
    orientation = nib.io_orientation(image.affine)
    volumes = {}
    for index in sorted({0, data.shape[3] - 1}):
        values = data[..., index]
        canonical = nib.orientations.apply_orientation(values, orientation)
        volumes[str(index + 1)] = {
            "values": sha(values.transpose(2, 1, 0)),
            "slices": {plane: sha(cut(canonical)) for plane, cut in PLANES.items()},
        }
    return {"shape": data.shape[:3], "affine": image.affine[:3].tolist(), "codes": "".join(codes), "volumes": volumes}


def random_affines(count, generator):
    for _ in range(count):
        rotation, _ = np.linalg.qr(generator.normal(size=(3, 3)))
        affine = np.eye(4)
        affine[:3, :3] = rotation * generator.uniform(0.3, 8, 3)
        affine[:3, 3] = generator.normal(0, 100, 3)
        # Halfway between two axes there is no right answer.
        if np.all(np.sort(np.abs(rotation), axis=0)[1] < 0.62):
            yield {"affine": affine[:3].tolist(), "codes": "".join(nib.aff2axcodes(affine))}


reference = {
    "files": {name: describe(name) for name in FILES},
    "affines": list(random_affines(60, np.random.default_rng(5))),
}
json.dump(reference, sys.stdout, indent=1)
print()
