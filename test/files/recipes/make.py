"""What the clients' own libraries make of pictures: reference.json; see README.md.

    pip install numpy==1.25.2 scipy==1.15.3 scikit-image==0.24.0 pillow==10.4.0 pydicom==2.4.4 SimpleITK==2.4.1
    NPY_DISABLE_CPU_FEATURES="AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR" python make.py
"""

import base64
import hashlib
import io
import json
from pathlib import Path

import numpy as np
import pydicom
import SimpleITK
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian
from skimage.transform import resize

HERE = Path(__file__).parent
IMAGES = HERE.parent / "images"
# Of larger results there is the hash alone.
MAX_PNG_SAMPLES = 20_000

SimpleITK.ProcessObject_SetGlobalWarningDisplay(False)


# The files


def waves(height, width, low, high):
    """Waves, a bright disc that leaves the range, and black around: rounding, saturation and flat parts all happen."""
    y, x = np.mgrid[0:height, 0:width]
    values = 0.5 + 0.3 * np.sin(x / 3.1 + y / 7) + 0.2 * np.cos(y / 2.3)
    values[(y - height / 3) ** 2 + (x - width / 2) ** 2 < (height / 6) ** 2] = 1.5
    values[:, : width // 6] = -1
    return np.round(low + (high - low) * np.clip(values, 0, 1.2))


def dicom(name, values, bits=None, colours="MONOCHROME2", **more):
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = "2.25.1"
    data.is_little_endian, data.is_implicit_VR = True, False
    if colours == "RGB":
        data.PlanarConfiguration = 0
    elif values.ndim == 3:
        data.NumberOfFrames = len(values)
    data.Rows, data.Columns = values.shape[:2] if colours == "RGB" else values.shape[-2:]
    data.SamplesPerPixel = 3 if colours == "RGB" else 1
    data.PhotometricInterpretation = colours
    data.BitsAllocated = values.dtype.itemsize * 8
    data.BitsStored = bits or data.BitsAllocated
    data.HighBit = data.BitsStored - 1
    data.PixelRepresentation = int(values.dtype.kind == "i")
    for key, value in more.items():
        setattr(data, key, value)
    data.PixelData = values.tobytes()
    data.save_as(HERE / name, write_like_original=False)


def make_files():
    ct = waves(70, 54, -200, 900).astype(np.int16)
    dicom("ct.dcm", ct, RescaleSlope="1", RescaleIntercept="-1024", WindowCenter="-700", WindowWidth="900")
    dicom("inverted.dcm", waves(54, 70, 100, 3300).astype(np.uint16), bits=12, colours="MONOCHROME1")
    dicom("fraction.dcm", waves(61, 61, 0, 50_000).astype(np.uint16), RescaleSlope="0.3", RescaleIntercept="-1.7")
    dicom("frames.dcm", np.stack([waves(40, 30, 0, 900), waves(40, 30, 0, 900)[::-1]]).astype(np.uint16))
    dicom("constant.dcm", np.full((30, 40), 7, np.uint16))
    dicom("bits8.dcm", waves(33, 47, 20, 180).astype(np.uint8))
    few = np.zeros((40, 40), np.uint16)
    few[17, 20:23] = [300, 400, 500]
    dicom("few.dcm", few)
    colours = np.stack([waves(45, 38, 10, 200), waves(38, 45, 0, 150).T, waves(45, 38, 90, 100)], axis=2)
    dicom("colours.dcm", colours.astype(np.uint8), colours="RGB")


# Reading


def read_sitk(path, frame):
    assert frame == 1
    return SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path))).astype(np.float32)[0]


def read_pydicom(path, frame):
    assert frame == 1
    data = pydicom.dcmread(path)
    return data.pixel_array * getattr(data, "RescaleSlope", 1) + getattr(data, "RescaleIntercept", 0)


def read_meant(path, frame):
    """What the values measure, one frame of it, in float32."""
    data = pydicom.dcmread(path)
    stored = data.pixel_array[frame - 1] if "NumberOfFrames" in data else data.pixel_array
    slope, intercept = float(data.get("RescaleSlope", 1)), float(data.get("RescaleIntercept", 0))
    return (stored.astype(np.float64) * slope + intercept).astype(np.float32)


