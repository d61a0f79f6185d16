"""Files of every format version that was released decode to what they decoded to then, for ever."""

from pathlib import Path

import numpy as np
import pytest

import latentcodec

GOLDEN = Path(__file__).parents[1] / "golden"
FILES = sorted(path.relative_to(GOLDEN).as_posix() for path in GOLDEN.glob("v*/*.ltc*"))
CODECS = {
    codec.bundle.model_id.hex(): codec
    for codec in (latentcodec.open(folder, provider="cpu") for folder in sorted((GOLDEN / "bundles").iterdir()))
}


def test_no_golden_file_is_missing() -> None:
    for version in GOLDEN.glob("v*"):
        with np.load(version / "expected.npz") as expected:
            assert {key.partition(":")[0] for key in expected} == {path.name for path in version.glob("*.ltc*")}
    assert len(FILES) >= 30


@pytest.mark.parametrize("name", FILES)
def test_golden_file_decodes_to_the_same_symbols_and_pixels(name: str) -> None:
    data = (GOLDEN / name).read_bytes()
    codec = CODECS[latentcodec.info(data)["model"]]
    with np.load((GOLDEN / name).parent / "expected.npz") as expected:
        symbols, pixels = (expected[f"{Path(name).name}:{what}"] for what in ("symbols", "pixels"))
    assert np.array_equal(codec.symbols(data), symbols)
    decoded = codec.decode_pack(data) if name.endswith(".ltcp") else codec.decode(data, as_array=True)
    assert decoded.shape == pixels.shape
    # The networks are float arithmetic: another machine may round a level to the other side.
    assert np.abs(decoded.astype(int) - pixels).max() <= 1
