import random
import unittest

import numpy as np
from PIL import Image

from training.fixtures import GOLDEN, settings
from training.prepare import CHANGES, augment, crop, direct, prepare


class PrepareTest(unittest.TestCase):
    def test_both_profiles_give_the_pixels_of_the_reference(self):
        for picture in ("img1_37x53_RGB", "img2_300x200_L", "img4_257x97_RGB", "img5_120x180_LA"):
            image = Image.open(GOLDEN / f"{picture}.png")
            for profile, file in [("direct", "resized160"), ("mi2-service", "service.resized160")]:
                pixels = np.asarray(prepare(image, profile, (160, 160)), int)
                expected = np.asarray(Image.open(GOLDEN / f"{picture}.{file}.png").convert("RGB"), int)
                self.assertLessEqual(abs(pixels - expected).max(), 0 if profile == "direct" else 2, (picture, profile))

    def test_16_bit_gray_is_scaled_from_its_full_range(self):
        image = Image.fromarray(np.array([[0, 257, 65535]], np.uint16))
        self.assertEqual([direct(image).getpixel((x, 0))[0] for x in range(3)], [0, 1, 255])

    def test_a_crop_stays_inside_and_keeps_most_of_the_area(self):
        chance = random.Random(0)
        for size in [(100, 100), (300, 20)] * 50:
            left, top, right, bottom = crop(size, settings(), chance)
            self.assertTrue(0 <= left < right <= size[0] and 0 <= top < bottom <= size[1])
            self.assertGreater((right - left) * (bottom - top), 0.6 * size[0] * size[1])

    def test_the_same_chance_makes_the_same_picture(self):
        image = Image.open(GOLDEN / "img1_37x53_RGB.png")
        drawn = lambda seed: augment(image, "direct", (48, 32), settings(erase=1), random.Random(seed)).tobytes()
        self.assertEqual(drawn("a"), drawn("a"))
        self.assertEqual(len({drawn(seed) for seed in range(20)}), 20)

    def test_every_change_runs_at_both_ends(self):
        image = Image.open(GOLDEN / "img1_37x53_RGB.png").convert("RGB")
        for change, strongest, signed in CHANGES:
            self.assertEqual(change(image, 0).size, image.size)
            for amount in (strongest, -strongest)[: 1 + signed]:
                self.assertEqual(change(image, amount).mode, "RGB")


if __name__ == "__main__":
    unittest.main()
