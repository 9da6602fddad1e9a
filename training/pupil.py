"""What the image tower owes its second teacher: it foretells what `training.teacher` saw, and both are compared."""
import torch
import torch.nn.functional as F

from .model import channels_first, channels_last


class Pupil(torch.nn.Module):
    """Two linear layers, of the whole picture and of each place in it, that are thrown away after training.

    `features` [pictures, components, height, width]: all that the teacher saw.
    """

    def __init__(self, width, features):
        super().__init__()
        components = features.shape[1]
        self.whole, self.places = torch.nn.Linear(width, components), torch.nn.Linear(width, components)
        self.spread = features[::10].float().var().item()  # of places; that of whole pictures is 1

    def forward(self, pooled, maps):
        """[batch, width], [batch, width, height, width] -> [batch, components], [batch, components, height, width]."""
        tokens = channels_last(maps)
        return self.whole(pooled), channels_first(self.places(F.layer_norm(tokens, tokens.shape[-1:])))

    def losses(self, foretold, seen):
        """Both near 1 for a pupil that knows nothing."""
        (whole, places), (whole_seen, places_seen) = foretold, seen
        return {"teacher": F.mse_loss(whole.float(), whole_seen), "places": F.mse_loss(places.float(), places_seen) / self.spread}


def read_features(path, rows):
    """What the teacher saw in the pictures of `rows`, float16 [pictures, components, height, width]."""
    teacher = torch.load(path, map_location=torch.get_default_device())
    if teacher["files"] != [row["file"] for row in rows]:
        raise ValueError(f"{path} is of other pictures: run training.teacher on this data")
    return teacher["features"]
