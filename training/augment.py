"""Augmentation: what makes one source look like another, so that the source is no short cut to the label.

Every function takes and gives float pixels 0..1 [batch, channels, size, size]. Gray pictures travel as one channel.
"""
import math
import random

import torch
import torch.nn.functional as F

from .captions import CT, DERMOSCOPY, ENDOSCOPY, FUNDUS, HISTOLOGY, MRI, SMEAR, XRAY

STRIDE = 32  # pixels of the picture that a place on the image tower's last map stands for

COLOURED = {SMEAR, DERMOSCOPY, FUNDUS, ENDOSCOPY, HISTOLOGY}  # elsewhere left is not right: no flips, no quarter turns


def augment(pictures, modalities, maps=None):
    """uint8 [batch, 3, size, size] and a modality each -> float pixels 0..255 of the same shape.

    `maps` [batch, features, any, any], of what stands where in the pictures, move with them and come back as large as the image tower's
    own, [batch, features, size / STRIDE, size / STRIDE].
    """
    coloured = torch.tensor([modality in COLOURED for modality in modalities])
    inverted = torch.tensor([0.35 if modality == XRAY else 0.2 for modality in modalities]) * ~coloured
    slices = torch.tensor([modality in (CT, MRI) for modality in modalities])
    windowed = torch.tensor([0.5 if modality == CT else 0.0 for modality in modalities])
    cell = torch.tensor([modality == SMEAR for modality in modalities])
    side = pictures.shape[-1] // STRIDE
    out, moved = torch.empty(pictures.shape), None if maps is None else maps.new_empty(*maps.shape[:2], side, side)
    for kind, channels, turn in [(coloured, 3, True), (~coloured, 1, False)]:
        if kind.any():
            place = placement(cell[kind], slices[kind], turn)
            x = place(pictures[kind, :channels] / 255, pictures.shape[-1])
            x = jitter_colour(x) if kind is coloured else bend_some(x, windowed[kind])
            x = alter_some(x, inverted[kind])
            out[kind] = x if kind is coloured else paint_some(x.expand(-1, 3, -1, -1))
            if maps is not None:
                moved[kind] = place(maps[kind], side)
    return out * 255, moved


def alter_some(x, inverted):
    """Half of the pictures keep most of their detail, which is where findings are; the other half lose what a source adds."""
    altered = torch.rand(len(x)) < 0.5
    out = torch.empty_like(x)
    out[altered] = finish(invert_some(x[altered], inverted[altered]))
    out[~altered] = window(blur_some(x[~altered], smallest=56), strength=0.3)
    return out


def finish(x):
    """What colour and gray pictures share, in the order of a real acquisition."""
    x = mask_border(window(sharpen_some(blur_some(x, smallest=28)), strength=1))
    return erase_some(overlay_some(add_noise(x))).clamp(0, 1)


def uniform(low, high, batch):
    return torch.empty(batch, 1, 1, 1).uniform_(low, high)


def chosen(share, batch):
    """`share`: one number for all pictures, or one for each [batch]."""
    return torch.rand(batch, 1, 1, 1) < torch.as_tensor(share).view(-1, 1, 1, 1)


def placement(cell, slices, turn):
    """What crops or shrinks, stretches, shifts and rotates pictures or maps to a side; with `turn` it mirrors and turns by any angle.

    The size and the shape of a cell stay. Patients lie askew in a scanner: slices turn further than films.
    """
    n = len(cell)
    scale = torch.where(cell, torch.empty(n).uniform_(0.9, 1.1), torch.empty(n).uniform_(0.6, 1.25))
    stretch = torch.where(cell, torch.empty(n).uniform_(-0.04, 0.04), torch.empty(n).uniform_(-0.15, 0.15)).exp()
    angle = torch.empty(n).uniform_(-1, 1) * (math.pi if turn else torch.where(slices, 0.7, 0.22))
    mirror = (torch.rand(n) < 0.5) * 2.0 - 1 if turn else torch.ones(n)
    cos, sin = scale * angle.cos(), scale * angle.sin()
    theta = torch.stack([cos * stretch * mirror, -sin / stretch, sin * stretch * mirror, cos / stretch], 1)
    shift = torch.empty(n, 2).uniform_(-1, 1) * ((1 - scale).abs() + 0.05)[:, None]
    theta = torch.cat([theta.view(n, 2, 2), shift[:, :, None]], 2)
    padding = "reflection" if turn else random.choice(["reflection", "zeros", "border"])

    def place(x, side):
        grid = F.affine_grid(theta, [*x.shape[:2], side, side], align_corners=False)
        return F.grid_sample(x, grid, padding_mode=padding, align_corners=False)

    return place


def blur_some(x, smallest):
    """Shrinks some pictures and enlarges them again: a small source must not be known by its softness."""
    at = torch.rand(len(x)) < 0.4
    if at.any():
        small = F.interpolate(x[at], size=random.randint(smallest, 100), mode="bilinear", antialias=True)
        x[at] = F.interpolate(small, size=x.shape[-1], mode=random.choice(["bilinear", "bicubic", "nearest"]))
    return x


