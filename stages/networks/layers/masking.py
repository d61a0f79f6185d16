"""Contrast masking: errors show least where much is going on, so latents are finer where little is.

All latents of a position but the first channel, brightness, are coded smaller, and the decoder expands them by

    (1 + E / floor) ** (exponent / 2),  E: the energy of those that are coded

as the eye's response to contrast does (Heeger 1992, "Normalization of cell responses in cat striate cortex"; in
compression Ballé et al. 2017, "End-to-end optimized image compression", whose GDN learns it for every pair of
channels). The factor depends on what is coded alone, so a decoder inverts it exactly. It saves SSIM and costs squared
error, since SSIM too divides by contrast. Two numbers are learnt.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

FLOOR = 75.0  # of the energy's root, in pixel levels
NEWTON_STEPS = 4


class Masking(nn.Module):
    def __init__(self, exponent: float = 0.1) -> None:
        super().__init__()
        self.exponent = nn.Parameter(torch.tensor(exponent))
        self.log_floor = nn.Parameter(torch.tensor(2 * math.log(FLOOR)))

    def shrunk(self, y: Tensor) -> Tensor:
        """What ``expanded`` undoes; (B, C, h, w) float32, the first channel stays."""
        target = self._level(y)
        level = target
        for _ in range(NEWTON_STEPS):
            error = level + self.exponent * softplus(level) - target
            level = level - error / (1 + self.exponent * level.sigmoid())
        return _scaled(y, (-0.5 * self.exponent * softplus(level)).exp())

    def expanded(self, y: Tensor) -> Tensor:
        return _scaled(y, (0.5 * self.exponent * softplus(self._level(y))).exp())

    def _level(self, y: Tensor) -> Tensor:
        """Logarithm of the energy in units of the floor (B, 1, h, w)."""
        return (y[:, 1:].float().square().sum(1, keepdim=True) + 1).log() - self.log_floor


def _scaled(y: Tensor, factor: Tensor) -> Tensor:
    return torch.cat([y[:, :1].float(), y[:, 1:].float() * factor], 1)
