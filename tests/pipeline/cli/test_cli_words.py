"""What is typed: the words of other codecs, slips, and numbers out of reach. Each answer is one line."""

from pathlib import Path

import numpy as np
import pytest
from make_golden import picture
from PIL import Image

import latentcodec
from latentcodec import Codec
from latentcodec.cli import main
from latentcodec.cli.options import size

pytestmark = pytest.mark.usefixtures("photo")
ENCODE = ["encode", "photo.png", "--bundle", "tiny_gained"]
Capture = pytest.CaptureFixture[str]


def refusal(arguments: list[str], capsys: Capture) -> str:
    """What is said of wrong usage."""
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    out, err = capsys.readouterr()
    assert (stop.value.code, out, err.count("\n")) == (2, "", 1)
    return err


def test_q_is_the_quality() -> None:
    assert main([*ENCODE, "-q", "75"]) == 0
    assert latentcodec.info("photo.ltc")["quality"] == 75


def test_q_without_a_number_and_capital_q_are_quiet(capsys: Capture) -> None:
    for option in ("-q", "-Q", "--quiet"):
        assert main([*ENCODE, "--force", option]) == 0
        assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("wrong", ["75.125", "0", "101", "best", "9" * 30])
def test_a_quality_is_a_number_up_to_100_in_hundredths(wrong: str, capsys: Capture) -> None:
    said = f"-q/--quality: a number, 1 to 100, with two decimals at most, not '{wrong}'"
    assert said in refusal([*ENCODE, "-q", wrong], capsys)


@pytest.mark.parametrize(
    ("text", "value"),
    [("20000", 20000), ("20k", 20000), ("20kB", 20000), ("20KB", 20000), ("1.5M", 1.5e6), ("2KiB", 2048), ("7B", 7)],
)
def test_sizes_as_people_write_them(text: str, value: float) -> None:
    assert size(text) == value


@pytest.mark.parametrize(
    "arguments",
    ["--threads 99999999999", "--threads 3000", "-j 99999999999", "--tile 99999999999", "--tile -1"],
)
def test_numbers_out_of_reach_are_refused_at_once(arguments: str, capsys: Capture) -> None:
    assert "not '" in refusal([*ENCODE, *arguments.split()], capsys)


def test_the_library_refuses_as_many_threads_too(rgb: Codec) -> None:
    for threads in (-1, 257, 10**11):
        with pytest.raises(ValueError, match="threads is 0"):
            Codec(rgb.bundle, threads=threads)


def test_two_names_are_in_and_out_as_in_cwebp_and_avifenc(capsys: Capture) -> None:
    assert main([*ENCODE, "new.ltc"]) == 0
    assert main(["decode", "new.ltc", "new.webp"]) == 0
    assert Image.open("new.webp").size == (53, 37)
    assert sorted(path.name for path in Path().iterdir()) == ["new.ltc", "new.webp", "photo.png"]
    assert main(["encode", "-", "photo.png", "--bundle", "tiny_rgb"]) == 2  # but two pictures are two inputs


def test_a_file_of_the_other_side_is_called_so_and_does_not_end_the_rest(capsys: Capture) -> None:
    assert main([*ENCODE]) == 0
    assert main(["decode", "photo.png"]) == 1
    assert "photo.png: not a .ltc file" in capsys.readouterr().err
    assert main(["encode", "photo.ltc", "--bundle", "tiny_rgb"]) == 1
    assert "photo.ltc: not a picture" in capsys.readouterr().err
    Image.fromarray(picture(9, 9)).save("b.png")
    assert main(["encode", "b.png", "photo.ltc", "photo.png", "--bundle", "tiny_rgb"]) == 1
    assert Path("b.ltc").exists()


def test_help_is_a_command_too(capsys: Capture) -> None:
    for arguments, wanted in (
        (["help"], "commands:"),
        (["help", "encode"], "--quality"),
        (["help", "pack", "create"], "--block"),
    ):
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert stop.value.code == 0
        assert wanted in capsys.readouterr().out


def test_a_slip_is_answered_with_the_nearest_word(capsys: Capture) -> None:
    for arguments, wanted in (
        (["enocde", "photo.png"], "did you mean encode?"),
        (["enc", "photo.png"], "did you mean encode?"),
        ([*ENCODE, "--qualty", "5"], "did you mean --quality?"),
        ([*ENCODE, "--entropy", "contxt"], "did you mean context?"),
        (["pack", "creat"], "did you mean create?"),
        (["doctor", "now"], "one word too many: 'now'"),
    ):
        assert wanted in refusal(arguments, capsys)


def test_the_ceiling_of_the_quality_is_in_the_help(capsys: Capture) -> None:
    with pytest.raises(SystemExit):
        main(["encode", "--help"])
    assert "100 means about 43 dB on photographs" in " ".join(capsys.readouterr().out.split())


def test_a_plugin_teaches_pillow_another_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    (tmp_path / "dull_format.py").write_text(
        "from PIL import Image\n"
        "def register_dull_opener():\n"
        "    Image.register_open('DULL', lambda file, name: Image.new('RGB', (8, 8)), lambda start: start == b'dull')\n"
        "    Image.register_extension('DULL', '.dull')\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(Image, "EXTENSION", dict(Image.registered_extensions()))
    monkeypatch.setattr(Image, "OPEN", dict(Image.OPEN))
    monkeypatch.setattr(Image, "ID", list(Image.ID))
    Path("a.dull").write_bytes(b"dull")
    assert main(["encode", "a.dull", "--bundle", "tiny_rgb"]) == 1
    assert main(["encode", "a.dull", "--bundle", "tiny_rgb", "--plugin", "dull_format"]) == 0
    assert latentcodec.info("a.ltc")["width"] == 8
    capsys.readouterr()
    assert main(["encode", "a.dull", "--plugin", "no_such_module"]) == 2
    assert capsys.readouterr().err == "latentcodec: --plugin no_such_module: No module named 'no_such_module'\n"


def test_whatever_a_library_raises_is_one_line_and_does_not_end_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    Image.fromarray(picture(9, 9)).save("odd.png")
    encode = Codec.encode

    def odd(codec: Codec, source: object, **options: object) -> bytes:
        if source == "odd.png":
            raise AssertionError
        return encode(codec, source, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Codec, "encode", odd)
    assert main(["encode", "odd.png", "photo.png", "--bundle", "tiny_rgb", "-j", "1"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("latentcodec: odd.png: an unexpected AssertionError in test_cli_words.py, line ")
    assert Path("photo.ltc").exists()


def test_a_picture_that_grows_is_a_note(capsys: Capture) -> None:
    Image.fromarray(np.tile(picture(8, 8), (16, 16, 1))).save("small.png")  # which PNG is good at
    assert main(["encode", "small.png", "--bundle", "tiny_gained", "-q", "100"]) == 0
    assert "note: small.png: the file is larger than the picture's own, of " in capsys.readouterr().err
