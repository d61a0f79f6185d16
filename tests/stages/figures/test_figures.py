"""What the figures show: which rows, in which order, at which place, and that each becomes a readable PNG."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from latentcodec.evaluation.figure import curve
from stages.figures import latent_dim, latent_map, rate_distortion, sheet, ssim_per_bpp, style, timings, training
from stages.figures.rows import select
from stages.figures.sheet import Cell


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures that were saved, still to be looked into."""
    figures = []
    monkeypatch.setattr(style, "save", lambda figure, path, note="": figures.append(figure))
    return figures


def photo_rows() -> list[dict]:
    """Two codecs with two quantisers, b = 1..3, and JPEG."""
    rows = [
        {
            "codec": codec, "quantiser": quantiser, "bits": bits, "entropy": entropy, "bpp": 0.2 * bits + cost,
            "ssim": 0.3 * bits, "ms_ssim": 0.33 * bits, "psnr": 10.0 * bits, "ssim_per_bpp": 0.5 + 0.1 * bits,
        }
        for codec in ("ae2", "resae_v2")
        for quantiser in ("min_max", "vector")
        for bits in (3, 1, 2)
        for entropy, cost in (("adaptive", 0.1), ("static", 0.0))
    ]  # fmt: skip
    jpeg = {"codec": "jpeg", "quantiser": None, "bits": None, "entropy": None, "ms_ssim": None, "ssim_per_bpp": 1.0}
    return rows + [{**jpeg, "bpp": bpp, "ssim": bpp / 2, "psnr": 30.0, "quality": 5} for bpp in (0.3, 0.6)]


def digit_rows() -> list[dict]:
    coded = [
        {
            "codec": f"digits_ld{dim}", "quantiser": "min_max", "bits": bits, "entropy": "static", "latent_dim": dim,
            "bpp": dim * bits / 784, "mse": 0.1 / dim, "mse_float": 0.05 / dim, "psnr": 20.0, "ssim": 0.5,
            "compression_ratio": 8 * 784 / (dim * bits),
        }
        for dim in (64, 8)
        for bits in (2, 3)
    ]  # fmt: skip
    return [*coded, {"codec": "png", "quantiser": "lossless", "entropy": None, "bpp": 2.5, "compression_ratio": 3.2}]


def lines(axis) -> dict[str, tuple[list, list]]:
    return {line.get_label(): (list(line.get_xdata()), list(line.get_ydata())) for line in axis.lines}


def panel(figure: Figure, title: str):
    (axis,) = (axis for axis in figure.axes if axis.get_title() == title)
    return axis


def test_variable_rate_codecs_are_drawn_as_they_code_with_context(drawn: list[Figure], tmp_path: Path):
    row = {
        "codec": "photo",
        "quantiser": "gained",
        "bits": None,
        "psnr": 30.0,
        "ssim": 0.5,
        "ms_ssim": 0.6,
        "quality": 5,
    }
    rates = {"context": (0.2, 0.4), "static": (0.3, 0.5)}
    rows = [{**row, "entropy": entropy, "bpp": bpp} for entropy, both in rates.items() for bpp in both]
    rate_distortion.against_classical(photo_rows() + rows, ["ae2", "photo"], "min_max", tmp_path / "curves.webp")
    of_ssim = lines(panel(drawn[0], "SSIM"))
    assert of_ssim["photo"][0] == [0.2, 0.4]
    assert of_ssim["JPEG"][0] == [0.3, 0.6]


def test_rows_are_picked_by_every_key():
    assert len(select(photo_rows(), codec="ae2", quantiser="vector", entropy="static")) == 3
    assert select(photo_rows(), codec="ae9") == []


def test_a_curve_is_in_the_order_of_its_rates_and_skips_what_was_not_measured():
    rows = [{"bpp": 0.5, "ssim": 0.7}, {"bpp": 0.2, "ssim": 0.4}, {"bpp": 0.3, "ssim": None}]
    assert curve(rows, "ssim") == ([0.2, 0.5], [0.4, 0.7])


