"""Pictures in shards, tar files and Parquet files, are encoded as if they lay in a folder of the shard's name."""

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest
from stores import image, names, parquet, png, put, tar

from latentcodec import shards, storage
from latentcodec.cli import main
from latentcodec.cli.inputs import PICTURES
from latentcodec.cli.plan import plan

pytestmark = pytest.mark.usefixtures("golden_found")
ENCODE = ["encode", "--bundle", "tiny_rgb"]
Capture = pytest.CaptureFixture[str]
CAT, DOG, FISH = png(16, 16), png(24, 16, seed=1), png(8, 24, seed=2)
SAMPLES = {"000.png": CAT, "000.json": b"{}", "pets/001.jpg": DOG, "._000.png": b"of another system", "002.png": FISH}


def folder_s_bytes(tmp_path: Path, name: str, content: bytes) -> bytes:
    """What the command makes of a picture that is a file of its own."""
    put(f"{tmp_path}/alone/{name}", content)
    assert main([*ENCODE, f"{tmp_path}/alone/{name}", "-o", f"{tmp_path}/alone.ltc", "--force", "--quiet"]) == 0
    return (tmp_path / "alone.ltc").read_bytes()


def test_a_tar_file_s_pictures_lie_below_its_name_with_the_bytes_that_files_give(root: str, tmp_path: Path) -> None:
    put(f"{root}/shards/a.tar", tar(SAMPLES))
    put(f"{root}/shards/more/b.tar", tar({"000.png": FISH}))
    assert main([*ENCODE, f"{root}/shards/**/*.tar", "-o", f"{root}/coded"]) == 0
    made = {"a.tar/000.ltc": CAT, "a.tar/pets/001.ltc": DOG, "a.tar/002.ltc": FISH, "more/b.tar/000.ltc": FISH}
    assert names(f"{root}/coded") == made.keys()
    for name, content in made.items():
        original = {"a.tar/pets/001.ltc": "001.jpg"}.get(name, storage.with_suffix(storage.last_part(name), ".png"))
        assert storage.read(f"{root}/coded/{name}") == folder_s_bytes(tmp_path, original, content)


def test_a_parquet_file_s_rows_are_called_as_their_column_says_or_by_their_number(root: str, tmp_path: Path) -> None:
    rows = [image(CAT, "cat.png"), image(DOG, None), image(FISH, "../fish.png")]
    put(f"{root}/shards/train.parquet", parquet(rows))
    plain = [{"key": "pets/cat", "jpg": CAT}, {"key": "pets/dog", "jpg": DOG}, {"key": None, "jpg": FISH}]
    put(f"{root}/shards/plain.parquet", parquet(plain))
    assert main([*ENCODE, f"{root}/shards/train.parquet", f"{root}/shards/plain.parquet", "-o", f"{root}/coded"]) == 0
    assert names(f"{root}/coded") == {
        *(f"train.parquet/{name}.ltc" for name in ("cat", "00000001", "00000002")),
        *(f"plain.parquet/{name}.ltc" for name in ("pets/cat", "pets/dog", "00000002")),
    }
    assert storage.read(f"{root}/coded/train.parquet/cat.ltc") == folder_s_bytes(tmp_path, "cat.png", CAT)


def test_a_bad_picture_is_named_with_its_shard_and_a_second_run_does_the_rest(tmp_path: Path, capfd: Capture) -> None:
    put(f"{tmp_path}/a.tar", tar({**SAMPLES, "bad.png": b"no picture"}))
    put(f"{tmp_path}/b.parquet", parquet([image(CAT, "cat.png"), image(None, "none.png"), image(DOG, "dog.png")]))
    put(f"{tmp_path}/list", f"{tmp_path}/a.tar\n{tmp_path}/b.parquet\n".encode())
    manifest = f"{tmp_path}/rows.parquet"
    command = [*ENCODE, "--files-from", f"{tmp_path}/list", "-o", f"{tmp_path}/coded", "--manifest", manifest]
    assert main(command) == 1
    err = capfd.readouterr().err
    assert f"latentcodec: {tmp_path}/a.tar/bad.png: no picture that Pillow can read" in err
    assert f"latentcodec: {tmp_path}/b.parquet/none.png: its row has no bytes\n" in err
    assert f"2 of 7 failed: {tmp_path}/a.tar/bad.png, {tmp_path}/b.parquet/none.png" in err
    (tmp_path / "coded/a.tar/002.ltc").unlink()
    assert main(command) == 1
    out, err = capfd.readouterr()
    assert "4 of 7 files skipped" in err
    assert out.startswith(f"{tmp_path}/a.tar/002.png -> {tmp_path}/coded/a.tar/002.ltc: ") and out.count(" -> ") == 1
    from pyarrow.parquet import read_table

    rows = {row["source"].removeprefix(f"{tmp_path}/"): row for row in read_table(manifest).to_pylist()}
    samples = ("a.tar/000.png", "a.tar/pets/001.jpg", "a.tar/002.png", "a.tar/bad.png")
    assert list(rows) == [*samples, "b.parquet/cat.png", "b.parquet/none.png", "b.parquet/dog.png"]
    assert rows["b.parquet/dog.png"]["output"] == f"{tmp_path}/coded/b.parquet/dog.ltc"
    assert [name for name, row in rows.items() if row["error"]] == ["a.tar/bad.png", "b.parquet/none.png"]


