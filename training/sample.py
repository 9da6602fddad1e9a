"""Draws the batches: pictures, balanced over the classes, with what is true of them; and words for every concept."""
import random
from collections import Counter

import torch

from .augment import augment
from .captions import LABELS, phrase, truth
from .data import normalise

TRUTH = {True: 1, False: 0, None: -1}


class Sampler:
    """Over the train split. `counts`: pictures per (dataset, label). `taught`: the teacher's features of each picture, or None.

    A picture is drawn as often as (pictures of its class)^-`balance`: with 1 all classes come up alike.
    """

    def __init__(self, rows, pictures, concepts, balance, taught=None):
        self.pictures, self.taught = pictures, taught
        self.kinds = [(row["dataset"], row["label"]) for row in rows]
        self.counts = dict(Counter(self.kinds))
        self.weights = torch.tensor([self.counts[kind] ** -balance for kind in self.kinds])
        self.truths = {kind: torch.tensor([TRUTH[truth(c, LABELS[kind])] for c in concepts]) for kind in self.counts}

    def draw(self, batch):
        """Augmented pictures [batch, 3, size, size]; truths [batch, concepts]: 1 true, 0 false, -1 unknown; what the teacher saw.

        Of the whole pictures before they were augmented [batch, components], and place by place in the augmented ones
        [batch, components, size / 32, size / 32].
        """
        places, truths = self.places(batch)
        maps = None if self.taught is None else self.taught[places].float()
        x, moved = augment(self.pictures[places], [LABELS[self.kinds[i]].modality for i in places.tolist()], maps)
        return normalise(x), truths, None if maps is None else (maps.mean((2, 3)), moved)

    def places(self, batch):
        """Row numbers of pictures [batch], and their truths [batch, concepts]."""
        places = torch.multinomial(self.weights, batch)
        return places, torch.stack([self.truths[self.kinds[i]] for i in places.tolist()])


def speak(concepts, tokenizer, noise):
    """A random phrase of every concept as ids and mask; a share `noise` of them with a random word, to be ignored."""
    rows = [tokenizer.encode(phrase(concept)) for concept in concepts]
    for row in rows:
        if random.random() < noise:
            row.insert(random.randint(1, len(row) - 1), random.randrange(tokenizer.start))
    return tokenizer.pad(rows)
