"""A decoded picture is written whole, with its metadata, or what cannot be written is said."""

import io
import warnings

import numpy as np
import pytest
from make_golden import picture
from PIL import Image, ImageCms

from latentcodec import LossWarning
from latentcodec.pictures.read import read_picture
from latentcodec.pictures.write import to_file

RGB = picture(12, 20)
ALPHA = np.arange(240, dtype=np.uint8).reshape(12, 20)
TAGS = Image.Exif()
TAGS[0x010F] = "maker"
INFO = {
    "icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
    "exif": TAGS.tobytes(),
    "xmp": b"<x:xmpmeta/>",
    "iptc": b"\x1c\x02\x78\0\x05title",
    "text": {"Title": "a picture", "Author": "Ω"},
    "dpi": (300.0, 300.0),
    "cicp": (1, 13, 0, 1),
    "gamma": 0.45455,
    "chromaticity": (0.3127, 0.329, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06),
    "comment": b"hello",
}


def image_with(**info: object) -> Image.Image:
    image = Image.fromarray(RGB)
    image.info.update(info)
    return image


HELD = {
    "PNG": INFO.keys() - {"iptc", "comment"},
    "JPEG": {"icc_profile", "exif", "xmp", "iptc", "dpi", "comment"},
    "TIFF": {"icc_profile", "exif", "xmp", "iptc", "dpi"},
    "WEBP": {"icc_profile", "exif", "xmp"},
    "AVIF": {"icc_profile", "exif", "xmp"},
    "GIF": {"comment"},
    "BMP": {"dpi"},
}


@pytest.mark.parametrize("kind", HELD)
def test_a_format_holds_what_it_can(kind: str) -> None:
    with pytest.warns(LossWarning) as caught:
        content = to_file(image_with(**INFO), kind)
    metadata = read_picture(content, "RGB").metadata
    for name in HELD[kind] - {"comment", "exif"}:
        if name == "text":
            assert metadata[name].items() >= INFO[name].items()
        elif isinstance(INFO[name], tuple):
            assert metadata[name] == pytest.approx(INFO[name], rel=1e-3)
        else:
            assert metadata[name] == INFO[name]
    if "exif" in HELD[kind]:
        assert Image.open(io.BytesIO(content)).getexif()[0x010F] == "maker"
    words = str(caught[0].message)
    assert words.startswith(f"not kept in {kind}: ")
    assert ("EXIF" in words) == ("exif" not in HELD[kind])
    assert len(caught) == 1


def test_metadata_that_a_format_refuses_is_left_out_with_a_word_and_the_rest_is_kept() -> None:
    long = b"<x:xmpmeta>" + b" " * 70_000
    with pytest.warns(LossWarning, match="not kept in JPEG: XMP"):
        content = to_file(image_with(xmp=long, comment=b"hello"), "JPEG")
    assert Image.open(io.BytesIO(content)).info["comment"] == b"hello"
    for kind in ("TIFF", "AVIF"):
        with pytest.warns(LossWarning, match=f"not kept in {kind}: EXIF"):
            to_file(image_with(exif=b"Exif\0\0no TIFF"), kind)


@pytest.mark.parametrize("kind", ["GIF", "TGA", "PCX", "SGI", "AVIF", "WEBP", "JPEG", "ICO", "ICNS"])
def test_a_picture_too_large_for_a_format_is_refused_in_one_line(kind: str) -> None:
    with pytest.raises(ValueError, match=f"{kind} cannot hold a picture of 70000x1 pixels"):
        to_file(Image.new("L", (70000, 1)), kind)


def test_icons_are_not_written_smaller_than_the_picture() -> None:
    with pytest.raises(ValueError, match="it would become 256x192"):
        to_file(Image.new("RGB", (512, 384)), "ICO")


@pytest.mark.parametrize("kind", ["BMP", "PPM", "JPEG", "PCX"])
def test_transparency_is_not_dropped_silently(kind: str) -> None:
    with pytest.raises(ValueError, match=f"{kind} keeps no transparency: decode to .png"):
        to_file(Image.fromarray(np.dstack([RGB, ALPHA])), kind)
    opaque = Image.fromarray(np.dstack([RGB, np.full_like(ALPHA, 255)]))
    with pytest.warns(LossWarning, match="an alpha channel that is opaque everywhere"):
        assert Image.open(io.BytesIO(to_file(opaque, kind))).mode == "RGB"


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "TGA", "SGI", "AVIF", "JPEG2000"])
def test_transparency_is_kept_where_it_can_be(kind: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        content = to_file(Image.fromarray(np.dstack([RGB, ALPHA])), kind)
    assert Image.open(io.BytesIO(content)).mode == "RGBA"


def test_a_palette_says_what_it_loses() -> None:
    with pytest.warns(LossWarning, match="colours beyond a palette of 256, partial transparency"):
        to_file(Image.fromarray(np.dstack([picture(30, 40), np.full((30, 40), 100, np.uint8)])), "GIF")
    few = np.random.default_rng(0).integers(0, 256, (200, 4), dtype=np.uint8).reshape(10, 20, 4)
    few[..., 3] = np.where(few[..., 3] > 50, 255, 0)
    with pytest.warns(LossWarning, match="not kept in GIF: colours as they are$"):
        to_file(Image.fromarray(few), "GIF")


def with_palette(alpha: bytes) -> Image.Image:
    image = Image.fromarray(RGB).quantize(9)
    image.info["transparency"] = alpha
    return image


@pytest.mark.parametrize("kind", ["PNG", "GIF", "TIFF", "TGA", "JPEG2000", "WEBP"])
def test_transparent_colours_of_a_palette_stay_so(kind: str) -> None:
    image = with_palette(bytes([255] * 3 + [0] + [255] * 5))
    written = Image.open(io.BytesIO(to_file(image, kind))).convert("RGBA")
    expected = np.asarray(image.convert("RGBA"))
    visible = expected[..., 3] > 0
    assert np.array_equal(np.asarray(written)[..., 3], expected[..., 3])
    assert kind == "WEBP" or np.array_equal(np.asarray(written)[visible], expected[visible])


@pytest.mark.parametrize("kind", ["BMP", "PPM", "JPEG", "PCX"])
def test_a_transparent_palette_is_refused_where_it_would_become_opaque(kind: str) -> None:
    with pytest.raises(ValueError, match=f"{kind} keeps no transparency: decode to .png"):
        to_file(with_palette(bytes([255, 0, 100])), kind)


@pytest.mark.parametrize("kind", ["WEBP", "AVIF", "GIF", "JPEG"])
def test_sixteen_bits_do_not_become_eight(kind: str) -> None:
    with pytest.raises(ValueError, match=f"{kind} cannot hold .*16.*: decode to .png or .tif"):
        to_file(Image.fromarray(np.full((9, 9), 40_000, np.uint16)), kind)


def test_a_mode_that_a_format_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match=r"XBM cannot hold a picture of 20x12 pixels in mode RGB"):
        to_file(Image.fromarray(RGB), "XBM")
