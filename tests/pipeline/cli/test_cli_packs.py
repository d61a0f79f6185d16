"""`latentcodec pack create|list|extract|append`, as a user runs it."""

import json
from pathlib import Path

import numpy as np
import pytest
from make_golden import digits
from PIL import Image
from stores import tar

import latentcodec
from latentcodec import Codec
from latentcodec.cli import main
from latentcodec.cli.pack import numbers
from latentcodec.storage import is_safe

pytestmark = pytest.mark.usefixtures("golden_found")
CREATE = ["pack", "create", "--bundle", "tiny_l", "--quantiser", "min_max", "--bits", "3", "--block", "4"]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ten digits as PNG files in the current folder."""
    monkeypatch.chdir(tmp_path)
    for number, digit in enumerate(digits(10)):
        Image.fromarray(digit).save(f"digit{number}.png")
    return [f"digit{number}.png" for number in range(10)]


def test_create_list_and_extract_keep_the_names(
    files: list[str], grey: Codec, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*CREATE, *files, "-o", "all.ltcp"]) == 0
    data = Path("all.ltcp").read_bytes()
    names = [f"digit{number}" for number in range(10)]
    assert data == grey.encode_pack(digits(10), quantiser="min_max", bits=3, block=4, names=names)
    assert capsys.readouterr().out.startswith(f"10 pictures -> all.ltcp: {len(data)} bytes, ")

    assert main(["pack", "list", "all.ltcp"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert listed == ["all.ltcp: 10 pictures of 28x28", *(f"  {number}  digit{number}" for number in range(10))]
    assert main(["pack", "list", "all.ltcp", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"file": "all.ltcp", **latentcodec.info(data)}

    assert main(["pack", "extract", "all.ltcp"]) == 0
    decoded = grey.decode_pack(data)
    assert sorted(path.name for path in Path("all").iterdir()) == sorted(files)
    for number in range(10):
        assert np.array_equal(np.asarray(Image.open(f"all/digit{number}.png")), decoded[number])

    assert main(["pack", "extract", "all.ltcp", "digit4", "--pictures", "7,1-2", "-o", "some/of"]) == 0
    assert sorted(path.name for path in Path("some/of").iterdir()) == [f"digit{number}.png" for number in (1, 2, 4, 7)]
    assert np.array_equal(np.asarray(Image.open("some/of/digit4.png")), decoded[4])


def test_without_names_pictures_have_their_numbers(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*CREATE, *files, "-o", "all.ltcp", "--no-names"]) == 0
    capsys.readouterr()
    assert main(["pack", "list", "all.ltcp"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "all.ltcp: 10 pictures of 28x28",
        "  block 0: pictures 0 to 3",
        "  block 1: pictures 4 to 7",
        "  block 2: pictures 8 to 9",
    ]
    assert main(["pack", "extract", "all.ltcp"]) == 0
    assert sorted(path.name for path in Path("all").iterdir()) == [f"{number}.png" for number in range(10)]
    assert main(["pack", "extract", "all.ltcp", "digit4"]) == 2
    assert "the pack has no names" in capsys.readouterr().err


def test_a_folder_s_tree_comes_back(files: list[str]) -> None:
    Path("digits/odd").mkdir(parents=True)
    for number, file in enumerate(files):
        Path(file).rename(Path("digits", "odd" if number % 2 else "", file))
    assert main([*CREATE, "digits", "-o", "all.ltcp"]) == 0
    assert latentcodec.pack_names(Path("all.ltcp"))[:2] == ["digit0", "digit2"]
    assert main(["pack", "extract", "all.ltcp", "odd/digit3", "-o", "out"]) == 0
    assert [path.as_posix() for path in Path("out").rglob("*.png")] == ["out/odd/digit3.png"]


def test_pictures_in_a_shard_are_packed_with_their_names(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    Path("digits.tar").write_bytes(tar({f"some/{name}": Path(name).read_bytes() for name in files}))
    assert main([*CREATE, "digits.tar", "-o", "all.ltcp"]) == 0
    capsys.readouterr()
    assert main(["pack", "list", "all.ltcp"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "  0  digits.tar/some/digit0"


def test_append_adds_at_the_end(files: list[str], grey: Codec, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*CREATE, *files, "-o", "all.ltcp"]) == 0
    assert main([*CREATE, *files[:7], "-o", "part.ltcp"]) == 0
    capsys.readouterr()
    assert main(["pack", "append", "part.ltcp", *files[7:9], "-o", "more.ltcp"]) == 0
    assert capsys.readouterr().out.startswith("2 pictures -> more.ltcp: 9 pictures, ")
    assert main(["pack", "append", "more.ltcp", files[9]]) == 0
    assert capsys.readouterr().out.startswith("1 picture -> more.ltcp: 10 pictures, ")
    assert latentcodec.pack_names(Path("more.ltcp")) == latentcodec.pack_names(Path("all.ltcp"))
    assert np.array_equal(grey.symbols("more.ltcp")[:7], grey.symbols("part.ltcp"))
    before = Path("more.ltcp").read_bytes()
    assert main(["pack", "append", "more.ltcp", files[9]]) == 1
    assert "digit9" in capsys.readouterr().err  # it is there already
    assert Path("more.ltcp").read_bytes() == before


def test_two_pictures_of_one_name_are_refused(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    Path("other").mkdir()
    Path(files[0]).rename("other/digit1.png")
    assert main([*CREATE, "digit1.png", "other/digit1.png", "-o", "all.ltcp"]) == 2
    assert "digit1.png and other/digit1.png would both be called 'digit1'" in capsys.readouterr().err
    assert main([*CREATE, "digit1.png", "other/digit1.png", "-o", "all.ltcp", "--no-names"]) == 0


def test_a_hostile_name_leaves_nothing_outside_the_folder(
    files: list[str], grey: Codec, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = ["../up", "/etc/root", "a/../../up", "C:x", "\x1b[2J", "fine"]
    Path("bad.ltcp").write_bytes(grey.encode_pack(digits(6), names=hostile))
    before = set(tmp_path.rglob("*"))
    assert main(["pack", "extract", "bad.ltcp", "-o", "out"]) == 0
    assert capsys.readouterr().err.count("is not one for a file") == 5
    made = {path.relative_to(tmp_path).as_posix() for path in set(tmp_path.rglob("*")) - before}
    assert made == {"out", "out/fine.png", *(f"out/{number}.png" for number in range(5))}
    assert main(["pack", "list", "bad.ltcp"]) == 0
    assert "\x1b" not in capsys.readouterr().out
    assert is_safe("summer/a b.c") and not any(map(is_safe, hostile[:5]))


def test_a_pack_is_made_of_all_its_pictures_or_not_at_all(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*CREATE, *files, "none.png", "-o", "all.ltcp"]) == 1
    first, again = capsys.readouterr().err.splitlines()
    assert first == "latentcodec: none.png: No such file or directory"
    assert again == "latentcodec: 1 of 11 failed: none.png"
    assert not Path("all.ltcp").exists()


def test_existing_files_are_kept_unless_forced(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    Path("all.ltcp").write_bytes(b"dear")
    assert main([*CREATE, *files, "-o", "all.ltcp"]) == 1
    assert "all.ltcp exists" in capsys.readouterr().err
    assert Path("all.ltcp").read_bytes() == b"dear"
    assert main([*CREATE, *files, "-o", "all.ltcp", "--force"]) == 0
    Path("all").mkdir()
    Path("all/digit3.png").write_bytes(b"dear")
    assert main(["pack", "extract", "all.ltcp"]) == 1
    assert "picture 3: " in capsys.readouterr().err
    assert Path("all/digit3.png").read_bytes() == b"dear"
    assert len(list(Path("all").iterdir())) == 10
    assert main(["pack", "extract", "all.ltcp", "--force"]) == 0


def test_wrong_usage_exits_with_2(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*CREATE, *files, "-o", "all.ltcp"]) == 0
    for arguments, message in {
        "pack extract all.ltcp --pictures 0-99999999999": "there is no picture 99999999999",
        "pack extract all.ltcp --pictures 10": "pictures 0 to 9, there is no picture 10",
        "pack extract all.ltcp digit10": "the pack has no picture called 'digit10'",
        "pack extract -": "needs a folder",
        "pack extract all.ltcp -o digit0.png": "digit0.png is no folder",
    }.items():
        assert main(arguments.split()) == 2, arguments
        assert message in capsys.readouterr().err
    for arguments in ("pack", "pack extract all.ltcp --pictures 1-", "pack create digit0.png --block 0 -o x"):
        with pytest.raises(SystemExit) as stop:
            main(arguments.split())
        assert stop.value.code == 2


def test_pictures_and_packs_are_told_apart(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*CREATE, *files, "-o", "all.ltcp"]) == 0
    assert main(["encode", files[0], "--bundle", "tiny_l"]) == 0
    for arguments, message in {
        "decode all.ltcp": "a pack of 10 pictures",
        "pack extract digit0.ltc": "a single picture",
        "pack list digit0.ltc": "a single picture",
    }.items():
        assert main(arguments.split()) == 1, arguments
        assert message in capsys.readouterr().err


def test_numbers_and_ranges() -> None:
    assert [number for part in numbers("0,7,20-22,3") for number in part] == [0, 7, 20, 21, 22, 3]


@pytest.mark.parametrize("wrong", ["3-1", "a", "1-b", "", "-"])
def test_a_list_of_pictures_that_is_none_is_refused(
    files: list[str], wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["pack", "extract", "all.ltcp", f"--pictures={wrong}"])
    assert refused.value.code == 2
    assert "neither a number nor a range like 20-29" in capsys.readouterr().err
