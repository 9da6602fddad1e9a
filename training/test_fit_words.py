import json
import tempfile
import unittest
from pathlib import Path

import torch
import torch.nn.functional as F

from training.captions import concepts
from training.fit_words import encode, fit, write
from training.fixtures import model_folder
from training.loop import Log, seed
from training.model_folder import load, read_weights
from training.sample import Sampler, speak

KINDS = [("busi", "normal"), ("kermany-cxr", "normal"), ("brain-tumor-mri", "glioma"), ("chula-rbc12", "burr cell")]
SETTINGS = {
    "batch_size": 16, "steps": 12, "learning_rate": 0.003, "warmup_steps": 2, "decay_share": 0.3, "final_share": 0.01,
    "weight_decay": 0.05, "clip_norm": 1.0, "average_decay": 0.9, "log_every": 4,
}


class FitWordsTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        self.base = model_folder(self.folder / "base")
        seed(0)
        rows = [dict(zip(("dataset", "label"), KINDS[i % 4])) for i in range(24)]
        pictures = torch.randint(0, 256, (24, 3, 96, 96), dtype=torch.uint8)
        self.sampler = Sampler(rows, pictures, concepts(), 1.0)
        self.model, self.tokenizer, _ = load(self.base)

    def fit(self):
        dimensions = self.model.image_projection.shape[1]
        views = F.normalize(torch.eye(4, dimensions).repeat(6, 1) + 0.1 * torch.randn(2, 24, dimensions), dim=-1)
        words = lambda: speak(concepts(), self.tokenizer, 0.0)
        return fit(self.model, views, self.sampler, words, SETTINGS, Log(self.folder / "log.jsonl", 0))

    def test_the_words_learn_and_the_image_tower_keeps_its_bits(self):
        before = read_weights(self.base / "vision_model" / "medimageinsigt-v1.0.0.pt")
        after = self.fit().state_dict()
        for name, tensor in before.items():
            self.assertEqual(torch.equal(after[name], tensor), name.startswith("image_"), name)
        losses = [json.loads(line)["loss"] for line in (self.folder / "log.jsonl").read_text().splitlines()]
        self.assertEqual(len(losses), 3)
        self.assertLess(losses[-1], 0.9 * losses[0])

    def test_pictures_are_encoded_in_order_and_augmented_if_asked(self):
        plain, altered = encode(self.model, self.sampler, False), encode(self.model, self.sampler, True)
        one = Sampler([{"dataset": "busi", "label": "normal"}], self.sampler.pictures[5:6], concepts(), 1.0)
        torch.testing.assert_close(plain[5], encode(self.model, one, False)[0], atol=5e-3, rtol=0)
        self.assertGreater((plain - altered).abs().max(), 0.01)

    def test_the_model_that_is_written_says_so_and_forgets_what_was_measured(self):
        write(self.base, self.folder / "out", self.model, {"steps": 40})
        card = json.loads((self.folder / "out" / "card.json").read_text())
        self.assertEqual(card["training"]["words"]["steps"], 40)
        self.assertEqual(card["training"]["words"]["startedFrom"]["name"], "tiny")
        self.assertNotIn("evaluation", card)
        self.assertFalse((self.folder / "out" / "golden.json").exists())
        self.assertTrue((self.folder / "out" / "LICENSE").exists())
        load(self.folder / "out")


if __name__ == "__main__":
    unittest.main()
