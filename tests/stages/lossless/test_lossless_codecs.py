"""The lossless stages: what they learn from, what they measure, and that nothing changed passes for lossless."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from make_golden import digits, picture
from PIL import Image

import latentcodec
from stages.datasets.dataset import DataError
from stages.datasets.drawn import SEEDED
from stages.datasets.lossless_sets import deepened, lossless_sets
from stages.datasets.training_set import load_training_set
from stages.lossless import evaluate as evaluate_lossless
from stages.lossless import every_digit
from stages.lossless.fit import fit
from stages.release import release

LOSSLESS = {
    "handwriting": {
        "kind": "handwriting",
        "data": "digits",
        "pictures": None,
        "count": None,
        "drawn": None,
        "terms": None,
    },
    "any": {"kind": "any", "data": "photos", "pictures": None, "count": None, "drawn": None, "terms": None},
}
PARAMS = {"lossless": LOSSLESS, "data": {"lossless": None, "drawn": [160, 120], "mirror": None}}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with digits, photographs, and all that the stages make of them."""
    root = tmp_path_factory.mktemp("lossless")
    photos = np.stack([picture(48, 40, seed) for seed in range(9)]).transpose(0, 3, 1, 2)
    for kind, stack in (("digits", digits(90)[:, None]), ("photos", photos)):
        data = root / "build/data" / kind
        data.mkdir(parents=True)
        for part, share in (("train", stack[2::3]), ("holdout", stack[1::3]), ("test", stack[::3])):
            np.save(data / f"{part}.npy", share)
        np.save(data / "test_labels.npy", np.arange(len(stack[::3]), dtype=np.uint8) % 3)
        (data / "source.json").write_text(json.dumps({"name": f"some {kind}", "terms": "made by the tests"}))
    for codec in LOSSLESS:
        fit(codec, PARAMS, root)
        evaluate_lossless.main(codec, PARAMS, root)
    return root


def read(study: Path, codec: str, name: str) -> list[dict]:
    return json.loads((study / f"build/{codec}/evaluation/{name}.json").read_text())


def test_a_bundle_has_no_networks_and_a_card_that_says_what_it_learnt_from(study: Path) -> None:
    for codec, settings in LOSSLESS.items():
        opened = latentcodec.open(study / "exports/study" / codec)
        assert opened.bundle.facts.lossless and opened.bundle.facts.any_picture == (settings["kind"] == "any")
        card = json.loads((opened.bundle.path / "card.json").read_text())
        files = [study / "build/data" / settings["data"] / f"{part}.npy" for part in ("train", "holdout")]
        digest = hashlib.sha256(b"".join(hashlib.sha256(file.read_bytes()).digest() for file in files)).hexdigest()
        pictures = sum(len(np.load(file)) for file in files)
        assert card["training"] == settings
        assert card["data"] == {
            "name": f"some {settings['data']}",
            "terms": "made by the tests",
            "pictures": pictures,
            "sha256": digest,
        }


def test_what_is_measured_are_the_files_that_the_bundle_writes(study: Path) -> None:
    handwriting, of_any = (latentcodec.open(study / "exports/study" / codec) for codec in LOSSLESS)
    some = np.load(study / "build/data/digits/test.npy")[:, 0]
    files, pack = read(study, "handwriting", "measured")
    assert files["bytes"] == [len(handwriting.encode(digit)) for digit in some]
    assert pack["bytes"] == [len(handwriting.encode_pack(some, block=64))]
    colour, grey, deep, *_ = read(study, "any", "measured")
    photos = [Image.fromarray(photo.transpose(1, 2, 0)) for photo in np.load(study / "build/data/photos/test.npy")]
    assert colour["bytes"] == [len(of_any.encode(photo)) for photo in photos]
    assert grey["bytes"] == [len(of_any.encode(photo.convert("L"))) for photo in photos]
    assert deep["bytes"] == [len(of_any.encode(deepened(np.asarray(photo)))) for photo in photos]
    assert (colour["raw"][0], grey["raw"][0], deep["raw"][0]) == (3 * 48 * 40, 48 * 40, 3 * 2 * 24 * 20)
    assert [row["bpp"] for row in read(study, "handwriting", "points")] == pytest.approx(
        [8 * sum(of["bytes"]) / some.size for of in (files, pack)]
    )
    assert [(row["set"], row["file"]) for row in read(study, "handwriting", "timings")] == [
        ("some digits", "ltc"),
        ("some digits", "ltcp"),
    ]


