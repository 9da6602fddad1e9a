"""Model folders in the official layout: config.yaml, one weights file in vision_model/ or at the top, a tokenizer's folder."""
import hashlib
import json
import shutil
from pathlib import Path
from typing import NamedTuple

import torch
import yaml
from safetensors.torch import load_file, save_file

from .model import MedImageInsight
from .tokenizer import Tokenizer

CONFIG_FOLDERS = ["", "artifacts/checkpoints", "mlflow_model_folder/artifacts/checkpoints", "2024.09.27"]
WEIGHTS_SUFFIXES = {".pt", ".pth", ".bin", ".ckpt", ".safetensors"}
TORCH_MAGICS = (b"PK\x03\x04", b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46")  # zip, and the stream before 1.6
WRAPPERS = ("state_dict", "model", "module")  # a state dict may be nested under these, and its keys start with `module.`
DTYPES = {"float32": torch.float32, "float16": torch.float16}


class ModelFolder(NamedTuple):
    """`root` holds the config.yaml; the others are inside it."""

    root: Path
    weights: Path
    tokenizer: Path


def locate(folder):
    """Where the published folders keep these files."""
    roots = [Path(folder) / inner for inner in CONFIG_FOLDERS if (Path(folder) / inner / "config.yaml").is_file()]
    if not roots:
        raise FileNotFoundError(f"{folder} has no config.yaml at the top, in {', in '.join(CONFIG_FOLDERS[1:])}")
    root = roots[0]
    weights = weights_in(root / "vision_model") or weights_in(root)
    if len(weights) != 1:
        raise FileNotFoundError(f"{root} has {len(weights)} weights files, one is needed in vision_model/ or at the top")
    tokenizers = [root, root / "tokenizer", root / "language_model", *sorted(root.glob("language_model/*"))]
    tokenizer = next((t for t in tokenizers if (t / "vocab.json").is_file() and (t / "merges.txt").is_file()), None)
    if tokenizer is None:
        raise FileNotFoundError(f"{root} has no vocab.json and merges.txt in language_model/<name>/, tokenizer/ or at the top")
    return ModelFolder(root, weights[0], tokenizer)


def weights_in(folder):
    return sorted(path for path in folder.glob("*") if path.suffix in WEIGHTS_SUFFIXES and path.is_file())


def read_weights(path):
    """{name: tensor} of a safetensors or torch file, told apart by their bytes: the official `.pt` is safetensors.

    The tensors of a safetensors file are views of it: do not write to it before they are gone.
    """
    with open(path, "rb") as file:
        magic = file.read(24)
    if magic.startswith(b"version https://git-lfs"):
        raise ValueError(f"{path} is a Git LFS pointer, not the weights; `git lfs pull` fetches them")
    if not magic.startswith(TORCH_MAGICS):
        return load_file(path)
    state = torch.load(path, map_location="cpu", weights_only=True)
    while wrapper := next((name for name in WRAPPERS if isinstance(state.get(name), dict)), None):
        state = state[wrapper]
    return {name.removeprefix("module."): tensor for name, tensor in state.items()}


def load(folder):
    """The model in float32 and eval mode, its tokenizer and its config. A key too many or too few is an error."""
    place = locate(folder)
    config = yaml.safe_load((place.root / "config.yaml").read_text())
    weights = read_weights(place.weights)
    tokenizer = Tokenizer(place.tokenizer)
    vocabulary = weights.get("lang_encoder.token_embedding.weight", tokenizer.vocabulary)
    model = MedImageInsight(config, len(vocabulary)).eval()
    model.load_state_dict(weights, strict=True)
    return model, tokenizer, config


def dtype_of(path):
    """The name of the type that most of the weights are stored in."""
    dtypes = [tensor.dtype for tensor in read_weights(path).values()]
    return next((name for name, dtype in DTYPES.items() if dtype == max(set(dtypes), key=dtypes.count)), "float32")


def write_weights(path, state, dtype):
    """safetensors, whatever the suffix, without anything that only training needs."""
    tensors = {name: tensor.to("cpu", DTYPES[dtype]).contiguous() for name, tensor in state.items()}
    spoiled = [name for name, tensor in tensors.items() if not tensor.isfinite().all()]
    if spoiled:
        raise ValueError(f"{len(spoiled)} tensors are not finite in {dtype}, {spoiled[0]} for one")
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path)
    path.chmod(0o644)


def read_card(folder):
    """The card of a model folder. The published model has none: then what holds for it."""
    path = locate(folder).root / "card.json"
    bare = {"name": Path(folder).resolve().name, "family": "medimageinsight", "defaultProfile": "mi2-service"}
    return json.loads(path.read_text()) if path.is_file() else bare


def write_changed(folder, out, state, card):
    """`out`, whole or not at all: `folder` with other weights and another card, without the vectors of the weights before."""
    place = locate(folder)
    part = out.with_name(out.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(place.root, part, ignore=shutil.ignore_patterns("golden.json"))
    write_weights(part / place.weights.relative_to(place.root), state, dtype_of(place.weights))
    (part / "card.json").write_text(json.dumps(card, indent=2) + "\n")
    part.replace(out)


def provenance(folder):
    """What a card tells of a model that its weights were made from."""
    return {"name": read_card(folder)["name"], "weights": sha256(locate(folder).weights)}


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
