"""`thumbnail`: small pictures of a file's first latent channels, without the network."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import latentcodec
from latentcodec import Codec
from latentcodec._core import ImageFile
from latentcodec.container.read import MAX_PIXELS

GOLDEN = Path(__file__).parents[1] / "golden"
PHOTO = GOLDEN / "photo-v3" / "colour_q100.ltc"


@pytest.fixture(scope="module")
def photo() -> Codec:
    return latentcodec.open("photo-v3", provider="cpu", threads=1)


@pytest.fixture(scope="module")
def tiled(photo: Codec) -> bytes:
    """A picture of 150x110 pixels in tiles of 48."""
    return photo.encode(latentcodec.decode(PHOTO), quality=60, tile=48)


def error(found: Image.Image, wanted: Image.Image) -> float:
    """Root of the mean squared error, in levels."""
    return float(np.sqrt(np.mean((np.asarray(found, float) - np.asarray(wanted, float)) ** 2)))


@pytest.mark.parametrize("file", sorted((GOLDEN / "photo-v3").glob("*.ltc")), ids=lambda file: file.stem)
def test_a_thumbnail_is_nearly_what_the_whole_picture_becomes_at_an_eighth(photo: Codec, file: Path) -> None:
    found, wanted = photo.thumbnail(file), photo.decode(file).reduce(8)
    assert (found.size, found.mode) == (wanted.size, wanted.mode)
    assert error(found, wanted) < 10


def test_no_network_runs_for_it_once_the_bundle_is_known(photo: Codec, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = photo.thumbnail(PHOTO)

    def fails(*_: Any) -> None:
        raise AssertionError("a network was run")

    monkeypatch.setattr(photo.transform, "synthesise", fails)
    assert photo.thumbnail(PHOTO) == wanted


def test_the_more_of_a_file_is_there_the_more_it_shows(photo: Codec) -> None:
    data = PHOTO.read_bytes()
    wanted = photo.thumbnail(data)
    parts = [photo.thumbnail(data[: len(data) * tenths // 10], partial=True) for tenths in (1, 3, 6, 9)]
    errors = [error(part, wanted) for part in parts]
    assert errors == sorted(errors, reverse=True)
    assert errors[0] < 64 and errors[-1] == 0


def test_the_first_tenth_of_a_small_file_shows_the_upper_part_of_its_picture(photo: Codec) -> None:
    picture = latentcodec.decode(PHOTO).resize((600, 440), Image.Resampling.BICUBIC)
    data = photo.encode(picture, quality=20)
    parts = (data, data[: len(data) // 10])
    whole, part = (np.asarray(photo.thumbnail(one, partial=True).convert("L"), float)[:8] for one in parts)
    assert np.corrcoef(whole.ravel(), part.ravel())[0, 1] > 0.8


def test_what_a_start_shows_is_what_the_whole_file_decodes_to(photo: Codec) -> None:
    data, shape = PHOTO.read_bytes(), photo.symbols(PHOTO).shape
    symbols, before = photo.symbols(PHOTO)[:14], 0
    for length in range(len(data) // 20, len(data), 13):
        found, there = ImageFile.parse_start(data[:length], MAX_PIXELS).start(*shape, 14, photo.bundle.tables)
        np.testing.assert_array_equal(found, np.where(there, symbols, 0))
        assert there.sum() >= before
        before = there.sum()
    assert there.all()


def test_a_start_shows_something_or_says_that_there_is_nothing_yet(photo: Codec, tiled: bytes) -> None:
    for data in (PHOTO.read_bytes(), tiled, (GOLDEN / "photo-v3" / "alpha_tiled.ltc").read_bytes()):
        shown = False
        for length in range(0, len(data), 5):
            try:
                picture = photo.thumbnail(data[:length], partial=True)
            except latentcodec.TruncatedError as failure:
                assert not shown and ("end" in str(failure) or length < 4)
            else:
                shown = True
                assert np.ptp(np.asarray(picture.convert("L"))) > 0
        assert shown


def test_of_a_tiled_file_those_tiles_are_shown_that_are_there(photo: Codec, tiled: bytes) -> None:
    whole = np.asarray(photo.thumbnail(tiled)).astype(int)
    assert error(photo.thumbnail(tiled), photo.decode(tiled).reduce(8)) < 10
    part = np.asarray(photo.thumbnail(tiled[: len(tiled) // 2], partial=True)).astype(int)
    assert np.array_equal(part[:4, :4], whole[:4, :4])
    assert np.ptp(part[-2:, -8:], axis=(0, 1)).max() < 16 < np.ptp(whole[-2:, -8:], axis=(0, 1)).min()  # even: missing


def test_a_file_that_ends_early_is_refused_unless_told(photo: Codec) -> None:
    data = PHOTO.read_bytes()
    with pytest.raises(latentcodec.ChecksumError):
        latentcodec.thumbnail(data[:-9])
    with pytest.raises(latentcodec.TruncatedError):
        latentcodec.thumbnail(data[:9], partial=True)
    assert latentcodec.thumbnail(data[:-9], partial=True) == photo.thumbnail(data)


def test_a_foreign_file_is_refused_whatever_is_asked() -> None:
    with pytest.raises(latentcodec.FormatError, match=r"not a \.ltc file"):
        latentcodec.thumbnail(b"\x89PNG and so on", partial=True)


@pytest.mark.parametrize("file", sorted((GOLDEN / "lossless-v1").glob("*.ltc")), ids=lambda file: file.stem)
def test_without_loss_it_is_the_whole_picture_at_an_eighth(file: Path) -> None:
    wanted = latentcodec.decode_array(file)
    found = latentcodec.thumbnail(file)
    assert found.size == (-(-wanted.shape[1] // 8), -(-wanted.shape[0] // 8))
    with pytest.raises(latentcodec.LatentCodecError):
        latentcodec.thumbnail(file.read_bytes()[:-9], partial=True)


def test_a_decoder_that_is_not_nearly_linear_decodes_the_whole_picture(variable_rate: Codec) -> None:
    data = variable_rate.encode(np.asarray(latentcodec.decode(PHOTO)))
    assert variable_rate.thumbnail(data) == variable_rate.decode(data).reduce(8)


def test_of_a_cut_file_without_loss_there_is_no_part_to_show() -> None:
    data = latentcodec.encode(np.zeros((40, 40, 3), np.uint8), lossless=True)
    assert latentcodec.thumbnail(data, partial=True).size == (5, 5)
    with pytest.raises(latentcodec.TruncatedError, match="bundle lossless-v1 shows no part of one"):
        latentcodec.thumbnail(data[:-9], partial=True)
