"""Lossless bundles: every pixel of a grey picture comes back, and what cannot come back is refused."""

import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from make_golden import RGB_PROFILE, digits, picture
from PIL import Image
from test_processes import run

import latentcodec
import latentcodec.pillow
from latentcodec import BundleError, ChecksumError, Codec, LatentCodecError, LossWarning, load_bundle, write_bundle
from latentcodec._core import Tables

SCAN = np.ascontiguousarray(picture(70, 90)[..., 0])


@st.composite
def pictures(draw: st.DrawFn) -> np.ndarray:
    """Any grey picture: noise, one level, few levels, or slopes with noise."""
    shape = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    levels = draw(st.lists(st.integers(0, 255), min_size=1, max_size=4))
    content = draw(st.sampled_from(["noise", "levels", "slopes"]))
    if content == "noise":
        return random.integers(0, 256, shape, np.uint8)
    if content == "levels":
        return random.choice(np.array(levels, np.uint8), shape)
    slopes = 5 * np.arange(shape[0])[:, None] + 3 * np.arange(shape[1]) + random.integers(0, 4, shape)
    return (slopes % 256).astype(np.uint8)


@settings(max_examples=60)
@given(pictures(), st.integers(0, 20))
def test_any_grey_picture_comes_back_whole_in_tiles_and_in_part(
    shades: Codec, handwriting: Codec, original: np.ndarray, tile: int
) -> None:
    height, width = original.shape
    box = width // 3, height // 4, width, height
    for codec in (shades, handwriting):
        data = codec.encode(original, tile=tile)
        assert np.array_equal(codec.decode_array(data), original)
        part = codec.decode_array(data, box)
        assert np.array_equal(part, original[box[1] : box[3], box[0] : box[2]])


@settings(max_examples=30)
@given(st.lists(pictures(), min_size=1, max_size=6), st.integers(1, 4), st.randoms())
def test_any_pack_comes_back_in_any_order_and_as_it_grows(
    handwriting: Codec, some: list[np.ndarray], block: int, random
) -> None:
    alike = [np.resize(each, some[0].shape) for each in some]
    pack = (
        handwriting.append_pack(handwriting.encode_pack(alike[:1], block=block), alike[1:])
        if some[1:]
        else handwriting.encode_pack(alike)
    )
    assert np.array_equal(handwriting.decode_pack(pack), alike)
    order = random.sample(range(len(some)), len(some))
    assert np.array_equal(handwriting.decode_pack(pack, order), np.stack(alike)[order])
    assert pack == handwriting.encode_pack(alike, block=block if some[1:] else 64)


def test_only_the_tiles_and_blocks_that_are_wanted_are_read(shades: Codec) -> None:
    data = bytearray(shades.encode(SCAN, tile=32))
    data[-1] ^= 1
    assert np.array_equal(shades.decode_array(data, (0, 0, 40, 40)), SCAN[:40, :40])
    with pytest.raises(ChecksumError):
        shades.decode_region(data, (80, 60, 90, 70))
    pack = bytearray(shades.encode_pack(digits(10), block=4))
    pack[-1] ^= 1
    assert np.array_equal(shades.decode_pack(pack, [7, 0]), digits(10)[[7, 0]])
    with pytest.raises(ChecksumError):
        shades.decode_pack(pack, [8])


def test_all_kinds_of_grey_pictures_come_back_as_grey(shades: Codec, tmp_path: Path) -> None:
    image = Image.fromarray(SCAN)
    alpha = Image.fromarray(np.ascontiguousarray(SCAN.T.reshape(SCAN.shape)))
    bilevel = image.point(lambda level: level > 99 and 255, "1")
    palette = image.quantize(12)
    for made, mode, expected in (
        (image, "L", SCAN),
        (bilevel, "L", np.asarray(bilevel) * np.uint8(255)),
        (palette, "L", np.asarray(palette.convert("L"))),
        (image.convert("RGB"), "L", SCAN),
        (Image.merge("LA", (image, alpha)), "LA", np.dstack([image, alpha])),
        (Image.merge("RGBA", (image, image, image, alpha)), "LA", np.dstack([image, alpha])),
    ):
        for source in (made, tmp_path / "a.png"):
            made.save(tmp_path / "a.png")
            decoded = shades.decode(shades.encode(source))
            assert decoded.mode == mode
            assert np.array_equal(np.asarray(decoded), expected)
    for array in (SCAN[..., None], np.dstack([SCAN] * 3), np.asfortranarray(SCAN)):
        assert np.array_equal(shades.decode_array(shades.encode(array)), SCAN)


