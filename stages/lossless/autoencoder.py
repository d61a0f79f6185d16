"""What an autoencoder is worth to the lossless coding of digits: ``python -m stages.lossless.autoencoder``.

For each latent_dim of params.yaml it trains ``digits_lossless_ae``, whose synthesis runs in integers, and codes the
test digits as latents and exact pixels: once with the prediction as all that is known of a pixel, once with it beside
the contexts of the model of handwriting. The same digits under that model alone are the first row. Every digit is
decoded again. Reads build/data/digits, writes results/lossless_autoencoder.json.
"""

import json
from pathlib import Path

import latentcodec_study
import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from latentcodec import _core
from latentcodec.container.header import LOSSLESS, QUANTISERS
from stages import metrics
from stages.networks import digits_lossless
from stages.networks.digits_lossless import LosslessDigitsAutoencoder
from stages.params import LosslessAutoencoder, Params, load_params
from stages.training.device import choose_device
from stages.training.schedule import one_cycle

CODEC = "digits_lossless_ae"
BATCH = 500
Digits = NDArray[np.uint8]  # (N, 1, 28, 28)


def train(
    latent_dim: int, settings: LosslessAutoencoder, digits: Digits, device: torch.device
) -> LosslessDigitsAutoencoder:
    """A network with the least bits of digits, as ``digits_lossless.bits`` estimates them, and of latents."""
    torch.manual_seed(settings["seed"])
    network = LosslessDigitsAutoencoder(latent_dim).to(device)
    optimiser = torch.optim.Adam(network.parameters(), settings["learning_rate"])
    steps = settings["epochs"] * -(-len(digits) // settings["batch"])
    schedule = one_cycle(optimiser, settings["learning_rate"], steps)
    with tqdm(total=steps, desc=f"{CODEC}, {latent_dim} latents", unit="step", mininterval=1) as progress:
        for _ in range(settings["epochs"]):
            for indices in torch.randperm(len(digits)).split(settings["batch"]):
                x = torch.from_numpy(digits[indices.numpy()]).to(device, torch.float32) / 255
                y = network.encode(x)
                loss = digits_lossless.bits(network.decode(y), x) + network.rate(y)
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                schedule.step()
                progress.update()
    return network.eval().cpu()


@torch.inference_mode()
def latents(network: LosslessDigitsAutoencoder, digits: Digits) -> NDArray[np.int8]:
    """(N, latent_dim), in [-8, 7]."""
    batches = np.array_split(digits, -(-len(digits) // BATCH))
    return np.concatenate([network.encode(torch.from_numpy(x).float() / 255).numpy().astype(np.int8) for x in batches])


def entropy(symbols: NDArray[np.int8]) -> float:
    """Bits of a digit's latents (N, latent_dim) if each channel's frequencies were known."""
    total = 0.0
    for channel in symbols.T:
        shares = np.unique(channel, return_counts=True)[1] / len(channel)
        total -= float((shares * np.log2(shares)).sum())
    return total


def handwriting_pack(training: Digits, digits: Digits, block: int) -> _core.PackFile:
    """The digits as a pack under the model of handwriting alone."""
    state = _core.Tables.parse(_core.Tables.build([], lossless=[training[:, 0]]))
    nothing, quantiser, context = np.zeros(0, np.float32), QUANTISERS.index(LOSSLESS), 2
    pack = _core.write_pack(bytes(4), 28, 28, quantiser, 0, context, nothing, digits.astype(np.int16), block, state)
    return _core.PackFile.parse(pack, digits.size)


def predicted_bytes(coder: latentcodec_study.PredictedDigits, y: NDArray[np.int8], digits: Digits, block: int) -> int:
    """Bytes of the blocks of digits (N, 28, 28) with latents y; SystemExit if one does not come back."""
    total = 0
    for part in (slice(start, start + block) for start in range(0, len(digits), block)):
        stream = coder.encode(y[part], digits[part])
        again, decoded = coder.decode(len(digits[part]), stream)
        if not (np.array_equal(again, y[part]) and np.array_equal(decoded, digits[part])):
            raise SystemExit(f"{CODEC}: digits {part} do not come back")
        total += len(stream)
    return total


def measure(params: Params, root: Path = Path()) -> list[dict]:
    """The rows of the results: whole files, the bytes around a pack's streams counted as handwriting_pack has them."""
    settings, device = params["lossless_autoencoder"], choose_device(params["device"])
    training, digits = (np.load(root / f"build/data/digits/{part}.npy") for part in ("train", "test"))
    pack = handwriting_pack(training, digits, settings["block"])
    around = pack.header_bytes + pack.side_information_bytes + pack.chunk_bytes + pack.index_bytes + pack.checksum_bytes

    def row(codec: str, payload: int, **more) -> dict:
        sizes = {"codec": codec, "bytes": [around + payload], "pixels": [digits[0].size] * len(digits)}
        return metrics.lossless_point(sizes) | more

    rows = [row("handwriting", pack.payload_bytes, knows="handwriting")]
    for latent_dim in settings["latent_dims"]:
        network = train(latent_dim, settings, training, device)
        y, y_training = latents(network, digits), latents(network, training)
        predictor = digits_lossless.to_bytes(network)
        levels = torch.from_numpy(latentcodec_study.predict(predictor, y)).float()
        error = digits_lossless.expected(levels).numpy() - digits[:, 0] / 255
        facts = {
            "latent_dim": latent_dim,
            "latent_bpp": entropy(y) / digits[0].size,
            "mse_predicted": float(np.square(error).mean()),
        }
        for knows, beside in (("prediction", False), ("prediction and handwriting", True)):
            coder = latentcodec_study.PredictedDigits.train(predictor, beside, y_training, training[:, 0])
            payload = predicted_bytes(coder, y, digits[:, 0], settings["block"])
            rows.append(row(CODEC, payload, knows=knows, **facts))
    return rows


if __name__ == "__main__":
    out = Path("results/lossless_autoencoder.json")
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(measure(load_params()), indent=1))