def without_alpha(values):
    if values.ndim == 3 and values.shape[2] in (2, 4):
        values = values[:, :, : values.shape[2] - 1]
    return values[:, :, 0] if values.ndim == 3 and values.shape[2] == 1 else values


def read(path, parity, engine, frame):
    if path.suffix == ".dcm":
        return read_meant(path, frame) if not parity else {"sitk": read_sitk, "pydicom": read_pydicom}[engine](path, frame)
    image = Image.open(path)
    if not parity and image.mode == "P":
        image = image.convert("RGB")
    return np.array(image) if parity else without_alpha(np.array(image))


# Steps


def limits(values, levels):
    kind, numbers = levels
    if kind == "percentiles":
        return tuple(np.percentile(values, share * 100) for share in numbers)
    if kind == "window":
        center, width = numbers
        return center - width / 2, center + width / 2
    if kind == "minMax":
        return numbers
    return values.min(), values.max()


def to_bytes(values, low, high):
    with np.errstate(all="ignore"):
        return ((np.clip(values, low, high) - low) / (high - low) * 255.0).astype(np.uint8)


def pad_square(values):
    height, width = values.shape[:2]
    pads = [(max(0, width - height) // 2,) * 2, (max(0, height - width) // 2,) * 2]
    return np.pad(values, pads + [(0, 0)] * (values.ndim - 2))


def resize_channels(values, height, width):
    planes = values[:, :, None] if values.ndim == 2 else values
    how = dict(order=3, mode="constant", preserve_range=True, anti_aliasing=True)
    resized = np.stack([resize(planes[:, :, i], (height, width), **how) for i in range(planes.shape[2])], axis=2)
    return np.clip(resized, 0, 255).astype(np.uint8).reshape((height, width) + values.shape[2:])


# Recipes


def toolkit(path, given, frame):
    parity = given.get("parity") == "1"
    values = read(path, parity, given.get("engine", "sitk"), frame)
    numbers = {key: [float(text) for text in value.split(",")] for key, value in given.items() if key != "engine"}
    levels = ("percentiles", (0.01, 0.99))
    header = pydicom.dcmread(path) if path.suffix == ".dcm" else {}
    if not parity and "WindowCenter" in header:
        levels = ("window", (float(header.WindowCenter), float(header.WindowWidth)))
    for kind in ("percentiles", "window", "minMax", "fullRange"):
        if kind in numbers:
            levels = (kind, numbers[kind])
    if levels[0] == "percentiles" and len(levels[1]) == 1:
        levels = ("percentiles", (levels[1][0], 1 - levels[1][0]))
    if not parity or values.dtype != np.uint8:
        low, high = limits(values, levels)
        if not parity and not low < high:
            low, high = values.min(), values.max()
        values = to_bytes(values, low, high)
        if not parity and header and header.PhotometricInterpretation == "MONOCHROME1":
            values = 255 - values
    if not {"pad", "size", "edge"} & set(given):
        return resize_channels(values, 480, 480)
    if given.get("pad") == "1":
        values = pad_square(values)
    if "edge" in given:
        scale = int(given["edge"]) / max(values.shape[:2])
        values = resize_channels(values, int(values.shape[0] * scale), int(values.shape[1] * scale))
    if "size" in given:
        height, width = (int(side) for side in (numbers["size"] * 2)[:2])
        values = resize_channels(values, height, width)
    return values


def advanced(path, given, frame):
    parity = given.get("parity") == "1"
    values = read(path, parity, "sitk", frame).astype(np.float32)
    clipped = np.clip(values, *np.percentile(values, [10, 90]))
    if not parity and not clipped.min() < clipped.max():
        clipped = values
    with np.errstate(all="ignore"):
        light = ((clipped - clipped.min()) * 255 / (clipped.max() - clipped.min())).astype(np.uint8)
    if not parity and path.suffix == ".dcm" and pydicom.dcmread(path).PhotometricInterpretation == "MONOCHROME1":
        light = 255 - light
    return light


def scaled_16(image, parity):
    if parity or image.mode != "I;16":
        return image
    return Image.fromarray(np.round(np.array(image) / 257).astype(np.uint8))


def mcp(path, given, frame):
    parity = given.get("parity") == "1"
    image = scaled_16(Image.open(path), parity).convert("RGB").resize((512, 512), Image.BICUBIC)
    values = np.asarray(image, dtype=np.float32)
    low, high = np.percentile(values, (5.0, 95.0))
    return np.clip((values - low) / max(high - low, 1e-6) * 255.0, 0, 255).astype(np.uint8)


def finetune(path, given, frame):
    return np.array(Image.open(path).resize((512, 512), Image.BICUBIC).convert("RGB"))


RECIPES = {
    "toolkit-480": toolkit,
    "advanced-10-90": advanced,
    "mcp-512-jpeg": mcp,
    "finetune-512-q95": finetune,
}
QUALITIES = {"mcp-512-jpeg": 75, "finetune-512-q95": 95}


def jpeg(values, quality):
    stream = io.BytesIO()
    Image.fromarray(values).save(stream, format="JPEG", quality=quality)
    return np.array(Image.open(stream))


def sha256(values):
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()


def describe(file, recipe, frame=1):
    path = HERE / file if (HERE / file).exists() else IMAGES / file
    name, *settings = recipe.split(";")
    values = RECIPES[name](path, dict(setting.split("=") for setting in settings), frame)
    case = {"file": file, "recipe": recipe, "frame": frame, "shape": list(values.shape), "pixels": sha256(values)}
    if name in QUALITIES:
        case["jpeg"] = sha256(jpeg(values, QUALITIES[name]))
    if values.size <= MAX_PNG_SAMPLES:
        stream = io.BytesIO()
        Image.fromarray(values).save(stream, format="PNG", optimize=True)
        case["png"] = base64.b64encode(stream.getvalue()).decode()
    return case


SMALL = "toolkit-480;size=48,40"
CASES = [
    # the recipe as it is called, and each kind of numbers
    ("ct.dcm", "toolkit-480;parity=1"),
    ("rgb.png", "toolkit-480;parity=1"),
    *((file, f"{SMALL};parity=1") for file in ("ct.dcm", "fraction.dcm", "bits8.dcm", "colours.dcm", "gray16.png")),
    # the traps, and the same without
    *((file, recipe) for file in ("inverted.dcm", "frames.dcm", "constant.dcm", "few.dcm", "rgba.png", "palette.png",
      "gray.png", "gray-alpha.png", "bits8.dcm", "ct.dcm") for recipe in (f"{SMALL};parity=1", SMALL)),
    *((file, f"{SMALL};parity=1;engine=pydicom") for file in ("inverted.dcm", "bits8.dcm", "fraction.dcm", "ct.dcm")),
    ("frames.dcm", SMALL, 2),
    ("colours.dcm", SMALL),
    # levels
    *(("ct.dcm", f"toolkit-480;{levels};size=48,40{parity}") for parity in (";parity=1", "") for levels in (
      "percentiles=0.05", "percentiles=0.07,0.9", "window=-700,400", "minMax=-1100,-300.5", "fullRange=1")),
    ("inverted.dcm", "toolkit-480;window=2000,1500;size=48,40"),
    ("inverted.dcm", "toolkit-480;window=2000,1500;size=48,40;parity=1"),
    # shapes
    *(("ct.dcm", f"toolkit-480;{shape};parity=1") for shape in (
      "pad=0", "pad=1", "pad=1;size=48", "edge=49", "pad=1;edge=33", "size=90,60", "size=16")),
    ("inverted.dcm", "toolkit-480;pad=1"),
    ("rgb.png", "toolkit-480;pad=1;size=41;parity=1"),
    *((file, recipe) for file in ("ct.dcm", "inverted.dcm", "constant.dcm", "few.dcm", "colours.dcm", "fraction.dcm")
      for recipe in ("advanced-10-90;parity=1", "advanced-10-90")),
    *((file, "mcp-512-jpeg") for file in ("rgb.jpg", "gray.png", "rgba.png", "palette.png", "gray16.png")),
    ("gray16.png", "mcp-512-jpeg;parity=1"),
    *((file, "finetune-512-q95") for file in ("rgb.jpg", "gray.jpg", "rgba.png")),
]

make_files()
reference = [describe(*case) for case in CASES]
(HERE / "reference.json").write_text("[\n" + ",\n".join(json.dumps(case) for case in reference) + "\n]\n")
