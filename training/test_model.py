import json
import unittest

import torch
import yaml
from PIL import Image

from training.data import normalise, pixels
from training.fixtures import GOLDEN
from training.model import MedImageInsight
from training.model_folder import read_weights

PUBLISHED = {
    "IMAGE_ENCODER": {
        "SPEC": {
            "DROP_PATH_RATE": 0.2, "PATCH_SIZE": [7, 3, 3, 3], "PATCH_STRIDE": [4, 2, 2, 2], "PATCH_PADDING": [3, 1, 1, 1],
            "PATCH_PRENORM": [False, True, True, True], "DIM_EMBED": [256, 512, 1024, 2048], "NUM_HEADS": [8, 16, 32, 64],
            "NUM_GROUPS": [8, 16, 32, 64], "DEPTHS": [1, 1, 9, 1], "WINDOW_SIZE": 12,
        }
    },
    "LANG_ENCODER": {"CONTEXT_LENGTH": 77, "WIDTH": 1024, "HEADS": 16, "LAYERS": 16},
    "UNICL_MODEL": {"DIM_PROJECTION": 1024},
}


class ModelTest(unittest.TestCase):
    def test_the_published_model_has_the_published_keys_and_size(self):
        with torch.device("meta"):
            state = MedImageInsight(PUBLISHED).state_dict()
        names = json.loads((GOLDEN.parent / "golden-full" / "weights_sha256_16.json").read_text())
        self.assertEqual(set(state), set(names))
        self.assertEqual(sum(tensor.numel() for tensor in state.values()), 615_996_417)

    def test_drop_path_changes_training_and_not_the_vectors_of_the_reference(self):
        weights = read_weights(GOLDEN / "model.safetensors")
        config = yaml.safe_load((GOLDEN / "config.yaml").read_text())
        model = MedImageInsight(config, len(weights["lang_encoder.token_embedding.weight"]))
        model.load_state_dict(weights, strict=True)
        image = json.loads((GOLDEN / "golden.json").read_text())["images"][0]
        x = normalise(pixels(Image.open(GOLDEN / image["file"].replace(".png", ".resized160.png")))[None])
        expected = torch.tensor(image["embedding"])
        with torch.no_grad():
            self.assertLess((model.eval().encode_image(x)[0] - expected).abs().max(), 5e-6)
            changes = [(model.train().encode_image(x)[0] - expected).abs().max() for _ in range(4)]
        self.assertGreater(max(changes), 1e-3)


if __name__ == "__main__":
    unittest.main()