def test_a_codec_has_one_colour_everywhere_and_an_added_one_gets_a_spare():
    colours = [style.colour(codec) for codec in ("ae1", "ae2", "resae_v1", "resae_v2", "jpeg", "webp", "avif")]
    assert len(set(colours)) == len(colours)
    assert style.colour("mine") == style.colour("mine") in style.SPARE
    assert style.label("mine") == "mine"


def test_rate_distortion_draws_static_rates_of_one_quantiser(drawn: list[Figure]):
    rate_distortion.against_classical(photo_rows(), ["ae2", "resae_v2"], "min_max", Path())
    titles = [axis.get_title() for axis in drawn[0].axes]
    assert titles == ["SSIMULACRA2", "butteraugli, 3-norm", "MS-SSIM", "PSNR, dB", "SSIM", ""]
    assert lines(panel(drawn[0], "SSIM"))["AE2"][0] == pytest.approx([0.2, 0.4, 0.6])
    assert lines(panel(drawn[0], "PSNR, dB"))["ResAE v2"][1] == [10, 20, 30]
    assert lines(panel(drawn[0], "SSIM"))["JPEG"] == ([0.3, 0.6], [0.15, 0.3])
    assert lines(panel(drawn[0], "MS-SSIM"))["JPEG"] == ([], [])


def test_better_is_above_in_every_panel(drawn: list[Figure]):
    rows = [{**row, "butteraugli": 3 - row["bpp"]} for row in photo_rows()]
    rate_distortion.against_classical(rows, ["ae2"], "min_max", Path())
    low, high = panel(drawn[0], "butteraugli, 3-norm").get_ylim()
    assert low > high
    low, high = panel(drawn[0], "SSIM").get_ylim()
    assert low < high


def test_classical_codecs_are_named_by_their_settings_and_published_ones_are_dotted(drawn: list[Figure]):
    ours = {"codec": "photo", "quantiser": "gained", "entropy": "context", "bpp": 0.5, "psnr": 30.0}
    rival = {"codec": "avif", "quantiser": None, "bpp": 0.5, "psnr": 31.0}
    other = {"codec": "vtm", "quantiser": None, "bpp": 0.5, "psnr": 32.0, "published": True}
    rate_distortion.against_classical([ours, rival, other], ["photo"], "gained", Path())
    styles = {line.get_label(): line.get_linestyle() for line in panel(drawn[0], "PSNR, dB").lines}
    assert styles == {"AVIF s6": "--", "VTM (VVC)": ":", "photo": "-"}


def test_every_quantiser_and_entropy_model_has_its_curve(drawn: list[Figure]):
    rate_distortion.of_quantisers(photo_rows(), ["ae2", "resae_v2"], Path())
    assert lines(drawn[0].axes[1])["vector, adaptive"][0] == pytest.approx([0.3, 0.5, 0.7])


def test_ssim_per_bpp_starts_at_two_bits(drawn: list[Figure]):
    jpeg = {"ae2": {1: 9.0, 2: 2.0, 3: 1.5}}
    ssim_per_bpp.of_codecs(photo_rows(), ["ae2", "resae_v2"], "min_max", jpeg, Path())
    shown = lines(drawn[0].axes[0])
    assert shown["AE2"] == ([2, 3], pytest.approx([0.7, 0.8]))
    assert shown["JPEG, files as long as AE2's"] == ([2, 3], [2.0, 1.5])
    ssim_per_bpp.of_quantisers(photo_rows(), ["ae2"], Path())
    assert lines(drawn[1].axes[0])["vector"][0] == [1, 2, 3]


