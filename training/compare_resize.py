"""Times Pillow's bicubic resize of 2048x2048 to 480x480 in turn with the product's, on one core each.

python -m training.compare_resize [ROUNDS]     needs Node and `npm ci`; prints medians of the rounds, milliseconds
"""
import json
import statistics
import subprocess
import sys
import time

import numpy as np
import PIL
from PIL import Image

REPEATS = 10  # within a round
MODES = {1: "L", 3: "RGB", 4: "CMYK"}  # CMYK: four channels without premultiplication


def pillow(image):
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        image.resize((480, 480), Image.BICUBIC)
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def product():
    """{channels: median milliseconds} of one run of bench/resize.ts."""
    command = ["node", "--import", "tsx", "bench/resize.ts", str(REPEATS)]
    lines = subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()
    return {row["channels"]: row["medianMs"] for row in map(json.loads, lines) if row["passes"] == "simd"}


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    noise = np.random.default_rng(0).integers(0, 256, (2048, 2048, 4), dtype=np.uint8)
    images = {c: Image.fromarray(noise[..., 0] if c == 1 else noise[..., :c], mode) for c, mode in MODES.items()}
    results = []
    for _ in range(rounds):
        ours = product()
        results.append({c: (ours[c], pillow(image)) for c, image in images.items()})
    for c in MODES:
        pairs = [round_[c] for round_ in results]
        medians = [statistics.median(column) for column in zip(*pairs)]
        ratios = sorted(ours / theirs for ours, theirs in pairs)
        print(
            f"{MODES[c]:4s} ours {medians[0]:.1f} ms, Pillow {PIL.__version__} {medians[1]:.1f} ms, "
            f"ratio {statistics.median(ratios):.2f} ({ratios[0]:.2f} - {ratios[-1]:.2f}) in {rounds} rounds"
        )


if __name__ == "__main__":
    main()
