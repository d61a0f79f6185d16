"""A bundle for any picture: mode, levels, palette and metadata come back as Pillow showed them, or it says why not."""

import io
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from make_golden import RGB_PROFILE, picture
from PIL import Image

import latentcodec
import latentcodec.pillow
from latentcodec import Codec, LatentCodecError
from latentcodec.container import chunks
from latentcodec.pictures.read import Picture
from latentcodec.pictures.write import to_file

COLOURS = picture(40, 50)
PHOTO = Image.fromarray(COLOURS)
ALPHA = Image.fromarray(np.ascontiguousarray(COLOURS[..., 2]))


def shown(image: Image.Image) -> tuple:
    """All that Pillow shows of an image."""
    palette = image.getpalette() if image.mode == "P" else None
    return image.mode, image.size, image.tobytes(), palette


@st.composite
def images(draw: st.DrawFn) -> Image.Image:
    """Noise, slopes or few colours in any mode that comes back."""
    height, width = draw(st.sampled_from([(1, 1), (1, 300), (300, 1), (7, 9), (33, 40), (90, 120), (300, 300)]))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    mode = draw(st.sampled_from(["1", "L", "LA", "P", "RGB", "RGBA", "I;16"]))
    content = draw(st.sampled_from(["noise", "few", "slopes"]))
    planes = len(mode) if mode in ("LA", "RGB", "RGBA") else 1
    if content == "noise":
        levels = random.integers(0, 2**16, (height, width, planes))
    elif content == "few":
        levels = random.integers(0, 2**16, (5, planes))[random.integers(0, 5, (height, width))]
    else:
        levels = (
            np.arange(height)[:, None, None] * 700 + np.arange(width)[:, None] * 300 + 999 * np.arange(planes)
        ) % 2**16
    if mode == "I;16":
        return Image.fromarray(levels[..., 0].astype(np.uint16))
    eight = np.ascontiguousarray(
        (levels >> 8).astype(np.uint8).squeeze(2) if planes == 1 else (levels >> 8).astype(np.uint8)
    )
    image = Image.fromarray(eight)
    if mode == "P":
        image = Image.frombytes("P", image.size, eight.tobytes())
        image.putpalette(random.integers(0, 256, 768, np.uint8).tobytes())
    return image.point(lambda level: level > 127 and 255, "1") if mode == "1" else image


@settings(max_examples=40)
@given(images(), st.sampled_from([0, 17]))
def test_any_image_comes_back_whole_in_tiles_and_in_part(exact: Codec, image: Image.Image, tile: int) -> None:
    data = exact.encode(image, tile=tile)
    assert shown(exact.decode(data)) == shown(image)
    box = image.width // 3, image.height // 4, image.width, image.height
    assert exact.decode_region(data, box).tobytes() == image.crop(box).tobytes()


@settings(max_examples=20)
@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 4), st.integers(0, 2**32))
def test_arrays_of_sixteen_bits_come_back(exact: Codec, height: int, width: int, planes: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    array = random.integers(0, 2**12, (height, width, planes)).astype(np.uint16) << np.uint16(random.integers(0, 5))
    decoded = exact.decode_array(exact.encode(array))
    assert decoded.dtype == np.uint16
    assert np.array_equal(decoded, array.squeeze(2) if planes == 1 else array)


FILES = [
    ("PNG", PHOTO), ("PNG", PHOTO.convert("L")), ("PNG", PHOTO.convert("1")), ("PNG", PHOTO.quantize(9)),
    ("PNG", Image.merge("RGBA", (*PHOTO.split(), ALPHA))), ("PNG", Image.merge("LA", (ALPHA, ALPHA))),
    ("PNG", Image.fromarray(COLOURS[..., 0].astype(np.uint16) * 257)), ("GIF", PHOTO.quantize(20)), ("BMP", PHOTO),
    ("TIFF", PHOTO), ("TIFF", PHOTO.convert("1")), ("TIFF", Image.fromarray(COLOURS[..., 1].astype(np.uint16) * 9)),
    ("JPEG", PHOTO), ("JPEG", PHOTO.convert("L")), ("WEBP", PHOTO), ("PPM", PHOTO), ("PCX", PHOTO.quantize(5)),
    ("TGA", PHOTO), ("ICO", PHOTO.resize((32, 32))), ("JPEG2000", PHOTO), ("DDS", PHOTO), ("SGI", PHOTO),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "image"), FILES, ids=[f"{kind} {image.mode}" for kind, image in FILES])
def test_files_of_pillows_kinds_come_back_as_pillow_shows_them(exact: Codec, kind: str, image: Image.Image) -> None:
    file = io.BytesIO()
    image.save(file, kind)
    decoded = exact.decode(exact.encode(file.getvalue()))
    with Image.open(file) as opened:
        assert shown(decoded) == shown(opened)


