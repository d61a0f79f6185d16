"""The report: what is collected, compared and drawn, from evaluations made up for the purpose."""

import json
from pathlib import Path

import pytest

from latentcodec.rivals import RIVALS
from stages import metrics
from stages.channels import channels_last
from stages.figures import style
from stages.lossless_files import CLASSICAL
from stages.report import comparison
from stages.report import results as report

PHOTOS = ("ae2", "resae_v2")
TRAININGS = {"train": {codec: {"data": "photos"} for codec in PHOTOS}, "rate_distortion": {"cars": {}}}


def read(study: Path, name: str):
    return json.loads((study / f"results/{name}.json").read_text())


def test_all_rows_are_collected(study: Path):
    photos, digits, exact = read(study, "photos"), read(study, "digits"), read(study, "lossless")
    assert [row["codec"] for row in photos] == ["ae2"] * 6 + ["resae_v2"] * 6 + ["cars"] * 6 + ["jpeg"] * 3 + [
        "webp"
    ] * 2
    classical = [*CLASSICAL]
    assert [row["codec"] for row in digits] == ["digits_ld64"] * 2 + ["digits_ld784"] * 2 + [
        "handwriting"
    ] * 2 + classical
    assert [row["codec"] for row in exact] == ["any", *classical]
    assert len(read(study, "timings")) == 6 + 6 + 6 + 2 + 2 + 3


def test_dvc_plots_one_curve_per_codec_with_equal_keys(study: Path):
    curves = read(study, "curves")
    assert [row["codec"] for row in curves] == ["ae2"] * 3 + ["resae_v2"] * 3 + ["cars"] * 3 + ["jpeg"] * 3 + [
        "webp"
    ] * 2
    assert len({tuple(row) for row in curves}) == 1


def test_the_summary_fits_a_terminal(study: Path):
    summary = read(study, "summary")
    assert summary["ae2"] == read(study, "overview")["photos"]["ae2"]
    assert summary["handwriting"] == {"bpp": pytest.approx(8 * 1090 / 7840, rel=1e-5)}
    columns = [f"{codec}.{name}" for codec, figures in summary.items() for name in figures]
    assert len("  ".join(columns)) < 160


def test_results_name_the_machine_that_they_were_made_on(study: Path):
    versions = {"python", "latentcodec", "torch", "onnxruntime", "pillow", "libavif"}
    assert read(study, "machine").keys() == {"processor", "instructions", "cores", *versions}


def test_the_page_of_plots_needs_no_network(study: Path):
    page = (study / "build/plots.html").read_text()
    assert "window.vegaEmbed=" in page and "{plot_divs}" in page
    assert "<script src" not in page and "{scripts}" not in page


def test_the_overview_quotes_the_static_file_at_the_bits_asked_for(study: Path):
    summary = read(study, "overview")
    assert summary["photos"]["ae2"]["bpp"] == pytest.approx(8 * (600 + 607 + 614) / 3 / 48**2)
    assert summary["photos"]["resae_v2"]["ssim"] == pytest.approx(0.7)
    assert summary["digits"]["digits_ld64"]["mse_float"] == 1 / 64


def test_lossless_rows_have_the_keys_of_all_others_and_are_exact(study: Path):
    keys = {
        *("codec", "quantiser", "bits", "entropy", "bpp", *metrics.METRICS),
        *("ssim_per_bpp", "compression_ratio", "images"),
    }
    rows = [row for row in read(study, "digits") if row["quantiser"] == "lossless"]
    assert len(rows) == 2 + len(CLASSICAL)
    for row in rows:
        assert row.keys() == keys | {"set", "file"}
        assert (row["mse"], row["ssim"]) == (0, 1)


def test_rows_of_pictures_have_rate_ratio_and_times(study: Path):
    ours = read(study, "lossless")[0]
    assert ours == {
        "codec": "any", "quantiser": "lossless", "set": "some photos", "file": "ltc", "bpp": 8 * 900 / 48**2,
        "compression_ratio": 3 * 48**2 / 900, "images": 3, "encode_ms": 1.0, "decode_ms": 1.0,
    }  # fmt: skip


def test_the_overview_says_how_many_pictures_files_are_smaller_than_each_rivals(study: Path):
    found = read(study, "overview")["lossless"]
    assert found["handwriting"]["some digits_ltcp"] == {"bpp": pytest.approx(8 * 98 / 7840)}
    files = found["handwriting"]["some digits_ltc"]
    assert files.pop("bpp") == pytest.approx(8 * 1090 / 7840, rel=1e-5)
    assert files == {f"percent_of_pictures_smaller_than_{rival}": 90 for rival in CLASSICAL}
    assert found["any"]["some photos_ltc"]["bpp"] == 8 * 900 / 48**2


def test_digits_are_not_compared_with_photographs_of_the_same_name():
    digits = {"data": "digits", "set": "embedded", "bytes": [1, 5], "pixels": [64, 64]}
    photos = {"data": "photos", "set": "embedded", "bytes": [2, 2, 2], "pixels": [64, 64, 64]}
    ours = [{**data, "codec": codec, "file": "ltc"} for codec, data in (("handwriting", digits), ("shades", photos))]
    rivals = [{**data, "codec": "png", "bytes": [4] * len(data["bytes"])} for data in (digits, photos)]
    found = comparison.lossless(ours, rivals)
    assert found["handwriting"]["embedded_ltc"] == {"bpp": 8 * 6 / 128, "percent_of_pictures_smaller_than_png": 50}
    assert found["shades"]["embedded_ltc"] == {"bpp": 8 * 6 / 192, "percent_of_pictures_smaller_than_png": 100}


