"""Whatever a user hands in becomes the picture that they see, in the bundle's colours, or is refused in clear words."""

import contextlib
import io
import struct
import warnings
import zlib
from collections.abc import Callable
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
        assert np.array_equal(both.pixels[ALPHA > 0], pixels[ALPHA > 0])
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
        seen = parts.alpha > 0
        assert np.array_equal(np.dstack([parts.pixels, parts.alpha])[seen], np.asarray(shown)[seen])
        assert np.ptp(parts.alpha) > 0


def test_a_transparent_shade_becomes_alpha(tmp_path: Path) -> None:
    Image.fromarray(GREY).save(tmp_path / "grey.png", transparency=int(GREY[0, 0]))
    assert np.array_equal(read_picture(tmp_path / "grey.png", "RGB").alpha == 0, GREY == GREY[0, 0])
    deep = np.array([[0, 257, 32896, 65535]], np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png", transparency=257)
    parts = read_picture(tmp_path / "deep.png", "RGB")
    assert parts.alpha.tolist() == [[255, 0, 255, 255]]
    assert parts.pixels[0, [0, 2, 3]].tolist() == [0, 128, 255]


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

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(b"\0" + bytes(range(12)))
    header = struct.pack(">IIBBBBB", 2, 1, 16, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    assert read_picture(io.BytesIO(png), "RGB").dropped == ["16 bits a sample (8 are kept)"]


def test_thirty_two_bits_are_refused() -> None:
    for mode, samples in (("I", "of 32 bits"), ("F", "floats")):
        with pytest.raises(
            ValueError, match=f"the picture's samples are {samples} .*: scale them to 8 or 16 bits first"
        ):
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


def saved(kind: str, pixels: np.ndarray = RGB, **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("form", [bytes, bytearray, memoryview])
def test_bytes_are_those_of_a_picture_s_file(form: Callable[[bytes], bytes]) -> None:
    assert np.array_equal(read_picture(form(saved("PNG")), "RGB").pixels, RGB)


def test_what_numpy_makes_an_array_of_is_an_array() -> None:
    class Tensor:
        def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray:
            return RGB

    assert np.array_equal(read_picture(Tensor(), "RGB").pixels, RGB)
    deep = np.array([[0, 32896, 65535]], np.uint16)
    assert read_picture(deep.astype(">u2"), "RGB").pixels.tolist() == [[0, 128, 255]]
    with pytest.raises(ValueError, match=r"\(3, 12, 20\); move its channels to the end"):
        read_picture(np.moveaxis(RGB, 2, 0), "RGB")


@pytest.mark.parametrize("thing", [io.StringIO("/a/path"), 7, None, object()])
def test_what_is_no_picture_is_refused(thing: object) -> None:
    with pytest.raises(TypeError, match="a picture is a path, the bytes of a file, an open binary file"):
        read_picture(thing, "RGB")


@pytest.mark.parametrize("kind", ["PNG", "GIF", "TIFF", "ICO", "JPEG", "WEBP", "AVIF", "BMP", "PPM"])
def test_a_file_that_was_handed_in_stays_open(kind: str) -> None:
    file = io.BytesIO(saved(kind))
    read_picture(file, "RGB")
    assert not file.closed


def png(depth: int, colours: int, rows: np.ndarray, *chunks: tuple[bytes, bytes]) -> io.BytesIO:
    """A PNG of 8 columns, by hand: Pillow does not write all kinds."""
    header = struct.pack(">IIBBBBB", 8, len(rows), depth, colours, 0, 0, 0)
    content = b"".join(b"\0" + row.tobytes() for row in rows)
    parts = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(content)), (b"IEND", b"")]
    bodies = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    ]
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"".join(bodies))


def test_a_transparent_level_of_2_or_4_bits_is_found() -> None:
    four = png(4, 0, np.array([[0x01, 0x23, 0x45, 0x67]], np.uint8), (b"tRNS", b"\0\7"))
    assert read_picture(four, "RGB").alpha.tolist() == [[255] * 7 + [0]]
    two = png(2, 0, np.array([[0b00011011, 0b00011011]], np.uint8), (b"tRNS", b"\0\1"))
    assert read_picture(two, "RGB").alpha.tolist() == [[255, 0, 255, 255] * 2]
    colours = np.arange(24, dtype=np.uint16).astype(">u2")[None] * 257
    deep = png(16, 2, colours.astype(">u2"), (b"tRNS", colours[0, 3:6].tobytes()))
    assert read_picture(deep, "RGB").alpha.tolist() == [[255, 0] + [255] * 6]


