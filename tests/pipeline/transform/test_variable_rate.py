"""A bundle coded at any quality (`gained`): files, tiles, packs, and what is refused."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from make_golden import digits, picture
from PIL import Image

import latentcodec
import latentcodec.pillow
from latentcodec import BundleError, Codec, load_bundle, write_bundle
from latentcodec._core import Tables
from latentcodec.bundle.bundle import read_facts
from latentcodec.distortion import psnr

ORIGINAL = picture(100, 130)


@pytest.mark.parametrize("entropy", ["static", "context"])
@pytest.mark.parametrize("size", [(1, 1), (37, 53), (100, 130)])
@pytest.mark.parametrize("quality", [1, 20, 73, 100])
def test_a_picture_of_any_size_comes_back_at_any_quality(
    golden_found: None, variable_rate: Codec, size: tuple[int, int], quality: int, entropy: str
) -> None:
    original = picture(*size)
    data = variable_rate.encode(original, quality=quality, entropy=entropy)
    assert variable_rate.decode_array(data).shape == original.shape
    latents = variable_rate.analyse(original[None])[0]
    symbols = variable_rate.transform.gains.quantise(quality, latents)
    nearer = symbols - np.sign(symbols) if entropy == "context" else symbols
    assert ((found := variable_rate.symbols(data)) == symbols).mean() > 0.8
    assert ((found == symbols) | (found == nearer)).all()
    facts = latentcodec.verify(data)
    assert facts == latentcodec.info(data)
    assert (facts["quantiser"], facts["quality"], facts["entropy"]) == ("gained", quality, entropy)
    assert "bits" not in facts and facts["bytes"]["side_information"] == 0


@pytest.mark.parametrize("entropy", ["static", "context"])
def test_a_higher_quality_is_closer_and_costs_more(variable_rate: Codec, entropy: str) -> None:
    files = [variable_rate.encode(ORIGINAL, quality=quality, entropy=entropy) for quality in (1, 25, 50, 75, 100)]
    reached = [psnr(ORIGINAL, variable_rate.decode_array(data)) for data in files]
    assert [len(data) for data in files] == sorted({len(data) for data in files})
    assert reached == sorted(set(reached))
    assert reached[-1] > reached[0] + 8


def test_tiles_change_next_to_nothing_and_a_region_is_the_crop_of_the_whole(variable_rate: Codec) -> None:
    for entropy in ("static", "context"):
        whole = variable_rate.encode(ORIGINAL, quality=80, entropy=entropy)
        tiled = variable_rate.encode(ORIGINAL, quality=80, entropy=entropy, tile=32)
        pixels = variable_rate.decode_array(tiled)
        assert len(tiled) > len(whole)
        apart = pixels.astype(int) - variable_rate.decode_array(
            whole
        )  # in each tile the context model chooses by itself
        assert np.square(apart).mean() < (1 if entropy == "context" else 1e-9)
        for left, top, right, bottom in ((0, 0, 1, 1), (30, 31, 33, 34), (5, 40, 130, 100)):
            part = variable_rate.decode_array(tiled, (left, top, right, bottom))
            assert np.abs(part - pixels[top:bottom, left:right].astype(int)).max() <= 1


def test_grey_alpha_and_metadata_are_kept(variable_rate: Codec) -> None:
    transparent = np.dstack([ORIGINAL, ORIGINAL[..., 0]])
    decoded = variable_rate.decode_array(variable_rate.encode(transparent, quality=60))
    assert np.array_equal(decoded[..., 3], transparent[..., 3])
    assert variable_rate.decode(variable_rate.encode(ORIGINAL[..., 0], quality=60)).mode == "L"


def test_a_pack_keeps_its_quality_when_it_grows(golden_found: None, variable_rate: Codec) -> None:
    drawn = digits(10)
    pack = variable_rate.encode_pack(drawn[:6], quality=88, block=4, names=list("abcdef"))
    assert latentcodec.verify(pack)["quality"] == 88
    both = variable_rate.append_pack(pack, drawn[6:], names=list("ghij"))
    assert latentcodec.verify(both)["quality"] == 88
    assert both == variable_rate.encode_pack(drawn, quality=88, block=4, names=list("abcdefghij"))
    assert np.array_equal(variable_rate.decode_pack(both, ["h"])[0], variable_rate.decode_pack(both)[7])
    assert psnr(drawn, variable_rate.decode_pack(both)) > 12


def test_pillow_saves_and_opens_it(golden_found: None, variable_rate: Codec, tmp_path: Path) -> None:
    Image.fromarray(ORIGINAL).save(tmp_path / "a.ltc", quality=33, bundle="tiny_gained")
    assert (tmp_path / "a.ltc").read_bytes() == variable_rate.encode(ORIGINAL, quality=33)
    with Image.open(tmp_path / "a.ltc") as image:
        assert np.array_equal(np.asarray(image), variable_rate.decode_array(tmp_path / "a.ltc"))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"quality": 0}, "quality is 1 to 100, not 0"),
        ({"quality": 100.01}, "quality is 1 to 100, not 100.01"),
        ({"quantiser": "gained", "bits": 50}, "takes a quality, 1 to 100: its quantiser, gained, has no bits"),
        ({"quantiser": "min_max", "bits": 2}, "takes a quality, 1 to 100"),
        ({"bits": 3}, "takes a quality, 1 to 100"),
        ({"entropy": "adaptive"}, "entropy models static, context, not 'adaptive'"),
    ],
)
def test_a_quality_is_the_only_way_in(variable_rate: Codec, settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        variable_rate.encode(ORIGINAL, **settings)


def test_the_others_do_not_offer_it(rgb: Codec) -> None:
    with pytest.raises(ValueError, match="offers the quantisers max, min_max, vector, vector_shared, not 'gained'"):
        rgb.encode(ORIGINAL, quantiser="gained", bits=50)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("quantisers", {"gained": [50]}),
        ("quantisers", {"gained": [], "max": [1]}),
        ("quantisers", {"max": []}),
        ("entropy", ["static", "adaptive"]),
        ("quality", [[100, "gained", 100]]),
    ],
)
def test_facts_against_the_schema_are_named(variable_rate: Codec, tmp_path: Path, key: str, value: object) -> None:
    folder = shutil.copytree(variable_rate.bundle.path, tmp_path / "copy")
    facts = json.loads((folder / "codec.json").read_text())
    (folder / "codec.json").write_text(json.dumps({**facts, key: value}))
    with pytest.raises(BundleError, match=f"'{key}' is not what schema 1 allows"):
        load_bundle(folder)


def test_tables_that_lack_what_is_offered_are_refused(variable_rate: Codec, bundles: Path, tmp_path: Path) -> None:
    source = variable_rate.bundle.path
    facts = read_facts(source).to_json()
    table = variable_rate.bundle.tables.gains()
    streams = [(quality, np.zeros((1, 6, 2, 2), np.int16)) for quality in (20, 70)]
    five = table[0][:, :5].copy(), table[1][:, :5].copy(), [(9, streams[0][1][:, :5].copy())]
    for tables, message in (
        ((bundles / "tiny_rgb" / "tables.bin").read_bytes(), "no gains"),
        (Tables.build([], variable_rate=(*five, 1, 1)), "the gains are for 5 channels, the latents have 6"),
        (Tables.build([], variable_rate=(*table, streams, 0, 1)), "no static tables"),
        (Tables.build([], variable_rate=(*table, streams, 1, 0)), "no coder's state"),
    ):
        networks = {"encoder": source / "encoder.onnx", "decoder": source / "decoder.onnx"}
        with pytest.raises(BundleError, match=f"tables.bin: .*{message}"):
            write_bundle(tmp_path / "lacking", facts, **networks, tables=tables, card={})
