import csv
import io
import json
import math
import tarfile
import tempfile
import unittest
from pathlib import Path
from unittest.mock import patch

import torch
from PIL import Image

from training.augment import augment, bend, paint_some, turn_hue
from training.captions import HISTOLOGY, MRI, SMEAR, XRAY, concepts, refinements
from training.evaluate import balanced_accuracy, interval, some_of_each
from training.export import card
from training.fixtures import model_folder
from training.golden import picture
from training.model_folder import load, provenance
from training.pupil import Pupil, read_features
from training.teacher import components
from training.train import contrast, finest_first, one_of_each, train

SETTINGS = {
    "seed": 0, "threads": 1, "batch_size": 3, "balance": 1.0, "steps": 3, "learning_rate": 0.003, "warmup_steps": 1, "decay_share": 0.3,
    "final_share": 0.01, "weight_decay": 0.05, "clip_norm": 1.0, "average_decay": 0.5, "freeze": [], "word_noise": 0.0, "log_every": 1,
    "checkpoint_every": 3, "evaluate_every": 3,
}


def training_pictures(folder, split, kinds):
    """An index and a shard with a picture of each (dataset, label)."""
    with open(folder / "index.csv", "a", newline="") as index, tarfile.open(folder / f"{split}.tar", "w") as tar:
        rows = csv.writer(index)
        if index.tell() == 0:
            rows.writerow(["file", "shard", "split", "dataset", "label", "group"])
        for number, (dataset, label) in enumerate(kinds):
            file = io.BytesIO()
            Image.fromarray(picture(90 + number, 100, 3)).save(file, "PNG")
            member = tarfile.TarInfo(f"{split}/{number}.png")
            member.size = file.tell()
            file.seek(0)
            tar.addfile(member, file)
            rows.writerow([member.name, f"{split}.tar", split, dataset, label, number])


