"""The functions of `import latentcodec`: the bundle is found by the id in the file."""

import io
import json
import os
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
from make_golden import digits, picture
from PIL import Image

import latentcodec
import latentcodec.pillow
from latentcodec import Codec, LimitError, UnknownModelError, api
from latentcodec.container import read

ORIGINAL = picture(37, 53)


def test_encode_and_decode_find_the_bundle(golden_found: None, rgb: Codec) -> None:
    data = latentcodec.encode(ORIGINAL, bundle="tiny_rgb", quality=100)
    assert data == rgb.encode(ORIGINAL, quality=100)
    image = latentcodec.decode(data)
    assert image.size == (53, 37)
    decoded = latentcodec.decode_array(io.BytesIO(data))
    assert np.array_equal(decoded, np.asarray(image))
    assert np.abs(decoded.astype(int) - ORIGINAL).mean() < 12


def test_a_file_whose_bundle_is_not_found_says_so(no_bundles: None, rgb: Codec, bundles: Path) -> None:
    data = rgb.encode(ORIGINAL)
    with pytest.raises(UnknownModelError, match=rf"model id {rgb.bundle.model_id.hex()}; looked in"):
        latentcodec.decode(data)
    assert latentcodec.info(data)["bundle"] is None
    assert latentcodec.decode(data, bundle=bundles / "tiny_rgb").size == (53, 37)
    with pytest.raises(UnknownModelError, match="encoded with the model"):
        latentcodec.decode(data, bundle=bundles / "tiny_l")


def test_info_accounts_for_every_byte(golden_found: None, rgb: Codec, tmp_path: Path) -> None:
    data = rgb.encode(ORIGINAL, quantiser="vector", bits=3)
    facts = latentcodec.info(data)
    assert facts == {
        "format": "ltc",
        "version": 1,
        "model": rgb.bundle.model_id.hex(),
        "bundle": "tiny_rgb",
        "width": 53,
        "height": 37,
        "grey": False,
        "tile": 0,
        "alpha": False,
        "icc": False,
        "exif": False,
        **dict.fromkeys(("xmp", "iptc", "text", "dpi", "cicp", "gamma", "chromaticity", "importance"), False),
        "quantiser": "vector",
        "bits": 3,
        "entropy": "static",
        "bytes": {"header": 12, "side_information": 16, "payload": len(data) - 32, "checksum": 4, "total": len(data)},
        "bpp": 8 * len(data) / (53 * 37),
    }
    json.dumps(facts)
    (tmp_path / "a.ltc").write_bytes(data)
    assert latentcodec.info(tmp_path / "a.ltc") == facts == latentcodec.verify(tmp_path / "a.ltc")


def test_info_of_a_pack_counts_all_its_pictures(golden_found: None, grey: Codec) -> None:
    data = grey.encode_pack(digits(10), quantiser="min_max", bits=2, block=4)
    facts = latentcodec.info(data)
    assert (facts["format"], facts["count"], facts["block"]) == ("ltcp", 10, 4)
    assert sum(facts["bytes"][part] for part in ("header", "index", "side_information", "payload", "checksum")) == len(
        data
    )
    assert facts["bytes"]["total"] == len(data)
    assert facts["bytes"]["side_information"] == 4
    assert facts["bpp"] == 8 * len(data) / (10 * 28 * 28)


def test_info_tells_the_size_of_a_file_that_decode_refuses(golden_found: None, rgb: Codec) -> None:
    bomb = latentcodec._core.write_image(
        rgb.bundle.model_id, 60000, 60000, 0, 1, 0, np.zeros(1, np.float32), np.zeros((6, 1, 1), np.int16), None
    )
    assert latentcodec.info(bomb)["width"] == 60000
    for function in (latentcodec.decode, latentcodec.verify, rgb.decode, rgb.symbols):
        with pytest.raises(LimitError):
            function(bomb)


def test_verify_needs_no_network(golden_found: None, rgb: Codec, monkeypatch: pytest.MonkeyPatch) -> None:
    data = rgb.encode(ORIGINAL)
    monkeypatch.setattr("latentcodec.transform.sessions.open_session", None)
    assert latentcodec.verify(data)["bytes"]["total"] == len(data)


def test_a_bundle_stays_loaded_until_it_changes(remake, tmp_path: Path) -> None:
    folder = remake()
    first = api.cached_codec(folder, "cpu", 1)
    assert api.cached_codec(folder, "cpu", 1) is first
    remake(facts={"receptive_field": 9})
    assert api.cached_codec(folder, "cpu", 1).bundle.model_id != first.bundle.model_id


def test_decoded_images_can_be_saved_by_pillow(golden_found: None, tmp_path: Path) -> None:
    latentcodec.decode(latentcodec.encode(ORIGINAL, bundle="tiny_rgb")).save(tmp_path / "out.png")
    assert Image.open(tmp_path / "out.png").size == (53, 37)


def test_the_public_names_are_the_documented_ones() -> None:
    for name in latentcodec.__all__:
        assert getattr(latentcodec, name).__doc__, name
    for name in dir(Codec):
        assert name.startswith("_") or getattr(Codec, name).__doc__, name
    assert Path(latentcodec.__file__).with_name("py.typed").exists()


def test_a_file_is_parsed_once_and_codec_json_read_once_when_warm(
    golden_found: None, rgb: Codec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "picture.ltc").write_bytes(rgb.encode(ORIGINAL))
    latentcodec.decode(tmp_path / "picture.ltc")
    parse = Mock(side_effect=read._parse)
    read_content = Mock(side_effect=Path.read_bytes)
    monkeypatch.setattr(read, "_parse", parse)
    monkeypatch.setattr(Path, "read_bytes", lambda path: read_content(path))
    latentcodec.decode(tmp_path / "picture.ltc")
    assert parse.call_count == 1
    np.asarray(Image.open(tmp_path / "picture.ltc"))
    assert parse.call_count == 2
    latentcodec.thumbnail(tmp_path / "picture.ltc", partial=True)
    assert parse.call_count == 3
    assert read_content.call_count == 0  # a codec.json that has not changed is not read again
    os.utime(rgb.bundle.path / "codec.json")
    latentcodec.decode(tmp_path / "picture.ltc")
    assert [call.args[0].name for call in read_content.call_args_list] == ["codec.json"]
