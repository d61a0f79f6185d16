"""`latentcodec compare`: our file beside other codecs' files of the same size."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from latentcodec.cli import main
from latentcodec.cli.panels import middle
from latentcodec.distortion import butteraugli, psnr, ssim, ssimulacra2
from latentcodec.rivals import RIVALS, decode

COMPARE = ["compare", "photo.png", "--bundle", "tiny_rgb", "--quality", "100"]


@pytest.mark.parametrize("shape", [(40, 50, 3), (40, 50), (7, 9, 3), (600, 8)])
def test_psnr_and_ssim_agree_with_scikit_image(shape: tuple[int, ...]) -> None:
    random = np.random.default_rng(1)
    x = random.integers(0, 256, shape, np.uint8)
    y = (x + random.normal(0, 20, shape)).clip(0, 255).astype(np.uint8)
    axis = 2 if len(shape) == 3 else None
    assert psnr(x, y) == pytest.approx(peak_signal_noise_ratio(x, y))
    assert ssim(x, y) == pytest.approx(structural_similarity(x, y, channel_axis=axis), abs=1e-9)
    assert psnr(x, x) == float("inf")
    assert ssim(x, x) == 1
    assert ssim(x[:6], y[:6]) is None


def test_ssimulacra2_rises_and_butteraugli_falls_with_the_quality_of_a_jpeg() -> None:
    original = data.astronaut()[:256, :256]
    decoded = [decode(RIVALS["jpeg"].encode(original, quality), 3) for quality in (10, 40, 90)] + [original]
    seen = [ssimulacra2(original, each) for each in decoded]
    apart = [butteraugli(original, each) for each in decoded]
    assert sorted(seen) == seen and seen[-1] == 100
    assert sorted(apart, reverse=True) == apart and apart[-1] == 0
    assert ssimulacra2(original[..., 0], decoded[0][..., 0]) < 60
    assert butteraugli(original[:7], decoded[0][:7]) is None


def test_every_rival_comes_as_near_to_our_size_as_it_can(
    noisy_photo: np.ndarray, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["webp", "avif", "jpeg", "jpeg2000", "png"]
    assert main([*COMPARE, "--against", ",".join(names), "--json"]) == 0
    ours, *others = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert ours["codec"] == "tiny_rgb"
    assert [row["codec"] for row in others] == names
    assert others[-1]["psnr"] is None and others[-1]["ssim"] == 1  # PNG gives back what it got
    for name, row in zip(names[:-1], others, strict=False):
        assert 0.85 < row["bytes"] / ours["bytes"] < 1.15, name
        distances = [
            abs(len(RIVALS[name].encode(noisy_photo, setting)) - ours["bytes"])
            for setting in RIVALS[name].settings[::7]
        ]
        assert abs(row["bytes"] - ours["bytes"]) <= min(distances), name


def test_the_table_and_the_picture(noisy_photo: np.ndarray, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*COMPARE, "--against", "jpeg,webp", "-o", "beside.png"]) == 0
    head, *rows, last = capsys.readouterr().out.splitlines()
    assert head.split() == ["codec", "quality", "bytes", "bpp", "PSNR", "dB", "SSIM", "SSIMULACRA2", "butteraugli"]
    assert [row.split()[0] for row in rows] == ["tiny_rgb", "jpeg", "webp"]
    assert last == "side by side: beside.png"
    sheet = np.asarray(Image.open("beside.png"))
    shown = sheet[8 : 8 + 96 * 3 : 3, 8 : 8 + 128 * 3 : 3]  # the first panel, three pixels for one
    assert np.array_equal(shown, noisy_photo)
    assert main([*COMPARE, "--against", "jpeg", "-o", "beside.png"]) == 1
    assert "beside.png exists" in capsys.readouterr().err
    assert main([*COMPARE, "--against", "jpeg", "-o", "beside.png", "--force", "--region", "10,20,110,70"]) == 0
    assert np.array_equal(np.asarray(Image.open("beside.png"))[8:158:3, 8:308:3], noisy_photo[20:70, 10:110])


def test_a_small_or_a_grey_picture_is_compared_too(noisy_photo: np.ndarray, capsys: pytest.CaptureFixture[str]) -> None:
    Image.fromarray(noisy_photo[:5, :5]).save("photo.png")
    assert main([*COMPARE, "--against", "jpeg"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[5::2] == ["-", "-"]  # neither SSIM nor butteraugli
    Image.fromarray(noisy_photo[..., 0]).save("photo.png")
    assert main(COMPARE) == 0


def test_jpeg_xl_is_among_them_where_its_plugin_is(noisy_photo: np.ndarray, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(COMPARE) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]][-1] == "jpegxl"


def test_without_o_the_table_is_all_that_comes_of_it(noisy_photo: np.ndarray) -> None:
    assert main([*COMPARE, "--against", "jpeg"]) == 0
    assert list(Path().iterdir()) == [Path("photo.png")]  # nothing that the next run of a folder would encode


def test_a_failure_names_the_file(noisy_photo: np.ndarray, capsys: pytest.CaptureFixture[str]) -> None:
    Path("broken.png").write_bytes(b"no picture")
    for command in (["compare", "broken.png"], ["bench", "photo.png", "broken.png"]):
        assert main([*command, "--bundle", "tiny_rgb"]) == 1
        assert capsys.readouterr().err == "latentcodec: broken.png: no picture that Pillow can read\n"


def test_a_part_of_a_large_picture_is_shown() -> None:
    assert middle(96, 128) == (0, 0, 128, 96)
    assert middle(3000, 4000) == (1744, 1244, 2256, 1756)
    assert middle(100, 4000) == (1744, 0, 2256, 100)


def test_wrong_usage_exits_with_2(noisy_photo: np.ndarray, capsys: pytest.CaptureFixture[str]) -> None:
    for extra in (["--against", "gif"], ["--region", "5,5,5,9"], ["--region", "a"]):
        with pytest.raises(SystemExit) as stop:
            main([*COMPARE, *extra])
        assert stop.value.code == 2
    for extra in (["--region", "0,0,129,9", "-o", "x.png"], ["--region", "0,0,9,9"], ["-o", "-"], ["-o", "x.tar"]):
        assert main([*COMPARE, *extra]) == 2
    assert list(Path().iterdir()) == [Path("photo.png")]