def sharpen_some(x):
    """Makers stress or soften the fine detail in their own way."""
    at = torch.rand(len(x)) < 0.25
    if at.any():
        sharp = x[at]
        soft = F.avg_pool2d(sharp, 5, 1, padding=2, count_include_pad=False)
        x[at] = sharp + (sharp - soft) * uniform(-0.7, 1.5, len(sharp))
    return x.clamp(0, 1)


def window(x, strength):
    """Another window (level and width) and another gamma."""
    n = len(x)
    low, high = strength * uniform(-0.3, 0.3, n), 1 + strength * uniform(-0.35, 0.35, n)
    return ((x - low) / (high - low)).clamp(0, 1) ** (strength * uniform(-0.5, 0.5, n)).exp()


def bend_some(x, share):
    """Windows for bone, brain or lung show one CT slice in very different grays; `share` [pictures] of those to be bent."""
    return torch.where(chosen(share, len(x)), bend(x), x)


def bend(x, pieces=4):
    """By a random rising curve from black to white, of straight pieces: what is flat in one window has detail in another."""
    rises = torch.empty(len(x), pieces).exponential_() + 0.1
    rises /= rises.sum(1, keepdim=True)
    starts = rises.cumsum(1) - rises
    piece = (x * pieces).long().clamp(max=pieces - 1).flatten(1)
    share = x.flatten(1) * pieces - piece
    return (starts.gather(1, piece) + share * rises.gather(1, piece)).view_as(x)


def jitter_colour(x):
    """White balance, saturation, now and then another hue, as stains have, or gray."""
    n = len(x)
    gray = x.mean(1, keepdim=True)
    saturation = torch.where(chosen(0.1, n), 0.0, uniform(0.5, 1.5, n))
    x = (gray + (x - gray) * saturation) * torch.empty(n, 3, 1, 1).uniform_(0.85, 1.15)
    return torch.where(chosen(0.2, n), turn_hue(x, uniform(-0.6, 0.6, n)), x)


def turn_hue(x, angle):
    """Turns colours about the gray axis by `angle` radians."""
    kept, side = (1 + 2 * angle.cos()) / 3, angle.sin() / 3**0.5
    return kept * x + ((1 - kept) / 2 - side) * x.roll(-1, 1) + ((1 - kept) / 2 + side) * x.roll(1, 1)


def paint_some(x):
    """Colours laid over a few gray pictures, as Doppler, fusion and heat maps do, or a tint of the whole."""
    n, _, height, width = x.shape
    spots = torch.randn(n, 1, random.randint(4, 24), random.randint(4, 24))
    spots = F.interpolate(spots, size=(height, width), mode="bilinear")
    colour = torch.rand(n, 3, 1, 1)
    painted = torch.where(spots > uniform(0.3, 1.2, n), (colour * spots).clamp(max=1), x)
    return torch.where(chosen(0.08, n), painted, torch.where(chosen(0.05, n), x * (1 - 0.4 * colour), x))


def invert_some(x, share):
    """Film is shown in either polarity, and what is bright in a gray picture is a matter of the sequence."""
    return torch.where(chosen(share, len(x)), 1 - x, x)


def mask_border(x):
    """A black or white frame, straight or round, round some pictures."""
    n, size = len(x), x.shape[-1]
    axis = torch.linspace(-1, 1, size)
    across, down = axis.view(1, 1, 1, size), axis.view(1, 1, size, 1)
    straight = (across.abs() > uniform(0.75, 1, n)) | (down.abs() > uniform(0.75, 1, n))
    outside = torch.where(chosen(0.3, n), across**2 + down**2 > uniform(0.9, 1.6, n), straight)
    return torch.where(outside & chosen(0.25, n), chosen(0.15, n).float(), x)


def erase_some(x):
    """A block of a quarter of the side to a half, anywhere, painted over: no single place may decide."""
    n, size = len(x), x.shape[-1]
    axis = torch.linspace(-1, 1, size)
    across = (axis.view(1, 1, 1, size) - uniform(-1, 1, n)).abs() < uniform(0.25, 0.5, n)
    down = (axis.view(1, 1, size, 1) - uniform(-1, 1, n)).abs() < uniform(0.25, 0.5, n)
    return torch.where(across & down & chosen(0.2, n), torch.rand(n, 1, 1, 1), x)


def add_noise(x):
    n, _, height, width = x.shape
    return x + torch.randn(n, 1, height, width) * uniform(-0.06, 0.06, n).clamp(min=0)


def overlay_some(x):
    """Burnt-in lettering: one line of random glyph-like blocks on a few pictures."""
    size = x.shape[-1]
    for i in (torch.rand(len(x)) < 0.12).nonzero().flatten().tolist():
        height, width = random.choice([5, 7, 10]), random.randint(12, 60)
        glyphs = torch.rand(1, 1, height // 2, width // 2) < 0.55
        glyphs = F.interpolate(glyphs.float(), size=(height, width))[0, 0].bool()
        top = random.choice([random.randint(0, 12), random.randint(size - 24, size - height)])
        left = random.randint(0, size - width)
        x[i, :, top : top + height, left : left + width].masked_fill_(glyphs, random.choice([1.0, 1.0, 0.8, 0.0]))
    return x
