"""What the trainings take for lost structure is nearly what the study measures."""

import numpy as np
import pytest
import torch

from stages import metrics
from stages.rate_distortion.distortion import distortion, lost_ms_ssim, lost_ssim
from stages.rate_distortion.ssimulacra2 import lost_ssimulacra2

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


@pytest.mark.parametrize(
    ("side", "noisy", "blurred"), [(131, (68.146, 65.906), (10.589, 11.087)), (256, (67.583, 67.888), (12.718, 11.897))]
)
def test_lost_ssimulacra2_is_that_of_fast_ssim2(side, noisy, blurred):
    """What the crate (0.9.1) finds in the same pixels."""
    x, copy = smooth_and_noisy(side)
    mirrored = torch.nn.functional.pad(x.float(), (1, 1, 1, 1), mode="replicate")
    blur = torch.nn.functional.avg_pool2d(mirrored, 3, 1).round().byte()
    assert lost_ssimulacra2(x / 255, copy / 255).numpy() == pytest.approx(noisy, abs=0.2)
    assert lost_ssimulacra2(x / 255, blur / 255).numpy() == pytest.approx(blurred, abs=0.2)


def test_equal_pictures_lose_no_ssimulacra2_and_what_leaves_the_range_is_clipped():
    x = torch.rand(1, 3, 128, 128)
    assert lost_ssimulacra2(x, x).item() < 1
    assert torch.allclose(lost_ssimulacra2(x.round(), 1.5 * x.round() - 0.25), lost_ssimulacra2(x.round(), x.round()))


def test_a_step_against_the_gradient_of_every_measure_brings_the_copy_nearer():
    x, copy = (picture.float() / 255 for picture in smooth_and_noisy(128))
    for measure in ("ssim", "ms_ssim", "ssimulacra2"):
        structure, lmbda = {measure: 0.9}, torch.tensor([0.01, 0.1])
        y = copy.clone().requires_grad_()
        before = distortion(x, y, lmbda, structure)
        before.sum().backward()
        assert y.grad.isfinite().all()
        after = distortion(x, copy - 0.01 * y.grad / y.grad.norm(), lmbda, structure)
        assert (after < before).all(), measure
