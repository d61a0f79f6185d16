"""Files of every format version and bundle that was released decode to what they decoded to then, for ever."""

from pathlib import Path

import numpy as np
import pytest
from make_golden import lossless_files

import latentcodec

GOLDEN = Path(__file__).parents[2] / "golden"
FILES = sorted(path.relative_to(GOLDEN).as_posix() for path in GOLDEN.glob("*/*.ltc*"))
RELEASED = sorted(path.parent for path in GOLDEN.parents[1].glob("exports/release/*/codec.json"))
CODECS = {
    codec.bundle.model_id.hex(): codec
    for codec in (latentcodec.open(folder, provider="cpu") for folder in [*(GOLDEN / "bundles").iterdir(), *RELEASED])
}


def test_no_golden_file_is_missing() -> None:
    for folder in ("v1", *(bundle.name for bundle in RELEASED)):
        with np.load(GOLDEN / folder / "expected.npz") as expected:
            assert {key.partition(":")[0] for key in expected} == {
                path.name for path in (GOLDEN / folder).glob("*.ltc*")
            }
    assert len(FILES) >= 35


@pytest.mark.parametrize("name", FILES)
def test_golden_file_decodes_to_the_same_symbols_and_pixels(name: str) -> None:
    data = (GOLDEN / name).read_bytes()
    codec = CODECS[latentcodec.info(data)["model"]]
    with np.load((GOLDEN / name).parent / "expected.npz") as expected:
        symbols, pixels = (expected[f"{Path(name).name}:{what}"] for what in ("symbols", "pixels"))
    assert np.array_equal(codec.symbols(data), symbols)
    decoded = codec.decode_pack(data) if name.endswith(".ltcp") else codec.decode_array(data)
    assert decoded.shape == pixels.shape
    # The networks are float arithmetic: another machine may round a level to the other side. Lossless has neither.
    assert np.abs(decoded.astype(int) - pixels).max() <= (0 if codec.bundle.facts.lossless else 1)


@pytest.mark.parametrize("name", [codec.bundle.name for codec in CODECS.values() if codec.bundle.facts.lossless])
def test_a_lossless_bundle_makes_the_same_files_for_ever(name: str) -> None:
    codec = latentcodec.open(name)
    made = {name: data for name, (_, data) in lossless_files(codec).items()}
    assert made == {file: (GOLDEN / name / file).read_bytes() for file in made}
