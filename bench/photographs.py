"""Photographs, one after the other: size, distortion and time of each codec."""

import numpy as np

from bench import compress_ai, rivals, timing
from bench.page import table
from bench.pictures import Pixels
from bench.rivals import Rival
from bench.scale import Scale
from latentcodec import Codec


def section(codec: Codec, source: str, pictures: list[Pixels], scale: Scale) -> str:
    rows = [measure(rival, pictures, scale.laps) for rival in (rivals.ours(codec), *rivals.classical())]
    for model in compress_ai.MODELS:
        if compress_ai.installed():
            rows.append(measure(compress_ai.rival(model), pictures, scale.laps))
        else:
            rows.append([f"CompressAI {model.replace('_', '-')}", compress_ai.MISSING, *[None] * 4])
    return f"""## Photographs of {scale.width}x{scale.height}

{len(pictures)} photographs of {source}, from pixels in memory to bytes in memory and back; milliseconds per picture,
the median of {scale.laps} laps. Ours, CompressAI and AVIF's encoder use every core, the others one. The settings are
not of equal rate.

{table(["codec", "setting", "bpp", "PSNR dB", "encode ms", "decode ms"], rows)}
"""


def measure(rival: Rival, pictures: list[Pixels], laps: int) -> list[object]:
    """A row of the table."""
    encode, files = timing.median(lambda: [rival.encode(picture) for picture in pictures], laps)
    decode, decoded = timing.median(lambda: [rival.decode(file) for file in files], laps)
    bpp = 8 * sum(map(len, files)) / sum(picture[..., 0].size for picture in pictures)
    psnr = np.mean([_psnr(*pair) for pair in zip(pictures, decoded, strict=True)])
    reached = [float(bpp), float(psnr)] if rival.trained else [None, None]
    return [rival.name, rival.setting, *reached, *(1000 * total / len(pictures) for total in (encode, decode))]


def _psnr(picture: Pixels, decoded: Pixels) -> float:
    """In dB; infinite for equal pictures."""
    error = np.square(picture.astype(np.float32) - decoded).mean()
    return float(10 * np.log10(255**2 / error)) if error else float("inf")
