"""prepare writes all files or none, and says in one line what is wrong."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from stages import datasets, prepare
from stages.datasets.dataset import DataError, DataSet

SETTINGS = {"photos": "made_up", "digits": "made_up", "seed": 0, "holdout": {"photos": 2, "digits": 3}}
ROOT = Path(__file__).parents[2]
PARTS = ("train", "holdout", "test")


def pictures(count: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(count).integers(0, 256, (count, *shape), np.uint8)


@pytest.fixture(autouse=True)
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    photos = DataSet("no terms", pictures(7, 3, 8, 12), pictures(3, 3, 8, 12))
    digits = DataSet(
        "none", pictures(9, 1, 4, 4), pictures(4, 1, 4, 4), np.arange(9, dtype=np.uint8), np.zeros(4, "u1")
    )
    monkeypatch.setitem(datasets.DATA_SETS["photos"], "made_up", lambda _: photos)
    monkeypatch.setitem(datasets.DATA_SETS["digits"], "made_up", lambda _: digits)


@pytest.fixture
def in_work_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder as working folder, where ``run`` finds its params.yaml."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, kind: str, **changes: object) -> None:
    """As ``python -m stages.prepare`` runs."""
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["data"] |= SETTINGS | changes
    Path("params.yaml").write_text(yaml.safe_dump(params))
    monkeypatch.setattr(sys, "argv", ["prepare", kind])
    prepare.main()


def files(root: Path) -> dict[str, bytes]:
    folder = root / "build"
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_photos_are_written_once_each(tmp_path):
    prepare.prepare("photos", SETTINGS, tmp_path)
    train, holdout, test = (np.load(tmp_path / f"build/data/photos/{part}.npy") for part in PARTS)
    assert train.shape == (5, 3, 8, 12) and holdout.shape == (2, 3, 8, 12) and test.shape == (3, 3, 8, 12)
    written = sorted(picture.tobytes() for part in (train, holdout) for picture in part)
    assert written == sorted(picture.tobytes() for picture in pictures(7, 3, 8, 12))
    assert np.array_equal(test, pictures(3, 3, 8, 12))
    assert [path.name for path in (tmp_path / "build/data").iterdir()] == ["photos"]


def test_digits_keep_their_labels(tmp_path):
    prepare.prepare("digits", SETTINGS, tmp_path)
    drawn = pictures(9, 1, 4, 4)
    for part in ("train", "holdout"):
        digits, labels = (np.load(tmp_path / f"build/data/digits/{name}.npy") for name in (part, f"{part}_labels"))
        assert labels.dtype == np.uint8
        assert np.array_equal(digits, drawn[labels])  # the made-up labels are the numbers of the digits
    assert np.load(tmp_path / "build/data/digits/test_labels.npy").shape == (4,)


def test_files_are_what_numpy_would_save(tmp_path):
    prepare.prepare("photos", SETTINGS, tmp_path)
    np.save(tmp_path / "saved.npy", pictures(3, 3, 8, 12))
    assert (tmp_path / "build/data/photos/test.npy").read_bytes() == (tmp_path / "saved.npy").read_bytes()


def test_the_source_is_told(tmp_path):
    prepare.prepare("photos", SETTINGS, tmp_path)
    source = json.loads((tmp_path / "build/data/photos/source.json").read_text())
    assert source == {"name": "made_up", "terms": "no terms"}


def test_the_same_settings_give_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        prepare.prepare("photos", SETTINGS, tmp_path / name)
    assert files(tmp_path / "one") == files(tmp_path / "two")


def failing_after(count: int):
    """Pictures of which one cannot be had when ``count`` have been written."""

    class Failing:
        shape = (7, 3, 8, 12)

        def __iter__(self):
            yield from pictures(7, 3, 8, 12)[:count]
            raise DataError("picture.png cannot be read")

    return Failing()


@pytest.mark.parametrize("part", ["train", "test"])
@pytest.mark.parametrize("before", [False, True], ids=["nothing before", "older files before"])
def test_a_failure_in_the_middle_leaves_what_was_there(in_work_tree, monkeypatch, part, before):
    if before:
        run(monkeypatch, "photos")
    older = files(in_work_tree)
    parts = {"train": pictures(7, 3, 8, 12), "test": pictures(7, 3, 8, 12)} | {part: failing_after(4)}
    monkeypatch.setitem(datasets.DATA_SETS["photos"], "made_up", lambda _: DataSet("none", **parts))
    with pytest.raises(SystemExit, match=r"^prepare photos: picture\.png cannot be read$"):
        run(monkeypatch, "photos")
    assert files(in_work_tree) == older
    assert not list(in_work_tree.rglob("*.partial"))


def test_an_interruption_leaves_nothing(in_work_tree, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "save", interrupted)  # after the pictures, before the labels
    with pytest.raises(KeyboardInterrupt):
        run(monkeypatch, "digits")
    assert files(in_work_tree) == {} and not list(in_work_tree.rglob("*.partial"))


def test_what_a_killed_run_left_is_cleared_away(tmp_path):
    left = tmp_path / "build/data/photos.partial"
    left.mkdir(parents=True)
    (left / "train.npy").write_bytes(b"half")
    (left / "rubbish").write_bytes(b"half")
    prepare.prepare("photos", SETTINGS, tmp_path)
    assert not left.exists()
    assert sorted(path.name for path in (tmp_path / "build/data/photos").iterdir()) == [
        "holdout.npy",
        "source.json",
        "test.npy",
        "train.npy",
    ]


def test_a_picture_too_many_or_too_few_is_no_data(tmp_path, monkeypatch):
    class Lying:
        shape = (7, 3, 8, 12)

        def __iter__(self):
            yield from pictures(6, 3, 8, 12)

    monkeypatch.setitem(
        datasets.DATA_SETS["photos"], "made_up", lambda _: DataSet("none", Lying(), pictures(3, 3, 8, 12))
    )
    with pytest.raises(ValueError):
        prepare.prepare("photos", SETTINGS, tmp_path)
    assert files(tmp_path) == {}


def a_folder_with_a_broken_picture() -> dict:
    Path("mine").mkdir()
    for name in "abcd":
        Image.fromarray(pictures(200, 200, 3)).save(f"mine/{name}.png")
    broken = Path("mine/c.png")
    broken.write_bytes(broken.read_bytes()[:50_000])
    return {"photos": "folder", "folder": "mine", "crops": 1, "terms": "mine"}


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (lambda: {"photos": "cars129"}, r"data\.photos: 'cars129' is none of embedded, cars128, folder"),
        (lambda: {"photos": "folder", "folder": "nowhere", "crops": 0}, "data.crops must say"),
        (lambda: {"photos": "folder", "folder": "nowhere", "crops": 1}, "there is no folder nowhere"),
        (lambda: {"photos": "cars128", "mirror": "nowhere"}, r"data\.mirror: there is no folder nowhere"),
        (lambda: {"holdout": {"photos": 7, "digits": 3}}, r"data\.holdout: 7 of 7 training items"),
        (a_folder_with_a_broken_picture, r"mine/c\.png cannot be read as a picture"),
    ],
)
def test_every_failure_is_one_line_and_leaves_nothing(in_work_tree, monkeypatch, changes, line):
    with pytest.raises(SystemExit, match=line) as stopped:
        run(monkeypatch, "photos", **changes())
    assert "\n" not in str(stopped.value)
    assert files(in_work_tree) == {} and not list(in_work_tree.rglob("*.partial"))


def test_a_folder_that_cannot_be_written_is_one_line(in_work_tree, monkeypatch):
    Path("build").write_text("a file where the folder should be")
    with pytest.raises(SystemExit, match=r"^prepare photos: .*build"):
        run(monkeypatch, "photos")


def test_an_unknown_kind_is_refused_with_the_known_ones(in_work_tree, monkeypatch, capsys):
    with pytest.raises(SystemExit) as stopped:
        run(monkeypatch, "sounds")
    assert stopped.value.code == 2
    assert "photos" in capsys.readouterr().err
