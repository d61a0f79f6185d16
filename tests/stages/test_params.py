"""params.yaml is read whole, and what is wrong in it is named."""

from pathlib import Path

import pytest

from stages.params import load_params

TEXT = (Path(__file__).parents[2] / "params.yaml").read_text()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    epochs: 10\n", "    epochs: 10\n    epoch: 3\n", r"train\.ae1\.epoch: unknown key$"),
        ("    epochs: 10\n", "", r"train\.ae1\.epochs: missing$"),
        ("    epochs: 10\n", "    epochs: ten\n", r"train\.ae1\.epochs: .*integer, not 'ten'$"),
        ("device: auto", "", r"params\.yaml: device: missing$"),
        ("seed: 0", "seed: 0\n  sead: 1", r"data\.sead: unknown key$"),
    ],
)
def test_a_key_that_is_unknown_missing_or_of_another_type_is_named(
    old: str, new: str, message: str, tmp_path: Path
) -> None:
    assert old in TEXT
    (tmp_path / "params.yaml").write_text(TEXT.replace(old, new, 1))
    with pytest.raises(SystemExit, match=message):
        load_params(tmp_path / "params.yaml")


def test_numbers_stay_as_they_are_written(tmp_path: Path) -> None:
    """A checkpoint is named by the digest of its block: 1 and 1.0 would be two."""
    (tmp_path / "params.yaml").write_text(TEXT.replace("learning_rate: 0.001", "learning_rate: 1", 1))
    assert repr(load_params(tmp_path / "params.yaml")["train"]["ae1"]["learning_rate"]) == "1"
