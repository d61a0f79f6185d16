"""What is measured of a bundle and its rivals is what their files are."""

import csv
import io
import json
import subprocess
import sys

import numpy as np
import pytest
from make_golden import picture

from latentcodec import Codec
from latentcodec.distortion import METRICS, psnr
from latentcodec.errors import LatentCodecError
from latentcodec.evaluation import Evaluation, evaluate
from latentcodec.rivals import RIVALS, decode

PICTURES = {"a.png": picture(112, 120), "b.png": picture(112, 120, seed=5)}


@pytest.fixture(scope="module")
def measured(variable_rate: Codec) -> Evaluation:
    return evaluate(variable_rate, PICTURES.items(), [20, 50, 80], ["jpeg", "webp"])


def test_a_row_has_the_means_of_the_files_at_its_quality(measured: Evaluation, variable_rate: Codec) -> None:
    (row,) = (row for row in measured.rows() if (row["codec"], row["quality"]) == ("tiny_gained", 50))
    files = [variable_rate.encode(pixels, quality=50) for pixels in PICTURES.values()]
    pairs = list(zip(PICTURES.values(), map(variable_rate.decode_array, files), strict=True))
    assert row["bpp"] == pytest.approx(8 * sum(map(len, files)) / (2 * 112 * 120))
    assert row["psnr"] == pytest.approx(np.mean([psnr(*pair) for pair in pairs]))
    assert row.keys() == {"codec", "quality", "bpp", *METRICS, "encode_ms", "decode_ms"}
    assert row["encode_ms"] > 0 and row["decode_ms"] > 0


def test_rivals_are_measured_over_their_range(measured: Evaluation) -> None:
    rows = [row for row in measured.rows() if row["codec"] == "jpeg"]
    assert len(rows) == 9 and rows[0]["quality"] < 10 < 85 < rows[-1]["quality"]
    data = RIVALS["jpeg"].encode(PICTURES["b.png"], rows[4]["quality"])
    found = measured.points["jpeg", rows[4]["quality"]][1]
    assert found["bytes"] == len(data)
    assert found["psnr"] == pytest.approx(psnr(PICTURES["b.png"], decode(data, 3)))


def test_each_rival_has_a_bd_rate_for_each_metric(measured: Evaluation) -> None:
    rows = measured.bd_rates()
    assert [(row["against"], row["measure"]) for row in rows] == [
        (rival, metric) for rival in ("jpeg", "webp") for metric in METRICS
    ]
    assert all((row["bd_rate_percent"] is None) == bool(row["note"]) for row in rows)


def test_a_rival_that_loses_nothing_takes_no_metric_from_the_others(variable_rate: Codec) -> None:
    found = evaluate(variable_rate, [("a.png", PICTURES["a.png"])], [20, 80], ["png", "jpeg"])
    assert [row["measure"] for row in found.bd_rates() if row["against"] == "jpeg"] == list(METRICS)
    assert found.rows()[2]["codec"] == "png" and found.rows()[2]["psnr"] is None


def test_json_has_the_means_and_csv_every_file(measured: Evaluation) -> None:
    found = json.loads(json.dumps(measured.to_json(), allow_nan=False))
    assert found["bundle"] == "tiny_gained" and found["pictures"] == ["a.png", "b.png"]
    assert found["rows"][0]["psnr"] == round(measured.rows()[0]["psnr"], 4)
    table = list(csv.DictReader(io.StringIO(measured.to_csv())))
    assert len(table) == 2 * (3 + 9 + 9)
    assert (table[1]["picture"], table[1]["codec"], table[1]["quality"]) == ("b.png", "tiny_gained", "20")
    assert float(table[1]["ssim"]) == measured.points["tiny_gained", 20][1]["ssim"]


def test_the_figure_has_a_panel_with_all_curves_for_each_metric(measured: Evaluation) -> None:
    *panels, _ = measured.figure().axes
    assert [panel.get_title() for panel in panels] == [metric.axis for metric in METRICS.values()]
    assert all([line.get_label() for line in panel.lines] == ["tiny_gained", "jpeg", "webp"] for panel in panels)


def test_a_bundle_whose_qualities_have_steps_is_measured_at_each(rgb: Codec) -> None:
    found = evaluate(rgb, [("a.png", PICTURES["a.png"])], against=[])
    assert [row["quality"] for row in found.rows()] == [highest for highest, *_ in rgb.bundle.facts.quality]


def test_a_metric_that_does_not_suit_a_picture_is_left_out(variable_rate: Codec) -> None:
    found = evaluate(variable_rate, [("small.png", picture(40, 50))], [50], ["jpeg"])
    assert found.rows()[0]["ms_ssim"] is None and found.rows()[0]["ssimulacra2"] is not None
    assert "ms_ssim" not in {row["measure"] for row in found.bd_rates()}
    assert found.figure()


def test_without_loss_there_are_bits_per_pixel_and_no_distortion(exact: Codec) -> None:
    found = evaluate(exact, PICTURES.items(), against=["png", "webp-lossless"])
    assert [(row["codec"], row["quality"]) for row in found.rows()] == [
        (name, None) for name in ("lossless-v1", "png", "webp-lossless")
    ]
    size = sum(len(RIVALS["png"].encode(pixels, 0)) for pixels in PICTURES.values())
    assert found.rows()[1]["bpp"] == pytest.approx(8 * size / (2 * 112 * 120))
    assert found.bd_rates() == [] and "psnr" not in found.rows()[0]
    (bars,) = found.figure().axes
    assert len(bars.patches) == 3


def test_a_codec_that_loses_something_is_not_called_lossless(exact: Codec) -> None:
    with pytest.raises(LatentCodecError, match="jpeg gave a picture back changed"):
        evaluate(exact, PICTURES.items(), against=["jpeg"])


def test_nothing_else_needs_what_the_extra_brings() -> None:
    code = "import sys, latentcodec.cli.main; print(sorted({'bjontegaard', 'matplotlib', 'torch'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"
