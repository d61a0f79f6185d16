"""params.yaml is read whole, and what is wrong in it is named."""

from pathlib import Path

import pytest
import yaml
from omegaconf import OmegaConf
from pydantic import TypeAdapter

from stages import networks
from stages.params import Params, load_params

CHECK = TypeAdapter(Params)
ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "params.yaml").read_text()


@pytest.fixture
def full() -> dict:
    """The parameters of `make study-full`."""
    return OmegaConf.to_container(
        OmegaConf.merge(*(OmegaConf.load(ROOT / f"params{name}.yaml") for name in ("", "-full")))
    )


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


def test_the_full_study_has_valid_parameters_and_weights_that_fit_them(full: dict) -> None:
    CHECK.validate_python(full)
    for block in full["rate_distortion"].values():
        networks.trained(
            block["network"], ROOT / block["start"]
        )  # raises where a weight is missing or of another shape


def test_the_full_study_trains_both_residual_codecs_alike(full: dict) -> None:
    first, second = (full["train"][codec] for codec in ("resae_v1", "resae_v2"))
    assert first.pop("network") != second.pop("network")
    assert first == second


def test_the_codec_of_the_page_on_fine_tuning_goes_on_from_photo(full: dict) -> None:
    page = (ROOT / "docs/fine-tuning.md").read_text()
    block = yaml.safe_load(page.split("```yaml")[1].split("```")[0])["rate_distortion"]
    CHECK.validate_python(full | {"rate_distortion": block})
    assert block["leaves"]["network"] == full["rate_distortion"]["photo"]["network"]
    assert block["leaves"]["start"] == full["rate_distortion"]["photo"]["start"]
