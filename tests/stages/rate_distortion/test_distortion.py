"""What the trainings take for lost structure is nearly what the study measures."""

import numpy as np
import pytest
import torch

from stages.measure import metrics
from stages.rate_distortion.distortion import lost_ms_ssim, lost_ssim

pytestmark = pytest.mark.usefixtures("one_thread")


def smooth_and_noisy(side: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Two pictures (2, 3, side, side) uint8 and copies with coarse noise, as a codec leaves it."""
    rng = np.random.default_rng(0)

    def soft(cells: int, strength: float) -> torch.Tensor:
        drawn = torch.from_numpy(rng.random((2, 3, cells, cells)))
        return strength * torch.nn.functional.interpolate(drawn, size=(side, side), mode="bicubic").clamp(0, 1)

    x = soft(side // 8, 255)
    return x.byte(), (x + soft(side // 3, 60) - 30).clamp(0, 255).byte()


@pytest.mark.parametrize(
    ("lost", "measured", "side", "within"),
    [(lost_ssim, metrics.ssim, 96, 0.02), (lost_ms_ssim, metrics.ms_ssim, 176, 0.02)],
)
def test_it_is_nearly_what_is_measured(lost, measured, side, within):
    x, noisy = smooth_and_noisy(side)
    found = lost(x.float() / 255, noisy.float() / 255).numpy()
    assert found == pytest.approx(1 - np.array(measured(x.numpy(), noisy.numpy())), abs=within)
    assert (found > 0.01).all()
