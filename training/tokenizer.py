"""The CLIP byte-pair tokenizer: text -> ids, as the reference calls it (ftfy, lower case, 77 ids at most)."""
import json
from functools import lru_cache
from pathlib import Path

import ftfy
import regex
import torch

CONTEXT_LENGTH = 77
PIECES = regex.compile(
    r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+", regex.IGNORECASE
)


def byte_symbols():
    """The printable character that stands for each byte, in vocabulary order: {byte: character}."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {byte: chr(256 + i) for i, byte in enumerate(others)}


class Tokenizer:
    """Reads `vocab.json` and `merges.txt` of `folder`."""

    def __init__(self, folder):
        self.vocabulary = json.loads((Path(folder) / "vocab.json").read_text("utf-8"))
        merges = (Path(folder) / "merges.txt").read_text("utf-8").split("\n")[1:]
        self.ranks = {tuple(merge.split()): rank for rank, merge in enumerate(merges) if merge}
        self.symbols = byte_symbols()
        self.start, self.end = self.vocabulary["<|startoftext|>"], self.vocabulary["<|endoftext|>"]
        self.piece_ids = lru_cache(maxsize=None)(self._piece_ids)

    def encode(self, text):
        """Ids of `text` with start and end, truncated to 77, not padded."""
        text = " ".join(ftfy.fix_text(text).split()).lower()
        content = [i for piece in PIECES.findall(text) for i in self.piece_ids(piece)]
        return [self.start, *content[: CONTEXT_LENGTH - 2], self.end]

    def pad(self, rows):
        """Rows of ids -> ids and mask [rows, longest], padded with the end id."""
        ids = torch.nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], batch_first=True, padding_value=self.end)
        return ids, torch.arange(ids.shape[1]) < torch.tensor([len(row) for row in rows])[:, None]

    def _piece_ids(self, piece):
        if piece in ("<|startoftext|>", "<|endoftext|>"):
            return [self.vocabulary[piece]]
        symbols = [self.symbols[byte] for byte in piece.encode()]
        symbols[-1] += "</w>"
        while len(symbols) > 1:
            best = min(zip(symbols, symbols[1:]), key=lambda pair: self.ranks.get(pair, float("inf")))
            if best not in self.ranks:
                break
            symbols = merge_pair(symbols, best)
        return [self.vocabulary.get(symbol, self.end) for symbol in symbols]


def merge_pair(symbols, pair):
    """Joins every occurrence of `pair`, left to right."""
    merged, i = [], 0
    while i < len(symbols):
        width = 2 if tuple(symbols[i : i + 2]) == pair else 1
        merged.append("".join(symbols[i : i + width]))
        i += width
    return merged