def test_the_costs_of_a_digits_pixels_are_those_of_its_file(study: Path) -> None:
    with np.load(study / "build/handwriting/evaluation/costs.npz") as costs:
        assert np.array_equal(costs["pictures"], np.load(study / "build/data/digits/test.npy")[:3, 0])
        for bits, length in zip(costs["bits"], costs["lengths"], strict=True):
            assert 0 <= length - bits.sum() / 8 <= 32  # header, checksums, and what the range coder rounds


def test_the_costs_of_a_photographs_pixels_are_those_of_its_file(study: Path) -> None:
    with np.load(study / "build/any/evaluation/costs.npz") as costs:
        photo = np.load(study / "build/data/photos/test.npy")[-1]
        assert np.array_equal(costs["pictures"], photo.transpose(1, 2, 0)[None])
        assert costs["bits"].shape == (1, 48, 40) and costs["lengths"][0] <= costs["bits"].sum() / 8 + 32
    of_any = latentcodec.open(study / "exports/study/any")
    noisy = photo ^ np.random.default_rng(0).integers(0, 16, photo.shape, np.uint8)  # which nothing else codes better
    bits = of_any.bundle.tables.plane_costs(noisy)
    assert bits.shape == noisy.shape
    assert 0 <= len(of_any.encode(noisy.transpose(1, 2, 0))) - bits.sum() / 8 <= 32


def test_a_released_bundle_codes_as_the_studys_does_and_its_card_has_its_rate(study: Path, tmp_path: Path) -> None:
    release("handwriting-v1", "handwriting", "CC0", study=study, released=tmp_path)
    own = latentcodec.open(tmp_path / "handwriting-v1")
    (row,) = (row for row in read(study, "handwriting", "points") if row["file"] == "ltcp")
    card = json.loads((own.bundle.path / "card.json").read_text())
    assert (card["bpp"], card["quality"], card["terms"]) == (round(row["bpp"], 4), [], "CC0")
    assert card["measured_on"].startswith(f"{row['images']} test pictures of {row['set']}, ")
    source = study / "exports/study/handwriting"
    assert (own.bundle.path / "tables.bin").read_bytes() == (source / "tables.bin").read_bytes()
    assert own.bundle.model_id != latentcodec.open(source).bundle.model_id


def test_a_released_bundle_of_any_pictures_says_what_colour_costs_and_what_grey(study: Path, tmp_path: Path) -> None:
    release("any-v1", "any", "CC0", study=study, released=tmp_path)
    own = latentcodec.open(tmp_path / "any-v1")
    photos = np.load(study / "build/data/photos/test.npy").transpose(0, 2, 3, 1)
    card = json.loads((own.bundle.path / "card.json").read_text())
    assert card["bpp"] == round(8 * sum(len(own.encode(photo)) for photo in photos) / photos[..., 0].size, 4)
    colour, grey, *_ = read(study, "any", "points")
    assert card["bpp"] == round(colour["bpp"], 4)
    assert card["bpp_grey"] == round(grey["bpp"], 4)