def test_pictures_of_one_name_each_have_an_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    members = [("a.png", CAT), ("a.jpg", DOG), ("a.png", FISH), ("a~1.png", CAT), ("../up.png", DOG), ("/top.png", CAT)]
    put("twice.tar", tar(members))
    assert main([*ENCODE, "twice.tar", "-o", "coded"]) == 0
    assert names("coded/twice.tar") == {f"{stem}.ltc" for stem in ("a", "a~1", "a~2", "a~1~3", "00000004", "00000005")}
    assert sorted(Path("coded").iterdir()) == [Path("coded/twice.tar")]


def test_two_shards_that_would_have_one_folder_fail(tmp_path: Path, capsys: Capture) -> None:
    for folder in ("one", "other"):
        put(f"{tmp_path}/{folder}/a.tar", tar(SAMPLES))
    assert main([*ENCODE, f"{tmp_path}/one/a.tar", f"{tmp_path}/other/a.tar", "-o", f"{tmp_path}/coded"]) == 1
    assert f"{tmp_path}/coded/a.tar would be the output of {tmp_path}/other/a.tar too" in capsys.readouterr().err
    assert main([*ENCODE, f"{tmp_path}/*/a.tar", "-o", f"{tmp_path}/coded", "--quiet"]) == 0


def test_of_a_damaged_shard_what_is_before_the_damage_is_encoded(tmp_path: Path, capsys: Capture) -> None:
    whole = tar({"a.png": CAT, "b.png": DOG})
    second = whole.index(b"b.png")
    put(f"{tmp_path}/header.tar", whole[:second] + b"x" * 512 + whole[second + 512 :])
    put(f"{tmp_path}/cut.tar", whole[: second + 700])
    put(f"{tmp_path}/none.tar", b"no tar file" * 100)
    put(f"{tmp_path}/none.parquet", b"no Parquet")
    put(f"{tmp_path}/empty.tar", tar({"a.txt": b"text"}))
    for name, reason, made in (
        ("header.tar", f"no tar file, or a damaged one: what is at byte {second} is no header, and not the end", 1),
        ("cut.tar", "no tar file, or a damaged one: unexpected end of data", 1),
        ("none.tar", "no tar file, or a damaged one: ", 0),
        ("none.parquet", "no Parquet file, or a damaged one: ", 0),
        ("empty.tar", "the shard holds no picture", 0),
        ("missing.tar", "No such file or directory", 0),
    ):
        assert main([*ENCODE, f"{tmp_path}/{name}", "-o", f"{tmp_path}/coded"]) == 1
        assert f"latentcodec: {tmp_path}/{name}: {reason}" in capsys.readouterr().err
        assert len(names(f"{tmp_path}/coded/{name}")) == made


@pytest.mark.parametrize(
    ("name", "compress"),
    [("a.tar.gz", gzip.compress), ("a.tgz", gzip.compress), ("a.tar.xz", lzma.compress), ("a.tar", bz2.compress)],
)
def test_a_compressed_tar_file_is_refused_with_what_to_do(
    tmp_path: Path, name: str, compress: Callable[[bytes], bytes], capsys: Capture
) -> None:
    put(f"{tmp_path}/{name}", compress(tar(SAMPLES)))
    assert main([*ENCODE, f"{tmp_path}/{name}", "-o", f"{tmp_path}/coded"]) == 1
    err = capsys.readouterr().err
    assert f"latentcodec: {tmp_path}/{name}: the tar file is compressed" in err and "decompress it first (gunzip" in err


def test_a_parquet_file_without_pictures_says_which_columns_it_has(tmp_path: Path, capsys: Capture) -> None:
    put(f"{tmp_path}/a.parquet", parquet([{"text": "cat", "label": 1}]))
    assert main([*ENCODE, f"{tmp_path}/a.parquet", "-o", f"{tmp_path}/coded"]) == 1
    err = capsys.readouterr().err
    assert "it needs a column image of bytes and path, or a column bytes" in err and "columns are text, label" in err


def test_a_shard_needs_a_folder_for_what_comes_of_it(tmp_path: Path, capsys: Capture) -> None:
    put(f"{tmp_path}/a.tar", tar(SAMPLES))
    assert main([*ENCODE, f"{tmp_path}/a.tar"]) == 2
    assert "what is in a shard needs a folder for its outputs: -o" in capsys.readouterr().err


def test_a_folder_s_shards_are_passed_over_with_a_hint(tmp_path: Path, capsys: Capture) -> None:
    put(f"{tmp_path}/shards/a.tar", tar(SAMPLES))
    put(f"{tmp_path}/shards/a.png", CAT)
    assert main([*ENCODE, f"{tmp_path}/shards", "-o", f"{tmp_path}/coded"]) == 0
    assert "passed over 1 .tar; name shards themselves, or by a pattern" in capsys.readouterr().err


def test_shards_are_looked_into_when_their_turn_is_near(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        put(f"{tmp_path}/{number:02}.tar", tar(SAMPLES))
    looked, members = [], shards.members
    monkeypatch.setattr(shards, "members", lambda path, takes: looked.append(path) or members(path, takes))
    jobs = plan([f"{tmp_path}/*.tar"], f"{tmp_path}/coded", PICTURES)
    assert looked == []
    todo = iter(jobs)
    assert next(todo).source.place == (512, len(CAT))
    assert len(looked) < 15
    assert 1 + len(list(todo)) == len(jobs) == 30 * 3


def test_without_pyarrow_a_parquet_file_says_what_to_install(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(f"{tmp_path}/a.parquet", b"")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    assert main([*ENCODE, f"{tmp_path}/a.parquet", "-o", f"{tmp_path}/coded"]) == 1
    assert "a.parquet: Parquet needs pyarrow: pip install 'latentcodec[ray]'\n" in capsys.readouterr().err
