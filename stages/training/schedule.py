"""How the learning rate goes: up for a tenth of the steps, then down to almost nothing."""

from torch.optim import Optimizer
from torch.optim.lr_scheduler import OneCycleLR

RISING = 0.1  # of the steps


def one_cycle(optimiser: Optimizer, learning_rate: float, steps: int) -> OneCycleLR:
    """Smith and Topin 2019, "Super-convergence", for so many steps; ``learning_rate`` is the highest.

    A training of a few steps rises for two of them: torch divides by their number less one.
    """
    steps = max(steps, 3)
    return OneCycleLR(optimiser, learning_rate, total_steps=steps, pct_start=max(RISING, 2 / steps))
