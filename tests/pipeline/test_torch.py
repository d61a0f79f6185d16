"""A bundle's networks in torch do what the deployed codec does, and can be trained."""

import copy
import io
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import torch

import latentcodec
import latentcodec.torch
from latentcodec.bundle.bundle import read_facts

RELEASED = Path(__file__).parents[2] / "exports/release"
WITH_NETWORKS = [
    folder.name
    for folder in sorted(RELEASED.iterdir())
    if (folder / "codec.json").exists() and not read_facts(folder).lossless
]
PIXELS = np.stack([skimage.data.astronaut()[60:157, 160:270], skimage.data.coffee()[100:197, 200:310]])


def as_tensor(pixels: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255


@pytest.fixture(scope="module", params=WITH_NETWORKS)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def model(name: str) -> latentcodec.torch.Model:
    return latentcodec.torch.load(name)


@torch.no_grad()
def test_latents_and_pictures_are_those_of_onnx_runtime(name: str, model: latentcodec.torch.Model) -> None:
    codec = latentcodec.open(name)
    expected = codec.analyse(PIXELS)
    found = model.analyse(as_tensor(PIXELS)).numpy()
    assert found.shape == expected.shape
    # 8 bits inside: a value on the edge between two levels may fall to either, and spreads from there.
    assert (np.abs(found - expected) < 1e-4 * np.abs(expected).max()).mean() >= 0.98
    pictures = model.synthesise(torch.from_numpy(expected), *PIXELS.shape[1:3])
    levels = (255 * pictures).round().permute(0, 2, 3, 1).numpy()
    apart = np.abs(levels - codec.synthesise(expected, *PIXELS.shape[1:3]))
    assert (apart <= 1).mean() >= 0.999


@torch.no_grad()
@pytest.mark.parametrize("quality", [10, 50.5, 95])
def test_symbols_and_their_cost_are_those_of_a_file(name: str, model: latentcodec.torch.Model, quality: float) -> None:
    codec = latentcodec.open(name)
    latents = torch.from_numpy(codec.analyse(PIXELS[:1]))
    symbols = model.quantise(latents, quality)
    file = codec.encode(PIXELS[0], quality=quality, entropy="static")
    np.testing.assert_array_equal(symbols[0].numpy(), codec.symbols(file))
    np.testing.assert_allclose(model.dequantise(symbols, quality)[0].numpy(), codec.latents(file), rtol=1e-6)
    described = latentcodec.info(file)
    assert float(model.bits(symbols, quality)) / 8 == pytest.approx(described["bytes"]["payload"], abs=8)


def test_gradients_reach_every_weight_and_training_lessens_the_loss(name: str) -> None:
    model = latentcodec.torch.load(name)
    pictures = as_tensor(PIXELS[:1, :64, :64])
    optimiser = torch.optim.Adam(model.parameters(), 1e-4)
    losses = []
    for _ in range(4):
        coded = model(pictures, quality=40)
        loss = coded.bits.sum() / pictures[:, 0].numel() + 500 * (coded.pictures - pictures).square().mean()
        optimiser.zero_grad()
        loss.backward()
        assert all(weight.grad is not None and weight.grad.isfinite().all() for weight in model.parameters())
        optimiser.step()
        losses.append(loss.item())
    assert min(losses[1:]) < losses[0]


def test_the_state_goes_through_a_file(name: str, model: latentcodec.torch.Model) -> None:
    file = io.BytesIO()
    torch.save(model.state_dict(), file)
    other = latentcodec.torch.load(RELEASED / name)
    with torch.no_grad():
        for weight in other.parameters():
            weight.zero_()
    file.seek(0)
    other.load_state_dict(torch.load(file))
    pictures = as_tensor(PIXELS[:1, :32, :32])
    assert torch.equal(other.analyse(pictures), model.analyse(pictures))


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model)), lambda model: saved_and_loaded(model)],
    ids=["deepcopy", "pickle", "torch.save"],
)  # fmt: skip
def test_a_model_in_use_is_copied_as_a_whole_and_apart_from_the_first(
    model: latentcodec.torch.Model, copied: Callable[[latentcodec.torch.Model], latentcodec.torch.Model]
) -> None:
    pictures = as_tensor(PIXELS[:1, :32, :32])
    with torch.no_grad():
        expected = model(pictures, quality=60)
        other = copied(model)
        for found, own in zip(other(pictures, quality=60), expected, strict=True):
            assert torch.equal(found, own)
        next(other.decoder.parameters()).zero_()
        assert torch.equal(model(pictures, quality=60).pictures, expected.pictures)
        assert torch.equal(other(pictures, quality=20).symbols, model(pictures, quality=20).symbols)


def saved_and_loaded(model: latentcodec.torch.Model) -> latentcodec.torch.Model:
    file = io.BytesIO()
    torch.save(model, file)
    file.seek(0)
    return torch.load(file, weights_only=False)


def test_latents_of_packs_and_files_are_a_data_set(tmp_path: Path) -> None:
    codec = latentcodec.open("cars-v1")
    pack = codec.encode_pack(PIXELS, quality=60)
    data = latentcodec.torch.Latents(pack)
    assert len(data) == 2
    np.testing.assert_array_equal(
        np.stack(list(torch.utils.data.DataLoader(data, batch_size=2)))[0], codec.latents(pack)
    )
    files = [tmp_path / "a.ltc", tmp_path / "b.ltc"]
    for file, pixels in zip(files, PIXELS, strict=True):
        file.write_bytes(codec.encode(pixels, quality=60))
    each = latentcodec.torch.Latents(files)
    assert len(each) == 2 and each[1].shape == data[1].shape and each[1].dtype == torch.float32


def test_a_lossless_bundle_has_neither_networks_nor_latents() -> None:
    with pytest.raises(ValueError, match="lossless: it has no networks"):
        latentcodec.torch.load("lossless-v1")
    file = latentcodec.encode(PIXELS[0], lossless=True)
    with pytest.raises(ValueError, match="lossless: it has no networks"):
        latentcodec.torch.Latents([file])[0]


def test_an_operator_that_is_unknown_is_named() -> None:
    import onnx

    node = onnx.helper.make_node("Einsum", ["x"], ["y"], equation="i->i")
    ends = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1]) for name in "xy"]
    network = onnx.helper.make_model(onnx.helper.make_graph([node], "network", ends[:1], ends[1:]))
    with pytest.raises(latentcodec.BundleError, match="unknown here: Einsum"):
        latentcodec.torch.Graph(network.SerializeToString())


@pytest.mark.parametrize("quality", [0, 0.4, 100.6, -3, True])
def test_a_quality_that_no_file_has_is_refused(quality: float) -> None:
    model, latents = latentcodec.torch.load("photo-v3"), torch.zeros(1, 768, 1, 1)
    for method in (model.quantise, model.dequantise, model.bits):
        with pytest.raises(ValueError, match="quality is 1 to 100"):
            method(latents, quality)


@pytest.mark.parametrize(
    "pictures", [torch.zeros(1, 3, 16, 16, dtype=torch.uint8), torch.zeros(1, 1, 16, 16), torch.zeros(3, 16, 16)]
)
def test_pictures_of_another_kind_are_refused(pictures: torch.Tensor) -> None:
    with pytest.raises(ValueError, match=r"pictures are float \(N, 3, H, W\) in \[0, 1\], not "):
        latentcodec.torch.load("photo-v3").analyse(pictures)
