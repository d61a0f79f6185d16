"""The JavaScript module in Node."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from make_golden import digits
from PIL import Image

import latentcodec
from tests.web.conftest import GOLDEN, ROOT, WHEEL, assert_decoded, golden_files
from web.build import copy_bundles

FOLDERS = (*WHEEL, "cars-v1", "v1")

pytestmark = pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundles")
    released = [ROOT / "exports" / "release" / name for name in (*WHEEL, "cars-v1")]
    copy_bundles([*released, *(GOLDEN / "bundles").iterdir()], folder)
    return folder


def run(build: Path, bundles: Path, output: Path, *files: Path) -> dict[str, Any]:
    """What tests/web/decode.mjs reports of each file."""
    script = Path(__file__).with_name("decode.mjs")
    subprocess.run(["node", script, build, bundles, output, *files], check=True, timeout=300)
    return {file.name: json.loads((output / f"{file.name}.json").read_text()) for file in files}


@pytest.mark.parametrize("folder", FOLDERS)
def test_golden_files_decode_as_in_python(build: Path, bundles: Path, tmp_path: Path, folder: str) -> None:
    files = golden_files(folder)
    reports = run(build, bundles, tmp_path, *files)
    for file in files:
        assert "error" not in reports[file.name], (file.name, reports[file.name])
        parts = ((tmp_path / f"{file.name}.{part}").read_bytes() for part in ("symbols", "pixels"))
        assert_decoded(file, *parts)


@pytest.mark.parametrize("folder", WHEEL)
def test_info_says_what_python_says(build: Path, bundles: Path, tmp_path: Path, folder: str) -> None:
    files = golden_files(folder)
    reports = run(build, bundles, tmp_path, *files)
    for file in files:
        assert reports[file.name]["info"] == latentcodec.info(file)


def test_the_limit_of_a_pack_is_of_the_pictures_that_are_asked_for(build: Path, bundles: Path, tmp_path: Path) -> None:
    pack = latentcodec.open("digits-v1").encode_pack(digits(10, seed=1), block=2)
    (tmp_path / "digits.ltcp").write_bytes(pack)
    script = f"""
        import {{ readFileSync }} from "node:fs";
        import {{ decodePack }} from "{(build / "latentcodec.js").as_uri()}";
        const data = new Uint8Array(readFileSync("{tmp_path}/digits.ltcp"));
        for (const [maxPixels, numbers] of [[2 * 784, [9, 8]], [2 * 784, undefined], [784, [9]]]) {{
          const options = {{ bundles: "{bundles.as_uri()}", maxPixels, numbers }};
          console.log(await decodePack(data, options).then((found) => found.length, ({{ name }}) => name));
        }}
    """
    command = ["node", "--input-type=module", "--eval", script]
    shown = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    assert shown.split() == ["2", "LimitError", "LimitError"]


def test_a_png_has_the_pixels_the_profile_and_the_exif(build: Path, bundles: Path, tmp_path: Path) -> None:
    file = GOLDEN / "photo-v3" / "alpha_tiled.ltc"
    run(build, bundles, tmp_path, file)
    picture = Image.open(tmp_path / f"{file.name}.png")
    wanted = latentcodec.decode(file)
    assert picture.tobytes() == (tmp_path / f"{file.name}.pixels").read_bytes()
    assert picture.mode == wanted.mode == "RGBA"
    assert picture.info["icc_profile"] == wanted.info["icc_profile"]
    assert picture.getexif() == wanted.getexif()


def test_a_picture_larger_than_a_window_is_the_same_without_seams(build: Path, bundles: Path, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (30, 60, 3), np.uint8)
    picture = Image.fromarray(noise).resize((1000, 200), Image.Resampling.BICUBIC)
    file = tmp_path / "wide.ltc"
    file.write_bytes(latentcodec.encode(picture, quality=30))
    report = run(build, bundles, tmp_path, file)[file.name]
    found = np.frombuffer((tmp_path / "wide.ltc.pixels").read_bytes(), np.uint8).astype(int)
    apart = np.abs(found - latentcodec.decode_array(file).ravel())
    assert np.mean(apart <= 1) >= 0.999
    assert report["shares"] == sorted(report["shares"])
    assert report["shares"][-1] == 1


def test_an_importance_map_is_heeded(build: Path, bundles: Path, tmp_path: Path) -> None:
    picture = Image.fromarray(np.random.default_rng(2).integers(0, 255, (9, 25, 3), np.uint8)).resize((200, 70))
    file = tmp_path / "mapped.ltc"
    file.write_bytes(latentcodec.encode(picture, importance=np.array([[0, 255]], np.uint8)))
    report = run(build, bundles, tmp_path, file)[file.name]
    found = np.frombuffer((tmp_path / "mapped.ltc.pixels").read_bytes(), np.uint8).astype(int)
    assert np.mean(np.abs(found - latentcodec.decode_array(file).ravel()) <= 1) >= 0.999
    assert report["info"]["importance"]


@pytest.mark.parametrize("tile", [0, 128])
def test_progress_is_told_within_a_stream_without_loss_too(
    build: Path, bundles: Path, tmp_path: Path, tile: int
) -> None:
    file = tmp_path / "noise.ltc"
    levels = np.random.default_rng(3).integers(0, 99, (200, 150, 3), np.uint8)
    file.write_bytes(latentcodec.encode(levels, lossless=True, tile=tile))
    shares = run(build, bundles, tmp_path, file)[file.name]["shares"]
    assert (tmp_path / "noise.ltc.pixels").read_bytes() == levels.tobytes()
    steps = np.diff([0, *shares])
    assert shares[-1] == 1
    assert 50 <= len(steps) <= 101
    assert 0 < steps.min() and steps.max() < 0.05


@pytest.mark.parametrize("number", ["-1", "10", "0.5"])
def test_a_picture_that_a_pack_lacks_is_named_as_it_was_asked_for(build: Path, number: str) -> None:
    script = """
      const [build, file, number] = process.argv.slice(1);
      const { decodePack } = await import(`${build}/latentcodec.js`);
      const { readFile } = await import("node:fs/promises");
      const asked = decodePack(new Uint8Array(await readFile(file)), { numbers: [0, Number(number)] });
      console.log(await asked.then(() => "decoded", ({ name, message }) => `${name}: ${message}`));
    """
    command = ["node", "--input-type=module", "-e", script, str(build), str(GOLDEN / "digits-v1/digits.ltcp"), number]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.strip()
    assert said == f"RangeError: the pack holds pictures 0 to 9, there is no picture {number}"


@pytest.mark.parametrize(
    ("name", "damage", "error"),
    [
        ("cut.ltc", lambda data: data[:-9], "ChecksumError"),
        ("flipped.ltc", lambda data: data[:-7] + bytes([data[-7] ^ 1]) + data[-6:], "ChecksumError"),
        ("foreign.ltc", lambda data: b"\x89PNG\r\n\x1a\n" + data, "FormatError"),
        ("empty.ltc", lambda data: b"", "FormatError"),
    ],
)
def test_a_damaged_file_gets_the_sentence_that_python_has(
    build: Path, bundles: Path, tmp_path: Path, name: str, damage: Any, error: str
) -> None:
    file = tmp_path / name
    file.write_bytes(damage((GOLDEN / "photo-v3" / "colour_q20.ltc").read_bytes()))
    found = run(build, bundles, tmp_path, file)[name]["error"]
    with pytest.raises(latentcodec.LatentCodecError) as raised:
        latentcodec.decode(file)
    assert found == {"name": type(raised.value).__name__, "message": str(raised.value)}
    assert found["name"] == error or name in ("cut.ltc", "empty.ltc")


def test_a_file_of_an_unknown_bundle_says_where_it_was_looked_for(build: Path, tmp_path: Path) -> None:
    file = GOLDEN / "cars-v1" / "grey.ltc"
    found = run(build, build / "bundles", tmp_path, file)[file.name]["error"]
    assert found["name"] == "UnknownModelError"
    assert "bundles" in found["message"]
