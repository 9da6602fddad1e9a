"""Makes the pictures of this folder and what Pillow reads from them; see README.md."""

import struct
import zlib
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

HERE = Path(__file__).parent
random = np.random.default_rng(7)


def picture(height, width, channels, top=255):
    """Waves, hard edges and noise: undershoot, overshoot and rounding all happen."""
    y, x, c = np.mgrid[0:height, 0:width, 0:channels]
    waves = 0.5 + 0.5 * np.sin(x / (3 + 2 * c) + y / 5 + c)
    edges = ((x // 7 + y // 5 + c) % 4 == 0) * 1.0
    noise = random.random((height, width, channels))
    values = np.clip(1.4 * (0.4 * waves + 0.4 * edges + 0.2 * noise) - 0.2, 0, 1) * top
    return np.round(values).astype(np.uint8 if top == 255 else np.uint16).reshape((height, width, channels)[: 2 + (channels > 1)])


def plain(image):
    """The picture as a PNG that holds its pixels without any trick: L, LA, RGB, RGBA or 16-bit gray."""
    if image.mode == "1":
        return image.convert("L")
    if image.mode == "RGBA" and all(red == green == blue for red, green, blue, _ in image.getdata()):
        return image.convert("LA")  # Pillow reads 16-bit gray and alpha as RGBA
    return image.convert("RGB") if image.mode in ("P", "PA", "CMYK", "YCbCr") else image


def expect_read(name):
    with Image.open(HERE / name) as image:
        image.load()
        plain(image).save(HERE / f"{name}.read.png", optimize=True)


def save(image, name, **options):
    image.save(HERE / name, **options)
    expect_read(name)


def resizes(name, image, *sizes):
    image.save(HERE / f"{name}.png", optimize=True)
    with Image.open(HERE / f"{name}.png") as read:
        assert read.mode == image.mode, (read.mode, image.mode)
        for size in sizes:
            resized = plain(read.resize(size, Image.Resampling.NEAREST if read.mode in "1P" else Image.Resampling.BICUBIC))
            resized.info.clear()
            resized.save(HERE / f"{name}.resized-{size[0]}x{size[1]}.png", optimize=True)


def mode(name, height, width, channels=1):
    image = Image.fromarray(picture(height, width, channels))
    assert image.mode == name
    return image


# Resizes, each up, down, mixed and to one pixel
SIZES = (48, 36), (13, 11), (64, 9), (1, 1)
resizes("rgb", mode("RGB", 29, 37, 3), *SIZES, (37, 20), (20, 29), (37, 29))
resizes("gray", mode("L", 31, 41), *SIZES)
resizes("gray-alpha", mode("LA", 23, 17, 2), *SIZES)
resizes("rgba", mode("RGBA", 19, 33, 4), *SIZES, (33, 19))
resizes("gray16", Image.fromarray(picture(27, 35, 1, 65535)), *SIZES)
resizes("palette", mode("RGB", 25, 30, 3).quantize(40), *SIZES)
resizes("bilevel", mode("L", 21, 43).convert("1"), *SIZES)
resizes("gray-row", mode("L", 1, 50), (20, 20), (90, 3))
resizes("rgb-column", mode("RGB", 50, 1, 3), (20, 20), (3, 90))
resizes("gray-tall", mode("L", 3000, 100).point(lambda value: value // 51 * 51), (30, 30))
resizes("rgb-wide", mode("RGB", 10, 1500, 3), (30, 30))

# Reading
rgb, gray = mode("RGB", 11, 13, 3), mode("L", 11, 13)
gray16 = picture(11, 13, 1, 65535)
palette = rgb.quantize(30)
bilevel = gray.convert("1")

save(palette, "palette-alpha.png", transparency=bytes(range(0, 240, 8)))
save(rgb.quantize(3), "palette-2bit.png", bits=2)
save(rgb, "rgb-key.png", transparency=rgb.getpixel((3, 3)))
save(gray, "gray-key.png", transparency=gray.getpixel((3, 3)))

save(rgb, "rgb.jpg", quality=85)
save(rgb, "rgb-progressive-444.jpg", quality=85, progressive=True, subsampling=0)
save(gray, "gray.jpg", quality=85)
exif = Image.Exif()
exif[0x0112] = 6
save(rgb, "rotated.jpg", quality=85, exif=exif)
save(rgb.convert("CMYK"), "cmyk.jpg", quality=85)

save(rgb, "lossy.webp", quality=80)
save(mode("RGBA", 11, 13, 4), "rgba.webp", lossless=True, exact=True)
save(rgb, "two-frames.webp", lossless=True, save_all=True, append_images=[mode("RGB", 11, 13, 3)])

save(rgb, "rgb.bmp")
save(gray, "gray.bmp")
save(palette, "palette.bmp")
save(bilevel, "bilevel.bmp")

save(rgb, "rgb-lzw.tif", compression="tiff_lzw")
save(gray, "gray.tif")
save(mode("LA", 11, 13, 2), "gray-alpha.tif")
save(mode("RGBA", 11, 13, 4), "rgba.tif", compression="tiff_adobe_deflate")
save(palette, "palette.tif")
save(bilevel, "bilevel-g4.tif", compression="group4")
save(rgb.convert("CMYK"), "cmyk.tif")
save(rgb, "two-pages.tif", save_all=True, append_images=[gray])
save(Image.fromarray(gray16), "gray16.tif")
save(rgb, "rotated.tif", tiffinfo={0x0112: 6})


def write_tiff(name, array, **options):
    tifffile.imwrite(HERE / name, array, metadata=None, software=None, **options)
    expect_read(name)


write_tiff("rgb16-big-endian.tif", picture(11, 13, 3, 65535), photometric="rgb", byteorder=">")
write_tiff("rgb-planar.tif", np.moveaxis(np.asarray(rgb), 2, 0), photometric="rgb", planarconfig="separate")
write_tiff("rgb-unknown-fourth.tif", picture(11, 13, 4), photometric="rgb", extrasamples=[0])
write_tiff("gray-white-is-zero.tif", np.asarray(gray), photometric="miniswhite")
write_tiff("gray-tiled.tif", np.asarray(gray), photometric="minisblack", tile=(16, 16))


def write_png16(name, array, color_type):
    """Pillow cannot write 16 bits of more than one channel."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width = array.shape[:2]
    lines = b"".join(b"\0" + line.astype(">u2").tobytes() for line in array)
    header = struct.pack(">IIBBBBB", width, height, 16, color_type, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines, 9)) + chunk(b"IEND", b"")
    (HERE / name).write_bytes(data)
    expect_read(name)


write_png16("rgb16.png", picture(11, 13, 3, 65535), 2)
write_png16("gray-alpha16.png", picture(11, 13, 2, 65535), 4)
write_png16("rgba16.png", picture(11, 13, 4, 65535), 6)


def write_bmp(name, width, height, bits, rows, palette=b"", compression=0, masks=b"", header_size=40, colors=0):
    """Layouts that Pillow reads but does not write; rows come in file order."""
    info = struct.pack("<IiiHHIIiiII", header_size, width, height, 1, bits, compression, 0, 0, 0, colors, 0)
    info = (info + masks).ljust(header_size, b"\0")
    start = 14 + len(info) + len(palette)
    body = b"".join(row.ljust((len(row) + 3) // 4 * 4, b"\0") for row in rows)
    (HERE / name).write_bytes(struct.pack("<2sIHHI", b"BM", start + len(body), 0, 0, start) + info + palette + body)
    expect_read(name)


colors = picture(1, 16, 4).reshape(16, 4).copy()
colors[:, 3] = 0
nibbles = random.integers(0, 16, (11, 13))
packed = [bytes((a << 4) | b for a, b in zip(row[::2], [*row[1::2], 0])) for row in nibbles.tolist()]
write_bmp("palette-4bit.bmp", 13, 11, 4, packed, colors.tobytes(), colors=16)
bgr = np.asarray(rgb)[:, :, ::-1]
write_bmp("rgb-top-down.bmp", 13, -11, 24, [row.tobytes() for row in bgr])
bgrx = np.dstack([bgr, picture(11, 13, 1)])
write_bmp("rgbx.bmp", 13, 11, 32, [row.tobytes() for row in bgrx])
masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
write_bmp("rgba-bitfields.bmp", 13, 11, 32, [row.tobytes() for row in bgrx], compression=3, masks=masks, header_size=108)
words = random.integers(0, 65536, (11, 13)).astype("<u2")
write_bmp("rgb-555.bmp", 13, 11, 16, [row.tobytes() for row in words])
masks = struct.pack("<III", 0xF800, 0x7E0, 0x1F)
write_bmp("rgb-565.bmp", 13, 11, 16, [row.tobytes() for row in words], compression=3, masks=masks, header_size=56)
