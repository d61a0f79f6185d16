"""A bundle is loaded whole and unaltered or not at all."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
from make_golden import picture

import latentcodec
from latentcodec import BundleError, Codec, load_bundle, write_bundle


@pytest.fixture
def copy(bundles: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundles / "tiny_rgb", tmp_path / "copy"))


def change_facts(folder: Path, **changes: object) -> None:
    facts = json.loads((folder / "codec.json").read_text())
    (folder / "codec.json").write_text(json.dumps({**facts, **changes}))


def test_the_model_id_is_the_hash_of_the_canonical_facts(bundles: Path) -> None:
    bundle = load_bundle(bundles / "tiny_rgb")
    facts = json.loads((bundles / "tiny_rgb" / "codec.json").read_text())
    canonical = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    assert bundle.model_id == hashlib.sha256(canonical.encode()).digest()[:4]
    assert bundle.facts.to_json() == facts
    assert (bundle.name, bundle.facts.colour, bundle.facts.stride, bundle.facts.latent_channels) == (
        "tiny_rgb",
        "RGB",
        8,
        6,
    )
    assert bundle.facts.image_size is None
    assert load_bundle(bundles / "tiny_l").facts.image_size == (28, 28)
    assert bundle.facts.latent_shape(17, 8) == (6, 3, 1)


def test_the_card_and_the_layout_of_the_json_are_no_part_of_the_model_id(copy: Path, rgb: Codec) -> None:
    change_facts(copy)
    (copy / "card.json").unlink()
    assert load_bundle(copy).model_id == rgb.bundle.model_id


@pytest.mark.parametrize("name", ["encoder.onnx", "decoder.onnx", "tables.bin"])
def test_an_altered_or_missing_file_is_named(copy: Path, name: str) -> None:
    content = (copy / name).read_bytes()
    (copy / name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(BundleError, match=f"{name} is not the file that codec.json names"):
        load_bundle(copy)
    (copy / name).unlink()
    with pytest.raises(BundleError, match=f"{name}: No such file"):
        load_bundle(copy)


def test_a_folder_without_codec_json_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="holds no bundle"):
        load_bundle(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000, "{}", '{"schema": true}', '{"schema": 1}'])
def test_a_codec_json_that_is_none_is_a_bundle_error(copy: Path, text: str) -> None:
    (copy / "codec.json").write_text(text)
    with pytest.raises(BundleError, match=r"codec\.json"):
        load_bundle(copy)


def test_a_foreign_schema_is_named(copy: Path) -> None:
    change_facts(copy, schema=2)
    with pytest.raises(BundleError, match="follows schema 2, this version of latentcodec reads 1"):
        load_bundle(copy)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", "../../etc"),
        ("name", ""),
        ("name", ".hidden"),
        ("name", "a" * 65),
        ("name", ["tiny"]),
        ("colour", "CMYK"),
        ("colour", ["RGB"]),
        ("stride", 0),
        ("stride", 8.0),
        ("stride", True),
        ("image_size", [28]),
        ("image_size", [28, 30]),
        ("receptive_field", -1),
        ("latent_channels", 2**20),
        ("latent_channels", "6"),
        ("quantisers", {}),
        ("quantisers", {"mean": [1]}),
        ("quantisers", {"max": [9]}),
        ("quantisers", {"max": [2, 1]}),
        ("quantisers", {"max": 2}),
        ("entropy", []),
        ("entropy", ["magic"]),
        ("quality", []),
        ("quality", [[50, "max", 1]]),
        ("quality", [[100, "max", 7]]),
        ("quality", [[100, "max", 1], [50, "max", 2]]),
        ("quality", [[100, ["max"], 1]]),
        ("files", {"encoder.onnx": "0" * 64}),
        ("files", {"encoder.onnx": "", "decoder.onnx": "", "tables.bin": ""}),
        ("files", {"../x": "0" * 64, "decoder.onnx": "0" * 64, "tables.bin": "0" * 64}),
    ],
)
def test_facts_against_the_schema_are_named(copy: Path, key: str, value: object) -> None:
    change_facts(copy, **{key: value})
    with pytest.raises(BundleError, match=f"'{key}' is not what schema 1 allows"):
        load_bundle(copy)


def test_foreign_and_missing_keys_are_named(copy: Path) -> None:
    change_facts(copy, weights="elsewhere")
    with pytest.raises(BundleError, match="foreign ones: weights"):
        load_bundle(copy)


def test_tables_that_lack_what_is_offered_are_refused(remake) -> None:
    offered = {"max": [1, 2, 3, 4], "min_max": [1, 2, 3, 8]}
    with pytest.raises(BundleError, match=r"tables\.bin"):
        remake(facts={"quantisers": offered})
    with pytest.raises(BundleError, match="another number of channels"):
        remake(facts={"latent_channels": 5})
    with pytest.raises(BundleError, match="no coder's state"):
        remake(facts={"entropy": ["static", "context"]})


def test_a_network_cannot_read_other_files(
    remake, bundles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ONNX may keep weights in other files, by path: what the bundle's hashes do not cover is not loaded."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret").write_bytes(np.ones(6, np.float32).tobytes())
    for location in ("secret", f"../{tmp_path.name}/secret", str(tmp_path / "secret")):
        model = onnx.load(bundles / "tiny_rgb/decoder.onnx")
        (offset,) = (weight for weight in model.graph.initializer if weight.name == "offset")
        offset.raw_data = b""
        offset.data_location = onnx.TensorProto.EXTERNAL
        offset.external_data.add(key="location", value=location)
        (tmp_path / "hostile.onnx").write_bytes(model.SerializeToString())
        codec = Codec(load_bundle(remake(decoder=tmp_path / "hostile.onnx")), provider="cpu")
        data = codec.encode(picture(8, 8))
        with pytest.raises(BundleError, match=r"(?i)decoder\.onnx of bundle tiny_rgb.*external"):
            codec.decode(data)


def test_write_bundle_replaces_a_bundle_and_nothing_else(remake, tmp_path: Path, rgb: Codec) -> None:
    folder = remake()
    assert load_bundle(folder).model_id == rgb.bundle.model_id
    (folder / "left over").touch()
    assert load_bundle(remake(facts={"receptive_field": 9})).model_id != rgb.bundle.model_id
    assert not (folder / "left over").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["remade"]
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "thesis.doc").touch()
    with pytest.raises(FileExistsError, match="is no bundle"):
        remake()
    assert (folder / "thesis.doc").exists()


def test_write_bundle_leaves_the_old_bundle_and_no_parts_when_it_fails(remake, tmp_path: Path, rgb: Codec) -> None:
    folder = remake()
    with pytest.raises(BundleError):
        remake(facts={"stride": 0})
    assert load_bundle(folder).model_id == rgb.bundle.model_id
    assert [path.name for path in tmp_path.iterdir()] == ["remade"]


def test_write_bundle_returns_the_model_id_and_keeps_the_card(bundles: Path, tmp_path: Path) -> None:
    source = bundles / "tiny_l"
    facts = load_bundle(source).facts.to_json()
    written = write_bundle(
        tmp_path / "deep" / "digits",
        facts,
        encoder=source / "encoder.onnx",
        decoder=source / "decoder.onnx",
        tables=(source / "tables.bin").read_bytes(),
        card={"licence": "MIT"},
    )
    assert written == latentcodec.open(source).bundle.model_id
    assert json.loads((tmp_path / "deep" / "digits" / "card.json").read_text()) == {"licence": "MIT"}
