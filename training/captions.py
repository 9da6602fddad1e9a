"""What each source label says about a picture, and the many ways to say it in words.

A concept is (modality, anatomy, finding), any of which may be None: "x-ray", "chest", "x-ray chest", "x-ray chest pneumonia",
"pneumonia". A picture makes a concept true, false or, where its source did not look for the finding, unknown.
"""
import json
import random
from pathlib import Path
from typing import NamedTuple

XRAY, CT, MRI = "x-ray", "computed tomography", "magnetic resonance imaging"
SMEAR, DERMOSCOPY, FUNDUS = "blood smear microscopy", "dermoscopy", "fundus photography"
ENDOSCOPY, HISTOLOGY = "endoscopy", "histopathology"


class Label(NamedTuple):
    """`findings` None: the source does not say. `unsure`: findings it leaves open."""

    modality: str
    anatomy: str
    findings: tuple | None = None
    unsure: tuple = ()


def read_tables():
    """LABELS: {(dataset, label): Label}; WORDS: {concept: the ways to say it}. `labels.json` is read by the benchmarks, too."""
    tables = json.loads(Path(__file__).with_name("labels.json").read_text())
    labels = {
        (row["dataset"], row["label"]): Label(
            row["modality"],
            row["anatomy"],
            None if row["findings"] is None else tuple(row["findings"]),
            tuple(row.get("unsure", ())),
        )
        for row in tables["labels"]
    }
    return labels, {concept: tuple(words) for concept, words in tables["words"].items()}


# The first way to say a thing is the one evaluation prompts with.
LABELS, WORDS = read_tables()

# Short names of a modality and an anatomy together.
NICKNAMES = {
    (XRAY, "chest"): ("cxr", "chest film", "chest radiograph"),
    (DERMOSCOPY, "skin"): ("dermoscopy image", "skin lesion photograph"),
    (ENDOSCOPY, "colon"): ("colonoscopy", "colonoscopy image"),
    (FUNDUS, "eye"): ("retinal fundus image", "fundus photograph"),
    (SMEAR, "red blood cell"): ("single red blood cell", "erythrocyte morphology"),
}

# Said at random, not learned: the sources do not label the view of a picture.
VIEWS = {
    (XRAY, "chest"): ("anteroposterior", "posteroanterior", "frontal", "ap", "pa"),
    (XRAY, "hand"): ("left", "posteroanterior", "frontal"),
    (CT, "chest"): ("axial", "lung window", "contrast"),
    (CT, "abdomen"): ("axial", "contrast"),
    (CT, "brain"): ("axial", "without contrast"),
    (MRI, "brain"): ("axial", "sagittal", "coronal", "t1", "contrast-enhanced", "t1-weighted"),
    (MRI, "breast"): ("axial", "contrast-enhanced"),
}

# The plain grammar "<modality> <anatomy> <view> <condition>" is said half the time.
PICTURE_TEMPLATES = ("{m} {a} {v}",) * 4 + ("{a} {m} {v}", "{v} {m} of the {a}", "{a} {m}", "an image of {a}, {m}")
FINDING_TEMPLATES = ("{p} {f}",) * 5 + ("{p} with {f}", "{p} showing {f}", "{p}, {f}", "{f} on {p}", "{f}, {p}")


def concepts():
    """Every concept some label makes true, in a fixed order."""
    found = {}
    for modality, anatomy, findings, _ in LABELS.values():
        found.update(dict.fromkeys([(modality, None, None), (None, anatomy, None), (modality, anatomy, None)]))
        for finding in findings or ():
            found.update(dict.fromkeys([(modality, anatomy, finding), (None, None, finding)]))
    return list(found)


def refinements(concepts):
    """Places (finer, coarser) of two concepts, of which the first says all that the second says, and more."""
    places = {concept: place for place, concept in enumerate(concepts)}
    pairs = []
    for (modality, anatomy, finding), place in places.items():
        if modality and anatomy:
            coarser = [(modality, anatomy, None), (None, None, finding)] if finding else [(modality, None, None), (None, anatomy, None)]
            pairs += [(place, places[concept]) for concept in coarser]
    return pairs


def truth(concept, label):
    """True, False or None: unknown."""
    modality, anatomy, finding = concept
    if modality not in (None, label.modality):
        return False
    if {anatomy, label.anatomy} == {"chest", "lung"}:
        return None
    if anatomy not in (None, label.anatomy):
        return False
    if finding is None:
        return True
    if label.findings is None or finding in label.unsure:
        return None
    return finding in label.findings


def prompt(concept):
    """The concept in the product's plain grammar."""
    return " ".join(WORDS[part][0] for part in concept if part)


def phrase(concept):
    """The concept in words picked at random."""
    modality, anatomy, finding = concept
    say = lambda part: random.choice(WORDS[part])
    if modality and anatomy:
        pair = (modality, anatomy)
        view = random.choice(VIEWS[pair]) if pair in VIEWS and random.random() < 0.5 else ""
        picture = random.choice(PICTURE_TEMPLATES).format(m=say(modality), a=say(anatomy), v=view)
        if pair in NICKNAMES and random.random() < 0.15:
            picture = random.choice(NICKNAMES[pair])
    else:
        picture = say(modality or anatomy) if modality or anatomy else ""
    if finding:
        picture = random.choice(FINDING_TEMPLATES).format(p=picture, f=say(finding)) if picture else say(finding)
    stop = "." if random.random() < 0.15 else ""
    return " ".join(picture.split()) + stop
