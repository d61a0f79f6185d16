"""One's own pictures: found, turned upright, cut, parted, and named when they are wrong."""

import tracemalloc
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from stages import list_pictures
from stages.datasets import DataError, load
from stages.datasets.folder import TEST_AT_MOST
from stages.datasets.random_crops import Folders

EXIF_ORIENTATION = 0x0112


def settings(folder: Path, **changes) -> dict:
    return {"photos": "folder", "folder": str(folder), "terms": "my own", "crops": 2, "seed": 0} | changes


def colour(number: int) -> tuple[int, int, int]:
    return number, 255 - number, 7


def save(folder: Path, names: list[str], size: tuple[int, int] = (300, 260)) -> None:
    for number, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size, colour(number)).save(folder / name, lossless=True)


def colours(pictures) -> list[int]:
    return [int(crop[0, 0, 0]) for crop in pictures]


def test_every_picture_of_common_formats_is_found_at_any_depth(tmp_path):
    save(tmp_path, ["a.png", "b.webp", "deep/er/c.PNG", "d.bmp", "deep/e.tiff"])
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "._a.png").write_bytes(b"what macOS leaves beside a picture")
    data = load("photos", settings(tmp_path))
    assert {*colours(data.train), *colours(data.test)} == {0, 1, 2, 3, 4}
    assert all(crop.shape == (3, 128, 128) and crop.dtype == np.uint8 for crop in data.train)


def test_no_picture_is_learnt_from_and_tested_on(tmp_path):
    save(tmp_path, [f"{number}.png" for number in range(25)])
    data = load("photos", settings(tmp_path))
    train, test = set(colours(data.train)), set(colours(data.test))
    assert len(train) == 22 and len(test) == 3 and not train & test


def test_the_seed_decides_which_pictures_are_tested_on(tmp_path):
    save(tmp_path, [f"{number:02}.png" for number in range(30)])
    tested = [colours(load("photos", settings(tmp_path, seed=seed)).test) for seed in (0, 0, 1)]
    assert tested[0] == tested[1] != tested[2]


def test_the_test_set_stays_small(tmp_path):
    save(tmp_path, [f"{number:03}.png" for number in range(250)], size=(128, 128))
    assert load("photos", settings(tmp_path)).test.shape[0] == TEST_AT_MOST


def test_crops_are_different_places_of_the_picture_the_same_at_every_pass(tmp_path):
    for name in ("a.png", "b.png"):
        cells = np.repeat(np.repeat(np.arange(6, dtype=np.uint8).reshape(2, 3, 1), 128, 0), 128, 1)
        Image.fromarray(np.pad(cells, ((8, 8), (9, 9), (0, 0)), constant_values=99).repeat(3, 2)).save(tmp_path / name)
    crops = load("photos", settings(tmp_path, crops=4)).train
    seen = [set(crop.ravel().tolist()) for crop in crops]
    assert crops.shape[0] == len(seen) == 4
    assert all(len(values) == 1 for values in seen)  # whole cells, about the centre
    assert len(set.union(*seen)) == 4 and 99 not in set.union(*seen)
    assert all(np.array_equal(first, again) for first, again in zip(crops, crops, strict=True))


def test_a_small_picture_gives_no_more_crops_than_fit(tmp_path):
    save(tmp_path, ["a.png", "b.png"], size=(260, 130))
    data = load("photos", settings(tmp_path, crops=50))
    assert data.train.shape == (2, 3, 128, 128) and data.test.shape == (2, 3, 128, 128)


def test_pictures_are_turned_as_their_exif_says(tmp_path):
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = 6  # the camera was held upright: the left column, from below, is the first row
    ramp = np.arange(128, dtype=np.uint8)[:, None, None] * np.ones((1, 128, 3), np.uint8)
    for name in ("a.png", "b.webp"):
        Image.fromarray(ramp).save(tmp_path / name, exif=exif, lossless=True)
    data = load("photos", settings(tmp_path))
    for crop in (*data.train, *data.test):
        assert crop[0, 0].tolist() == list(range(127, -1, -1))


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "P", "CMYK", "1"])
def test_any_8_bit_mode_becomes_rgb(tmp_path, mode):
    suffix = "tif" if mode == "CMYK" else "png"
    for name in "ab":
        Image.new("RGB", (128, 128), (255, 255, 255)).convert(mode).save(tmp_path / f"{name}.{suffix}")
    (crop,) = load("photos", settings(tmp_path)).train
    assert crop.shape == (3, 128, 128) and (crop == 255).all()


