"""Pictures with their texts from TSV files, as the product's fine-tuning takes them: no header, no quoting.

    <split>_images.tsv   name, picture         picture: base64, or a path relative to the file
    <split>_text.tsv     name, text            text: as it is, or {"class_id": 0, "class_name": "the text", ...}
    <split>.tsv          name, picture, text   in place of the two
    labels.txt           a text a line, the line of class_id 0 first; it may also be named unique_texts.txt and may be missing

Splits are train, validation and test. Only where each line begins and its text stay in memory.
"""
import base64
import binascii
import hashlib
import io
import json
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from PIL import Image

LABEL_FILES = ("labels.txt", "unique_texts.txt")
MAX_LINE_BYTES = 512 * 2**20  # longer than any picture in base64; stops a file without line ends from filling the memory
MAX_NAMED = 10


class BrokenRows(ValueError):
    """Names the first rows that cannot be used, with file and line, and counts the others."""

    def __init__(self, problems):
        others = f"\nand {len(problems) - MAX_NAMED} more" if len(problems) > MAX_NAMED else ""
        super().__init__("\n".join(problems[:MAX_NAMED]) + others)


class Pairs:
    """Pictures and texts of one split.

    `labels`: every text once, those of the label file first. `truths`: the number of each picture's text among them.
    """

    def __init__(self, images, texts=None, labels=()):
        """`images`: the file of the pictures; `texts`: of the texts, None where they stand in the third column of `images`."""
        self.path = Path(images)
        self.files = " and ".join(Path(path).name for path in (images, texts) if path)
        self.lines, self.truths, problems = [], [], []
        places, fingerprint = {text: place for place, text in enumerate(labels)}, hashlib.sha256()
        for number, (line, text_line) in enumerate(zip_longest(read_lines(images), read_lines(texts) if texts else ()), 1):
            try:
                name, picture, text = cells(line, text_line) if texts else split(line, 3)
                text = label_text(text, labels)
                if labels and text not in places:
                    raise ValueError(f"{text!r} is not in the label file")
                open_picture(picture, self.path.parent).close()
            except Exception as error:  # Pillow raises many kinds at broken bytes
                problems.append(f"{self.files}, line {number}: {error}")
                continue
            self.lines.append((number, line.offset))
            self.truths.append(places.setdefault(text, len(places)))
            fingerprint.update(f"{name}\t{text}\n".encode())
        if problems:
            raise BrokenRows(problems)
        if not self.lines:
            raise ValueError(f"{self.path.name} is empty")
        self.labels, self.fingerprint = list(places), fingerprint.hexdigest()

    def __len__(self):
        return len(self.lines)

    def picture(self, place):
        """The PIL image, decoded. @raises ValueError with file and line"""
        number, offset = self.lines[place]
        with open(self.path, "rb") as file:
            file.seek(offset)
            cell = file.readline(MAX_LINE_BYTES).decode().rstrip("\r\n").split("\t")[1]
        try:
            image = open_picture(cell, self.path.parent)
            image.load()
            return image
        except Exception as error:
            raise ValueError(f"{self.files}, line {number}: {error}") from error


def read_data(path):
    """(train, validation or None) of a folder, or of one TSV with three columns."""
    path = Path(path)
    if not path.is_dir():
        return Pairs(path), None
    file = next((path / name for name in LABEL_FILES if (path / name).is_file()), None)
    labels = [line for line in file.read_text("utf-8").splitlines() if line] if file else []
    train = read_split(path, "train", labels)
    if train is None:
        raise FileNotFoundError(f"{path} has neither train_images.tsv and train_text.tsv nor train.tsv")
    return train, read_split(path, "validation", labels)


def read_split(folder, split, labels):
    if (folder / f"{split}_images.tsv").is_file():
        return Pairs(folder / f"{split}_images.tsv", folder / f"{split}_text.tsv", labels)
    return Pairs(folder / f"{split}.tsv", None, labels) if (folder / f"{split}.tsv").is_file() else None


class Line(NamedTuple):
    offset: int
    data: bytes


def read_lines(path):
    with open(path, "rb") as file:
        offset = 0
        while data := file.readline(MAX_LINE_BYTES):
            yield Line(offset, data)
            offset += len(data)


def cells(line, text_line):
    """(name, picture, text) of a line of pictures and the line of texts that belongs to it."""
    if line is None or text_line is None:
        raise ValueError("only one of the files has this line")
    name, picture = split(line, 2)
    text_name, text = split(text_line, 2)
    if name != text_name:
        raise ValueError(f"the picture is named {name!r}, the text {text_name!r}")
    return name, picture, text


def split(line, columns):
    found = line.data.decode("utf-8").rstrip("\r\n").split("\t")
    if len(found) != columns:
        raise ValueError(f"{len(found)} columns, {columns} are needed")
    return found


def label_text(cell, labels):
    """The text of a cell. A class_id must be the line of the text in the label file."""
    if not cell.startswith("{"):
        text = cell.strip()
    else:
        fields = json.loads(cell)
        text, number = fields.get("class_name"), fields.get("class_id")
        if labels and number is not None and (number not in range(len(labels)) or labels[number] != text):
            raise ValueError(f"class_id {number} is not {text!r} in the label file")
    if not isinstance(text, str) or not text:
        raise ValueError("no text, or no class_name in its JSON")
    return text


def open_picture(cell, folder):
    """A PIL image, of which only the header is read yet. No base64 has a dot, and every path has one."""
    cell = cell.split(",", 1)[1] if cell.startswith("data:") else cell
    if "." in cell:
        return Image.open(folder / cell)
    try:
        return Image.open(io.BytesIO(base64.b64decode(cell, validate=True)))
    except binascii.Error as error:
        raise ValueError(f"the picture is no base64: {error}") from error
