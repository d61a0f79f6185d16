"""Pictures at an eighth of their size, from a file's first latent channels alone and without the network.

The decoder of a variable rate is a linear synthesis that a network corrects (docs/study/notebook/), and its first
channels are the strongest: low frequencies of brightness and colour. So what one latent adds to a picture that is
averaged over squares of 8x8 pixels is nearly the same everywhere. The decoder itself says once how much that is, by
what it makes of single latents.
"""

import numpy as np
from numpy.typing import NDArray

from latentcodec.bundle.facts import CHANNELS, Facts
from latentcodec.transform.gains import Quality
from latentcodec.transform.transform import LearnedTransform

SCALE = 8
"""Pixels along the side of the squares that are averaged."""

_AMPLITUDE = 4  # of the single latents, in symbols of quality 1
_SIDE = 5  # latents along the side of a picture with one that is not 0, and ...
_REACH = 1  # ... how far from it the picture is looked at
_NEAR = 2 * _REACH + 1
_NONLINEAR = (
    0.25  # a decoder is taken for linear where less than this of its answers does not change sign with a latent
)


class Thumbnailer:
    """What a bundle's latents add to pictures of an eighth. Threads may share it.

    Args:
        facts: of a bundle of a variable rate whose stride is a multiple of 8.
        transform: the bundle's. Its decoder runs once, on some 30 pictures of 5 x 5 latents.
    """

    def __init__(self, facts: Facts, transform: LearnedTransform) -> None:
        self._cells = facts.stride // SCALE
        self._planes = CHANNELS[facts.colour]
        values = self._cells**2 * self._planes
        self.channels = min(facts.latent_channels, values + values // 6)
        self._gains = transform.gains
        up, down, self._ground = self._impulse_responses(facts, transform)
        self._kernel = np.ascontiguousarray((up - down) / 2)
        self.linear = bool(np.linalg.norm(up + down) < _NONLINEAR * np.linalg.norm(up - down))
        """Whether the pictures are like those that the decoder makes."""

    def picture(
        self, quality: Quality, symbols: NDArray[np.int16], present: NDArray[np.bool_], height: int, width: int
    ) -> NDArray[np.uint8]:
        """The small picture, uint8 (ceil(height / 8), ceil(width / 8)[, 3]).

        Args:
            quality: of all latents, or of each, (h, w).
            symbols: its first ``channels`` channels, int16 (channels, h, w).
            present: which of them the file has; for the others stands the mean of their channel.
            height, width: of the whole picture.
        """
        latents = _continued(self._gains.dequantise(quality, symbols), present)
        rows, columns = latents.shape[1:]
        each = (latents.reshape(self.channels, -1).T @ self._kernel).reshape(_NEAR, _NEAR, rows, columns, -1)
        added = np.zeros((rows + _NEAR - 1, columns + _NEAR - 1, each.shape[-1]), np.float32)
        for down, across in np.ndindex(_NEAR, _NEAR):
            added[down : down + rows, across : across + columns] += each[down, across]
        added = added[_REACH:-_REACH, _REACH:-_REACH]
        small = added.reshape(rows, columns, self._cells, self._cells, self._planes).swapaxes(1, 2)
        small = small.reshape(rows * self._cells, columns * self._cells, self._planes) + self._ground
        small = np.rint(small[: -(-height // SCALE), : -(-width // SCALE)].clip(0, 255)).astype(np.uint8)
        return small if self._planes > 1 else small[..., 0]

    def _impulse_responses(self, facts: Facts, transform: LearnedTransform) -> tuple[NDArray[np.float32], ...]:
        """What a latent adds to the cells at each position around it, per unit, if it is above 0 and if it is below,
        each float32 (positions, channels, cells * cells * planes); and the levels (planes,) of no latents at all."""
        each = range(self.channels)
        single = np.zeros((2, self.channels, facts.latent_channels, _SIDE, _SIDE), np.int16)
        single[0, each, each, _SIDE // 2, _SIDE // 2] = _AMPLITUDE
        single[1, each, each, _SIDE // 2, _SIDE // 2] = -_AMPLITUDE
        latents = self._gains.dequantise(1, single.reshape(-1, *single.shape[2:]))
        nothing = np.zeros((1, *latents.shape[1:]), np.float32)
        levels = self._averaged(facts, transform, np.concatenate([latents, nothing]))
        sizes = np.abs(latents).max((1, 2, 3)).reshape(2, -1, 1, 1, 1, 1)
        answers = (levels[:-1] - levels[-1]).reshape(2, -1, _SIDE, self._cells, _SIDE, self._cells * self._planes)
        near = slice(_SIDE // 2 - _REACH, _SIDE // 2 + _REACH + 1)
        parts = (answers / sizes)[:, :, near, :, near].transpose(0, 2, 4, 1, 3, 5)
        up, down = parts.reshape(2, _NEAR**2, self.channels, -1)
        return up, down, levels[-1].mean((0, 1))

    def _averaged(self, facts: Facts, transform: LearnedTransform, latents: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the decoder makes of latents (N, C, 5, 5), averaged over squares: (N, 5 cells, 5 cells, planes)."""
        side = _SIDE * facts.stride
        pictures = transform.synthesise(latents, (0, 0, side, side))
        squares = pictures.reshape(len(latents), side // SCALE, SCALE, side // SCALE, SCALE, self._planes)
        return squares.mean((2, 4), dtype=np.float32)


def _continued(latents: NDArray[np.float32], present: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Latents (C, h, w) with the mean of those of their channel that are present, or 0, in place of the others."""
    if present.all():
        return latents
    means = (latents * present).sum((1, 2), np.float32) / np.maximum(present.sum((1, 2)), 1)
    return np.where(present, latents, means[:, None, None]).astype(np.float32)
