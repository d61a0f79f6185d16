"""The data sets that come in packages, cars128, and the choice among them."""

import hashlib
import io

import numpy as np
import pytest
from PIL import Image

from stages.datasets import DATA_SETS, DataError, DataSet, embedded_photos, load, source
from stages.datasets.split import hold_out


@pytest.fixture(scope="module")
def photos() -> DataSet:
    return load("photos", {"photos": "embedded"})


@pytest.fixture(scope="module")
def digits() -> DataSet:
    return load("digits", {"digits": "embedded"})


def test_embedded_photographs_are_tiles_of_128_in_the_promised_number(photos):
    assert photos.train.shape == (127, 3, 128, 128) and photos.train.dtype == np.uint8
    assert photos.test.shape == (12, 3, 128, 128) and photos.test.dtype == np.uint8


def test_no_photograph_is_learnt_from_and_tested_on():
    train, test = ({name for _, name, _ in part} for part in (embedded_photos.TRAIN, embedded_photos.TEST))
    assert len(train) == len(embedded_photos.TRAIN) and len(test) == len(embedded_photos.TEST)
    assert not train & test


def test_embedded_photographs_are_shrunk_never_enlarged():
    for origin, name, grids in embedded_photos.TRAIN + embedded_photos.TEST:
        width, height = embedded_photos.read(*origin, name).size
        assert all(rows * 128 <= height and columns * 128 <= width for rows, columns in grids), name


def test_tiles_are_cut_row_by_row_from_the_centre():
    picture = np.zeros((256, 400, 3), np.uint8)
    picture[:, 8:392] = np.repeat(np.repeat(np.arange(6, dtype=np.uint8).reshape(2, 3, 1) + 1, 128, 0), 128, 1)
    tiles = embedded_photos.cut(Image.fromarray(picture), 2, 3)
    assert [set(tile.ravel().tolist()) for tile in tiles] == [{1}, {2}, {3}, {4}, {5}, {6}]


def test_embedded_tiles_differ(photos):
    tiles = [hashlib.sha256(tile.tobytes()).digest() for part in (photos.train, photos.test) for tile in part]
    assert len(set(tiles)) == len(tiles)


def test_embedded_digits_are_grey_28x28_with_labels(digits):
    assert digits.train.shape == (1500, 1, 28, 28) and digits.test.shape == (297, 1, 28, 28)
    assert digits.train.dtype == digits.train_labels.dtype == np.uint8
    assert digits.train_labels.shape == (1500,) and digits.test_labels.shape == (297,)
    assert set(digits.train_labels) == set(digits.test_labels) == set(range(10))
    assert digits.train.min() == 0 and digits.train.max() == 255


@pytest.mark.parametrize("part", ["train", "test"])
def test_embedded_digits_keep_their_labels(digits, part):
    pictures, labels = getattr(digits, part), getattr(digits, f"{part}_labels")
    inside = pictures[:, 0, 10:18, 12:16].mean((1, 2))  # a nought is empty in the middle, a one is not
    assert inside[labels == 0].mean() < 50 < 150 < inside[labels == 1].mean()


def test_cars128_is_in_the_order_of_its_numbers(tmp_path, monkeypatch):
    rows = ["path,address,sha256"]
    for part, numbers in (("train", (10, 9, 100)), ("test", (2, 11))):
        (tmp_path / "cars128" / part).mkdir(parents=True)
        for number in numbers:
            file = io.BytesIO()
            Image.new("RGB", (128, 128), (number, 0, 1)).save(file, "PNG")
            (tmp_path / f"cars128/{part}/{number}.png").write_bytes(file.getvalue())
            digest = hashlib.sha256(file.getvalue()).hexdigest()
            rows.append(f"cars128/{part}/{number}.png,https://nowhere.invalid,{digest}")
    (tmp_path / "sources.csv").write_text("\n".join(rows))
    monkeypatch.setattr(source, "TABLE", tmp_path / "sources.csv")

    data = load("photos", {"photos": "cars128", "mirror": str(tmp_path)})
    assert data.train.shape == (3, 3, 128, 128) and data.test.shape == (2, 3, 128, 128)
    assert data.train[:, :, 5, 7].tolist() == [[9, 0, 1], [10, 0, 1], [100, 0, 1]]
    assert data.test[:, 0, 0, 0].tolist() == [2, 11]


@pytest.mark.parametrize("kind", DATA_SETS)
def test_an_unknown_data_set_is_named_with_the_known_ones(kind):
    with pytest.raises(DataError, match=rf"data\.{kind}: 'imagenet' is none of embedded, "):
        load(kind, {kind: "imagenet"})


def test_holding_out_parts_the_items_and_keeps_their_order():
    items = np.arange(100)
    train, holdout = hold_out(items, 20, seed=3)
    assert len(holdout) == 20 and sorted([*train, *holdout]) == list(items)
    assert (np.diff(train) > 0).all() and (np.diff(holdout) > 0).all()
    assert np.array_equal(holdout, hold_out(items, 20, seed=3)[1])
    assert not np.array_equal(holdout, hold_out(items, 20, seed=4)[1])


@pytest.mark.parametrize("count", [0, -1, 10, 11])
def test_holding_out_none_or_all_is_one_clear_line(count):
    with pytest.raises(SystemExit, match=rf"data\.holdout: {count} of 10 training items cannot be held out"):
        hold_out(np.arange(10), count, seed=0)