def test_transparent_colours_of_a_palette_and_hidden_ones_come_back(exact: Codec) -> None:
    image = PHOTO.quantize(9)
    for transparency in (3, bytes([0, 9, 255, 40])):
        file = io.BytesIO()
        image.save(file, "PNG", transparency=transparency)
        with Image.open(file) as opened:
            decoded = exact.decode(exact.encode(file.getvalue()))
            assert shown(decoded) == shown(opened)
            assert decoded.convert("RGBA").tobytes() == opened.convert("RGBA").tobytes()
    hidden = np.dstack([COLOURS, np.zeros(COLOURS.shape[:2], np.uint8)])
    assert np.array_equal(exact.decode_array(exact.encode(hidden)), hidden)


@pytest.mark.parametrize("transparent", [0, 1])
def test_a_transparent_level_of_two_comes_back(exact: Codec, transparent: int) -> None:
    file = io.BytesIO()
    PHOTO.convert("1").save(file, "PNG", transparency=transparent)
    shown_as = np.asarray(Image.open(file).convert("LA"))
    assert set(np.unique(shown_as[..., 1])) == {0, 255}
    assert np.array_equal(exact.decode_array(exact.encode(file)), shown_as)


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_transparent_level_or_colour_comes_back_as_alpha(exact: Codec, mode: str) -> None:
    file = io.BytesIO()
    PHOTO.convert(mode).save(file, "PNG", transparency=PHOTO.convert(mode).getpixel((7, 9)))
    expected = Image.open(file).convert(f"{mode}A")
    assert expected.getchannel("A").getextrema() == (0, 255)
    assert shown(exact.decode(exact.encode(file.getvalue()))) == shown(expected)


def test_a_transparent_level_of_sixteen_bits_is_refused_not_dropped(exact: Codec) -> None:
    file = io.BytesIO()
    Image.fromarray(COLOURS[..., 0].astype(np.uint16)).save(file, "PNG", transparency=9)
    with pytest.raises(ValueError, match="a transparent level of 16 bits"):
        exact.encode(file.getvalue())


def test_a_palette_that_is_missing_is_not_taken_for_black(exact: Codec) -> None:
    file = io.BytesIO()
    PHOTO.quantize(9).save(file, "PNG")
    start = file.getvalue().index(b"PLTE") - 4
    length = int.from_bytes(file.getvalue()[start : start + 4], "big") + 12
    with pytest.raises(OSError, match="its palette is missing"):
        exact.encode(file.getvalue()[:start] + file.getvalue()[start + length :])


def test_colours_that_nobody_sees_are_dropped_where_that_is_asked_for(exact: Codec) -> None:
    alpha = np.where(np.hypot(*np.ogrid[-20:20, -25:25]) < 15, 255, 0).astype(np.uint8)
    alpha[20, 25] = 1
    noise = np.random.default_rng(0).integers(0, 256, COLOURS.shape, np.uint8)
    for colours in (noise, noise[..., :1]):
        whole = np.dstack([colours, alpha])
        data = exact.encode(whole, alpha_only_visible=True)
        decoded = exact.decode_array(data)
        assert len(data) < 0.6 * len(exact.encode(whole))
        assert np.array_equal(decoded[..., -1], alpha)
        assert np.array_equal(decoded[alpha > 0], whole[alpha > 0]) and not decoded[alpha == 0].any()
    assert exact.encode(PHOTO, alpha_only_visible=True) == exact.encode(PHOTO)


def test_a_bundle_with_loss_has_no_colours_to_drop(rgb: Codec, shades: Codec) -> None:
    for codec in (rgb, shades):
        with pytest.raises(ValueError, match="no colours where alpha is 0 that could be left out"):
            codec.encode(ALPHA, alpha_only_visible=True)


