"""A picture on its way into a model: the product's profiles, and the augmentation of its fine-tuning.

The augmentation is TrivialAugmentWide (arXiv 2103.10158) with a random crop before it and erasing after it. Nothing is
mirrored: in most medical pictures left is not right.
"""
import io
import math

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from .data import resize

STANDARD_SIZE, JPEG_QUALITY = (512, 512), 75  # of the service


def direct(image):
    """RGB; 16-bit gray is scaled from its full range."""
    if image.mode.startswith("I"):
        image = Image.fromarray((np.asarray(image, np.float64) / 257 + 0.5).clip(0, 255).astype(np.uint8))
    return image.convert("RGB")


def service(image):
    """512x512 in the picture's own mode, RGB, and through a JPEG."""
    jpeg = io.BytesIO()
    resize(image, STANDARD_SIZE).convert("RGB").save(jpeg, "JPEG", quality=JPEG_QUALITY)
    return Image.open(jpeg).convert("RGB")


PROFILES = {"direct": direct, "mi2-service": service}


def prepare(image, profile, size):
    """As the product reads it: RGB, `size` (width, height)."""
    return resize(PROFILES[profile](image), size)


def augment(image, profile, size, settings, random):
    """The same with a random crop and random changes. `random`: a random.Random."""
    image = PROFILES[profile](image)
    image = image.resize(size, Image.BICUBIC, box=crop(image.size, settings, random))
    if settings["trivial_augment"]:
        image = trivial_augment(image, random)
    if random.random() < settings["erase"]:
        erase(image, random)
    return image


def crop(size, settings, random):
    """A box (left, top, right, bottom): `crop_scale` of the area, `crop_ratio` of the picture's own shape, as far as it fits."""
    width, height = size
    scale = random.uniform(*settings["crop_scale"])
    ratio = math.exp(random.uniform(*map(math.log, settings["crop_ratio"])))
    wide, high = width * min(1, math.sqrt(scale * ratio)), height * min(1, math.sqrt(scale / ratio))
    left, top = random.uniform(0, width - wide), random.uniform(0, height - high)
    return left, top, left + wide, top + high


def shear(across, down):
    """About the middle."""
    def change(image, amount):
        x, y = across * amount, down * amount
        middle_x, middle_y = image.width / 2, image.height / 2
        return image.transform(image.size, Image.AFFINE, (1, x, -x * middle_y, y, 1, -y * middle_x))

    return change


def shift(across, down):
    return lambda image, pixels: image.transform(image.size, Image.AFFINE, (1, 0, across * pixels, 0, 1, down * pixels))


def enhance(kind):
    return lambda image, amount: kind(image).enhance(1 + amount)


# Each with its strongest amount, and whether that may be negative.
CHANGES = [
    (lambda image, _: image, 0, False),
    (shear(1, 0), 0.99, True),
    (shear(0, 1), 0.99, True),
    (shift(1, 0), 32, True),
    (shift(0, 1), 32, True),
    (lambda image, degrees: image.rotate(degrees), 135, True),
    (enhance(ImageEnhance.Brightness), 0.99, True),
    (enhance(ImageEnhance.Color), 0.99, True),
    (enhance(ImageEnhance.Contrast), 0.99, True),
    (enhance(ImageEnhance.Sharpness), 0.99, True),
    (lambda image, bits: ImageOps.posterize(image, 8 - round(bits)), 6, False),
    (lambda image, amount: ImageOps.solarize(image, 255 - amount), 255, False),
    (lambda image, _: ImageOps.autocontrast(image), 0, False),
    (lambda image, _: ImageOps.equalize(image), 0, False),
]


def trivial_augment(image, random):
    """One change, as strong as chance will have it (in 31 steps)."""
    change, strongest, signed = random.choice(CHANGES)
    amount = strongest * random.randrange(31) / 30
    return change(image, -amount if signed and random.random() < 0.5 else amount)


def erase(image, random):
    """A rectangle of 2 to 33 % of the area, sides 0.3 to 3.3, turns black."""
    left, top, right, bottom = crop(image.size, {"crop_scale": (0.02, 0.33), "crop_ratio": (0.3, 3.3)}, random)
    image.paste(0, (round(left), round(top), round(right), round(bottom)))
