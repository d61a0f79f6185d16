"""The example learns from latents as from pixels, of packs whose names begin with labels."""

from pathlib import Path

import numpy as np
import pytest

import latentcodec
from examples import train_from_latents

pytestmark = pytest.mark.usefixtures("golden_found")


def test_it_tells_flat_pictures_from_rough_ones_by_either(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(0)
    flat = [np.full((32, 32, 3), level, np.uint8) for level in rng.integers(120, 136, 16)]
    rough = [
        picture + np.kron(rng.integers(-100, 100, (4, 4, 3)), np.ones((8, 8, 1))).astype(np.int8) for picture in flat
    ]
    rough = [picture.astype(np.uint8) for picture in rough]
    names = [f"{kind}/{index}" for kind in (0, 1) for index in range(16)]
    codec = latentcodec.open("tiny_gained")
    (tmp_path / "a.ltcp").write_bytes(codec.encode_pack([*flat, *rough], names=names, quality=80))
    packs = [str(tmp_path / "a.ltcp")] * 2
    shares = train_from_latents.main(["--packs", *packs, "--bundle", "tiny_gained", "--epochs", "100"])
    assert min(shares.values()) > 0.9
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == ["latents", "pixels"]