def test_profile_and_orientation_are_kept_as_with_loss(exact: Codec) -> None:
    image = PHOTO.copy()
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "maker", 6
    image.info["exif"], image.info["icc_profile"] = exif.tobytes(), RGB_PROFILE
    decoded = exact.decode(exact.encode(image))
    assert decoded.getexif()[0x010F] == "maker"
    assert decoded.info["icc_profile"] == RGB_PROFILE
    assert decoded.tobytes() == image.transpose(Image.Transpose.ROTATE_270).tobytes()


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        (PHOTO.convert("CMYK"), "impossible without loss: CMYK colours"),
        (PHOTO.convert("LAB"), "impossible without loss: LAB colours"),
        (Image.merge("LA", (ALPHA, ALPHA)).convert("La"), "impossible without loss: La colours"),
        (PHOTO.convert("YCbCr"), "impossible without loss: YCbCr colours"),
        (PHOTO.convert("HSV"), "impossible without loss: HSV colours"),
        (
            PHOTO.convert("F"),
            "the picture's samples are floats .*: scale them to 8 or 16 bits first",
        ),
        (np.zeros((4, 4), np.float32), "uint8 or uint16"),
        (np.zeros((0, 4), np.uint8), "empty"),
    ],
)
def test_what_cannot_come_back_is_refused_with_the_reason(exact: Codec, refused: Picture, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        exact.encode(refused)


def test_noise_is_no_larger_than_its_samples_however_many_tiles_it_has(lossless_found: None, exact: Codec) -> None:
    noise = np.random.default_rng(5).integers(0, 256, (1030, 2050, 3), np.uint8)
    data = exact.encode(noise)
    assert noise.size < len(data) <= noise.size + 64
    assert latentcodec.info(data)["tile"] == 0
    assert np.array_equal(exact.decode_array(data), noise)
    assert np.array_equal(exact.decode_array(data, (1000, 500, 1030, 520)), noise[500:520, 1000:1030])


def test_no_file_is_much_larger_than_its_samples_and_flat_ones_take_a_few_bytes(exact: Codec) -> None:
    random = np.random.default_rng(0)
    for shape, most in (((60, 70, 3), 256), ((60, 70, 4), 256), ((60, 70), 256), ((60, 70), 65536)):
        noise = random.integers(0, most, shape).astype(np.uint8 if most == 256 else np.uint16)
        assert len(exact.encode(noise)) <= noise.nbytes + 64
    bits = Image.fromarray(random.integers(0, 2, (80, 80)).astype(bool))
    assert len(exact.encode(bits)) <= 800 + 64
    for mode in ("1", "L", "RGB", "RGBA", "P"):
        assert len(exact.encode(Image.new(mode, (500, 400), 1))) <= 48 + (768 if mode == "P" else 0)
        assert len(exact.encode(Image.new(mode, (1, 1)))) <= 48 + (768 if mode == "P" else 0)


def test_drawn_pictures_take_less_than_png_and_webp(lossless_found: None, exact: Codec) -> None:
    few = np.array([[9, 200, 30, 255], [0, 0, 0, 0], [255, 255, 255, 128]], np.uint8)
    drawn = few[np.arange(60)[:, None] // 7 * np.arange(80) // 19 % 3]
    letters = np.tile(picture(11, 9), (6, 9, 1))
    letters[8:11] = letters[:, 6:] = 240
    for image in (drawn, np.ascontiguousarray(drawn[..., :3]), letters):
        data = exact.encode(image)
        assert np.array_equal(exact.decode_array(data), image)
        others = (io.BytesIO(), io.BytesIO())
        Image.fromarray(image).save(others[0], "PNG", optimize=True)
        Image.fromarray(image).save(others[1], "WEBP", lossless=True, exact=True, method=6)
        assert len(data) < min(len(file.getvalue()) for file in others)


def test_a_colour_map_is_coded_by_the_numbers_of_its_colours(lossless_found: None, exact: Codec) -> None:
    ramp = np.arange(256)
    colours = np.stack([ramp, ramp * ramp // 255, 255 - ramp], axis=1).astype(np.uint8)
    image = colours[COLOURS[..., 0] // 2 + np.random.default_rng(0).integers(0, 9, COLOURS.shape[:2])]
    data = exact.encode(image)
    assert (latentcodec.info(data)["planes"], latentcodec.info(data)["grey"]) == (1, False)
    assert np.array_equal(exact.decode_array(data), image) and exact.decode(data).mode == "RGB"


@pytest.mark.parametrize(
    ("mode", "comes_back"), [("RGBX", "RGB"), ("PA", "RGBA"), ("I;16B", "I;16"), ("I;16L", "I;16")]
)
def test_rare_modes_come_back_as_the_common_one_that_shows_the_same(exact: Codec, mode: str, comes_back: str) -> None:
    if mode.startswith("I"):
        image = Image.frombytes(mode, (25, 40), np.ascontiguousarray(COLOURS[..., 0]).tobytes())
    else:
        image = (PHOTO.quantize(9) if mode == "PA" else PHOTO).convert(mode)
    decoded = exact.decode(exact.encode(image))
    assert decoded.mode == comes_back
    same = [np.asarray(one if mode.startswith("I") else one.convert("RGBA")) for one in (decoded, image)]
    assert np.array_equal(*same)


def test_thumbnails_in_colour_are_read_block_by_block_in_any_order(lossless_found: None, exact: Codec) -> None:
    thumbnails = np.stack([picture(32, 32, seed) for seed in range(24)])
    data = bytearray(exact.encode_pack(thumbnails, block=8))
    data[-9] ^= 1  # in the last block
    pack = latentcodec.Pack(bytes(data))
    assert np.array_equal(pack[[13, 2, 2, 15]], thumbnails[[13, 2, 2, 15]])
    with pytest.raises(LatentCodecError):
        pack[23]


def test_verify_proves_the_pixels_of_colours_in_files_and_packs(lossless_found: None, exact: Codec) -> None:
    several = np.stack([picture(20, 24, seed) for seed in range(5)])
    deep = several.astype(np.uint16) * 257
    for coded, pixels in (
        (exact.encode_pack(several, block=2), several),
        (exact.encode(several[0]), several[0]),
        (exact.encode(deep[0]), deep[0]),
    ):
        assert latentcodec.verify(coded)["pixels_crc32"] == f"{zlib.crc32(pixels):08x}"


def test_a_pack_of_colours_is_a_data_set(lossless_found: None, exact: Codec) -> None:
    several = np.stack([picture(20, 24, seed) for seed in range(9)])
    pack = exact.append_pack(exact.encode_pack(several[:6], block=4), several[6:])
    assert np.array_equal(latentcodec.Pack(pack)[2:8], several[2:8])
    grey = np.ascontiguousarray(several[..., 0])
    assert np.array_equal(exact.decode_pack(exact.encode_pack(grey)), grey)
    mixed = exact.decode_pack(exact.append_pack(pack, grey[:1]), [9])[0]
    assert np.array_equal(mixed, np.dstack([grey[0]] * 3))
    with pytest.raises(ValueError, match="the pack is grey"):
        exact.append_pack(exact.encode_pack(grey), several)


def test_a_pack_says_what_a_picture_must_be_converted_to(lossless_found: None, exact: Codec) -> None:
    with pytest.raises(ValueError, match="convert the picture to 8-bit grey or RGB first"):
        exact.encode_pack([PHOTO.convert("CMYK")])


@pytest.mark.parametrize("image", [PHOTO, PHOTO.convert("1"), PHOTO.quantize(9), ALPHA], ids=lambda image: image.mode)
def test_pillow_opens_what_it_saved(lossless_found: None, image: Image.Image, tmp_path: Path) -> None:
    image.save(tmp_path / "a.ltc", lossless=True)
    with Image.open(tmp_path / "a.ltc") as opened:
        assert opened.mode == image.mode
        assert shown(opened.copy()) == shown(image)


def test_pillow_opens_a_palette_with_its_transparency(lossless_found: None, tmp_path: Path) -> None:
    image = PHOTO.quantize(9)
    image.info["transparency"] = bytes([255, 0, 100])
    image.save(tmp_path / "a.ltc", lossless=True)
    with Image.open(tmp_path / "a.ltc") as opened:
        assert opened.has_transparency_data
        assert shown(opened.convert("RGBA")) == shown(image.convert("RGBA"))


def test_numbers_without_a_colour_are_damage(exact: Codec) -> None:
    for content in (b"", b"\1\3", b"\1\3ab", b"\7\3abc", bytes([1, 3]) + bytes(257 * 3)):
        with pytest.raises(LatentCodecError):
            chunks.read_colours(content)
    data = exact.encode(PHOTO.quantize(9))
    assert isinstance(exact.decode(data), Image.Image)


def test_a_file_that_names_another_kind_of_coding_than_its_bundles_is_refused(exact: Codec) -> None:
    model = exact.bundle.model_id
    lossy = latentcodec.encode(PHOTO)
    forged = lossy[:-4].replace(latentcodec.open("photo-v3").bundle.model_id, model)
    forged += zlib.crc32(forged).to_bytes(4, "little")
    with pytest.raises(latentcodec.FormatError, match=r"quantiser is gained, which bundle .* never codes with"):
        exact.decode(forged)


def test_a_palette_becomes_a_jpeg_in_rgb(exact: Codec) -> None:
    palette = PHOTO.quantize(16)
    decoded = exact.decode(exact.encode(palette))
    assert decoded.mode == "P"
    written = Image.open(io.BytesIO(to_file(decoded, "JPEG")))
    difference = np.asarray(written, np.int16) - np.asarray(palette.convert("RGB"), np.int16)
    assert np.abs(difference).mean() < 16


def test_tiles_laid_side_by_side_cost_little_more_than_one(exact: Codec) -> None:
    tile = np.random.default_rng(0).integers(0, 256, (23, 37, 3), np.uint8)
    wallpaper = np.tile(tile, (9, 12, 1))
    assert len(exact.encode(wallpaper)) < 1.5 * tile.size
    assert np.array_equal(exact.decode_array(exact.encode(wallpaper)), wallpaper)
