"""Whatever a user hands in becomes the picture that they see, in the bundle's colours, or is refused in clear words."""

import io
import warnings
from pathlib import Path

import numpy as np
import pytest
from make_golden import picture
from PIL import Image, UnidentifiedImageError

from latentcodec import LimitError, LossWarning
from latentcodec.pictures.read import pad, read_all_for_pack, read_for_pack, read_picture

RGB = picture(12, 20)
GREY = np.ascontiguousarray(RGB[..., 0])
ALPHA = np.arange(240, dtype=np.uint8).reshape(12, 20)


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
    assert np.array_equal(read_for_pack(source, "RGB"), RGB)


@pytest.mark.parametrize("form", [np.asarray, Image.fromarray], ids=["array", "pillow"])
def test_each_shape_and_mode_comes_apart_into_pixels_and_alpha(form) -> None:
    for pixels in (GREY, RGB):
        plain = read_picture(form(pixels), "RGB")
        assert np.array_equal(plain.pixels, pixels)
        assert plain.grey == (pixels is GREY)
        assert plain.alpha is None
        both = read_picture(form(np.dstack([pixels, ALPHA])), "RGB")
        assert np.array_equal(both.pixels, pixels)
        assert np.array_equal(both.alpha, ALPHA)
        assert plain.dropped == both.dropped == []
    assert np.array_equal(read_picture(GREY[..., None], "RGB").pixels, GREY)


def test_grey_stays_grey_and_for_a_grey_bundle_colours_become_grey_without_a_word() -> None:
    assert read_for_pack(GREY, "RGB").ndim == 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.array_equal(read_for_pack(RGB, "L"), np.asarray(Image.fromarray(RGB).convert("L")))
    assert np.array_equal(read_picture(np.dstack([RGB, ALPHA]), "L").alpha, ALPHA)


@pytest.mark.parametrize("mode", ["1", "P", "RGBX"])
def test_modes_that_lose_nothing_are_converted_without_a_word(mode: str) -> None:
    image = Image.fromarray(RGB).convert(mode)
    parts = read_picture(image, "RGB")
    assert np.array_equal(parts.pixels, np.asarray(image.convert("L" if mode == "1" else "RGB")))
    assert parts.dropped == []


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr", "HSV", "LAB"])
def test_other_colours_are_converted_as_pillow_does_which_is_said(mode: str) -> None:
    image = Image.fromarray(RGB)
    image = Image.merge("LAB", image.split()) if mode == "LAB" else image.convert(mode)
    parts = read_picture(image, "RGB")
    assert np.array_equal(parts.pixels, np.asarray(image.convert("RGB")))
    assert parts.dropped == [f"{mode} colours (RGB is kept)"]


def test_a_palette_keeps_its_transparency(tmp_path: Path) -> None:
    palette = Image.fromarray(RGB).quantize(16)
    palette.save(tmp_path / "one.png", transparency=3)  # one shade
    palette.save(tmp_path / "each.png", transparency=bytes(range(0, 160, 10)))  # an alpha for each shade
    for name in ("one.png", "each.png"):
        shown = Image.open(tmp_path / name).convert("RGBA")
        parts = read_picture(tmp_path / name, "RGB")
        assert np.array_equal(np.dstack([parts.pixels, parts.alpha]), np.asarray(shown))
        assert np.ptp(parts.alpha) > 0


