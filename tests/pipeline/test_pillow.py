"""After `import latentcodec.pillow` a .ltc file is a picture like any other to Pillow."""

import io
from pathlib import Path

import numpy as np
import pytest
from make_golden import picture
from PIL import Image, ImageFile

import latentcodec.pillow
from latentcodec import Codec

pytestmark = pytest.mark.usefixtures("golden_found")
ORIGINAL = picture(30, 41)
MODES = {
    "RGB": ORIGINAL,
    "L": np.ascontiguousarray(ORIGINAL[..., 0]),
    "RGBA": np.dstack([ORIGINAL, ORIGINAL[..., 0]]),
    "LA": np.ascontiguousarray(ORIGINAL[..., :2]),
}


@pytest.mark.parametrize("mode", MODES)
def test_save_and_open(mode: str, rgb: Codec, tmp_path: Path) -> None:
    Image.fromarray(MODES[mode]).save(tmp_path / "a.ltc", quality=90, bundle="tiny_rgb")
    assert (tmp_path / "a.ltc").read_bytes() == rgb.encode(MODES[mode], quality=90)
    with Image.open(tmp_path / "a.ltc") as image:
        assert (image.format, image.mode, image.size) == ("LTC", mode, (41, 30))
        assert image.get_format_mimetype() == "image/x-latentcodec"
        assert np.array_equal(np.asarray(image), rgb.decode_array(tmp_path / "a.ltc"))


def test_opening_decodes_nothing(rgb: Codec, monkeypatch: pytest.MonkeyPatch) -> None:
    data = rgb.encode(ORIGINAL)
    monkeypatch.setattr("latentcodec.api.decode", None)
    monkeypatch.setattr("latentcodec.transform.sessions.open_session", None)
    assert Image.open(io.BytesIO(data)).size == (41, 30)


def test_metadata_is_in_info_and_comes_from_save_s_options(rgb: Codec, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "maker"
    Image.fromarray(ORIGINAL).save(tmp_path / "a.ltc", bundle="tiny_rgb", exif=exif.tobytes())
    with Image.open(tmp_path / "a.ltc") as image:
        assert image.getexif()[0x010F] == "maker"
        image.save(tmp_path / "b.ltc", bundle="tiny_rgb", tile=16)
    assert latentcodec.info(tmp_path / "b.ltc")["exif"]
    assert latentcodec.info(tmp_path / "b.ltc")["tile"] == 16


def test_a_picture_can_be_opened_resized_and_saved_as_another_format(rgb: Codec, tmp_path: Path) -> None:
    (tmp_path / "a.ltc").write_bytes(rgb.encode(ORIGINAL))
    with Image.open(tmp_path / "a.ltc") as image:
        image.resize((10, 10)).save(tmp_path / "b.png")
        image.thumbnail((20, 20))
        assert max(image.size) == 20


def test_other_files_are_left_to_other_plugins(tmp_path: Path) -> None:
    Image.fromarray(ORIGINAL).save(tmp_path / "a.png")
    assert Image.open(tmp_path / "a.png").format == "PNG"
    with pytest.raises(Image.UnidentifiedImageError):
        Image.open(io.BytesIO(b"neither one nor the other"))


def test_damaged_files_are_os_errors_that_say_what_is_wrong(rgb: Codec) -> None:
    data = rgb.encode(ORIGINAL)
    for broken, message in (
        (data[:-1], "cannot open the .ltc file: .*checksum"),
        (data[:9], "cannot open the .ltc file: the bytes end too early"),
        (b"LTC\x09" + data[4:], "cannot open the .ltc file: .*version 9"),
        (data[:4] + b"none" + data[8:], "cannot open the .ltc file"),
    ):
        with pytest.raises(OSError, match=message):
            Image.open(io.BytesIO(broken))
    tiled = bytearray(rgb.encode(ORIGINAL, tile=8))
    tiled[-1] ^= 1
    image = Image.open(io.BytesIO(tiled))
    with pytest.raises(OSError, match="cannot decode"):
        image.load()


def test_a_file_without_its_bundle_says_so(rgb: Codec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LATENTCODEC_BUNDLES")
    with pytest.raises(OSError, match=rgb.bundle.model_id.hex()):
        Image.open(io.BytesIO(rgb.encode(ORIGINAL)))


def test_pillow_s_own_limit_holds(rgb: Codec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 600)
    with pytest.raises(Image.DecompressionBombError):
        Image.open(io.BytesIO(rgb.encode(ORIGINAL)))


def test_wrong_options_leave_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="quality is 1 to 100"):
        Image.fromarray(ORIGINAL).save(tmp_path / "a.ltc", quality=0, bundle="tiny_rgb")
    assert not (tmp_path / "a.ltc").exists()


@pytest.mark.parametrize("kind", ["L", "RGBA"])
def test_a_file_as_long_as_its_pixels_is_decoded_not_shown(kind: str, tmp_path: Path) -> None:
    """Pillow maps a file of raw pixels into memory: a short picture's file is longer than its pixels."""
    pixels = np.full((3, 3, *([4] if kind == "RGBA" else [])), 200, np.uint8)
    data = latentcodec.encode(pixels, bundle="tiny_rgb")
    (tmp_path / "a.ltc").write_bytes(data)
    decoded = latentcodec.decode_array(data)
    assert len(data) >= pixels.size
    assert np.array_equal(np.asarray(Image.open(tmp_path / "a.ltc")), decoded)
    parser = ImageFile.Parser()
    for byte in range(0, len(data), 7):
        parser.feed(data[byte : byte + 7])
    assert np.array_equal(np.asarray(parser.close()), decoded)


def test_verify_finds_a_damaged_tile(rgb: Codec) -> None:
    data = bytearray(rgb.encode(ORIGINAL, tile=16))
    Image.open(io.BytesIO(data)).verify()
    data[-6] ^= 1
    with pytest.raises(OSError, match="damaged"):
        Image.open(io.BytesIO(data)).verify()


def test_save_takes_metadata_as_pillow_does() -> None:
    exif = Image.Exif()
    exif[0x010E] = "desc"
    file = io.BytesIO()
    image = Image.fromarray(ORIGINAL)
    image.save(file, "LTC", bundle="tiny_rgb", exif=exif, dpi=(300, 300), xmp=b"<x:xmpmeta/>", comment=b"hello")
    assert image.info == {}
    opened = Image.open(file)
    assert opened.getexif()[0x010E] == "desc"
    kept = {name: opened.info[name] for name in ("dpi", "xmp", "comment")}
    assert kept == {"dpi": (300, 300), "xmp": b"<x:xmpmeta/>", "comment": b"hello"}
