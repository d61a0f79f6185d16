"""Large pictures go through the networks in windows, and come out as if they had gone whole."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from make_golden import graph, picture
from onnx import helper

import latentcodec
from latentcodec import Codec
from latentcodec.bundle.facts import Facts
from latentcodec.transform import windows

HALO = 8


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory, bundles: Path) -> Codec:
    """A codec whose latents see, and change, 8 pixels beyond their 8x8 cells on each side."""
    folder = tmp_path_factory.mktemp("wide")
    rng = np.random.default_rng(0)
    kernel = rng.uniform(-1, 1, (6, 3, 24, 24)).astype(np.float32) / 200
    ends = {"kernel_shape": [24, 24], "strides": [8, 8], "pads": [8, 8, 8, 8]}
    down = helper.make_node("Conv", ["image", "kernel"], ["latents"], **ends)
    up = [helper.make_node("ConvTranspose", ["latents", "kernel"], ["sum"], **ends)]
    up += [helper.make_node("Sigmoid", ["sum"], ["image"])]
    graph("analysis", "image", "latents", [down], {"kernel": kernel}, folder / "encoder.onnx")
    graph("synthesis", "latents", "image", up, {"kernel": kernel * 3000}, folder / "decoder.onnx")
    original = bundles / "tiny_rgb"
    facts = latentcodec.bundle.bundle.read_facts(original).to_json()
    latentcodec.write_bundle(
        folder / "wide",
        {**facts, "name": "wide", "receptive_field": HALO},
        encoder=folder / "encoder.onnx",
        decoder=folder / "decoder.onnx",
        tables=(original / "tables.bin").read_bytes(),
        card={},
    )
    return latentcodec.open(folder / "wide", provider="cpu", threads=1)


def test_a_picture_in_windows_gives_what_it_gives_whole(wide: Codec, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    for height, width in ((200, 333), (1, 300), (97, 8), (8, 8), (1, 1)):
        pixels = rng.integers(0, 256, (1, height, width, 3), dtype=np.uint8)
        monkeypatch.setitem(windows.WINDOW, "cpu", 512)
        latents = wide.analyse(pixels)
        decoded = wide.synthesise(latents, height, width)
        monkeypatch.setitem(windows.WINDOW, "cpu", 32)
        np.testing.assert_allclose(wide.analyse(pixels), latents, atol=1e-4)
        assert np.ptp(decoded) > 20 or height * width < 100  # not a picture in which nothing could be wrong
        assert np.abs(wide.synthesise(latents, height, width).astype(int) - decoded).max() <= 1


def test_without_the_halo_it_would_not(wide: Codec, monkeypatch: pytest.MonkeyPatch) -> None:
    """So the test above can fail."""
    pixels = np.random.default_rng(1).integers(0, 256, (1, 200, 333, 3), dtype=np.uint8)
    latents = wide.analyse(pixels)
    decoded = wide.synthesise(latents, 200, 333)
    monkeypatch.setattr(Facts, "halo", 0)
    monkeypatch.setitem(windows.WINDOW, "cpu", 32)
    assert np.abs(wide.analyse(pixels) - latents).max() > 0.01
    assert np.abs(wide.synthesise(latents, 200, 333).astype(int) - decoded).max() > 1


def test_a_region_needs_its_halo_and_gets_it(wide: Codec, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (100, 130, 3), dtype=np.uint8)
    data = wide.encode(pixels, quality=100, tile=16)
    whole = wide.decode_array(data).astype(int)
    boxes = [(40, 30, 41, 31), (33, 17, 90, 71), (0, 0, 8, 100), (120, 90, 130, 100), (0, 0, 130, 100)]

    def worst() -> int:
        return max(
            np.abs(wide.decode_array(data, box) - whole[box[1] : box[3], box[0] : box[2]]).max() for box in boxes
        )

    assert worst() <= 1
    monkeypatch.setitem(windows.WINDOW, "cpu", 32)  # the region itself in windows
    assert worst() <= 1
    monkeypatch.setattr(Facts, "halo", 0)
    assert worst() > 1


@given(st.integers(0, 50), st.integers(1, 50), st.integers(1, 9), st.integers(0, 9), st.integers(0, 50))
def test_windows_cover_every_cell_once_with_its_halo(start: int, count: int, side: int, halo: int, rest: int) -> None:
    stop, length = start + count, start + count + rest
    found = windows.spans(start, stop, side, halo, length)
    assert [cell for span in found for cell in range(span.start, span.stop)] == list(range(start, stop))
    for span in found:
        axis = np.arange(length)
        assert axis[span.outer][span.inner].tolist() == list(range(span.start, span.stop))
        assert span.stop - span.start <= side
        assert span.low == max(0, span.start - halo) and span.high == min(length, span.stop + halo)


def test_nothing_of_a_large_picture_s_size_is_allocated_besides_latents_and_pixels(rgb: Codec) -> None:
    pixels = np.broadcast_to(picture(8, 8)[:1, :1], (1, 4000, 3000, 3))  # 36 MB if it were one
    rgb.synthesise(rgb.analyse(pixels[:, :8, :8]), 8, 8)  # sessions and imports
    tracemalloc.start()
    latents = rgb.analyse(pixels)
    _, most = tracemalloc.get_traced_memory()
    assert most < latents.nbytes + 15e6
    tracemalloc.reset_peak()
    before, _ = tracemalloc.get_traced_memory()
    decoded = rgb.synthesise(latents, 4000, 3000)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most - before < decoded.nbytes + 15e6
