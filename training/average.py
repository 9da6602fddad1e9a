"""The mean of the weights of models of which one was trained on from the other: right more often on pictures from elsewhere.

python -m training.average --models FOLDER FOLDER ... --out OUT [--shares 0.65 0.35 ...] [--words FOLDER]

A run from given weights gains on its own sources and loses on others; between its beginning and its end it keeps most of both. Models
that began apart have no useful mean. A share above 1, with another below 0, goes on in the direction of the run past its end. OUT has
the files of the first FOLDER. Fit the words afterwards: those of the mean fit neither; or take those of one model with `--words`.
"""
import argparse
from pathlib import Path

from .model_folder import load, provenance, read_card, write_changed


def average(folders, shares, out, words=None):
    """Writes the mean of `folders`, each by its share of 1, as the model folder `out`, which must not be there yet.

    With the folder `words` text tower and logit scale are those of that model.
    """
    if out.exists():
        raise FileExistsError(f"{out} is there already")
    loaded = [load(folder) for folder in folders]
    for folder, (_, _, config) in zip(folders[1:], loaded[1:]):
        if config != loaded[0][2]:
            raise ValueError(f"{folder} has another config.yaml than {folders[0]}: only models of one shape have a mean")
    states = [model.state_dict() for model, _, _ in loaded]
    mean = {name: sum(share * state[name] for share, state in zip(shares, states)) for name in states[0]}
    if words:
        said = load(words)[0].state_dict()
        mean.update({name: tensor for name, tensor in said.items() if not name.startswith("image_")})
    write_changed(folders[0], out, mean, card(folders, shares, words))


def card(folders, shares, words):
    """That of the first model, less what was measured with its weights; and whose weights the others are."""
    told = read_card(folders[0])
    kept = {key: value for key, value in told.items() if key not in ("evaluation", "fidelity")}
    averaged = [{**provenance(folder), "share": share} for folder, share in zip(folders[1:], shares[1:])]
    said = {"wordsFrom": provenance(words)} if words else {}
    return {**kept, "training": {**told.get("training", {}), "averagedWith": averaged, **said}}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--shares", type=float, nargs="+", help="one for each model, 1 together; all alike without")
    parser.add_argument("--words", type=Path, help="a model folder whose words are kept, instead of the mean")
    args = parser.parse_args()
    if len(args.models) < 2:
        parser.error("a mean needs two models or more")
    shares = args.shares or [1 / len(args.models)] * len(args.models)
    if len(shares) != len(args.models) or abs(sum(shares) - 1) > 1e-6:
        parser.error(f"--shares needs {len(args.models)} numbers that are 1 together")
    average(args.models, shares, args.out, args.words)


if __name__ == "__main__":
    main()
