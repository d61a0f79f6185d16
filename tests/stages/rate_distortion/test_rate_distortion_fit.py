"""The bundle of a variable-rate codec: every quality works, its tables pay, its card says what it has learnt from."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from miniature import RATE_DISTORTION, Miniature

import latentcodec
from stages.datasets.training_set import TrainingSet
from stages.rate_distortion import fit
from stages.rate_distortion.fit import cropped, draws


@pytest.fixture(scope="module")
def codec(variable_rate: Miniature) -> latentcodec.Codec:
    return latentcodec.open(variable_rate.bundle)


def test_every_quality_decodes_and_more_quality_is_more_bytes(codec, variable_rate: Miniature) -> None:
    picture = variable_rate.pictures[0]
    files = [codec.encode(picture, quality=quality) for quality in (1, 33, 66, 100)]
    errors = [np.square(codec.decode_array(file) - picture.astype(float)).mean() for file in files]
    assert [len(file) for file in files] == sorted(len(file) for file in files)
    assert errors[-1] < 10 < errors[0]


def test_context_is_the_default_and_changes_few_symbols_all_towards_zero(codec, variable_rate: Miniature) -> None:
    for picture in variable_rate.pictures:
        static, context = (codec.encode(picture, quality=60, entropy=entropy) for entropy in ("static", "context"))
        rounded, chosen = codec.symbols(static), codec.symbols(context)
        assert np.isin(np.abs(rounded) - np.abs(chosen), (0, 1)).all()
        assert (rounded != chosen).mean() < 0.01
        assert codec.encode(picture, quality=60) == context


def test_the_card_says_what_it_has_learnt_from_and_how(variable_rate: Miniature) -> None:
    card = json.loads((variable_rate.bundle / "card.json").read_text())
    assert card["training"].items() >= RATE_DISTORTION.items()
    assert card["data"]["name"] == "gradients" and card["data"]["terms"] == "made by the tests"
    assert card["data"]["pictures"] == 12


def test_weights_are_stored_in_half_precision_or_8_bits(variable_rate: Miniature) -> None:
    for part in ("encoder", "decoder"):
        model = onnx.load(variable_rate.root / f"build/tiny/{part}.onnx")
        large = [tensor for tensor in model.graph.initializer if np.prod(tensor.dims) >= 1024]
        assert {tensor.data_type for tensor in large} == {onnx.TensorProto.FLOAT16, onnx.TensorProto.INT8}


def test_pictures_are_cropped_about_their_middle_to_whole_cells() -> None:
    picture = np.arange(3 * 50 * 100).reshape(3, 50, 100)
    assert cropped(picture, 10**6, 16).shape == (3, 48, 96)
    part = cropped(picture, 1250, 8)
    assert part.shape == (3, 24, 48)
    assert part[0, 0, 0] == picture[0, 13, 26]


def test_all_pictures_are_drawn_equally_often_and_all_qualities() -> None:
    drawn = draws(pictures=7, streams=100, seed=0)
    counts = np.bincount([picture for picture, _, _ in drawn])
    assert len(drawn) == 100 and set(counts) <= {14, 15}
    assert sorted(quality for _, quality, _ in drawn) == list(range(1, 101))
    assert draws(7, 100, 0) == drawn != draws(7, 100, 1)


def test_the_card_inherits_the_terms_of_the_weights_that_a_training_went_on_from(tmp_path: Path) -> None:
    data = TrainingSet(np.zeros((1, 3, 8, 8), np.uint8), None, [], "mine", "CC0")
    start = {**RATE_DISTORTION, "start": str(tmp_path / "photo.pt")}
    assert "photo.pt: terms not stated" in fit.model_card("tiny", start, data, [])["data"]["terms"]
    (tmp_path / "photo.card.json").write_text('{"terms": "CC BY-SA 4.0"}')
    assert (
        fit.model_card("tiny", start, data, [])["data"]["terms"] == "CC0; weights went on from photo.pt: CC BY-SA 4.0"
    )
    tuned = start | {"steps": 0, "minutes": 0.5}
    assert "CC BY-SA 4.0" in fit.model_card("tiny", tuned, data, [])["data"]["terms"]
    taken = start | {"steps": 0}  # as they are: they have learnt from these pictures
    assert fit.model_card("tiny", taken, data, [])["data"]["terms"] == "CC0"
    assert "CC BY-SA 4.0" in fit.model_card("tiny", taken, data, [], other_pictures=True)["data"]["terms"]
