"""`--target-...`, `--importance` and a variable-rate bundle on the command line."""

import json
from pathlib import Path

import numpy as np
import pytest
from make_golden import digits
from PIL import Image

import latentcodec
from latentcodec import Codec, importance
from latentcodec.cli import main
from latentcodec.container import chunks
from latentcodec.container.read import read_image
from latentcodec.distortion import psnr

Capture = pytest.CaptureFixture[str]


def origin(file: str) -> bytes:
    """What the command line has put into a file."""
    return dict(read_image(Path(file)).chunks)[chunks.ORIGIN]


def test_encode_says_which_quality_it_chose(noisy_photo: np.ndarray, variable_rate: Codec, capsys: Capture) -> None:
    assert main(["encode", "photo.png", "--bundle", "tiny_gained", "--target-size", "0.9k"]) == 0
    data = Path("photo.ltc").read_bytes()
    facts = latentcodec.info(data)
    assert data == variable_rate.encode(noisy_photo, target_size=900, origin=origin("photo.ltc"))
    line = f"photo.png -> photo.ltc: {len(data)} bytes, {facts['bpp']:.3f} bpp, quality {facts['quality']}\n"
    assert capsys.readouterr().out == line
    assert main(["encode", "photo.png", "--bundle", "tiny_gained", "--target-psnr", "25", "--json", "--force"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report == {"input": "photo.png", "output": "photo.ltc", **latentcodec.info("photo.ltc")}
    assert psnr(noisy_photo, variable_rate.decode_array("photo.ltc")) >= 25


def test_the_steps_of_another_bundle_have_qualities_too(noisy_photo: np.ndarray, rgb: Codec, capsys: Capture) -> None:
    assert main(["encode", "photo.png", "--bundle", "tiny_rgb", "--target-bpp", "0.25", "--json"]) == 0
    quality = json.loads(capsys.readouterr().out)["quality"]
    assert quality == 66
    assert Path("photo.ltc").read_bytes() == rgb.encode(noisy_photo, quality=66, origin=origin("photo.ltc"))
    assert len(rgb.encode(noisy_photo, quality=67)) * 8 / noisy_photo[..., 0].size > 0.25


def test_each_picture_of_a_folder_meets_the_target_by_itself(
    noisy_photo: np.ndarray, variable_rate: Codec, capsys: Capture
) -> None:
    Path("all").mkdir()
    for name, pixels in {"a": noisy_photo, "b": noisy_photo[:40, :50], "c": noisy_photo[:8, :8]}.items():
        Image.fromarray(pixels).save(f"all/{name}.png")
    assert main(["encode", "all", "-o", "out", "--bundle", "tiny_gained", "--target-bpp", "1"]) == 1
    out, err = capsys.readouterr()
    assert [line.split()[0] for line in out.splitlines()] == ["all/a.png", "all/b.png", "2"]  # pictures
    assert err.startswith("latentcodec: all/c.png: even quality 1 has ")
    assert Path("out/b.ltc").read_bytes() == variable_rate.encode(
        noisy_photo[:40, :50], target_bpp=1, origin=origin("out/b.ltc")
    )


def test_a_pack_meets_a_target_as_a_whole(noisy_photo: np.ndarray, variable_rate: Codec, capsys: Capture) -> None:
    for number, digit in enumerate(digits(4)):
        Image.fromarray(digit).save(f"digit{number}.png")
    inputs = [f"digit{number}.png" for number in range(4)]
    assert main(["pack", "create", *inputs, "-o", "a.ltcp", "--bundle", "tiny_gained", "--target-size", "300"]) == 0
    facts = latentcodec.info("a.ltcp")
    assert facts["bytes"]["total"] <= 300
    assert capsys.readouterr().out.endswith(f", quality {facts['quality']}\n")


def test_info_and_the_list_of_bundles_tell_the_quality(
    noisy_photo: np.ndarray, variable_rate: Codec, capsys: Capture
) -> None:
    Path("a.ltc").write_bytes(variable_rate.encode(noisy_photo, quality=42))
    assert main(["info", "a.ltc"]) == 0
    assert "\n  quantiser  gained, quality 42\n" in capsys.readouterr().out
    assert main(["bundles", "list"]) == 0
    assert "\n  gained: quality 1 to 100\n" in capsys.readouterr().out
    assert main(["bundles", "verify", "tiny_gained"]) == 0


def test_compare_at_several_qualities_has_a_row_of_panels_for_each(noisy_photo: np.ndarray, capsys: Capture) -> None:
    command = ["compare", "photo.png", "--bundle", "tiny_gained", "--against", "jpeg"]
    assert main([*command, "--quality", "20,80", "--json", "-o", "beside.png"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["codec"], row["quality"]) for row in rows[::2]] == [("tiny_gained", "20"), ("tiny_gained", "80")]
    assert rows[0]["bytes"] < rows[2]["bytes"] and rows[0]["psnr"] < rows[2]["psnr"]
    sheet = np.asarray(Image.open("beside.png"))
    height = sheet.shape[0] // 2
    for top in (8, 4 + height):  # each row begins with the original, three pixels for one
        assert np.array_equal(sheet[top : top + 288 : 3, 8 : 8 + 128 * 3 : 3], noisy_photo)
    assert main([*command, "--target-psnr", "25"]) == 0
    ours = capsys.readouterr().out.splitlines()[1].split()
    assert ours[0] == "tiny_gained" and float(ours[4]) >= 25


def test_wrong_usage_exits_with_2(noisy_photo: np.ndarray, capsys: Capture) -> None:
    encode = ["encode", "photo.png", "--bundle", "tiny_gained"]
    for extra in (
        ["--target-size", "20q"],
        ["--target-size", "1e9999k"],
        ["--target-bpp", "a"],
        ["--quantiser", "gained"],
    ):
        with pytest.raises(SystemExit) as stop:
            main([*encode, *extra])
        assert stop.value.code == 2
    for extra in (
        ["--target-bpp", "-1"],
        ["--target-bpp", "1", "--quality", "9"],
        ["--target-bpp", "1", "--target-psnr", "9"],
        ["--quantiser", "max", "--bits", "3"],
    ):
        capsys.readouterr()
        assert main([*encode, *extra]) == 2
        assert capsys.readouterr().err.count("\n") == 1
    with pytest.raises(SystemExit):
        main(["compare", "photo.png", "--bundle", "tiny_gained", "--quality", "20,101"])
    assert list(Path().glob("*.ltc")) == []


def test_the_command_line_takes_a_map_and_redoes_what_had_another(noisy_photo: np.ndarray, capsys: Capture) -> None:
    Image.fromarray(np.repeat(np.array([[0, 255]], np.uint8), 64, axis=1)).save("map.png")
    command = ["encode", "photo.png", "--bundle", "tiny_gained", "--json"]
    assert main(command) == 0
    plain = Path("photo.ltc").read_bytes()
    assert main([*command, "--importance", "map.png"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["importance"]
    cells = importance.of_file(read_image("photo.ltc"))
    assert Path("photo.ltc").read_bytes() != plain and cells is not None and cells.tolist() == [[-50, 50]] * 2
    assert main(["info", "photo.ltc"]) == 0
    assert "importance map" in capsys.readouterr().out
    Path("text.png").write_text("no picture")
    with pytest.raises(SystemExit, match="2"):
        main([*command, "--importance", "text.png"])
    assert "argument --importance: text.png: no picture that Pillow can read" in capsys.readouterr().err
