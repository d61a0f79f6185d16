"""Measures of decoded pictures, and the rows of the results."""

import json

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity
from torchmetrics.functional.image import multiscale_structural_similarity_index_measure

from latentcodec.distortion import butteraugli, ms_ssim, scales_that_fit, ssimulacra2
from stages import metrics
from stages.channels import channels_first, channels_last

KEYS = [
    "codec",
    "quantiser",
    "bits",
    "entropy",
    "bpp",
    *metrics.METRICS,
    "ssim_per_bpp",
    "compression_ratio",
    "images",
]


def noisy_pair(count: int, channels: int, side: int, noise: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(1)
    ramp = np.linspace(40, 200, side)
    originals = np.broadcast_to(ramp, (count, channels, side, side)) + random.normal(
        0, 12, (count, channels, side, side)
    )
    decoded = originals + random.normal(0, noise, originals.shape)
    return originals.clip(0, 255).astype(np.uint8), decoded.clip(0, 255).astype(np.uint8)


def test_one_level_of_difference_is_48_db():
    originals = np.full((2, 3, 16, 16), 100, np.uint8)
    assert metrics.mse(originals, originals + 1) == pytest.approx([1 / 255**2] * 2)
    assert metrics.psnr(originals, originals + 1) == pytest.approx([48.1308] * 2, abs=1e-3)


def test_mse_and_psnr_are_per_picture():
    originals = np.full((2, 1, 28, 28), 100, np.uint8)
    decoded = originals.copy()
    decoded[1, 0, :14] += 10
    assert metrics.mse(originals, decoded) == pytest.approx([0, 50 / 255**2])
    assert metrics.psnr(originals, decoded)[0] == np.inf


def test_ssim_is_the_mean_of_the_channels_in_a_7x7_window():
    originals, decoded = noisy_pair(2, 3, 24, noise=20)
    by_channel = [
        structural_similarity(originals[1, channel] / 255, decoded[1, channel] / 255, win_size=7, data_range=1)
        for channel in range(3)
    ]
    assert metrics.ssim(originals, decoded)[1] == pytest.approx(np.mean(by_channel), abs=1e-12)


@pytest.mark.parametrize(("side", "scales"), [(176, 5), (175, 4), (128, 4), (99, 4), (98, 3), (28, 2), (8, 0)])
def test_as_many_scales_as_fit(side: int, scales: int):
    assert scales_that_fit(side) == scales


@pytest.mark.parametrize("shape", [(99, 120, 3), (177, 200), (300, 270, 3)])
@pytest.mark.parametrize("noise", [3, 60])
def test_ms_ssim_has_the_values_of_torchmetrics(shape: tuple[int, ...], noise: int):
    random = np.random.default_rng(0)
    x = random.integers(0, 256, (shape[0] // 8 + 1, shape[1] // 8 + 1, *shape[2:]), np.uint8)
    x = x.repeat(8, 0).repeat(8, 1)[: shape[0], : shape[1]]
    y = (x + random.normal(0, noise, shape)).clip(0, 255).astype(np.uint8)
    tensors = [torch.from_numpy(channels_first(each)[None]).double() / 255 for each in (y, x)]
    weights = np.array([0.0448, 0.2856, 0.3001, 0.2363, 0.1333])[: scales_that_fit(min(shape[:2]))]
    betas = tuple((weights / weights.sum()).tolist())
    expected = multiscale_structural_similarity_index_measure(*tensors, data_range=1.0, betas=betas)
    assert ms_ssim(x, y) == pytest.approx(expected.item(), abs=1e-5)


@pytest.mark.parametrize("side", [99, 128, 176])
def test_ms_ssim_is_one_for_equal_pictures_and_falls_with_noise(side: int):
    originals, decoded = noisy_pair(2, 3, side, noise=30)
    assert metrics.ms_ssim(originals, originals) == pytest.approx([1, 1])
    values = metrics.ms_ssim(originals, decoded)
    assert values is not None and values.shape == (2,) and (values < 0.99).all()


def test_the_weights_of_the_scales_sum_to_one():
    random, texture = np.random.default_rng(0), np.zeros((1, 3, 128, 128))
    for size in (1, 2, 4, 8, 16):
        texture += random.normal(0, 20, (1, 3, 128 // size, 128 // size)).repeat(size, -1).repeat(size, -2)
    originals, halved = ((128 + part * texture.clip(-120, 120)).astype(np.uint8) for part in (1, 0.5))
    # Direction the contrast s = 1/2 at every scale makes each scale's term 2s / (1 + s^2) = .8, and so the whole.
    assert metrics.ms_ssim(originals, halved) == pytest.approx([0.8], abs=0.012)


def test_ms_ssim_of_digits_is_not_given():
    originals, decoded = noisy_pair(2, 1, 28, noise=30)
    assert metrics.ms_ssim(originals, decoded) is None
    assert metrics.distortions(originals, decoded)["ms_ssim"] is None


def test_what_people_see_is_measured_of_colours_and_not_of_digits():
    originals, decoded = noisy_pair(2, 3, 64, noise=10)
    found = metrics.distortions(originals, np.stack([decoded[0], originals[1]]))
    assert found["ssimulacra2"][0] < 90 and found["ssimulacra2"][1] == pytest.approx(100)
    assert found["butteraugli"][0] > 0.5 and found["butteraugli"][1] == 0
    alike = channels_last(originals[0]), channels_last(decoded[0])
    assert (found["ssimulacra2"][0], found["butteraugli"][0]) == (ssimulacra2(*alike), butteraugli(*alike))
    grey = metrics.distortions(originals[:, :1], decoded[:, :1])
    assert grey["ssimulacra2"] is None and grey["butteraugli"] is None


def test_a_measure_that_falls_as_pictures_get_better_is_turned_round_for_curves():
    originals = noisy_pair(1, 3, 128, noise=0)[0]
    worse, better = (noisy_pair(1, 3, 128, noise=noise)[1] for noise in (20, 5))
    for name, metric in metrics.METRICS.items():
        low, high = (metric.as_quality(metric.measure(originals, decoded)) for decoded in (worse, better))
        assert low is not None and low < high, name


def test_a_row_has_every_measure_and_its_rate_is_the_files_to_the_byte():
    originals, decoded = noisy_pair(2, 3, 16, noise=10)
    pictures = {"bytes": [101, 58], **metrics.distortions(originals, decoded)}
    row = metrics.point("ae2", pictures, originals.shape, quantiser="max", bits=2, entropy="static")
    assert list(row) == KEYS
    assert row["bpp"] * 16 * 16 * 2 / 8 == pytest.approx(159, abs=1e-9)
    assert row["compression_ratio"] == pytest.approx(2 * 3 * 16 * 16 / 159)
    assert row["psnr"] == pytest.approx(np.mean(metrics.psnr(originals, decoded)))
    assert (row["codec"], row["quantiser"], row["bits"], row["entropy"]) == ("ae2", "max", 2, "static")


def test_ssim_per_bpp_is_averaged_over_pictures_but_of_a_pack_it_is_one_ratio():
    measured = {"ssim": [0.5, 1.0], "ms_ssim": None, "psnr": [30.0, 40.0], "mse": [0.1, 0.1]}
    own_files = metrics.point("jpeg", {"bytes": [8, 32], **measured}, (2, 1, 8, 8), quality=5)
    assert own_files["ssim_per_bpp"] == pytest.approx((0.5 / 1 + 1.0 / 4) / 2)
    assert own_files["quality"] == 5
    pack = metrics.point("digits_ld8", {"bytes": [40], **measured}, (2, 1, 8, 8))
    assert pack["bpp"] == own_files["bpp"] == 2.5
    assert pack["ssim_per_bpp"] == pytest.approx(0.75 / 2.5)


def test_the_infinite_psnr_of_an_exact_picture_is_null_in_json():
    originals, _ = noisy_pair(1, 1, 28, noise=1)
    row = metrics.point("x", {"bytes": [9], **metrics.distortions(originals, originals)}, originals.shape)
    assert json.loads(json.dumps(row, allow_nan=False))["psnr"] is None