def test_a_transparent_shade_becomes_alpha(tmp_path: Path) -> None:
    Image.fromarray(GREY).save(tmp_path / "grey.png", transparency=int(GREY[0, 0]))
    assert np.array_equal(read_picture(tmp_path / "grey.png", "RGB").alpha == 0, GREY == GREY[0, 0])
    deep = np.array([[0, 257, 32896, 65535]], np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png", transparency=257)
    parts = read_picture(tmp_path / "deep.png", "RGB")
    assert parts.alpha.tolist() == [[255, 0, 255, 255]]
    assert parts.pixels.tolist() == [[0, 1, 128, 255]]


def test_sixteen_bits_are_scaled_not_clipped_which_is_said(tmp_path: Path) -> None:
    deep = np.array([[0, 257, 32896, 65535]], np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    for source in (tmp_path / "deep.png", deep):
        with pytest.warns(LossWarning, match="16 bits a sample"):
            assert read_for_pack(source, "L").tolist() == [[0, 1, 128, 255]]
    colours = read_picture(np.dstack([deep] * 3), "RGB")
    assert colours.pixels[0, 2].tolist() == [128, 128, 128]


def test_sixteen_bits_of_colour_that_pillow_itself_reads_as_eight_are_said(tmp_path: Path) -> None:
    """A PNG of 16-bit RGB, written by hand since Pillow writes none."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(b"\0" + bytes(range(12)))
    header = struct.pack(">IIBBBBB", 2, 1, 16, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    assert read_picture(io.BytesIO(png), "RGB").dropped == ["16 bits a sample (8 are kept)"]


def test_thirty_two_bits_are_refused() -> None:
    for mode in ("I", "F"):
        with pytest.raises(ValueError, match="32 bits"):
            read_for_pack(Image.new(mode, (3, 3)), "L")


def test_a_pack_refuses_transparency_but_not_a_full_alpha_channel() -> None:
    full = np.full_like(ALPHA, 255)
    assert np.array_equal(read_for_pack(np.dstack([RGB, full]), "RGB"), RGB)
    full[0, 0] = 254
    with pytest.raises(ValueError, match="transparency"):
        read_for_pack(np.dstack([RGB, full]), "RGB")


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((4, 4), np.float32), "uint8 or uint16, not float32"),
        (np.zeros((4, 4, 5), np.uint8), r"\(4, 4, 5\)"),
        (np.zeros((2, 4, 4, 3), np.uint8), r"\(2, 4, 4, 3\)"),
        (np.zeros((0, 4), np.uint8), "empty"),
        (np.zeros((4, 0, 3), np.uint8), "empty"),
    ],
)
def test_arrays_that_are_no_pictures_are_refused(array: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_for_pack(array, "RGB")


def test_a_foreign_file_a_cut_one_and_a_missing_one_are_os_errors(tmp_path: Path) -> None:
    Image.fromarray(RGB).save(tmp_path / "whole.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:-200])
    with pytest.raises(UnidentifiedImageError, match="no picture that Pillow can read"):
        read_for_pack(io.BytesIO(b"text"), "RGB")
    with pytest.raises(OSError):
        read_for_pack(tmp_path / "cut.png", "RGB")
    with pytest.raises(FileNotFoundError):
        read_for_pack(tmp_path / "none.png", "RGB")


def test_a_decompression_bomb_is_a_limit_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.fromarray(RGB).save(tmp_path / "large.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", RGB.shape[0] * RGB.shape[1] // 3)
    with pytest.raises(LimitError, match="exceeds limit"):
        read_for_pack(tmp_path / "large.png", "RGB")


def test_several_pictures_are_stacked_and_must_have_one_size() -> None:
    assert np.array_equal(
        read_all_for_pack([RGB, Image.fromarray(GREY)], "RGB"), np.stack([RGB, np.dstack([GREY] * 3)])
    )
    assert read_all_for_pack([GREY, Image.fromarray(GREY)], "RGB").shape == (2, 12, 20)
    assert read_all_for_pack(np.stack([GREY, GREY]), "L").shape == (2, 12, 20)
    with pytest.raises(ValueError, match="picture 1 is 19x12, picture 0 is 20x12"):
        read_all_for_pack([RGB, RGB[:, 1:]], "RGB")
    with pytest.raises(ValueError, match="no pictures"):
        read_all_for_pack([], "RGB")
    with pytest.raises(ValueError, match="holds no RGB pictures"):
        read_all_for_pack(np.zeros((2, 4, 4, 4), np.uint8), "RGB")


def test_padding_repeats_the_edge() -> None:
    padded = pad(GREY[None, :3, :5], 8, 8)
    assert padded.shape == (1, 8, 8)
    assert np.array_equal(padded[0, :3, :5], GREY[:3, :5])
    assert (padded[0, 3:, :5] == GREY[2, :5]).all()
    assert (padded[0, :, 5:] == padded[0, :, 4:5]).all()


def test_an_image_larger_than_a_strip_is_taken_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("latentcodec.pictures.read._STRIP", 50)  # two rows of 20 at a time
    assert np.array_equal(read_for_pack(Image.fromarray(RGB), "RGB"), RGB)
    assert np.array_equal(read_for_pack(RGB, "L"), np.asarray(Image.fromarray(RGB).convert("L")))