class TrainTest(unittest.TestCase):
    def test_a_true_pair_competes_with_the_false_ones_only(self):
        logits = torch.tensor([[5.0, 4.0, -3.0, 9.0]])
        truths = torch.tensor([[1, 1, 0, -1]])
        expected = torch.nn.functional.softplus(torch.tensor([-3.0 - 5.0, -3.0 - 4.0])).mean()
        torch.testing.assert_close(contrast(logits, truths, 1), expected)

    def test_the_finer_of_two_true_concepts_is_to_lie_nearer(self):
        logits = torch.tensor([[2.0, 3.0, 7.0], [0.0, 4.0, 1.0]])
        truths = torch.tensor([[1, 1, 0], [1, -1, 0]])
        finer = torch.tensor([[1, 0], [2, 0]])
        expected = torch.nn.functional.softplus(torch.tensor(2.0 - 3.0))
        torch.testing.assert_close(finest_first(logits, truths, finer), expected)

    def test_every_combination_is_finer_than_its_parts(self):
        everything = concepts()
        named = [(everything[fine], everything[coarse]) for fine, coarse in refinements(everything)]
        self.assertIn(((MRI, "brain", None), (MRI, None, None)), named)
        self.assertIn(((MRI, "brain", None), (None, "brain", None)), named)
        self.assertIn(((MRI, "brain", "glioma"), (MRI, "brain", None)), named)
        self.assertIn(((MRI, "brain", "glioma"), (None, None, "glioma")), named)
        combined = [concept for concept in everything if concept[0] and concept[1]]
        self.assertEqual(len(named), 2 * len(combined))

    def test_components_lie_between_the_variances_of_the_features_and_equal_ones(self):
        torch.manual_seed(0)
        x = torch.randn(500, 2048) * torch.linspace(0.1, 3, 2048)
        beside = torch.randn(500, 2048, 1, 2)
        maps = components(x[:, :, None, None] + torch.cat([beside, -beside], 3))
        self.assertEqual(maps.shape, (500, 128, 1, 4))
        found = maps.float().mean((2, 3))
        torch.testing.assert_close(found.mean(0), torch.zeros(128), atol=1e-3, rtol=0)
        variances = found.var(0)
        self.assertAlmostEqual(variances.mean().item(), 1, places=2)
        spread = (x - x.mean(0)).double().svd().S[:128] ** 2
        torch.testing.assert_close((variances.flip(0) / variances[-1]).double(), (spread / spread[0]).sqrt(), rtol=1e-3, atol=0)

    def test_words_and_weights_that_stand_still(self):
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            for split in ("train", "val"):
                training_pictures(folder, split, [("busi", "normal"), ("busi", "benign"), ("kermany-cxr", "normal")])
            other = model_folder(folder / "other")
            theirs, tokenizer, config = load(other)
            config["IMAGE_ENCODER"]["IMAGE_SIZE"] = [96, 96]
            teacher = folder / "teacher.pt"
            torch.save({"files": [f"train/{number}.png" for number in range(3)], "features": torch.randn(3, 8, 5, 5).half()}, teacher)
            settings = {**SETTINGS, "teacher_weight": 2, "freeze": ["image_encoder.convs.0"]}
            with patch("torch.compile", lambda tower, dynamic: tower):
                train({"model": config, "training": settings}, tokenizer, folder, folder, teacher, words=other)
            logged = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
            self.assertTrue(all(line[name] > 0 for line in logged if "val" not in line for name in ("loss", "teacher", "places")))
            state = torch.load(folder / "checkpoint.pt")
            first = "image_encoder.convs.0.proj.weight"
            self.assertTrue(torch.equal(state["model"][first], state["average"][first]))
            self.assertEqual(card(state)["training"]["wordsFrom"], provenance(other))
            for name, tensor in theirs.state_dict().items():
                for weights in (state["model"], state["average"]):
                    self.assertEqual(torch.equal(weights[name], tensor), name.startswith("lang_"), name)

    def test_one_phrase_of_each_concept_is_drawn(self):
        torch.manual_seed(0)
        said = torch.arange(5 * 7).view(5, 7, 1)
        drawn = torch.stack([one_of_each(said) for _ in range(40)])
        self.assertEqual(drawn.shape, (40, 7, 1))
        self.assertTrue((drawn % 7 == torch.arange(7)[:, None]).all())
        self.assertEqual(len(drawn.unique()), 5 * 7)

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
        with patch("training.augment.paint_some", lambda x: x):
            out, _ = augment(torch.cat([gray, colour]), [XRAY] * 8 + [SMEAR] * 4 + [HISTOLOGY] * 4)
        self.assertEqual(out.shape, (16, 3, 96, 96))
        self.assertTrue(((out >= 0) & (out <= 255)).all())
        self.assertTrue((out[:8] == out[:8, :1]).all())
        self.assertGreater((out[1:8] - out[:7]).abs().mean(), 1)

    def test_few_gray_pictures_are_painted(self):
        torch.manual_seed(0)
        gray = torch.rand(300, 1, 16, 16).expand(-1, 3, -1, -1)
        painted = paint_some(gray)
        self.assertTrue(((painted >= 0) & (painted <= 1)).all())
        coloured = (painted != painted[:, :1]).any(1).any(1).any(1).float().mean()
        self.assertTrue(0.05 < coloured < 0.25)

    def test_bending_keeps_black_white_and_the_order_of_grays(self):
        torch.manual_seed(0)
        grays = torch.linspace(0, 1, 101).expand(50, 1, 1, 101)
        bent = bend(grays)
        self.assertTrue((bent.diff() > 0).all())
        torch.testing.assert_close(bent[..., [0, -1]], grays[..., [0, -1]])
        self.assertGreater((bent - grays).abs().amax(), 0.4)

    def test_a_third_of_the_way_round_red_is_green_and_gray_stays(self):
        third = torch.tensor(2 * math.pi / 3).view(1, 1, 1, 1)
        red, green, gray = (torch.tensor(colour).view(1, 3, 1, 1) for colour in ([1.0, 0, 0], [0, 1.0, 0], [0.3, 0.3, 0.3]))
        torch.testing.assert_close(turn_hue(red, third), green)
        torch.testing.assert_close(turn_hue(gray, third), gray)

    def test_maps_move_with_their_pictures(self):
        torch.manual_seed(0)
        blob = torch.zeros(6, 3, 128, 128, dtype=torch.uint8)
        blob[:, :, 16:56, 24:64] = 255
        maps = torch.nn.functional.avg_pool2d(blob[:, :1].float(), 16)  # 8 x 8: finer than the tower's
        with patch("training.augment.alter_some", lambda x, inverted: x):
            out, moved = augment(blob, [XRAY] * 3 + [HISTOLOGY] * 3, maps)
        self.assertEqual(moved.shape, (6, 1, 4, 4))
        shrunk = torch.nn.functional.avg_pool2d(out.mean(1, keepdim=True), 32)
        for one, other in zip(shrunk, moved):
            self.assertGreater(torch.corrcoef(torch.stack([one.flatten(), other.flatten()]))[0, 1], 0.8)

    def test_a_pupil_that_knows_nothing_loses_one(self):
        torch.manual_seed(0)
        features = torch.randn(500, 8, 5, 5) * 3
        features /= features.mean((2, 3)).std()
        pupil = Pupil(16, features)
        pooled, maps = torch.randn(200, 16), torch.randn(200, 16, 4, 4)
        with torch.no_grad():
            for layer in (pupil.whole, pupil.places):
                layer.weight.zero_()
        seen = features[:200].mean((2, 3)), features[:200, :, :4, :4]
        losses = pupil.losses(pupil(pooled, maps), seen)
        self.assertEqual(list(losses), ["teacher", "places"])
        for loss in losses.values():
            self.assertAlmostEqual(loss.item(), 1, delta=0.1)

    def test_an_interval_holds_the_figure_and_is_wider_for_fewer_groups(self):
        truths = ["a", "b"] * 200
        guesses = [truth if i // 20 % 2 else "c" for i, truth in enumerate(truths)]  # half of twenty patients
        low, high = interval(guesses, truths, range(400))
        self.assertTrue(0.4 < low < balanced_accuracy(guesses, truths) < high < 0.6)
        coarse = interval(guesses, truths, [i // 20 for i in range(400)])
        self.assertGreater(coarse[1] - coarse[0], 3 * (high - low))
        self.assertEqual(interval(truths, truths, range(400)), [1, 1])
        self.assertEqual(interval(["a", "a"], ["a", "b"], ["p", "q"]), [0, 1])  # rounds of p alone, of q alone, of both

    def test_some_pictures_of_each_label_are_the_same_ones_every_time(self):
        rows = [{"dataset": "busi", "label": label} for label in ["benign"] * 9 + ["normal"] * 2]
        places = some_of_each(rows, 3)
        self.assertEqual([rows[place]["label"] for place in places], ["benign"] * 3 + ["normal"] * 2)
        self.assertEqual(places, some_of_each(rows, 3))


if __name__ == "__main__":
    unittest.main()