DEEP = (np.arange(64, dtype=np.uint16).reshape(8, 8) * 1040).astype(">u2")
DEEP_PNG = png(16, 2, np.dstack([DEEP] * 3).astype(">u2").reshape(8, -1)).getvalue()
ICON = struct.pack("<HHHBBBBHHII", 0, 1, 1, 8, 8, 0, 0, 1, 48, len(DEEP_PNG), 22) + DEEP_PNG
DEPTHS = {
    "a PGM of 16 bits": (b"P5 8 8 65535\n" + DEEP.tobytes(), 16),
    "a PGM of 10 bits": (b"P5 8 8 1023\n" + (DEEP // 64).astype(">u2").tobytes(), 10),
    "a plain PGM of 10 bits": (b"P2 8 8 1023\n" + b" ".join(b"%d" % (level // 64) for level in DEEP.flat), 10),
    "a PPM of 16 bits": (b"P6 8 8 65535\n" + np.dstack([DEEP] * 3).astype(">u2").tobytes(), 16),
    "a PPM of 12 bits": (b"P6 8 8 4095\n" + (np.dstack([DEEP] * 3) // 16).astype(">u2").tobytes(), 12),
    "a plain PPM of 12 bits": (b"P3 8 8 4095\n" + b" ".join(b"%d" % (level // 16) for level in DEEP.repeat(3)), 12),
    "a PNG of 16 bits": (saved("PNG", DEEP.astype(np.uint16)), 16),
    "a PNG of 16-bit colours": (DEEP_PNG, 16),
    "an icon of 16-bit colours": (ICON, 16),
    "a TIFF of 16 bits": (saved("TIFF", DEEP.astype(np.uint16)), 16),
    "an SGI of 16 bits": (saved("SGI", (DEEP >> 8).astype(np.uint8), bpc=2), 16),
    "a JPEG 2000 of 16 bits": (saved("JPEG2000", DEEP.astype(np.uint16)), 16),
}


@pytest.mark.parametrize("name", DEPTHS)
def test_more_than_eight_bits_are_scaled_said_and_refused_without_loss(name: str) -> None:
    data, depth = DEPTHS[name]
    parts = read_picture(data, "L")
    assert np.abs(parts.pixels.astype(int) - np.round(DEEP.astype(float) / 257)).max() <= 1
    assert parts.depth == depth
    assert parts.dropped == [f"{depth} bits a sample (8 are kept)"]
    with pytest.raises(ValueError, match=f"impossible without loss: {depth} bits a sample"):
        read_picture(data, "L", lossless=True)


@pytest.mark.parametrize("depth", [8, 10, 16])
@pytest.mark.parametrize("shape", [(8, 8, 3), (40, 300, 4)])
@pytest.mark.parametrize("container", [False, True])
def test_what_a_plugin_for_jpeg_xl_makes_8_bits_of_is_said_too(
    shape: tuple[int, ...], depth: int, container: bool
) -> None:
    imagecodecs = pytest.importorskip("imagecodecs")
    pytest.importorskip("pillow_jxl")
    levels = np.full(shape, 2**depth - 1, np.uint8 if depth == 8 else np.uint16)
    parts = read_picture(imagecodecs.jpegxl_encode(levels, bitspersample=depth, usecontainer=container), "RGB")
    assert parts.depth == depth
    assert parts.dropped == ([] if depth == 8 else [f"{depth} bits a sample (8 are kept)"])


def test_what_the_plugin_for_heif_tells_is_kept_or_said() -> None:
    image = Image.fromarray(RGB)
    image.format = "HEIF"
    image.info |= {"bit_depth": 10, "nclx_profile": {"color_primaries": 9, "transfer_characteristics": 16}}
    image.info["aux"] = {"urn:com:apple:photo:2020:aux:hdrgainmap": [7]}
    parts = read_picture(image, "RGB")
    assert parts.metadata["cicp"] == (9, 16, 0, 1)
    assert parts.dropped == ["10 bits a sample (8 are kept)", "an HDR gain map"]


def test_twelve_bits_of_a_tiff_which_pillow_leaves_as_they_are_become_white() -> None:
    image = Image.open(io.BytesIO(saved("TIFF", np.full((8, 8), 4095, np.uint16))))
    image.tag_v2[258] = (12,)
    assert (read_picture(image, "L").pixels == 255).all()


def test_whatever_leaves_pillow_is_one_os_error_with_words() -> None:
    no_palette = png(8, 3, np.zeros((1, 8), np.uint8))
    with pytest.raises(OSError, match=r"cannot read the picture: ."):
        read_picture(no_palette, "RGB")


def test_broken_files_of_every_kind_are_os_errors(recwarn: pytest.WarningsRecorder) -> None:
    random = np.random.default_rng(0)
    for kind in ("PNG", "GIF", "TIFF", "ICO", "JPEG", "WEBP", "BMP", "PPM", "TGA", "PCX", "SGI", "JPEG2000", "DDS"):
        whole = saved(kind)
        for _ in range(40):
            broken = bytearray(whole[: random.integers(8, len(whole) + 1)])
            broken[random.integers(len(broken))] = random.integers(256)
            with contextlib.suppress(OSError, LimitError, ValueError):
                read_picture(bytes(broken), "RGB")


def test_colours_that_nobody_sees_are_levelled_but_not_without_loss() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (33, 47, 3), dtype=np.uint8)
    noise[:, :20] = 90
    alpha = np.where(np.arange(47) < 20, 255, 0).astype(np.uint8)[None].repeat(33, axis=0)
    assert (read_picture(np.dstack([noise, alpha]), "RGB").pixels == 90).all()
    assert np.array_equal(read_picture(np.dstack([noise, alpha]), "RGB", lossless=True).pixels, noise)
    assert (read_picture(np.dstack([noise, 0 * alpha]), "RGB").pixels == 0).all()
    grey = read_picture(np.dstack([noise[..., 0], alpha]), "RGB")
    assert grey.pixels.shape == (33, 47)
    assert (grey.pixels == 90).all()
