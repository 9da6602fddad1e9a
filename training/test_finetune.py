import json
import math
import random
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import torch

from training import finetune as module
from training.export import export_finetuned
from training.finetune import finetune, in_chunks, parameter_groups, unicl
from training.fixtures import data_folder, model_folder, settings
from training.model_folder import load, read_weights
from training.tsv import read_data


class Killed(Exception):
    pass


class FinetuneTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        self.base = model_folder(self.folder / "base")

        self.data = read_data(data_folder(self.folder / "data"))

    def run_it(self, name, steps=5, resume=False, **changes):
        finetune(self.base, settings(**changes), *self.data, self.folder / name, resume, steps)
        return torch.load(self.folder / name / "checkpoint.pt")

    def log(self, name):
        return [json.loads(line) for line in (self.folder / name / "log.jsonl").read_text().splitlines()]

    def test_a_run_trains_what_is_not_frozen_and_logs_it(self):
        scales = {r"^lang_encoder\.": 0.1, "_projection$": 2}
        state = self.run_it("run", freeze=["^image_encoder"], learning_rate_scales=scales)
        before = read_weights(self.base / "vision_model" / "medimageinsigt-v1.0.0.pt")
        for name, tensor in before.items():
            frozen = name.startswith("image_encoder")
            self.assertEqual(torch.equal(state["model"][name], tensor), frozen, name)
            self.assertEqual(torch.equal(state["average"][name], state["model"][name]), frozen, name)
        log = self.log("run")
        steps = [line for line in log if "loss" in line]
        self.assertEqual([line["step"] for line in steps], [1, 2, 3, 4, 5])
        lr = steps[2]["lr"]
        self.assertEqual(set(lr), {"others", *scales})
        self.assertAlmostEqual(lr[r"^lang_encoder\."], 0.1 * lr["others"])
        self.assertEqual([line["step"] for line in log if "val" in line], [0, 5])
        self.assertEqual(log[0]["val"]["pictures"], 10)

    def test_the_loss_falls_on_what_it_is_shown(self):
        changes = {"trivial_augment": False, "erase": 0, "crop_scale": [1, 1], "crop_ratio": [1, 1], "clip_norm": 1.0}
        self.run_it("run", 30, batch_size=10, chunk_size=10, log_every=10, learning_rate=0.003, **changes)
        losses = [line["loss"] for line in self.log("run") if "loss" in line]
        self.assertLess(losses[-1], 0.9 * losses[0])

    def test_a_resumed_run_ends_with_the_very_numbers_of_an_uninterrupted_one(self):
        whole = self.run_it("whole")

        def die(living, loss, step, settings, advance=module.advance):
            if step == 3:
                raise Killed  # a step after the last checkpoint
            return advance(living, loss, step, settings)

        with mock.patch.object(module, "advance", die), self.assertRaises(Killed):
            self.run_it("resumed")
        random.seed(1), torch.manual_seed(1)  # a new process would not have these either
        resumed = self.run_it("resumed", resume=True)
        for kind in ("model", "average"):
            for name, tensor in whole[kind].items():
                self.assertTrue(torch.equal(tensor, resumed[kind][name]), (kind, name))
        for number, moments in whole["optimizer"]["state"].items():
            for name, tensor in moments.items():
                self.assertTrue(torch.equal(tensor, resumed["optimizer"]["state"][number][name]), (number, name))
        self.assertEqual(self.log("whole")[-2]["loss"], self.log("resumed")[-2]["loss"])

    def test_texts_of_several_pictures_are_named_and_rare_ones_are_not(self):
        with mock.patch.object(module, "NAMED_FROM", 4):  # of ten pictures the first text has four, the others three
            self.assertEqual(self.run_it("run", 1)["finetuned"]["data"]["texts"], {"x-ray chest normal": 4})

    def test_no_more_texts_are_named_than_a_card_holds(self):
        with mock.patch.multiple(module, NAMED_FROM=1, MOST_NAMED=2):
            texts = self.run_it("run", 1)["finetuned"]["data"]["texts"]
        self.assertEqual(list(texts.values()), [4, 3])

    def test_a_resumed_run_must_be_the_same_run(self):
        self.run_it("run", 2)
        with self.assertRaisesRegex(FileExistsError, "holds a run"):
            self.run_it("run", 2)
        with self.assertRaisesRegex(ValueError, "another seed: 0, not 1"):
            self.run_it("run", 3, resume=True, seed=1)

    def test_the_export_loads_strictly_and_is_the_average(self):
        for weights, dtype in [("model.safetensors", None), ("model.torchzip.pt", "float16"), ("model.torchzip-fp16.pt", None)]:
            with self.subTest(weights):
                self.base = model_folder(self.folder / f"base-{weights}", weights)
                state = self.run_it(f"run-{weights}", 2)
                out = self.folder / f"out-{weights}"
                export_finetuned(state, self.base, out, dtype)
                files = lambda folder: {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
                self.assertEqual(files(out), files(self.base) - {"golden.json"})
                written = read_weights(out / "vision_model" / "medimageinsigt-v1.0.0.pt")
                wanted = torch.float16 if dtype or "fp16" in weights else torch.float32
                self.assertEqual({tensor.dtype for tensor in written.values()}, {wanted})
                for name, tensor in load(out)[0].state_dict().items():
                    self.assertTrue(torch.equal(tensor, state["average"][name].to(wanted).float()), name)
                card = json.loads((out / "card.json").read_text())
                self.assertEqual((card["name"], card["finetuned"]["steps"], card["licence"]), ("tiny-finetuned", 2, "none"))
                self.assertEqual(card["finetuned"]["data"]["pictures"], 10)
                self.assertNotIn("evaluation", card)
                with self.assertRaises(FileExistsError):
                    export_finetuned(state, self.base, out)
        with self.assertRaisesRegex(ValueError, "not what this checkpoint was fine-tuned from"):
            export_finetuned(state, model_folder(self.folder / "other"), self.folder / "never")

    def test_weights_that_lack_a_key_or_have_one_too_many_are_refused(self):
        path = self.base / "vision_model" / "medimageinsigt-v1.0.0.pt"
        weights = {name: tensor.clone() for name, tensor in read_weights(path).items()}  # they are views of the file
        torch.save({"state_dict": {f"module.{name}": tensor for name, tensor in weights.items()}}, path)
        load(self.base)
        for broken in ({**weights, "more": torch.zeros(1)}, {k: v for k, v in weights.items() if k != "logit_scale"}):
            torch.save(broken, path)
            with self.assertRaisesRegex(RuntimeError, "more|logit_scale"):
                load(self.base)

    def test_a_pattern_that_finds_nothing_is_an_error(self):
        model = load(self.base)[0]
        with self.assertRaisesRegex(ValueError, r"\^convs"):
            parameter_groups(model, settings(freeze=[r"^convs\."]))
        with self.assertRaisesRegex(ValueError, "frozen"):
            parameter_groups(model, settings(freeze=["."]))

    def test_neither_norms_nor_biases_nor_depthwise_kernels_decay(self):
        model = load(self.base)[0]
        decayed = {id(p) for group in parameter_groups(model, settings()) if group["weight_decay"] for p in group["params"]}
        names = [name for name, parameter in model.named_parameters() if id(parameter) in decayed]
        self.assertTrue(any("fc1.weight" in name for name in names) and "image_projection" in names)
        for name in names:
            self.assertNotRegex(name, r"bias|norm|ln_|\.dw\.|embedding|logit_scale")

    def test_the_loss_is_that_of_the_paper(self):
        logits, places = torch.randn(5, 3), torch.tensor([0, 2, 2, 1, 0])
        pairs, total = logits[:, places].double(), 0
        for scores in (pairs, pairs.T):
            for i in range(5):
                same = [j for j in range(5) if places[i] == places[j]]
                norm = math.log(sum(math.exp(scores[i, j]) for j in range(5)))
                total -= sum(scores[i, j] - norm for j in same) / len(same) / 5 / 2
        self.assertAlmostEqual(unicl(logits, places).item(), total.item(), places=5)

    def test_chunks_change_neither_vectors_nor_gradients(self):
        model = load(self.base)[0].train()  # with drop path: a chunk meets the same chance on the way back
        gradients = []
        for encode in (model.encode_image, lambda x: in_chunks(model.encode_image, 4, x)):
            torch.manual_seed(0)
            model.zero_grad()
            pictures = torch.randn(10, 3, 32, 48, generator=torch.Generator().manual_seed(1))
            chunks = pictures.split(4) if encode == model.encode_image else [pictures]
            vectors = torch.cat([encode(chunk) for chunk in chunks])
            (vectors @ vectors[0]).logsumexp(0).backward()
            gradients.append([vectors.detach(), *(p.grad for p in model.image_encoder.parameters())])
        for whole, chunked in zip(*gradients):
            torch.testing.assert_close(whole, chunked)


if __name__ == "__main__":
    unittest.main()