def test_metadata_is_kept_but_for_a_profile_of_colours_which_is_said(shades: Codec) -> None:
    image = Image.fromarray(SCAN)
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "maker", 6
    image.info["exif"] = exif.tobytes()
    decoded = shades.decode(shades.encode(image))
    assert decoded.getexif()[0x010F] == "maker"
    assert np.array_equal(np.asarray(decoded), np.asarray(image.transpose(Image.Transpose.ROTATE_270)))
    coloured = Image.fromarray(np.dstack([SCAN] * 3))
    coloured.info["icc_profile"] = RGB_PROFILE
    with pytest.warns(LossWarning, match="an ICC profile for RGB"):
        assert np.array_equal(shades.decode_array(shades.encode(coloured)), SCAN)


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        (picture(9, 9), "the picture is in colour, and this bundle keeps grey ones alone"),
        (Image.fromarray(picture(9, 9)).quantize(8), "the picture is in colour"),
        (SCAN.astype(np.uint16) * 257, "impossible without loss: 16 bits a sample"),
        (Image.fromarray(SCAN.astype(np.uint16) * 257), "impossible without loss: 16 bits a sample"),
        (Image.fromarray(picture(9, 9)).convert("CMYK"), "impossible without loss: CMYK colours"),
        (Image.merge("LA", [Image.fromarray(SCAN)] * 2).convert("La"), "impossible without loss: La colours"),
    ],
)
def test_what_would_lose_something_is_refused(
    shades: Codec, refused: latentcodec.pictures.read.Picture, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        shades.encode(refused)
    with pytest.raises(ValueError, match=message):
        shades.encode_pack([refused])


@pytest.mark.parametrize(
    "settings",
    [{"quality": 50}, {"quantiser": "max", "bits": 2}, {"bits": 2}, {"target_size": 999}, {"target_psnr": 40}],
)
def test_a_lossless_bundle_takes_no_quality(shades: Codec, settings: dict) -> None:
    for encode in (shades.encode, lambda picture, **options: shades.encode_pack([picture], **options)):
        with pytest.raises(ValueError, match=r"bundle shades-v1 is lossless: it takes no (quality|target)"):
            encode(SCAN, **settings)
    with pytest.raises(ValueError, match="offers the entropy models context, not 'static'"):
        shades.encode(SCAN, entropy="static")
    with pytest.raises(ValueError, match="bundle shades-v1 is lossless: it has no networks"):
        shades.analyse(SCAN[None])


def test_lossless_is_asked_for_by_name_or_by_a_word(lossless_found: None, exact: Codec, handwriting: Codec) -> None:
    data = latentcodec.encode(SCAN, lossless=True)
    assert data == exact.encode(SCAN)
    assert np.array_equal(latentcodec.decode_array(data), SCAN)
    assert latentcodec.encode(SCAN, bundle="digits-v1") == handwriting.encode(SCAN)
    assert latentcodec.encode(SCAN, lossless=True, bundle="digits-v1") == handwriting.encode(SCAN)
    with pytest.raises(ValueError, match="bundle tiny_rgb is not lossless: name none, which means lossless-v1"):
        latentcodec.encode(SCAN, lossless=True, bundle="tiny_rgb")


def test_pillow_saves_without_loss(lossless_found: None, tmp_path: Path) -> None:
    Image.fromarray(SCAN).save(tmp_path / "a.ltc", lossless=True)
    with Image.open(tmp_path / "a.ltc") as image:
        assert image.mode == "L"
        assert np.array_equal(np.asarray(image), SCAN)


def test_info_and_verify_know_it(lossless_found: None, shades: Codec) -> None:
    data = shades.encode(SCAN)
    facts = latentcodec.verify(data)
    assert facts == latentcodec.info(data) | {"pixels_crc32": f"{zlib.crc32(SCAN):08x}"}
    assert (facts["quantiser"], facts["bytes"]["side_information"]) == ("lossless", 0)
    assert not {"bits", "quality"} & facts.keys()


def test_verify_compares_the_pixels_and_not_only_the_bytes(lossless_found: None, shades: Codec) -> None:
    """A file whose own checksum is right, but whose pixels are others than those encoded."""
    import zlib

    data = bytearray(shades.encode(SCAN))
    data[-20] ^= 1
    data[-4:] = zlib.crc32(data[:-4]).to_bytes(4, "little")
    with pytest.raises(LatentCodecError):
        latentcodec.verify(bytes(data))


def test_threads_and_batches_give_what_one_thread_gives(shades: Codec) -> None:
    several = [np.ascontiguousarray(picture(40, 50, seed)[..., 1]) for seed in range(12)]
    files = [shades.encode(each) for each in several]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(shades.encode, several)) == files
        decoded = pool.map(lambda data: shades.decode_array(data), files)
        assert all(np.array_equal(*pair) for pair in zip(decoded, several, strict=True))
    assert list(shades.encode_batch(several, workers=3)) == files
    for back, each in zip(shades.decode_batch(files, workers=3), several, strict=True):
        assert np.array_equal(back, each)


