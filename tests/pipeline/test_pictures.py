"""Whatever a user hands in becomes the picture that they see, in the bundle's colours, or is refused in clear words."""

import io
from pathlib import Path

import numpy as np
import pytest
from make_golden import picture
from PIL import Image, UnidentifiedImageError

from latentcodec import LimitError
from latentcodec.pictures import load, load_all, pad

RGB = picture(12, 20)
GREY = np.ascontiguousarray(RGB[..., 0])


@pytest.mark.parametrize("kind", ["path", "string", "file", "pillow", "array"])
def test_every_way_to_hand_in_a_picture_gives_the_same_pixels(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    Image.fromarray(RGB).save(path)
    source = {
        "path": path,
        "string": str(path),
        "file": io.BytesIO(path.read_bytes()),
        "pillow": Image.open(path),
        "array": RGB,
    }[kind]
    assert np.array_equal(load(source, "RGB"), RGB)


def test_grey_becomes_rgb_and_rgb_becomes_grey() -> None:
    assert np.array_equal(load(GREY, "RGB"), np.stack([GREY] * 3, axis=2))
    assert np.array_equal(load(RGB, "L"), np.asarray(Image.fromarray(RGB).convert("L")))


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr", "HSV", "LAB"])
def test_other_modes_are_converted_as_pillow_does(mode: str) -> None:
    image = Image.fromarray(RGB)
    image = Image.merge("LAB", image.split()) if mode == "LAB" else image.convert(mode)
    assert np.array_equal(load(image, "RGB"), np.asarray(image.convert("RGB")))


def test_sixteen_bits_are_scaled_not_clipped(tmp_path: Path) -> None:
    deep = np.array([[0, 257, 32896, 65535]], np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    assert load(tmp_path / "deep.png", "L").tolist() == [[0, 1, 128, 255]]


def test_thirty_two_bits_are_refused() -> None:
    for mode in ("I", "F"):
        with pytest.raises(ValueError, match="32 bits"):
            load(Image.new(mode, (3, 3)), "L")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_exif_orientation_is_applied(orientation: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(RGB).save(tmp_path / "turned.png", exif=exif)
    undo = [
        lambda a: a, lambda a: a[:, ::-1], lambda a: a[::-1, ::-1], lambda a: a[::-1],
        lambda a: a.swapaxes(0, 1), lambda a: np.rot90(a, -1), lambda a: a.swapaxes(0, 1)[::-1, ::-1], np.rot90,
    ]  # fmt: skip
    assert np.array_equal(load(tmp_path / "turned.png", "RGB"), undo[orientation - 1](RGB))


def test_transparency_is_refused_but_a_full_alpha_channel_is_not() -> None:
    alpha = np.full((*RGB.shape[:2], 1), 255, np.uint8)
    assert np.array_equal(load(np.concatenate([RGB, alpha], axis=2), "RGB"), RGB)
    alpha[0, 0] = 254
    with pytest.raises(ValueError, match="transparency"):
        load(np.concatenate([RGB, alpha], axis=2), "RGB")


def test_a_transparent_palette_is_refused(tmp_path: Path) -> None:
    Image.fromarray(GREY).convert("P").save(tmp_path / "palette.png", transparency=int(GREY[0, 0]))
    with pytest.raises(ValueError, match="transparency"):
        load(tmp_path / "palette.png", "RGB")


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((4, 4), np.float32), "uint8, not float32"),
        (np.zeros((4, 4, 2), np.uint8), r"\(4, 4, 2\)"),
        (np.zeros((2, 4, 4, 3), np.uint8), r"\(2, 4, 4, 3\)"),
        (np.zeros((0, 4), np.uint8), "empty"),
        (np.zeros((4, 0, 3), np.uint8), "empty"),
    ],
)
def test_arrays_that_are_no_pictures_are_refused(array: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load(array, "RGB")


def test_a_foreign_file_a_cut_one_and_a_missing_one_are_os_errors(tmp_path: Path) -> None:
    Image.fromarray(RGB).save(tmp_path / "whole.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:-200])
    with pytest.raises(UnidentifiedImageError, match="no picture that Pillow can read"):
        load(io.BytesIO(b"text"), "RGB")
    with pytest.raises(OSError):
        load(tmp_path / "cut.png", "RGB")
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none.png", "RGB")


def test_a_decompression_bomb_is_a_limit_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.fromarray(RGB).save(tmp_path / "large.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", RGB.shape[0] * RGB.shape[1] // 3)
    with pytest.raises(LimitError, match="exceeds limit"):
        load(tmp_path / "large.png", "RGB")


def test_several_pictures_are_stacked_and_must_have_one_size() -> None:
    assert np.array_equal(load_all([RGB, Image.fromarray(GREY)], "RGB")[0], RGB)
    assert load_all(np.stack([GREY, GREY]), "L").shape == (2, 12, 20)
    with pytest.raises(ValueError, match="picture 1 is 19x12, picture 0 is 20x12"):
        load_all([RGB, RGB[:, 1:]], "RGB")
    with pytest.raises(ValueError, match="no pictures"):
        load_all([], "RGB")
    with pytest.raises(ValueError, match="holds no RGB pictures"):
        load_all(np.zeros((2, 4, 4, 4), np.uint8), "RGB")


def test_padding_repeats_the_edge() -> None:
    padded = pad(GREY[None, :3, :5], 8)
    assert padded.shape == (1, 8, 8)
    assert np.array_equal(padded[0, :3, :5], GREY[:3, :5])
    assert (padded[0, 3:, :5] == GREY[2, :5]).all()
    assert (padded[0, :, 5:] == padded[0, :, 4:5]).all()
