"""For the tests: the repository's tiny golden model in the official layout, and pictures with texts as TSV files."""
import base64
import io
import json
import shutil
from pathlib import Path

import yaml
from PIL import Image

from training.finetune import read_settings
from training.golden import picture

GOLDEN = Path(__file__).parent.parent / "test" / "files" / "golden-small"
TEXTS = ["x-ray chest normal", "x-ray chest pneumonia", "ct head"]


def model_folder(folder, weights="model.safetensors", name="medimageinsigt-v1.0.0.pt"):
    """Official layout; the pictures are made smaller and oblong, so that the tests are fast and mix up no sides."""
    tokenizer = folder / "language_model" / "clip_tokenizer_4.16.2"
    for place in (tokenizer, folder / "vision_model"):
        place.mkdir(parents=True)
    shutil.copyfile(GOLDEN / weights, folder / "vision_model" / name)
    for file in ("vocab.json", "merges.txt"):
        shutil.copyfile(GOLDEN / "tokenizer" / file, tokenizer / file)
    vocabulary = json.loads((tokenizer / "vocab.json").read_text("utf-8"))
    assert "<|endoftext|>" in vocabulary
    config = yaml.safe_load((GOLDEN / "config.yaml").read_text())
    config["IMAGE_ENCODER"]["IMAGE_SIZE"] = [48, 32]
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    card = {"name": "tiny", "family": "medimageinsight", "defaultProfile": "direct", "evaluation": {}, "licence": "none"}
    (folder / "card.json").write_text(json.dumps(card))
    (folder / "golden.json").write_text("{}")
    (folder / "LICENSE").write_text("none")
    return folder


def png(number=0):
    """base64 of a picture."""
    file = io.BytesIO()
    Image.fromarray(picture(40 + number, 50, 3 if number % 2 else 1)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def data_folder(folder, pictures=10):
    """The product's files: train, validation, labels."""
    folder.mkdir()
    (folder / "unique_texts.txt").write_text("\n".join(TEXTS) + "\n")
    for split in ("train", "validation"):
        label = lambda i: json.dumps({"class_id": i % 3, "class_name": TEXTS[i % 3], "source": "s", "task": "classification"})
        (folder / f"{split}_images.tsv").write_text("".join(f"p{i}\t{png(i)}\n" for i in range(pictures)))
        (folder / f"{split}_text.tsv").write_text("".join(f"p{i}\t{label(i)}\n" for i in range(pictures)))
    return folder


def settings(**changes):
    """The shipped ones, with steps that show at this size."""
    shipped = read_settings(Path(__file__).parent / "finetune.yaml")
    tiny = {"batch_size": 6, "chunk_size": 4, "learning_rate": 0.001, "average_decay": 0.9, "bfloat16": False, "threads": 1}
    every = {"log_every": 1, "checkpoint_every": 2, "evaluate_every": 100, "freeze": [r"^lang_encoder\.token_embedding"]}
    return {**shipped, **tiny, **every, **changes}
