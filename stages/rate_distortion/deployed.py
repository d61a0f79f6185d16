"""Symbols as a bundle's quantiser makes them: with dead zones, and some ones dropped."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from latentcodec._core import Tables
from latentcodec.transform.gains import Gains


class DeployedQuantiser:
    """``tables``: a bundle's tables.bin, which has gains and dead zones."""

    def __init__(self, tables: Path) -> None:
        self.gains = Gains(*Tables.parse(tables.read_bytes()).gains())

    def __call__(self, latents: Tensor, quality: Tensor) -> Tensor:
        """Latents (B, C, h, w) as the decoder gets them, each at a quality (B,) of its own: of the same shape."""
        pairs = zip(quality.tolist(), latents.detach().float().cpu().numpy(), strict=True)
        decoded = [self.gains.dequantise(q, self.gains.quantise(q, y)) for q, y in pairs]
        return torch.from_numpy(np.stack(decoded)).to(latents.device)
