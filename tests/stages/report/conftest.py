"""A study made up for the tests of the report: evaluations of three codecs of photographs and two of digits."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stages import metrics
from stages.channels import channels_last
from stages.measure import classical
from stages.measure.photos import KEYS
from stages.report import results as report
from stages.report.page import write

PHOTOS = {"ae2": 0.0, "resae_v2": 0.1}  # by codec: SSIM more than AE2
BITS = (1, 2, 3)
PARAMS = {
    "train": {
        **{name: {"data": "photos"} for name in PHOTOS},
        **{f"digits_ld{dim}": {"data": "digits"} for dim in (64, 784)},
    },
    "rate_distortion": {"cars": {}},
    "lossless": {"handwriting": {"data": "digits"}, "any": {"data": "photos"}},
    "data": {"lossless": None, "drawn": [160, 120], "mirror": None},
    "classical": {"jpeg": [5, 30, 90], "webp": [5, 90]},
    "report": {"photos": {"quantiser": "min_max", "bits": 2}, "digits": {"quantiser": "min_max", "bits": 2}},
}


def photo_evaluation(gain: float, count: int) -> list[dict]:
    """Bytes and distortions per picture that grow with b."""
    return [
        {
            "quantiser": "min_max",
            "bits": bits,
            "entropy": entropy,
            "bytes": [300 * bits + extra + 7 * index for index in range(count)],
            "ssim": [0.3 + 0.15 * bits + gain] * count,
            "ms_ssim": [0.6 + 0.1 * bits + gain] * count,
            "psnr": [16.0 + 3 * bits + 20 * gain] * count,
            "mse": [0.02 / bits] * count,
            "ssimulacra2": [20.0 * bits] * count,
            "butteraugli": [5.0 / bits] * count,
        }
        for bits in BITS
        for entropy, extra in (("adaptive", 90), ("static", 0))
    ]


def variable_rate_evaluation(count: int) -> list[dict]:
    """The same for qualities; ``static`` costs a quarter more."""
    return [
        {
            "quantiser": "gained",
            "bits": None,
            "quality": quality,
            "entropy": entropy,
            "bytes": [cost * (3 * quality + index) for index in range(count)],
            "ssim": [0.4 + 0.005 * quality] * count,
            "ms_ssim": [0.5 + 0.005 * quality] * count,
            "psnr": [16.0 + 0.1 * quality] * count,
            "mse": [1 / quality] * count,
            "ssimulacra2": [0.9 * quality] * count,
            "butteraugli": [90 / quality] * count,
        }
        for quality in (20, 50, 95)
        for entropy, cost in (("context", 4), ("static", 5))
    ]


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory, unlocked: Path) -> Path:
    """A root with all that the report reads, and the report's results."""
    root = tmp_path_factory.mktemp("study")
    random = np.random.default_rng(0)
    photos = random.normal(128, 40, (3, 3, 6, 6)).repeat(8, -1).repeat(8, -2).clip(0, 255).astype(np.uint8)
    digits = np.zeros((10, 1, 28, 28), np.uint8)
    digits[:, :, 8:20, 8:20] = 255
    for kind, stack in (("photos", photos), ("digits", digits)):
        (root / "build/data" / kind).mkdir(parents=True)
        for part in ("train", "test"):
            np.save(root / f"build/data/{kind}/{part}.npy", stack)
        (root / f"build/data/{kind}/source.json").write_text(
            json.dumps({"name": f"some {kind}", "terms": "made by the tests"})
        )
    for codec, kind, file, sizes in (
        ("handwriting", "digits", "ltc", [10] * 9 + [1000]),
        ("handwriting", "digits", "ltcp", [98]),
        ("any", "photos", "ltc", [900] * 3),
    ):
        pixels = [28 * 28] * 10 if kind == "digits" else [48 * 48] * 3
        row = {"codec": codec, "data": kind, "entropy": "context", "set": f"some {kind}", "file": file, "bytes": sizes}
        save_lossless(root, {**row, "pixels": pixels, "raw": [3 * 48 * 48] * 3, "encode_ms": 1.0, "decode_ms": 1.0})
    costs = {"bits": np.ones((10, 28, 28), np.float32), "lengths": np.full(10, 98)}
    np.savez_compressed(root / "build/handwriting/evaluation/costs.npz", pictures=digits[:, 0], **costs)
    costs = {"bits": np.ones((1, 48, 48), np.float32), "lengths": np.full(1, 900)}
    np.savez_compressed(root / "build/any/evaluation/costs.npz", pictures=photos[:1].transpose(0, 2, 3, 1), **costs)
    with pytest.MonkeyPatch.context() as patch:
        sets = {"photos": [channels_last(photo) for photo in photos], "digits": [*digits[:, 0]]}
        images = {kind: [Image.fromarray(pixels) for pixels in stack] for kind, stack in sets.items()}
        patch.setattr(classical, "lossless_sets", lambda kind, *_: {f"some {kind}": images[kind]})
        classical.main(PARAMS, root)
    for codec, gain in PHOTOS.items():
        measured = photo_evaluation(gain, len(photos))
        stacks = {"original": photos[[2, 0]], **{f"min_max_{bits}": photos[[2, 0]] for bits in BITS}}
        save(root, codec, measured, photos.shape, {"sample": np.array([2, 0]), **stacks})
    stacks = {"original": photos[[2, 0]], **{f"gained_{quality}": photos[[2, 0]] for quality in (20, 50, 95)}}
    save(root, "cars", variable_rate_evaluation(len(photos)), photos.shape, {"sample": np.array([2, 0]), **stacks})
    losses = [{}, {"loss": 9.0}, {"loss": 8.0}]
    history = [{"step": 100 * number, "minutes": 2.0 * number, **row} for number, row in enumerate(losses, 1)]
    (root / "build/cars/history.json").write_text(json.dumps(history))
    for dim in (64, 784):
        coded = {"ssim": [0.9], "ms_ssim": None, "psnr": [25.0], "mse": [0.01]}
        measured = [
            {"quantiser": "min_max", "bits": bits, "entropy": "static", "bytes": [dim * bits], **coded}
            for bits in (2, 3)
        ]
        stacks = dict.fromkeys(("original", "float", "min_max_2", "min_max_3"), digits)
        save(root, f"digits_ld{dim}", measured, digits.shape, stacks, latent_dim=dim, mse_float=1 / dim)
    for codec in PARAMS["train"]:
        log_training(root / "build" / codec / "live/plots/metrics")
    dims = {
        f"ld{dim}_{kind}": np.stack([np.arange(10) * dim, np.arange(10) // 2], axis=1)
        for dim in (64, 784)
        for kind in ("tsne", "pca")
    }
    (root / "build/latent_space").mkdir()
    np.savez(root / "build/latent_space/maps.npz", labels=np.arange(10), **dims)
    report.main(PARAMS, root)
    write.main(PARAMS, root, unlocked)
    return root


def log_training(folder: Path) -> None:
    """Two epochs, each of which took four seconds a picture."""
    folder.mkdir(parents=True)
    for name, values in (("items_per_second", (0.25, 0.25)), ("holdout_loss", (0.5, 0.25))):
        rows = [f"{number}\t{value}" for number, value in enumerate(values)]
        (folder / f"{name}.tsv").write_text("\n".join([f"step\t{name}", *rows]) + "\n")


def save(root: Path, codec: str, measured: list[dict], shape: tuple, stacks: dict, **more) -> None:
    folder = root / "build" / codec / "evaluation"
    folder.mkdir(parents=True)
    settings = [{key: coded[key] for key in KEYS if key in coded} for coded in measured]
    pairs = zip(measured, settings, strict=True)
    rows = [metrics.point(codec, coded, shape, **setting, **more) for coded, setting in pairs]
    times = [{"codec": codec, **setting, "encode_ms": 5.0, "decode_ms": 6.0} for setting in settings]
    for name, content in (("points", rows), ("pictures", measured), ("timings", times)):
        (folder / f"{name}.json").write_text(json.dumps(content))
    np.savez_compressed(folder / "reconstructions.npz", **stacks)


def save_lossless(root: Path, measured: dict) -> None:
    """Adds one measurement to those of its codec."""
    folder = root / "build" / measured["codec"] / "evaluation"
    folder.mkdir(parents=True, exist_ok=True)
    times = {"codec": measured["codec"], "quantiser": "lossless", "encode_ms": 1.0, "decode_ms": 1.0}
    row_of = metrics.lossless_point if measured["data"] == "digits" else metrics.lossless_row
    for name, row in (("measured", measured), ("points", row_of(measured)), ("timings", times)):
        path = folder / f"{name}.json"
        path.write_text(json.dumps([*(json.loads(path.read_text()) if path.exists() else []), row]))
