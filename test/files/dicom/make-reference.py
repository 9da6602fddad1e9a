"""What a second implementation makes of the DICOM files that Debian's python3-pydicom ships: reference.json.

    apt-get install --no-install-recommends python3-pydicom python3-numpy python3-gdcm
    /usr/bin/python3 make-reference.py > reference.json

Attributes by pydicom, compressed pixels by GDCM, the rest by the formulas of PS3.3 in numpy. Of every frame there are the
SHA-256 of its stored values (as little-endian float64, row by row) and of its rendered pixels (uint8). Files that hold
no picture, or a broken one, have the code with which they are refused, and those are ours.
"""
import hashlib
import json
import os
import sys
import warnings

import numpy as np
import pydicom
from pydicom.data import get_testdata_file  # noqa: F401  (tells early that the package is not there)

FOLDER = os.path.join(os.path.dirname(pydicom.__file__), "data", "test_files")
MAX_FRAMES = 2

# Broken on purpose, or in a way that is not worth guessing.
BROKEN = {
    "JPEG2000-embedded-sequence-delimiter.dcm": "corrupt-image",  # the codestream's own header is overwritten
    "MR_truncated.dcm": "corrupt-image",
    "badVR.dcm": "corrupt-image",  # the number of frames is "1A"
    "no_meta.dcm": "unsupported-image",  # begins with a byte too many
}


def sha(values):
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()


def gdcm_frames(path, data, as_is):
    import gdcm

    reader = gdcm.ImageReader()
    reader.SetFileName(path)
    if not reader.Read():
        raise ValueError("GDCM cannot read it")
    image = reader.GetImage()
    raw = image.GetBuffer().encode("utf-8", "surrogateescape")
    kind = {8: "u1", 16: "<u2", 32: "<u4"}[image.GetPixelFormat().GetBitsAllocated()]
    samples = np.frombuffer(raw, kind)
    shape = (int(data.get("NumberOfFrames", 1)), data.Rows, data.Columns, data.SamplesPerPixel)
    if image.GetPlanarConfiguration() == 1:
        samples = samples.reshape(shape[0], shape[3], shape[1], shape[2]).transpose(0, 2, 3, 1)
    return samples.reshape(shape)


