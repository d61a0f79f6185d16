"""The example learns from a pack, and from one that a user has made of folders."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import latentcodec
from examples import train_from_pack
from latentcodec.cli import main
from stages.datasets import load

pytestmark = pytest.mark.usefixtures("lossless_found")


def test_it_learns_from_the_digits_at_hand(capsys: pytest.CaptureFixture[str]) -> None:
    assert train_from_pack.main(["--epochs", "1"]) > 0.6
    assert capsys.readouterr().out.endswith("% of 297 test pictures are recognised\n")


def test_folders_become_labels(tmp_path: Path) -> None:
    digits = load("digits", {"digits": "embedded"})
    for number, label in enumerate(digits.train_labels[:20]):
        (tmp_path / "digits" / str(label)).mkdir(parents=True, exist_ok=True)
        Image.fromarray(digits.train[number][0]).save(tmp_path / f"digits/{label}/{number}.png")
    pack = str(tmp_path / "a.ltcp")
    assert main(["pack", "create", "--lossless", str(tmp_path / "digits"), "-o", pack]) == 0
    assert sorted(train_from_pack.labels(latentcodec.Pack(pack)).tolist()) == sorted(digits.train_labels[:20].tolist())
    assert train_from_pack.main(["--packs", pack, pack, "--epochs", "30"]) > 0.9
    unnamed = str(tmp_path / "unnamed.ltcp")
    Path(unnamed).write_bytes(latentcodec.open("digits-v1").encode_pack([np.zeros((28, 28), np.uint8)]))
    with pytest.raises(SystemExit, match="do not begin with labels"):
        train_from_pack.main(["--packs", unnamed, unnamed])
