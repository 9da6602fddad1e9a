"""What two clients of the published service make of NIfTI files: two small files, and their grays in client-slices.json.

    pip install numpy pillow
    python make-client-slices.py

The files are written byte by byte, and read back the same way, so that no reader of NIfTI stands between them and the numbers.
"""
import gzip
import json
import os
import struct

import numpy as np
from PIL import Image

FOLDER = os.path.dirname(os.path.abspath(__file__))


def write(name, array, code, slope, intercept, sform):
    """A NIfTI-1 file, little endian; an array [i, j, k]."""
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, array.ndim, *array.shape, *[1] * (7 - array.ndim))
    struct.pack_into("<hh", header, 70, code, array.itemsize * 8)
    struct.pack_into("<4f", header, 76, 1, 1, 1, 1)
    struct.pack_into("<3f", header, 108, 352, slope, intercept)
    struct.pack_into("<B", header, 123, 2)
    struct.pack_into("<hh", header, 252, 0, 1)
    struct.pack_into("<12f", header, 280, *np.asarray(sform, "f4").ravel())
    header[344:348] = b"n+1\0"
    content = bytes(header) + array.tobytes("F")
    with open(os.path.join(FOLDER, name), "wb") as file:
        file.write(gzip.compress(content, mtime=0) if name.endswith(".gz") else content)
    return array.astype("f8") * slope + intercept


def ct_hu_slices(volume):
    """As the service's earlier 3-D search demo."""
    volume = np.clip(volume, -1000, 1000)
    share = (volume + 1000) / 2000
    with np.errstate(invalid="ignore"):
        stretched = (share - share.min()) * 255.0 / (share.max() - share.min())
        grays = stretched.astype("u1")
    for k in range(grays.shape[2]):
        picture = Image.fromarray(grays[:, :, k]).transpose(Image.ROTATE_90).transpose(Image.FLIP_LEFT_RIGHT)
        yield np.asarray(picture)


def radpath_slice(volume):
    """As the survival demo means it."""
    picture = volume[:, :, 0]
    low, high = np.percentile(picture, 1), np.percentile(picture, 99)
    yield ((np.clip(picture, low, high) - low) / (high - low) * 255.0).astype("u1")


def rows(pictures):
    return [picture.tolist() for picture in pictures]


generator = np.random.default_rng(20)
RIGHT_FRONT_UP = [[1, 0, 0, -5], [0, 1, 0, -4], [0, 0, 2, -3]]
LEFT_BACK_UP = [[-1, 0, 0, 5], [0, -1, 0, 4], [0, 0, 2, -3]]
full = generator.integers(-1024, 2000, (8, 6, 3)).astype("<i2")  # beyond both ends
soft = generator.integers(900, 1300, (7, 5, 2)).astype("<i2")  # with the intercept from -124 to 275: reaches neither end
mr = generator.gamma(2, 300, (9, 7, 1)).astype("<f4")
cases = {
    "ct-full.nii": ["ct-hu-slices", rows(ct_hu_slices(write("ct-full.nii", full, 4, 1, 0, RIGHT_FRONT_UP)))],
    "ct-soft.nii.gz": ["ct-hu-slices", rows(ct_hu_slices(write("ct-soft.nii.gz", soft, 4, 1, -1024, LEFT_BACK_UP)))],
    "ct-air.nii.gz": [
        "ct-hu-slices",
        rows(ct_hu_slices(write("ct-air.nii.gz", np.full((2, 3, 1), -1024, "<i2"), 4, 1, 0, RIGHT_FRONT_UP))),
    ],
    "mr-slice.nii": ["radpath-slice", rows(radpath_slice(write("mr-slice.nii", mr, 16, 0.5, 3, RIGHT_FRONT_UP)))],
}
with open(os.path.join(FOLDER, "client-slices.json"), "w") as file:
    json.dump({name: {"rendering": rendering, "slices": slices} for name, (rendering, slices) in cases.items()}, file)
    file.write("\n")
