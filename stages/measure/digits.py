"""Measure one digits codec as it is deployed: ``python -m stages.measure.digits digits_ld64``.

The whole test set is encoded into packs by the finished bundle in exports/study/<codec> and decoded again, with every
quantiser, b and entropy model that the bundle offers; a pack's whole length counts. SSIM, slow for thousands of
digits, is measured on the first ``evaluate.ssim_digits``. Writes in build/<codec>/evaluation/: points.json (rows of the
results), timings.json (milliseconds per digit), and reconstructions.npz (one digit of each class, for the figures:
``original`` (10, 1, 28, 28), ``float`` not quantised, ``<quantiser>_<b>``).
"""

import json
import sys
from pathlib import Path

import numpy as np
from tqdm import tqdm

import latentcodec
from latentcodec.evaluation.stopwatch import Stopwatch
from latentcodec.transform.sessions import open_session
from stages import metrics
from stages.params import Evaluate, Params, load_params

BATCH = 500


def float_mse(codec: latentcodec.Codec, decoder: Path, digits: np.ndarray) -> float:
    """Mean squared error of the networks alone on digits (N, H, W): nothing is rounded, neither latents nor pixels.

    The codec gives out uint8 only, so its decoder network is run here by itself.
    """
    session = open_session(decoder, provider="cpu")
    squares = 0.0
    for start in range(0, len(digits), BATCH):
        batch = digits[start : start + BATCH]
        decoded = session.run(None, {"latents": codec.analyse(batch)})[0][:, 0]
        squares += float(np.square(decoded - batch / 255).sum())
    return squares / digits.size


def unquantised(codec: latentcodec.Codec, digits: np.ndarray) -> np.ndarray:
    """(N, H, W) uint8 through the networks, the latents not quantised."""
    return codec.synthesise(codec.analyse(digits), *digits.shape[1:])


def distortions(digits: np.ndarray, decoded: np.ndarray, ssim_digits: int) -> dict:
    """Lists per digit of stacks (N, 1, H, W): MSE and PSNR of all, SSIM of the first ``ssim_digits``."""
    ssim = metrics.ssim(digits[:ssim_digits], decoded[:ssim_digits])
    return {"ssim": ssim, "psnr": metrics.psnr(digits, decoded), "mse": metrics.mse(digits, decoded)}


def measure(name: str, codec: latentcodec.Codec, digits: np.ndarray, settings: Evaluate, more: dict):
    """(rows of the results, times, decoded stacks by ``<quantiser>_<b>``) of digits (N, 1, H, W)."""
    facts = codec.bundle.facts
    offered = [(quantiser, bits) for quantiser, many in facts.quantisers.items() for bits in many]
    rows, times, stacks = [], [], {}
    for quantiser, bits in tqdm(offered, name, unit="point"):
        measured, key = None, f"{quantiser}_{bits}"
        for entropy in facts.entropy:
            setting: dict = {"quantiser": quantiser, "bits": bits, "entropy": entropy}
            encode, decode = Stopwatch(), Stopwatch()
            pack = encode(codec.encode_pack, digits[:, 0], **setting, block=settings["block"])
            decoded = decode(codec.decode_pack, pack)[:, None]
            if measured is None:
                measured, stacks[key] = distortions(digits, decoded, settings["ssim_digits"]), decoded
            elif not np.array_equal(decoded, stacks[key]):
                raise SystemExit(f"{name}: {quantiser} b={bits}: the entropy models decode to different digits")
            rows.append(metrics.point(name, {"bytes": [len(pack)], **measured}, digits.shape, **setting, **more))
            durations = {"encode_ms": encode.least() / len(digits), "decode_ms": decode.least() / len(digits)}
            times.append({"codec": name, **setting, **durations})
    return rows, times, stacks


def main(name: str, params: Params, root: Path = Path()) -> None:
    data = root / "build/data/digits"
    digits, labels = np.load(data / "test.npy"), np.load(data / "test_labels.npy")
    bundle = root / "exports/study" / name
    codec = latentcodec.open(bundle)
    mse_float = float_mse(codec, bundle / "decoder.onnx", digits[:, 0])
    more = {"latent_dim": codec.bundle.facts.latent_channels, "mse_float": mse_float}
    rows, times, stacks = measure(name, codec, digits, params["evaluate"], more)
    out = root / "build" / name / "evaluation"
    out.mkdir(parents=True, exist_ok=True)
    (out / "points.json").write_text(json.dumps(rows, indent=1))
    (out / "timings.json").write_text(json.dumps(times, indent=1))
    sample = np.unique(labels, return_index=True)[1]
    shown = {key: stack[sample] for key, stack in stacks.items()}
    shown |= {"original": digits[sample], "float": unquantised(codec, digits[sample, 0])[:, None]}
    np.savez_compressed(out / "reconstructions.npz", **shown)


if __name__ == "__main__":
    main(sys.argv[1], load_params())