def test_the_nominal_ratio_stands_beside_that_of_files(drawn: list[Figure]):
    latent_dim.error_and_ratio(digit_rows(), "min_max", Path())
    error, ratio = drawn[0].axes
    assert lines(error)["not quantised"] == ([8, 64], [0.05 / 8, 0.05 / 64])
    assert lines(error)["coded, b = 2"] == ([8, 64], [0.1 / 8, 0.1 / 64])
    assert lines(ratio)["784 / latent_dim (counts numbers, not bits)"][1] == [98, 12.25]
    assert lines(ratio)["PNG, lossless"][1] == [3.2, 3.2]
    latent_dim.rate_quality(digit_rows(), "min_max", Path())
    assert lines(drawn[1].axes[0])["latent_dim 8"][0] == pytest.approx([16 / 784, 24 / 784])
    assert lines(drawn[1].axes[1])["PNG, lossless"][0] == [2.5, 2.5]


def test_times_are_bars_per_quantiser(drawn: list[Figure]):
    rows = [
        {"codec": "ae2", "quantiser": "vector", "entropy": entropy, "encode_ms": ms, "decode_ms": 2 * ms}
        for entropy, ms in (("static", 30.0), ("adaptive", 50.0))
    ]
    timings.per_quantiser(rows, ["ae2"], Path())
    heights = {bar.get_label(): bar[0].get_height() for bar in drawn[0].axes[1].containers}
    assert heights == {"max": 0, "min_max": 0, "vector": 60, "vector_shared": 0}


def test_a_sheet_shows_each_picture_at_its_place_with_its_caption(drawn: list[Figure]):
    colour = np.zeros((3, 8, 8), np.uint8)
    colour[0] = 200
    sheet.draw([("left", [Cell(colour, "0.5 bpp"), None])], ["first", "second"], Path(), "title")
    first, second = drawn[0].axes
    assert (first.get_title(), first.get_xlabel(), first.get_ylabel()) == ("first", "0.5 bpp", "left")
    assert np.array_equal(first.images[0].get_array(), colour.transpose(1, 2, 0))
    assert np.all(second.images[0].get_array() == 255)


def test_a_manifold_draws_each_digit_at_its_own_place(drawn: list[Figure]):
    digits = np.stack([np.full((28, 28), level, np.uint8) for level in (100, 250)])
    latent_map.manifold(np.array([[0.0, 0.0], [5.0, 1.0]]), digits, 8, "pca", Path())
    canvas = np.asarray(drawn[0].axes[0].images[0].get_array())
    assert (canvas[-28:, :28] == 100).all()  # the lower left: small x, small y
    assert (canvas[:28, -28:] == 250).all()
    assert np.count_nonzero(canvas) == 2 * 28 * 28


def test_a_scatter_has_every_digit_once(drawn: list[Figure]):
    labels = np.array([3, 3, 7, 7, 7])
    latent_map.scatter(np.arange(10.0).reshape(5, 2), labels, 16, "tsne", Path())
    (axis,) = drawn[0].axes
    assert {patch.get_label(): len(patch.get_offsets()) for patch in axis.collections} == {"3": 2, "7": 3}
    assert "latent_dim 16" in axis.get_title()


def test_a_figure_becomes_a_webp_at_a_size_that_a_page_can_show(tmp_path: Path):
    rate_distortion.against_classical(photo_rows(), ["ae2"], "min_max", tmp_path / "new" / "curves.webp")
    with Image.open(tmp_path / "new" / "curves.webp") as image:
        assert image.format == "WEBP"
        assert 800 <= image.width <= 2000


@pytest.mark.parametrize("losses", [[3.0, 2.0], [2.0], [5.0] * 3])
def test_the_limits_of_a_short_training_hold_all_its_losses(losses: list[float]):
    low, high = training.limits(np.array(losses))
    assert low < min(losses) and max(losses) < high


def test_the_limits_of_a_long_training_leave_out_a_batch_that_is_far_off():
    assert training.limits(np.array([*np.linspace(1, 2, 300), 90.0]))[1] < 3
