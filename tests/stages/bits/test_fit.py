"""The bundle that fit makes is whole, and its tables fit the symbols that they were counted on."""

import hashlib
import json

import numpy as np
from miniature import Miniature

import latentcodec
from stages.bits.fit import count_symbols, quality_mapping, shared_codebook


def test_the_bundle_decodes_what_it_encoded_with_every_quantiser_and_entropy_model(miniature: Miniature) -> None:
    codec = latentcodec.open(miniature.bundle)
    for quantiser in ("max", "min_max", "vector", "vector_shared"):
        files = {
            entropy: codec.encode(miniature.pictures[0], quantiser=quantiser, bits=2, entropy=entropy)
            for entropy in ("adaptive", "static", "context")
        }
        np.testing.assert_array_equal(codec.symbols(files["adaptive"]), codec.symbols(files["static"]))
        np.testing.assert_array_equal(codec.symbols(files["context"]), codec.symbols(files["static"]))
        assert codec.decode(files["static"]).size == (48, 48)


def test_what_is_fitted_beats_what_is_not_on_pictures_like_those_it_was_fitted_on(miniature: Miniature) -> None:
    codec = latentcodec.open(miniature.bundle)
    trained = np.load(miniature.root / "build/data/photos/train.npy").transpose(0, 2, 3, 1)
    for quantiser in ("min_max", "vector_shared"):
        context, static, adaptive = (
            sum(len(codec.encode(picture, quantiser=quantiser, bits=3, entropy=entropy)) for picture in trained)
            for entropy in ("context", "static", "adaptive")
        )
        assert context < static < adaptive


def test_the_card_says_what_the_bundle_was_trained_on(miniature: Miniature) -> None:
    card = json.loads((miniature.bundle / "card.json").read_text())
    train = miniature.root / "build/data/photos/train.npy"
    assert card["data"]["name"] == "gradients"
    assert card["data"]["terms"] == "made by the tests"
    assert card["data"]["sha256"]["train"] == hashlib.sha256(train.read_bytes()).hexdigest()
    assert card["training"] == miniature.params["train"]["tiny"]


def test_symbols_are_counted_per_channel() -> None:
    symbols = np.array([[[[0, 0]], [[3, 1]]], [[[0, 2]], [[3, 3]]]], np.int16)  # (2, 2, 1, 2)
    np.testing.assert_array_equal(count_symbols(symbols, bits=2), [[3, 0, 1, 0], [0, 1, 0, 3]])


def test_the_shared_codebook_is_sorted_and_survives_float16() -> None:
    latents = np.random.default_rng(0).normal(size=(4, 2, 8, 8)).astype(np.float32)
    codebook = shared_codebook(latents, bits=3, values=300, seed=0)
    assert np.all(np.diff(codebook) > 0)
    np.testing.assert_array_equal(codebook, codebook.astype(np.float16).astype(np.float32))


def test_every_quality_has_a_quantiser_and_more_quality_never_has_fewer_bits() -> None:
    mapping = quality_mapping({"bits": [1, 2, 4], "default": "min_max"})
    assert mapping == [[33, "min_max", 1], [67, "min_max", 2], [100, "min_max", 4]]