def test_a_picture_too_small_is_left_out_with_a_word(tmp_path, capsys):
    save(tmp_path, ["a.png", "b.png"])
    save(tmp_path, ["small/c.png"], size=(127, 500))
    data = load("photos", settings(tmp_path))
    assert data.train.shape[0] + data.test.shape[0] == 4
    assert "left out 1 picture(s) smaller than 128x128, such as" in (printed := capsys.readouterr().err)
    assert "small/c.png" in printed


@pytest.mark.parametrize(
    ("names", "size", "line"),
    [
        ([], (200, 200), r"there is no picture \(\.png, .*\) in .*mine"),
        (["a.png"], (200, 200), "holds 1 picture.* it takes two at least"),
        (["a.png", "b.png"], (100, 200), "holds 0 picture.*of 128x128 or more"),
    ],
)
def test_a_folder_with_too_few_pictures_is_named(tmp_path, names, size, line):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/notes.txt").write_text("no picture")
    save(tmp_path / "mine", names, size)
    with pytest.raises(DataError, match=line):
        load("photos", settings(tmp_path / "mine"))


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"folder": "nowhere"}, r"data\.folder: there is no folder nowhere"),
        ({"folder": None}, r"data\.folder names none"),
        ({"crops": None}, r"data\.crops must say"),
        ({"crops": 0}, r"data\.crops must say"),
    ],
)
def test_params_that_cannot_work_are_named(tmp_path, changes, line):
    with pytest.raises(DataError, match=line):
        load("photos", settings(tmp_path) | changes)


def test_a_file_that_is_no_picture_is_named(tmp_path):
    save(tmp_path, ["a.png", "b.png"])
    (tmp_path / "c.jpg").write_bytes(b"not a picture")
    with pytest.raises(DataError, match=r"c\.jpg cannot be read as a picture"):
        load("photos", settings(tmp_path))


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif"])
def test_a_picture_that_breaks_off_is_named(tmp_path, suffix):
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)
    for name in "ab":
        Image.fromarray(noise).save(tmp_path / f"{name}.{suffix}")
        data = (tmp_path / f"{name}.{suffix}").read_bytes()
        (tmp_path / f"{name}.{suffix}").write_bytes(data[: len(data) // 2])
    with pytest.raises(DataError, match=rf"[ab]\.{suffix} cannot be read as a picture"):
        list(load("photos", settings(tmp_path)).train)


def test_more_than_8_bits_are_refused_not_clipped(tmp_path):
    for name in "ab":
        Image.fromarray(np.full((128, 128), 40000, np.uint16)).save(tmp_path / f"{name}.png")
    with pytest.raises(DataError, match=r"a\.png cannot be read .*more than 8 bits per sample"):
        load("photos", settings(tmp_path))


@pytest.mark.parametrize("kind", ["grey.png", "colours.png", "colours.ppm", "colours.tif"])
def test_a_training_on_whole_pictures_refuses_more_than_8_bits_too(tmp_path: Path, kind: str) -> None:
    samples = np.full((128, 128, 3), 40000, np.uint16)
    if kind == "grey.png":
        Image.fromarray(samples[..., 0]).save(tmp_path / kind)
    elif kind == "colours.ppm":
        (tmp_path / kind).write_bytes(b"P6 128 128 65535\n" + samples.astype(">u2").tobytes())
    else:
        encode = imagecodecs.tiff_encode if kind.endswith("tif") else imagecodecs.png_encode
        (tmp_path / kind).write_bytes(encode(samples))
    with pytest.raises(DataError, match=rf"{kind} cannot be read .*more than 8 bits per sample"):
        Folders([tmp_path])[0]


def test_many_pictures_need_the_memory_of_one(tmp_path):
    save(tmp_path, [f"{number}.png" for number in range(40)], size=(512, 512))
    one = 512 * 512 * 3
    tracemalloc.start()
    for _ in load("photos", settings(tmp_path, crops=16)).train:
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * one


def test_the_pictures_terms_are_those_that_params_yaml_states(tmp_path):
    save(tmp_path, ["a.png", "b.png"])
    assert load("photos", settings(tmp_path, terms="CC BY 4.0, by me")).terms == "CC BY 4.0, by me"


def test_the_listing_changes_when_a_picture_is_added_and_is_empty_for_other_data(tmp_path):
    save(tmp_path, ["a.png", "b.png"])
    before = list_pictures.listing(settings(tmp_path))
    assert [name for name, *_ in before] == ["a.png", "b.png"]
    assert list_pictures.listing(settings(tmp_path)) == before
    save(tmp_path, ["c/new.jpg"])
    assert len(list_pictures.listing(settings(tmp_path))) == 3
    assert list_pictures.listing(settings(tmp_path, photos="embedded")) == []