def native_frames(data):
    syntax = data.file_meta.TransferSyntaxUID
    big = syntax == "1.2.840.10008.1.2.2"
    rows, columns, samples = data.Rows, data.Columns, data.SamplesPerPixel
    frames = int(data.get("NumberOfFrames", 1))
    pixels = data.PixelData
    bits = data.BitsAllocated
    if bits == 1:
        flat = np.unpackbits(np.frombuffer(pixels, "u1"), bitorder="little")[: frames * rows * columns]
        return flat.reshape(frames, rows, columns, 1)
    if bits == 8 and big and data["PixelData"].VR == "OW":
        pixels = np.frombuffer(pixels, "u1").reshape(-1, 2)[:, ::-1].tobytes()
    flat = np.frombuffer(pixels, (">" if big else "<") + "u%d" % (bits // 8))
    if data.PhotometricInterpretation == "YBR_FULL_422":
        pairs = flat[: frames * rows * columns * 2].reshape(-1, 4)
        flat = pairs[:, [0, 2, 3, 1, 2, 3]].reshape(-1)
    flat = flat[: frames * rows * columns * samples]
    if samples > 1 and data.PlanarConfiguration == 1:
        return flat.reshape(frames, samples, rows, columns).transpose(0, 2, 3, 1)
    return flat.reshape(frames, rows, columns, samples)


def rle_frames(data):
    from pydicom.pixel_data_handlers.rle_handler import get_pixeldata

    flat = get_pixeldata(data)
    shape = (int(data.get("NumberOfFrames", 1)), data.SamplesPerPixel, data.Rows, data.Columns)
    return flat.reshape(shape).transpose(0, 2, 3, 1)


def with_sign(values, stored, signed):
    values = values.astype("i8") & ((1 << stored) - 1)
    return np.where(values >= 1 << (stored - 1), values - (1 << stored), values) if signed else values


def to_rgb(values):
    y, cb, cr = (values[..., i].astype("f8") for i in range(3))
    rgb = np.stack(
        [y + 1.402 * (cr - 128), y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128), y + 1.772 * (cb - 128)], -1
    )
    return np.floor(np.clip(rgb, 0, 255) + 0.5).clip(0, 255).astype("u1")


def light(share, inverted, padded):
    out = np.floor(255 * np.clip(share, 0, 1) + 0.5).astype("u1")
    return np.where(padded, 0, 255 - out if inverted else out).astype("u1")


def first(value):
    return value[0] if isinstance(value, pydicom.multival.MultiValue) else value


def renderings(data, values, hounsfield):
    inverted = data.PhotometricInterpretation == "MONOCHROME1"
    padded = np.zeros(values.shape, bool)
    if "PixelPaddingValue" in data:
        raw = data.PixelPaddingValue
        raw = raw - 65536 if data.PixelRepresentation == 1 and raw > 32767 else raw
        padded = values == raw
    x = values.astype("f8") * float(data.get("RescaleSlope", 1)) + float(data.get("RescaleIntercept", 0))
    seen = x[~padded]
    low, high = seen.min(), seen.max()
    if "WindowCenter" in data and float(first(data.WindowWidth)) >= 1:
        center, width = float(first(data.WindowCenter)), float(first(data.WindowWidth))
        share = (x - (center - 0.5)) / (width - 1) + 0.5
    else:
        share = (x - low) / (high - low) if high > low else np.zeros(x.shape)
    yield "dicom", light(share, inverted, padded)
    p1, p99 = np.percentile(seen, [1, 99])
    share = (x - p1) / (p99 - p1) if p99 > p1 else (x > p99) * 1.0
    yield "percentile", light(share, inverted, padded)
    if hounsfield:
        for name, center, width in [("ct-lung", -600, 1500), ("ct-brain", 40, 80)]:
            yield name, light((x - (center - 0.5)) / (width - 1) + 0.5, inverted, padded)


def describe(path):
    name = os.path.basename(path)
    if name in BROKEN:
        return {"refused": BROKEN[name]}
    data = pydicom.dcmread(path, force=True)
    if "PixelData" not in data:
        return {"refused": None}
    syntax = data.file_meta.get("TransferSyntaxUID")
    if syntax is None or "Rows" not in data:
        return {"refused": None}
    if not syntax.is_compressed or syntax.is_deflated:
        frames = native_frames(data)
    elif syntax == pydicom.uid.RLELossless:
        frames = rle_frames(data)
    else:
        frames = gdcm_frames(path, data, True)
    described = []
    for frame in frames[:MAX_FRAMES]:
        if data.SamplesPerPixel == 3:
            reduced = (frame >> (data.BitsStored - 8)).astype("u1")
            is_ybr = data.PhotometricInterpretation.startswith("YBR_FULL") or name == "SC_rgb_jpeg_lossy_gdcm.dcm"
            described.append({"rgb": sha(to_rgb(reduced) if is_ybr else reduced)})
            continue
        values = with_sign(frame[..., 0], data.BitsStored, data.PixelRepresentation == 1)
        hounsfield = data.get("Modality") == "CT" and "RescaleSlope" in data and data.get("RescaleType", "HU") == "HU"
        rendered = {name: sha(pixels) for name, pixels in renderings(data, values, hounsfield)}
        described.append({"stored": sha(values.astype("<f8")), "rendered": rendered})
    return {"size": [data.Columns, data.Rows], "frames": described}


warnings.simplefilter("ignore")
reference = {}
for name in sorted(os.listdir(FOLDER)):
    if not name.endswith(".dcm"):
        continue
    try:
        reference[name] = describe(os.path.join(FOLDER, name))
    except Exception as error:
        print(name, type(error).__name__, error, file=sys.stderr)
json.dump(reference, sys.stdout, indent=1, sort_keys=True)
print()