def test_another_process_makes_the_same_file_and_reads_ours(handwriting: Codec, tmp_path: Path) -> None:
    np.save(tmp_path / "digits.npy", digits(9))
    (tmp_path / "a.ltcp").write_bytes(handwriting.encode_pack(digits(9), block=4))
    program = (
        "import sys, latentcodec, numpy as np\n"
        "codec, digits = latentcodec.open(sys.argv[1]), np.load(sys.argv[2])\n"
        "assert np.array_equal(codec.decode_pack(sys.argv[3]), digits)\n"
        "print(codec.encode_pack(digits, block=4).hex(), 'onnxruntime' in sys.modules)"
    )
    there = run(program, handwriting.bundle.path, tmp_path / "digits.npy", tmp_path / "a.ltcp").split()
    assert there == [(tmp_path / "a.ltcp").read_bytes().hex(), "False"]


@pytest.mark.parametrize("form", ["whole", "tiled", "pack"])
def test_every_cut_and_every_changed_byte_is_a_typed_error(shades: Codec, form: str) -> None:
    small = SCAN[:20, :24]
    encode = {"whole": shades.encode, "tiled": lambda picture: shades.encode(picture, tile=10)}
    data = shades.encode_pack([small, small], block=1) if form == "pack" else encode[form](small)
    decode = shades.decode_pack if form == "pack" else shades.decode
    for length in range(len(data)):
        with pytest.raises(LatentCodecError):
            decode(data[:length])
    for place in range(len(data)):
        for change in (1, 16, 0xFF):
            with pytest.raises(LatentCodecError):
                decode(data[:place] + bytes([data[place] ^ change]) + data[place + 1 :])
    with pytest.raises(LatentCodecError):
        decode(data + b"\0")


def test_a_bundle_without_networks_is_whole_or_refused(shades: Codec, bundles: Path, tmp_path: Path) -> None:
    facts = shades.bundle.facts.to_json()
    tables = (shades.bundle.path / "tables.bin").read_bytes()
    assert shades.bundle.facts.lossless and not shades.bundle.networks
    assert sorted(path.name for path in shades.bundle.path.iterdir()) == ["card.json", "codec.json", "tables.bin"]
    assert write_bundle(tmp_path / "a", facts, tables=tables, card={}) == shades.bundle.model_id
    foreign = {"colour": "RGB", "image_size": [9, 9], "stride": 8, "receptive_field": 8, "latent_channels": 2}
    foreign |= {"entropy": ["static"], "quality": [[100, "lossless", 0]], "quantisers": {"lossless": [8]}}
    for key, value in foreign.items():
        with pytest.raises(BundleError, match=f"'{key}' is not what schema 1 allows"):
            write_bundle(tmp_path / "a", {**facts, key: value}, tables=tables, card={})
    with pytest.raises(BundleError, match="'files' is not what"):
        write_bundle(tmp_path / "a", facts, tables=tables, card={}, encoder=bundles / "tiny_rgb" / "encoder.onnx")
    with pytest.raises(BundleError, match="no state for lossless"):
        write_bundle(tmp_path / "a", facts, tables=Tables.build([]), card={})
    assert load_bundle(tmp_path / "a").model_id == shades.bundle.model_id
    (tmp_path / "a" / "tables.bin").write_bytes(tables[:-1] + b"?")
    with pytest.raises(BundleError, match="SHA-256"):
        load_bundle(tmp_path / "a")