def test_the_verdict_is_the_gain_over_ae2(study: Path):
    verdict = read(study, "overview")["verdict"]
    assert verdict["codec"] == "resae_v2" and verdict["reached"] == 1
    assert verdict["ssim_gain_at_equal_rate"] == pytest.approx(0.1)
    assert verdict["rate_saving_percent_at_equal_ssim"] > 20


@pytest.mark.parametrize(
    ("gain", "rate", "reached"), [(0.049, -2.9, 0), (0.05, 10.0, 1), (0.01, -3.0, 1), (0.06, None, 1), (0.01, None, 0)]
)
def test_either_target_of_the_course_is_enough(gain: float, rate: float | None, reached: int):
    row = {"codec": "resae_v1", "quantiser": "max", "measure": "ssim", "bd_quality": gain, "bd_rate_percent": rate}
    rows = [{**row, "against": "ae2"}, {**row, "against": "jpeg", "bd_rate_percent": 7.0}]
    found = comparison.verdict(rows, "max")
    assert found["reached"] == reached
    assert found["bd_rate_percent_against_jpeg"] == 7


def test_every_codec_is_compared_with_ae2_and_the_classical_ones(study: Path):
    rows = read(study, "bd_rates")
    rivals = {codec: [row["against"] for row in rows if row["codec"] == codec] for codec in PHOTOS}
    assert set(rivals["ae2"]) == {"jpeg", "webp"}
    assert set(rivals["resae_v2"]) == {"ae2", "jpeg", "webp"}
    for row in rows:
        assert (row["bd_rate_percent"] is None) <= bool(row["note"])


def test_a_variable_rate_codec_is_compared_with_its_tables_the_courses_coder_and_the_classical_ones(study: Path):
    rows = [row for row in read(study, "bd_rates") if row["codec"] == "cars"]
    rivals = ["ae2", "static", "jpeg", "webp"]
    assert [(row["against"], row["measure"]) for row in rows] == [
        (rival, measure)
        for rival in rivals
        for measure in ("ssimulacra2", "butteraugli", "psnr", "ssim")  # too small for MS-SSIM
    ]
    assert {(row["quantiser"], row["entropy"]) for row in rows} == {("gained", "context")}
    saved = [row["bd_rate_percent"] for row in rows if row["against"] == "static"]
    assert saved == pytest.approx([-20] * 4)
    assert read(study, "overview")["rate_distortion"]["cars"]["bd_rate_percent_against_static"] == pytest.approx(-20)


def test_figures_of_a_short_study_say_how_long_each_codec_was_trained(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    trained = report.shortly_trained(TRAININGS, study)
    assert trained["ae2"] == "24 seconds" and trained["cars"] == "6 minutes"  # as the logs have it
    notes = {}
    monkeypatch.setattr(style, "save", lambda figure, path, note="": notes.update({path.stem: note}))
    photos = report.Photos([*PHOTOS, "cars"], ["cars"], "min_max", study)
    report.draw_photos(photos, read(study, "photos"), "resae_v2", trained, tmp_path)
    assert notes["reconstructions_cars"].startswith("trained only for: cars 6 minutes (")
    assert all(f"{style.label(codec)} {trained[codec]}" in notes["rate_distortion"] for codec in photos.codecs)
    assert len(notes) > 6 and all(notes.values())

    report.draw_photos(photos, read(study, "photos"), "resae_v2", {}, tmp_path)
    assert not any(notes.values())


def test_figures_of_a_study_that_trained_for_half_an_hour_say_nothing_of_it(
    study: Path, monkeypatch: pytest.MonkeyPatch
):
    networks = [{"codec": "ae2", "seconds": 24.0}, {"codec": "cars", "seconds": 1800.0}]
    monkeypatch.setattr(report, "trainings", lambda params, root: networks)
    assert report.shortly_trained(TRAININGS, study) == {}


def test_numbers_keep_six_digits_and_whole_ones_all() -> None:
    assert report.rounded({"bpp": [1.23456789, 7840], "note": None}) == {"bpp": [1.23457, 7840], "note": None}


def test_jpeg_beside_a_codec_has_its_lengths(study: Path):
    photos = report.Photos(list(PHOTOS), [], "min_max", study)
    expected, found = photos.points("ae2")[3], photos.jpeg["ae2"][3]
    for picture, size, length in zip(photos.pictures, expected["bytes"], found["bytes"], strict=True):
        assert length == len(RIVALS["jpeg"].match(channels_last(picture), size)[1])
    cells = photos.jpeg_cells("ae2", 3)
    assert cells[0].caption.startswith(f"{8 * found['bytes'][2] / 48**2:.3f} bpp")


def test_a_jpeg_that_cannot_be_so_short_says_so():
    assert report.caption(500, 1000, 0.5, aim=400) == "4.000 bpp (its least)\nSSIM 0.500"
    assert report.caption(500, 1000, 0.5, aim=499) == "4.000 bpp\nSSIM 0.500"


def test_every_figure_is_there(study: Path):
    photos = [f"{kind}_{codec}" for kind in ("reconstructions", "quantisers") for codec in PHOTOS]
    photos += ["reconstructions_cars"]
    curves = ["rate_distortion", "rate_distortion_quantisers", "ssim_per_bpp", "ssim_per_bpp_quantisers"]
    curves += ["timings", "training"]
    digits = ["latent_dim", "digits_rate_quality", "digits_strip", "pixel_costs_handwriting", "pixel_costs_any"]
    expected = {*photos, *curves, *digits, "base_and_residual"}
    assert {path.stem for path in (study / "results/figures").iterdir()} == expected
