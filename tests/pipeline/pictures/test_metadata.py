"""Metadata is kept, EXIF's orientation is applied instead, and what cannot be kept is said once."""

import io
import warnings
from pathlib import Path

import numpy as np
import pytest
from make_golden import picture
from PIL import Image, ImageCms, PngImagePlugin

import latentcodec
from latentcodec import Codec, LossWarning
from latentcodec.pictures.read import read_picture

RGB = picture(12, 20)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
GREY_PROFILE = SRGB[:16] + b"GRAY" + SRGB[20:]


def exif_of(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "maker"
    return exif


def test_icc_profile_and_exif_come_back_as_they_were(rgb: Codec) -> None:
    file = io.BytesIO()
    Image.fromarray(RGB).save(file, "JPEG", icc_profile=SRGB, exif=exif_of(1))
    image = Image.open(file)
    data = rgb.encode(image)
    decoded = rgb.decode(data)
    assert decoded.info["icc_profile"] == SRGB
    assert decoded.info["exif"] == image.info["exif"]
    assert decoded.getexif()[0x010F] == "maker"
    facts = latentcodec.info(data)
    assert (facts["icc"], facts["exif"], facts["alpha"]) == (True, True, False)
    assert facts["bytes"]["chunks"] > len(SRGB)
    bare = rgb.decode(rgb.encode(image, metadata=False))
    assert not {"icc_profile", "exif"} & bare.info.keys()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_exif_orientation_is_applied_and_removed(orientation: int, tmp_path: Path) -> None:
    Image.fromarray(RGB).save(tmp_path / "turned.png", exif=exif_of(orientation))
    undo = [
        lambda a: a, lambda a: a[:, ::-1], lambda a: a[::-1, ::-1], lambda a: a[::-1],
        lambda a: a.swapaxes(0, 1), lambda a: np.rot90(a, -1), lambda a: a.swapaxes(0, 1)[::-1, ::-1], np.rot90,
    ]  # fmt: skip
    parts = read_picture(tmp_path / "turned.png", "RGB")
    assert np.array_equal(parts.pixels, undo[orientation - 1](RGB))
    kept = Image.Exif()
    kept.load(parts.exif)
    assert kept.get(0x0112, 1) == 1
    assert kept[0x010F] == "maker"
    assert parts.dropped == []


def test_the_image_that_was_handed_in_stays_as_it_is(rgb: Codec, tmp_path: Path) -> None:
    Image.fromarray(RGB).save(tmp_path / "turned.png", exif=exif_of(6))
    image = Image.open(tmp_path / "turned.png")
    rgb.encode(image)
    assert image.getexif()[0x0112] == 6
    assert image.size == (20, 12)


def test_broken_exif_is_kept_and_turns_nothing() -> None:
    image = Image.fromarray(RGB)
    image.info["exif"] = b"Exif\0\0no TIFF at all"
    parts = read_picture(image, "RGB")
    assert parts.exif == b"Exif\0\0no TIFF at all"
    assert np.array_equal(parts.pixels, RGB)


def test_a_profile_is_kept_only_with_the_colours_that_it_describes() -> None:
    for pixels, colour, profile, kept in (
        (RGB, "RGB", SRGB, True),
        (RGB, "RGB", GREY_PROFILE, False),
        (RGB[..., 0], "RGB", GREY_PROFILE, True),
        (RGB, "L", SRGB, False),
    ):
        image = Image.fromarray(np.ascontiguousarray(pixels))
        image.info["icc_profile"] = profile
        parts = read_picture(image, colour)
        assert (parts.icc == profile) == kept
        assert (parts.dropped == []) == kept
    cmyk = Image.fromarray(RGB).convert("CMYK")
    cmyk.info["icc_profile"] = SRGB[:16] + b"CMYK" + SRGB[20:]
    assert read_picture(cmyk, "RGB").dropped == ["CMYK colours (RGB is kept)", "an ICC profile for CMYK"]


def test_what_is_lost_is_said_in_one_warning_for_each_picture(rgb: Codec, tmp_path: Path) -> None:
    frames = [Image.fromarray(picture(12, 20, seed)) for seed in range(3)]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:], comment=b"a comment")
    with pytest.warns(LossWarning) as said:
        rgb.encode(tmp_path / "moving.gif")
    assert len(said) == 1
    assert str(said[0].message) == f"{tmp_path / 'moving.gif'}: not kept: comments, 2 further frames"
    assert said[0].filename == __file__  # the warning points at who called


def test_xmp_and_text_are_said(tmp_path: Path) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("Title", "a picture")
    Image.fromarray(RGB).save(tmp_path / "text.png", pnginfo=text)
    assert read_picture(tmp_path / "text.png", "RGB").dropped == ["comments"]
    Image.fromarray(RGB).save(tmp_path / "xmp.jpg", xmp=b"<x:xmpmeta/>", comment=b"hello")
    assert read_picture(tmp_path / "xmp.jpg", "RGB").dropped == ["XMP", "comments"]


def test_an_ordinary_photograph_loses_nothing_that_is_said(rgb: Codec, tmp_path: Path) -> None:
    Image.fromarray(RGB).save(tmp_path / "photo.jpg", exif=exif_of(6), icc_profile=SRGB, quality=90)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rgb.decode(rgb.encode(tmp_path / "photo.jpg"))


def test_a_pack_says_what_it_drops(rgb: Codec, tmp_path: Path) -> None:
    Image.fromarray(RGB).save(tmp_path / "photo.jpg", exif=exif_of(1), icc_profile=SRGB)
    with pytest.warns(LossWarning, match="photo.jpg: not kept: an ICC profile, EXIF"):
        rgb.encode_pack([tmp_path / "photo.jpg"])
