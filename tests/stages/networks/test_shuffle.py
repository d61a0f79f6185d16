"""Moving whole runs of channels gives what torch's ``pixel_shuffle`` gives."""

import torch
from torch.nn.functional import pixel_shuffle

from stages.networks.layers.shuffle import to_pixels, to_space


def test_channels_become_places_row_by_row():
    x = torch.arange(2 * 12 * 3 * 5.0).reshape(2, 12, 3, 5)
    by_channel = x.unflatten(1, (4, 3)).transpose(1, 2).flatten(1, 2)  # where torch has a channel's places together
    assert torch.equal(to_space(x, 2), pixel_shuffle(by_channel, 2))


def test_cells_become_pixels():
    x = torch.arange(2 * 48 * 3 * 5.0).reshape(2, 48, 3, 5)
    assert torch.equal(to_pixels(x, 4), pixel_shuffle(x, 4))
