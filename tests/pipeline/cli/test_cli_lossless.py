"""`--lossless` on the command line, and lossless bundles among the others."""

import json
import zlib
from pathlib import Path

import numpy as np
import pytest
from make_golden import digits, picture
from PIL import Image

import latentcodec
from latentcodec import Codec
from latentcodec.bundle.find import user_folder
from latentcodec.cli import bench, main
from latentcodec.container import chunks
from latentcodec.container.read import read_image
from latentcodec.pictures.read import Picture

Capture = pytest.CaptureFixture[str]
SCAN = np.ascontiguousarray(picture(60, 80)[..., 0])


@pytest.fixture(autouse=True)
def work(lossless_found: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A current folder with scan.png (grey), photo.png (in colour) and ten digits below digits/."""
    (tmp_path / "work" / "digits").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")
    Image.fromarray(SCAN).save("scan.png")
    Image.fromarray(picture(20, 30)).save("photo.png")
    for number, digit in enumerate(digits(10)):
        Image.fromarray(digit).save(f"digits/{number}.png")


def test_a_scan_is_encoded_verified_described_and_comes_back(exact: Codec, capsys: Capture) -> None:
    assert main(["encode", "scan.png", "--lossless"]) == 0
    data = Path("scan.ltc").read_bytes()
    bpp = 8 * len(data) / SCAN.size
    assert data == exact.encode(SCAN, origin=dict(read_image(data).chunks)[chunks.ORIGIN])
    assert capsys.readouterr().out == f"scan.png -> scan.ltc: {len(data)} bytes, {bpp:.3f} bpp\n"
    assert main(["verify", "scan.ltc"]) == 0
    checksum = f"{zlib.crc32(SCAN):08x}"
    assert capsys.readouterr().out == f"scan.ltc: sound, pixels equal to those encoded (CRC-32 {checksum})\n"
    assert main(["verify", "--json", "scan.ltc"]) == 0
    assert json.loads(capsys.readouterr().out)["pixels_crc32"] == checksum
    assert main(["info", "scan.ltc"]) == 0
    printed = capsys.readouterr().out
    assert "\n  quantiser  lossless, grey, 8 bits a sample\n" in printed
    assert f"\n  rate       {bpp:.4f} bpp, compression ratio {SCAN.size / len(data):.2f}\n" in printed
    assert main(["decode", "scan.ltc", "-o", "back.png"]) == 0
    assert np.array_equal(np.asarray(Image.open("back.png")), SCAN)


WITH_ALPHA = np.dstack([picture(20, 30), picture(20, 30, seed=1)[..., 0]])
PALETTE = Image.fromarray(picture(20, 30)).quantize(9)
DESCRIBED: dict[str, tuple[Picture, bool, str]] = {
    "grey": (SCAN, False, "grey, 8 bits a sample"),
    "grey with alpha": (WITH_ALPHA[..., 2:], True, "grey and alpha, 8 bits a sample"),
    "colour": (WITH_ALPHA[..., :3], False, "RGB, 8 bits a sample"),
    "colour with alpha": (WITH_ALPHA, True, "RGB and alpha, 8 bits a sample"),
    "opaque": (Image.fromarray(WITH_ALPHA[..., :3]).convert("RGBA"), True, "RGB and alpha, 8 bits a sample"),
    "sixteen bits": (WITH_ALPHA.astype(np.uint16) * 201, True, "RGB and alpha, 16 bits a sample"),
    "two levels": (Image.fromarray(SCAN).convert("1"), False, "grey, 1 bit a sample"),
    "palette": (PALETTE, False, "RGB by a palette, 8 bits a pixel"),
    "few colours": (np.tile(WITH_ALPHA[:2, :4], (40, 30, 1)), True, "RGB and alpha by a palette, 8 bits a pixel"),
}


@pytest.mark.parametrize("name", [*DESCRIBED, "palette with a transparent colour"])
def test_what_a_pixel_holds_is_said_in_words(exact: Codec, name: str, capsys: Capture) -> None:
    transparent = PALETTE.copy()
    transparent.info["transparency"] = bytes([0] + 8 * [255])
    found, alpha, words = DESCRIBED.get(name, (transparent, True, "RGB and alpha by a palette, 8 bits a pixel"))
    data = exact.encode(found)
    assert latentcodec.info(data)["alpha"] is alpha
    Path("one.ltc").write_bytes(data)
    assert main(["info", "one.ltc"]) == 0
    printed = capsys.readouterr().out
    assert f"\n  quantiser  lossless, {words}\n" in printed
    assert ("\n  has        alpha\n" in printed) is (alpha and "grey" not in name)
    assert ("\n  has        grey, alpha\n" in printed) is (name == "grey with alpha")


def test_a_pack_says_what_its_pixels_hold(exact: Codec, capsys: Capture) -> None:
    for pixels, words in ((SCAN[None], "grey, 8 bits a sample"), (picture(9, 9)[None], "RGB, 8 bits a sample")):
        Path("pack.ltcp").write_bytes(exact.encode_pack(pixels))
        assert main(["info", "pack.ltcp"]) == 0
        assert f"\n  quantiser  lossless, {words}\n" in capsys.readouterr().out


def test_the_line_of_a_picture_with_alpha_says_that_it_has_it(capsys: Capture) -> None:
    Image.fromarray(WITH_ALPHA).save("icon.png")
    assert main(["encode", "icon.png", "--lossless", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["alpha"] is True


def test_formats_that_lose_what_the_file_keeps_are_named(rgb: Codec, capsys: Capture) -> None:
    assert main(["encode", "photo.png", "--lossless"]) == 0
    for suffix, note in (("png", ""), ("tif", ""), ("bmp", ""), ("jpg", "JPEG"), ("webp", "WEBP")):
        capsys.readouterr()
        assert main(["decode", "photo.ltc", "-o", f"back.{suffix}"]) == 0
        error = capsys.readouterr().err
        assert error == (
            note and f"latentcodec: note: photo.ltc: not kept in {note}: every pixel, as .png and .tif do\n"
        )
        same = Image.open(f"back.{suffix}").convert("RGB").tobytes() == Image.open("photo.png").tobytes()
        assert same == (note == "")
    Path("lossy.ltc").write_bytes(rgb.encode("photo.png"))
    assert main(["decode", "lossy.ltc", "-o", "lossy.jpg", "--bundle", str(rgb.bundle.path)]) == 0
    assert capsys.readouterr().err == ""


def test_hidden_colours_are_dropped_on_request(capsys: Capture) -> None:
    image = Image.open("photo.png")
    image.putalpha(Image.new("L", image.size, 0))
    image.save("hidden.png")
    assert main(["encode", "hidden.png", "--lossless", "--alpha-only-visible"]) == 0
    assert set(latentcodec.decode("hidden.ltc").tobytes()) == {0}
    capsys.readouterr()
    assert main(["encode", "hidden.png", "other.ltc", "--alpha-only-visible", "--bundle", "digits-v1"]) == 2
    assert "no colours where alpha is 0 that could be left out" in capsys.readouterr().err


def test_a_pack_of_digits_with_the_bundle_for_them(handwriting: Codec, capsys: Capture) -> None:
    assert main(["pack", "create", "--lossless", "digits", "-o", "a.ltcp", "--bundle", "digits-v1"]) == 0
    assert latentcodec.info("a.ltcp")["model"] == handwriting.bundle.model_id.hex()
    assert main(["pack", "append", "a.ltcp", "digits/3.png"]) == 1  # a second picture called 3
    Path("digits/3.png").rename("digits/x.png")
    assert main(["pack", "append", "a.ltcp", "digits/x.png"]) == 0
    assert main(["pack", "extract", "a.ltcp", "7", "x", "-o", "some"]) == 0
    for name, digit in (("7", digits(10)[7]), ("x", digits(10)[3])):
        assert np.array_equal(np.asarray(Image.open(f"some/{name}.png")), digit)
    facts = latentcodec.verify("a.ltcp")
    assert facts["grey"]
    assert facts["pixels_crc32"] == f"{zlib.crc32(np.concatenate([digits(10), digits(10)[3:4]])):08x}"


def test_all_pictures_that_do_not_suit_a_pack_are_in_one_report(capsys: Capture) -> None:
    Path("broken.png").write_bytes(b"no picture")
    assert main(["pack", "create", "--lossless", "digits", "scan.png", "broken.png", "-o", "a.ltcp"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "latentcodec: scan.png: it is 80x60, the pack's pictures are 28x28",
        "latentcodec: broken.png: no picture that Pillow can read",
        "latentcodec: 2 of 12 failed: scan.png, broken.png",
    ]
    assert not Path("a.ltcp").exists()


def test_what_would_lose_something_fails_in_one_line(capsys: Capture) -> None:
    Image.fromarray(picture(20, 30)).convert("CMYK").save("print.tif")
    for name, message in (
        ("photo.png", "is in colour, and this bundle keeps grey ones alone"),
        ("print.tif", "CMYK colours"),
    ):
        for command in (["encode", name], ["pack", "create", "digits", name, "-o", "a.ltcp"], ["compare", name]):
            assert main([*command, "--lossless", "--bundle", "shades-v1"]) == 1
            out, err = capsys.readouterr()
            assert out == ""
            assert message in err.splitlines()[0]
    assert not [*Path().glob("*.ltc*"), *Path().glob("*.compare.png")]


@pytest.mark.parametrize(
    "extra",
    ["--quality 5", "--quantiser max --bits 2", "--target-size 1k", "--target-psnr 30", "--bundle tiny_rgb"],
)
@pytest.mark.parametrize("command", ["encode scan.png", "pack create digits -o a.ltcp", "compare scan.png", "bench"])
def test_what_contradicts_it_is_wrong_usage(command: str, extra: str, capsys: Capture) -> None:
    assert main([*command.split(), "--lossless", *extra.split()]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "lossless" in err and err.count("\n") == 1
    assert not [*Path().glob("*.ltc*"), *Path().glob("*.compare.png")]


def test_compare_takes_lossless_rivals_and_all_are_exact(exact: Codec, capsys: Capture) -> None:
    assert main(["compare", "scan.png", "--lossless", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["codec"] for row in rows] == ["lossless-v1", "png", "webp-lossless"]
    assert all((row["quality"], row["psnr"], row["ssim"]) == ("lossless", None, 1) for row in rows)
    assert rows[0]["bytes"] == len(exact.encode(SCAN))


def test_bench_measures_it_without_networks(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr(bench, "_SECONDS", 0.0)
    monkeypatch.setattr(bench, "_SIZE", (30, 40))
    monkeypatch.setattr(bench, "cores", lambda: 1)
    assert main(["bench", "--lossless", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["encode"].keys() == {"whole"}
    assert main(["bench", "--lossless"]) == 0


def test_bundles_and_doctor_know_it(shades: Codec, lossless_bundles: Path, capsys: Capture) -> None:
    assert main(["bundles", "list"]) == 0
    assert "\n  lossless: every pixel comes back\n  bpp         1.500\n" in capsys.readouterr().out
    assert main(["bundles", "verify", "shades-v1", "digits-v1"]) == 0
    assert main(["bundles", "add", str(lossless_bundles / "shades-v1")]) == 0
    assert latentcodec.load_bundle(user_folder() / "shades-v1").model_id == shades.bundle.model_id
    assert main(["doctor", "--json"]) == 0
