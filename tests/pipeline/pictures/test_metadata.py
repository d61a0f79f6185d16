"""Metadata is kept, EXIF's orientation is applied instead, and what cannot be kept is said once."""

import io
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from make_golden import picture
from PIL import Image, ImageCms, PngImagePlugin

import latentcodec
from latentcodec import Codec, LossWarning
from latentcodec.pictures.read import read_picture
from latentcodec.pictures.write import Extras, to_file, to_image

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
    bare = rgb.decode(rgb.encode(image, metadata="none"))
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
    kept.load(parts.metadata["exif"])
    assert kept.get(0x0112, 1) == 1
    assert kept[0x010F] == "maker"
    assert parts.dropped == []


def test_the_image_that_was_handed_in_stays_as_it_is(rgb: Codec, tmp_path: Path) -> None:
    Image.fromarray(RGB).save(tmp_path / "turned.png", exif=exif_of(6))
    image = Image.open(tmp_path / "turned.png")
    rgb.encode(image)
    assert image.getexif()[0x0112] == 6
    assert image.size == (20, 12)


def test_malformed_exif_is_dropped_with_a_word_and_turns_nothing() -> None:
    for broken in (b"Exif\0\0no TIFF at all", b"Exif\0\0", exif_of(6).tobytes()[:-9] + b"\xff" * 9, b"MM"):
        image = Image.fromarray(RGB)
        image.info["exif"] = broken
        parts = read_picture(image, "RGB")
        assert "exif" not in parts.metadata or to_file(to_image(parts.pixels, Extras(None, parts.metadata)), "TIFF")
        assert parts.pixels.size == RGB.size
    assert read_picture(with_info(exif=b"Exif\0\0no TIFF at all"), "RGB").dropped == ["malformed EXIF"]


def test_the_orientation_is_set_in_place_so_that_the_rest_stays_where_it_was() -> None:
    exif = exif_of(6).tobytes() + b"a thumbnail, to which offsets point"
    kept = read_picture(with_info(exif=exif), "RGB").metadata["exif"]
    assert [(one, other) for one, other in zip(exif, kept, strict=True) if one != other] == [(6, 1)]


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
        assert (parts.metadata.get("icc_profile") == profile) == kept
        assert (parts.dropped == []) == kept
    cmyk = Image.fromarray(RGB).convert("CMYK")
    cmyk.info["icc_profile"] = SRGB[:16] + b"CMYK" + SRGB[20:]
    assert read_picture(cmyk, "RGB").dropped == ["CMYK colours (RGB is kept)", "an ICC profile for CMYK"]


def test_what_is_lost_is_said_in_one_warning_for_each_picture(rgb: Codec, tmp_path: Path) -> None:
    frames = [Image.fromarray(picture(12, 20, seed)) for seed in range(3)]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:], comment=b"a comment")
    with pytest.warns(LossWarning) as caught:
        rgb.encode(tmp_path / "moving.gif")
    assert len(caught) == 1
    assert str(caught[0].message) == f"{tmp_path / 'moving.gif'}: not kept: 2 further frames"
    assert caught[0].filename == __file__  # the warning points at who called


def saved(kind: str, pixels: np.ndarray = RGB, **options: object) -> io.BytesIO:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    file.seek(0)
    return file


def with_info(**info: object) -> Image.Image:
    image = Image.fromarray(RGB)
    image.info.update(info)
    return image


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_png_chunks(*chunks: bytes) -> io.BytesIO:
    """A PNG with these chunks behind its header."""
    png = saved("PNG").getvalue()
    return io.BytesIO(png[:33] + b"".join(chunks) + png[33:])


XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'
IPTC = b"\x1c\x02\x78\0\x05title"
CHROMATICITIES = (0.3127, 0.329, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)


def test_xmp_comments_texts_and_density_come_back(rgb: Codec) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("Title", "a picture")
    text.add_itxt("Author", "Ω")
    text.add_itxt("XML:com.adobe.xmp", XMP.decode())
    decoded = rgb.decode(rgb.encode(saved("PNG", pnginfo=text, dpi=(300, 150))))
    assert decoded.info["text"] == {"Title": "a picture", "Author": "Ω"}
    assert decoded.info["xmp"] == XMP
    assert decoded.info["dpi"] == pytest.approx((300, 150), rel=1e-3)
    decoded = rgb.decode(rgb.encode(saved("JPEG", xmp=XMP, comment=b"caf\xe9", dpi=(72, 72))))
    assert (decoded.info["comment"], decoded.info["xmp"], decoded.info["dpi"]) == ("café".encode(), XMP, (72, 72))


def test_iptc_and_how_colours_are_meant_come_back(rgb: Codec) -> None:
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(IPTC)) + IPTC
    segment = b"Photoshop 3.0\0" + resource
    jpeg = saved("JPEG", extra=b"\xff\xed" + struct.pack(">H", len(segment) + 2) + segment)
    assert rgb.decode(rgb.encode(jpeg)).info["iptc"] == IPTC
    levels = [round(value * 100_000) for value in CHROMATICITIES]
    png = with_png_chunks(
        png_chunk(b"cICP", bytes([9, 16, 0, 1])), png_chunk(b"gAMA", struct.pack(">I", 100_000)),
        png_chunk(b"cHRM", struct.pack(">8I", *levels)),
    )  # fmt: skip
    info = rgb.decode(rgb.encode(png)).info
    assert (info["cicp"], info["gamma"], info["chromaticity"]) == ((9, 16, 0, 1), 1.0, CHROMATICITIES)


