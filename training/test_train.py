import tempfile
import unittest
from pathlib import Path

import torch

from training.augment import augment
from training.captions import HISTOLOGY, SMEAR, XRAY
from training.teacher import components
from training.train import contrast, read_features


class TrainTest(unittest.TestCase):
    def test_a_true_pair_competes_with_the_false_ones_only(self):
        logits = torch.tensor([[5.0, 4.0, -3.0, 9.0]])
        truths = torch.tensor([[1, 1, 0, -1]])
        expected = torch.nn.functional.softplus(torch.tensor([-3.0 - 5.0, -3.0 - 4.0])).mean()
        torch.testing.assert_close(contrast(logits, truths, 1), expected)

    def test_components_lie_between_the_variances_of_the_features_and_equal_ones(self):
        torch.manual_seed(0)
        x = torch.randn(500, 2048) * torch.linspace(0.1, 3, 2048)
        found = components(x)
        self.assertEqual(found.shape, (500, 128))
        torch.testing.assert_close(found.mean(0), torch.zeros(128), atol=1e-4, rtol=0)
        variances = found.var(0)
        self.assertAlmostEqual(variances.mean().item(), 1, places=2)
        spread = (x - x.mean(0)).double().svd().S[:128] ** 2
        torch.testing.assert_close((variances.flip(0) / variances[-1]).double(), (spread / spread[0]).sqrt(), rtol=1e-3, atol=0)

    def test_features_of_other_pictures_are_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "teacher.pt"
            torch.save({"files": ["a", "b"], "features": torch.zeros(2, 3)}, path)
            self.assertEqual(read_features(path, [{"file": "a"}, {"file": "b"}]).shape, (2, 3))
            with self.assertRaisesRegex(ValueError, "other pictures"):
                read_features(path, [{"file": "b"}, {"file": "a"}])

    def test_augmented_pictures_keep_their_shape_and_range_and_gray_stays_gray(self):
        torch.manual_seed(0)
        gray = torch.randint(0, 256, (1, 1, 96, 96), dtype=torch.uint8).expand(8, 3, 96, 96)
        colour = torch.randint(0, 256, (8, 3, 96, 96), dtype=torch.uint8)
        out = augment(torch.cat([gray, colour]), [XRAY] * 8 + [SMEAR] * 4 + [HISTOLOGY] * 4)
        self.assertEqual(out.shape, (16, 3, 96, 96))
        self.assertTrue(((out >= 0) & (out <= 255)).all())
        self.assertTrue((out[:8] == out[:8, :1]).all())
        self.assertGreater((out[1:8] - out[:7]).abs().mean(), 1)


if __name__ == "__main__":
    unittest.main()