@pytest.mark.parametrize("codec", LOSSLESS)
def test_a_picture_that_comes_back_changed_is_an_error(
    codec: str, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decode = latentcodec.Codec.decode

    def forgetful(self, data, **options):
        image = decode(self, data, **options)
        image.paste(1, (0, 0, 1, 1))
        return image

    monkeypatch.setattr(latentcodec.Codec, "decode", forgetful)
    with pytest.raises(SystemExit, match=f"{codec}: a picture of some .* came back changed"):
        evaluate_lossless.main(codec, PARAMS, study)


def test_every_digit_is_compared_after_threads_and_another_process(
    handwriting: latentcodec.Codec, tmp_path: Path
) -> None:
    sets = [digits(70), digits(9, seed=1)]
    packs = every_digit.by_threads(handwriting, sets, 2)
    assert packs == [handwriting.encode_pack(some) for some in sets]
    files = [tmp_path / "0.ltcp", tmp_path / "1.ltcp"]
    for file, pack in zip(files, packs, strict=True):
        file.write_bytes(pack)
    every_digit.in_another_process(handwriting.bundle.path, files, sets, packs)
    with pytest.raises(SystemExit, match="not so: the same digits and bytes in another process"):
        every_digit.in_another_process(handwriting.bundle.path, files, [sets[0], sets[1] ^ 1], packs)


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """Ten pictures of different sizes in one folder, two in another."""
    for folder, count in (("many", 10), ("few", 2)):
        (tmp_path / folder).mkdir()
        for number in range(count):
            Image.fromarray(picture(20 + number, 30, number)).save(tmp_path / folder / f"{number}.png")
    return tmp_path


def test_pictures_of_folders_are_taken_evenly_and_tested_on_by_set(mirror: Path) -> None:
    settings = LOSSLESS["any"] | {"pictures": ["many"], "terms": "CC0"}
    for count, names in ((4, "0257"), (None, "0123456789"), (99, "0123456789")):
        data = load_training_set(settings | {"count": count}, str(mirror))
        assert "".join(file.stem for file in data.files) == names
        assert data.card()["pictures"] == len(names)
    sets = lossless_sets("photos", {"lossless": ["few", "many"], "drawn": [160, 120], "mirror": str(mirror)})
    shapes = {name: [(photo.mode, *photo.size) for photo in sets[name]] for name in ("few", "few, grey", "many")}
    assert shapes == {
        "few": [("RGB", 30, 20), ("RGB", 30, 21)],
        "few, grey": [("L", 30, 20), ("L", 30, 21)],
        "many": [("RGB", 30, 20 + number) for number in range(10)],
    }
    with pytest.raises(DataError, match="must name the folder that holds few"):
        lossless_sets("photos", {"lossless": ["few"], "drawn": [160, 120], "mirror": None})


def test_drawn_pictures_come_before_those_of_folders(mirror: Path) -> None:
    settings = LOSSLESS["any"] | {"pictures": ["few"], "drawn": [120, 90], "terms": "CC0"}
    data = load_training_set(settings, str(mirror))
    drawn = [np.asarray(draw((120, 90), 1).convert("RGB")).transpose(2, 0, 1) for draw in SEEDED.values()]
    assert all(np.array_equal(one, other) for one, other in zip(data.pictures, drawn, strict=False))
    assert [picture.shape for picture in data.pictures[len(drawn) :]] == [(3, 20, 30), (3, 21, 30)]
    card = data.card()
    assert (card["name"], card["pictures"]) == ("the project's drawings, few", len(drawn) + 2)


def test_a_photograph_of_16_bits_is_the_mean_of_light(mirror: Path) -> None:
    halves = np.array([[0, 255], [255, 0]], np.uint8)
    assert deepened(np.full((4, 6), 128, np.uint8)).tolist() == [[128 * 257] * 3] * 2
    assert deepened(halves)[0, 0] == round(65535 * (1.055 * 0.5 ** (1 / 2.4) - 0.055))  # half the light of white
    sets = lossless_sets("photos", {"lossless": ["few"], "drawn": [160, 120], "mirror": str(mirror)})
    assert all(not (picture & 15).any() for picture in sets["few, 12 bits in 16"])
    assert [picture.mode for picture in sets["alpha"]] == ["RGBA"] * 4
    assert all(np.asarray(picture)[..., 3].min() == 0 for picture in sets["alpha"])
