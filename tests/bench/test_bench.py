"""The benchmarks run, at the smallest scale, and every row has its figures."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from make_golden import digits, picture

import latentcodec
from bench import __main__ as bench
from bench import compress_ai, entropy_coder, on_ray, rivals, timing
from bench import digits as digits_page
from bench.scale import Scale
from latentcodec import Codec

TINY = Scale(pictures=2, width=64, height=64, laps=1, large=(200, 120), region=32, digits=20, on_ray=3)
CODECS = {"latentcodec tiny_rgb", "JPEG"}


@pytest.fixture(scope="module")
def page(bundles: Path) -> str:
    """All of it, beside JPEG alone: starting a process for each codec takes its time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rivals, "PILLOW", {"JPEG": rivals.PILLOW["JPEG"]})
        patch.setattr(compress_ai, "installed", lambda: False)
        patch.setattr(on_ray, "installed", lambda: False)  # which the tests of the commands start
        return "\n".join(bench.sections(bundles / "tiny_rgb", bundles / "tiny_l", None, TINY))


def rows(page: str, heading: str) -> dict[str, list[str]]:
    """The rows of the table below a heading, by their first cell."""
    (section,) = re.findall(rf"^## {heading}.*?\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    cells = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")][2:]
    return {name.strip(): [cell.strip() for cell in rest] for name, *rest in cells}


def number(cell: str) -> float:
    return float(cell.replace(",", "").removesuffix(" %"))


def test_photographs_have_size_distortion_and_times_for_every_codec(page: str) -> None:
    measured = rows(page, "Photographs")
    assert measured.keys() >= CODECS
    for name in CODECS:
        _, bpp, psnr, *times = measured[name]
        assert 0 < number(bpp) < 24 and 5 < number(psnr) < 60
        assert all(number(cell) > 0 for cell in times)
    for model in ("bmshj2018-factorized", "bmshj2018-hyperprior"):
        assert "not installed" in measured[f"CompressAI {model}"][0]


def test_the_large_picture_is_measured_in_processes_of_their_own(page: str) -> None:
    measured = rows(page, "A picture of")
    for name in CODECS:
        size, encode, above_encoding, decode, above_decoding = map(number, measured[name])
        assert size > 0 and encode > 0 and decode > 0
        assert above_encoding > 5 and above_decoding > 5  # MiB: an interpreter at least
    assert re.search(r"region of 32x32 .*: \d+ ms,\n\d+\.\d+ % of the time", page)


def test_the_shares_name_the_entropy_model_that_they_are_of(page: str, bundles: Path) -> None:
    data = latentcodec.open(bundles / "tiny_rgb").encode(picture(64, 64))
    assert f"on one thread, `{latentcodec.info(data)['entropy']}`;" in page


def test_digits_batches_and_shares_have_figures(page: str) -> None:
    digits = rows(page, "20 digits")
    assert digits.keys() == {"latentcodec tiny_l, a pack", "JPEG"}
    assert all(number(cell) > 0 for row in digits.values() for cell in row[1:])
    assert all(number(cell) > 0 for row in rows(page, "Batches").values() for cell in row)
    for total, inside, share in rows(page, "What is not").values():
        assert 0 < number(inside) < number(total) and 0 < number(share) < 100


def test_a_lossless_bundle_stands_beside_lossless_codecs(handwriting: Codec) -> None:
    page = digits_page.section(handwriting, "strokes", digits(20), TINY)
    measured = rows(page, "20 digits")
    assert measured.keys() == {"latentcodec digits-v1, a pack", "PNG", "WebP", "JPEG XL"}
    assert {row[0] for row in measured.values()} == {"lossless"}
    ours, *others = (number(row[1]) for row in measured.values())
    assert ours < min(others)
    assert re.search(r"holds \d+ MiB more at its peak than the \d+ MiB of before", page)


@pytest.mark.parametrize("shape", [(64, 96, 3), (28, 28)], ids=["photograph", "digit"])
def test_every_rival_gives_back_a_picture_like_the_one_it_got(shape: tuple[int, ...]) -> None:
    colours = picture(*shape[:2])
    pixels = colours if len(shape) == 3 else colours[..., 0]
    for rival in rivals.classical():
        decoded = np.atleast_3d(rival.decode(rival.encode(pixels)))
        assert decoded.shape in ((*shape[:2], 3), (*shape[:2], 1))  # WebP and AVIF know no grey
        assert np.abs(decoded.astype(float) - np.atleast_3d(pixels)).mean() < 16


def test_the_machine_is_described(page: str) -> None:
    for said in ("processor", "memory", "system", "load before the run", "packages", "bundle: tiny_rgb"):
        assert f"- {said}" in page


def test_the_entropy_coders_figures_are_those_that_criterion_wrote(tmp_path: Path) -> None:
    for group, function, nanoseconds in (("2 levels", "a", 500.0), ("16 levels", "a", 1500.0), ("2 levels", "b", 10.0)):
        folder = tmp_path / group / function / "new"
        folder.mkdir(parents=True)
        benchmark = {"group_id": group, "function_id": function, "throughput": {"Elements": 100}}
        (folder / "benchmark.json").write_text(json.dumps(benchmark))
        (folder / "estimates.json").write_text(json.dumps({"median": {"point_estimate": nanoseconds}}))
    expected = ["|  | a | b |", "| --- | --- | --- |", "| 2 levels | 5 | 0.1 |", "| 16 levels | 15 | - |"]
    assert entropy_coder.figures(tmp_path).splitlines() == expected


def test_the_first_lap_warms_up_and_the_median_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    lasts = iter([9.0, 1.0, 5.0, 2.0])
    now = 0.0

    def call() -> str:
        nonlocal now
        now += next(lasts)
        return "done"

    monkeypatch.setattr(timing.time, "perf_counter", lambda: now)
    assert timing.median(call, laps=3) == (2.0, "done")