def test_the_tags_of_a_tiff_are_kept_as_exif(rgb: Codec) -> None:
    tags = exif_of(6)
    tags.get_ifd(0x8825)[1] = "N"
    tags[0x8825] = tags.get_ifd(0x8825)
    kept = rgb.decode(rgb.encode(saved("TIFF", exif=tags, description="a scan"))).getexif()
    assert (kept[0x010F], kept[0x010E], dict(kept.get_ifd(0x8825))) == ("maker", "a scan", {1: "N"})
    assert 0x0111 not in kept  # where its strips were


def test_a_density_that_no_file_names_is_not_kept() -> None:
    for file in (saved("TIFF"), saved("JPEG", exif=exif_of(1)), saved("PNG")):
        assert "dpi" not in read_picture(file, "RGB").metadata


def test_an_hdr_gain_map_is_named(tmp_path: Path) -> None:
    xmp = b'<x:xmpmeta xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"/>'
    frames = saved("MPO", save_all=True, append_images=[Image.fromarray(RGB)], xmp=xmp)
    assert read_picture(frames, "RGB").dropped == ["an HDR gain map"]


def test_an_orientation_in_xmp_is_applied_and_then_upright() -> None:
    xmp = b'<x:xmpmeta tiff:Orientation="6"/>'
    parts = read_picture(saved("JPEG", xmp=xmp), "RGB")
    assert parts.pixels.shape == (20, 12, 3)
    assert parts.metadata["xmp"] == b'<x:xmpmeta tiff:Orientation="1"/>'


def test_a_text_whose_keyword_is_that_of_something_else_is_a_text(rgb: Codec) -> None:
    text = PngImagePlugin.PngInfo()
    names = ("dpi", "gamma", "chromaticity", "icc_profile", "xmp", "iptc", "cicp", "text", "aspect", "photoshop", "n")
    for name in names:
        text.add_text(name, "a text")
    decoded = rgb.decode(rgb.encode(saved("PNG", pnginfo=text)))
    assert decoded.info["text"].keys() >= {*names} - {"xmp"}
    to_file(decoded, "PNG")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("keyword", ["transparency", "interlace", "bbox"])
def test_a_text_whose_keyword_is_that_of_how_pixels_are_read_is_a_text(keyword: str, after: bool) -> None:
    text = PngImagePlugin.PngInfo()
    text.add(b"tEXt", keyword.encode() + b"\0a text", after)
    for mode in ("L", "RGB", "P", "1"):
        image = Image.fromarray(RGB).convert(mode)
        with io.BytesIO() as file:
            image.save(file, "PNG", pnginfo=text)
            file.seek(0)
            opened = Image.open(file)
            decoded = latentcodec.decode(latentcodec.encode(opened, lossless=True))
            assert opened.info[keyword] == "a text"
        assert (decoded.mode, decoded.tobytes()) == (mode, image.tobytes())
        assert decoded.info["text"] == {keyword: "a text"}


@pytest.mark.parametrize("mode, transparent", [("L", 7), ("RGB", (1, 2, 3)), ("P", b"\xff\x80\0"), ("1", 255)])
def test_a_text_called_transparency_leaves_that_of_the_picture_alone(mode: str, transparent: object) -> None:
    image = Image.fromarray(np.arange(3 * 5 * 7, dtype=np.uint8).reshape(5, 7, 3)).convert(mode)
    text = PngImagePlugin.PngInfo()
    text.add_text("transparency", "a text")
    files = [io.BytesIO(), io.BytesIO()]
    image.save(files[0], "PNG", transparency=transparent)
    image.save(files[1], "PNG", transparency=transparent, pnginfo=text)
    plain, with_text = (read_picture(file, "RGB") for file in files)
    assert plain.alpha is not None
    assert with_text.alpha is not None
    np.testing.assert_array_equal(with_text.alpha, plain.alpha)
    np.testing.assert_array_equal(with_text.pixels, plain.pixels)
    assert with_text.metadata["text"] == {"transparency": "a text"}


def test_of_metadata_all_is_kept_or_what_says_how_colours_look_or_none(rgb: Codec) -> None:
    image = with_info(exif=exif_of(1).tobytes(), icc_profile=SRGB, dpi=(300, 300), gamma=0.45455)
    kept = {keep: set(rgb.decode(rgb.encode(image, metadata=keep)).info) for keep in ("all", "icc", "none")}
    assert kept == {"all": {"exif", "icc_profile", "dpi", "gamma"}, "icc": {"icc_profile", "gamma"}, "none": set()}
    with pytest.raises(ValueError, match='"all", "icc" or "none", not True'):
        rgb.encode(image, metadata=True)


def test_later_frames_of_an_animation_are_neither_decoded_nor_needed() -> None:
    frames = [Image.fromarray(picture(64, 64, seed)) for seed in range(4)]
    file = io.BytesIO()
    frames[0].save(file, "PNG", save_all=True, append_images=frames[1:])
    data = file.getvalue()
    cut = io.BytesIO(data[: data.rindex(b"fdAT") + 40])
    assert read_picture(cut, "RGB").dropped == ["3 further frames"]


def test_an_ordinary_photograph_loses_nothing_that_is_said(rgb: Codec, tmp_path: Path) -> None:
    Image.fromarray(RGB).save(tmp_path / "photo.jpg", exif=exif_of(6), icc_profile=SRGB, quality=90)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rgb.decode(rgb.encode(tmp_path / "photo.jpg"))


def test_a_pack_says_what_it_drops(rgb: Codec, tmp_path: Path) -> None:
    Image.fromarray(RGB).save(tmp_path / "photo.jpg", exif=exif_of(1), icc_profile=SRGB)
    with pytest.warns(LossWarning, match="photo.jpg: not kept: an ICC profile, EXIF"):
        rgb.encode_pack([tmp_path / "photo.jpg"])
