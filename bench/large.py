"""A picture of a hundred megapixels: time, peak memory, and a small region of it."""

from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from bench import compress_ai, memory, rivals
from bench.page import table
from bench.pictures import Pixels, mosaic
from bench.scale import Scale
from latentcodec import Codec

FIRST_LAYER = (128, 2)  # channels and stride of CompressAI's: its output is (C, H / stride, W / stride) float32


def section(codec: Codec, pictures: list[Pixels], scale: Scale) -> str:
    width, height = scale.large
    with TemporaryDirectory() as folder:
        source, coded = Path(folder, "large.ppm"), Path(folder, "coded")
        Image.fromarray(mosaic(pictures, width, height)).save(source)
        task = {"bundle": str(codec.bundle.path), "coded": str(coded), "laps": scale.laps, "rival": None}
        ours, region = measure(task, source, scale)
        others = [measure({**task, "rival": name}, source, scale)[0] for name in rivals.PILLOW]
    rows = [[f"latentcodec {codec.bundle.name}", *ours]]
    rows += [[name, *figures] for name, figures in zip(rivals.PILLOW, others, strict=True)]
    rows += [[f"CompressAI {model.replace('_', '-')}", *[None] * 5] for model in compress_ai.MODELS]
    return page(rows, scale, region, region / ours[3])


def page(rows: list[list], scale: Scale, region: float, share: float) -> str:
    """The text; ``region``: the seconds that one takes, a ``share`` of those of the whole picture."""
    width, height = scale.large
    channels, stride = FIRST_LAYER
    layer = 4 * channels * (width // stride) * (height // stride) / 1e9
    return f"""## A picture of {width * height / 1e6:.0f} megapixels

{width}x{height}, a mosaic of the photographs above, coded with the same settings: from an uncompressed file to a coded
file, and from that to pixels in memory, each once, in a process of its own. Memory is the process's peak (its resident
set) less the {3 * width * height / 2**20:.0f} MiB of the decoded pixels.

{table(["codec", "file MB", "encode s", "MiB above the pixels", "decode s", "MiB above the pixels"], rows)}

A region of {scale.region}x{scale.region} from the middle of our file: {1000 * region:.0f} ms,
{100 * share:.2f} % of the time of the whole. CompressAI is not run: it codes whole pictures, and the output
of its first layer alone is {layer:.1f} GB.
"""


def measure(task: dict, source: Path, scale: Scale) -> tuple[list[float], float]:
    """The figures of a row, and the seconds that the region takes (of our codec; 0 for the others)."""
    width, height = scale.large
    left, top = (width - scale.region) // 2, (height - scale.region) // 2
    box = None if task["rival"] else (left, top, left + scale.region, top + scale.region)
    encode = memory.measure({**task, "encode": str(source), "region": None})
    decode = memory.measure({**task, "encode": None, "region": box})
    size = Path(task["coded"]).stat().st_size / 1e6
    above = [(one["peak"] - 3 * width * height) / 2**20 for one in (encode, decode)]
    return [size, encode["seconds"], above[0], decode["seconds"], above[1]], decode["region_seconds"]
