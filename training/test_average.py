import json
import tempfile
import unittest
from pathlib import Path

import torch
import yaml

from training.average import average
from training.fixtures import model_folder
from training.model_folder import load, locate, read_weights, sha256, write_weights


class AverageTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        self.one, self.other = (model_folder(self.folder / name) for name in ("one", "other"))
        weights = read_weights(locate(self.other).weights)
        write_weights(locate(self.other).weights, {name: tensor.float() + 0.5 for name, tensor in weights.items()}, "float32")

    def test_each_weight_is_the_mean_and_the_card_says_of_what(self):
        average([self.one, self.other], [0.75, 0.25], self.folder / "out")
        a, b, mean = (load(folder)[0].state_dict() for folder in (self.one, self.other, self.folder / "out"))
        for name, tensor in mean.items():
            torch.testing.assert_close(tensor, 0.75 * a[name] + 0.25 * b[name], atol=1e-6, rtol=0)
        card = json.loads((self.folder / "out" / "card.json").read_text())
        self.assertEqual(card["training"]["averagedWith"], [{"name": "tiny", "weights": sha256(locate(self.other).weights), "share": 0.25}])
        self.assertNotIn("evaluation", card)
        self.assertFalse((self.folder / "out" / "golden.json").exists())

    def test_the_words_of_one_model_may_be_kept_and_the_card_says_whose(self):
        average([self.one, self.other], [0.75, 0.25], self.folder / "out", words=self.other)
        a, b, mean = (load(folder)[0].state_dict() for folder in (self.one, self.other, self.folder / "out"))
        for name, tensor in mean.items():
            is_image = name.startswith("image_")
            torch.testing.assert_close(tensor, 0.75 * a[name] + 0.25 * b[name] if is_image else b[name], atol=1e-6, rtol=0)
        card = json.loads((self.folder / "out" / "card.json").read_text())
        self.assertEqual(card["training"]["wordsFrom"], {"name": "tiny", "weights": sha256(locate(self.other).weights)})

    def test_models_of_two_shapes_have_no_mean(self):
        config = yaml.safe_load((self.other / "config.yaml").read_text())
        config["IMAGE_ENCODER"]["IMAGE_SIZE"] = [64, 64]
        (self.other / "config.yaml").write_text(yaml.safe_dump(config))
        with self.assertRaisesRegex(ValueError, "other has another config.yaml than"):
            average([self.one, self.other], [0.75, 0.25], self.folder / "out")
        self.assertFalse((self.folder / "out").exists())

    def test_nothing_is_written_over(self):
        with self.assertRaises(FileExistsError):
            average([self.one, self.other], [0.5, 0.5], self.one)


if __name__ == "__main__":
    unittest.main()
