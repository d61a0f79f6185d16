"""What symbols of a variable rate cost with the entropy model ``static`` (docs/FORMAT.md)."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


class StaticRate:
    """The tables of one quality.

    Args:
        rows: a table for each channel, uint32 (2 reach + 2,): frequencies of the symbols from -reach to reach, and of
            all beyond, whose distance from the reach follows as a sign and an Exp-Golomb code.
    """

    def __init__(self, rows: list[NDArray[np.uint32]]) -> None:
        reaches = np.array([len(row) // 2 - 1 for row in rows])
        self._largest = int(reaches.max()) + 1  # which no table holds
        table = np.empty((len(rows), 2 * self._largest + 1), np.float32)
        for channel, (row, reach) in enumerate(zip(rows, reaches, strict=True)):
            costs = -np.log2(row / row.sum())
            table[channel] = costs[-1]
            table[channel, self._largest - reach : self._largest + reach + 1] = costs[:-1]
        self._table = torch.from_numpy(table)
        self._reach = torch.from_numpy(reaches.astype(np.float32))[:, None, None]

    def bits(self, symbols: Tensor) -> Tensor:
        """Of each symbol, float32 (N, c, h, w), whole numbers: a tensor of the same shape."""
        table, reach = self._table.to(symbols.device), self._reach.to(symbols.device)
        channels = torch.arange(len(table), device=symbols.device)[:, None, None]
        place = symbols.long().clip(-self._largest, self._largest) + self._largest
        beyond = symbols.abs() - reach
        distance = torch.where(beyond > 0, 2 + 2 * beyond.clip(min=1).log2().floor(), 0)
        return table[channels, place] + distance
