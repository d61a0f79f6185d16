"""Several pictures at once: what a second core brings."""

from collections.abc import Callable
from functools import partial

from bench import timing
from bench.page import table
from bench.pictures import Pixels
from bench.scale import Scale
from latentcodec import Codec


def section(codec: Codec, pictures: list[Pixels], scale: Scale) -> str:
    files = [codec.encode(picture) for picture in pictures]
    calls: dict[str, Callable[[int], list]] = {
        "encode_batch": lambda workers: list(codec.encode_batch(pictures, workers=workers)),
        "decode_batch": lambda workers: list(codec.decode_batch(files, workers=workers)),
    }
    rows = []
    for name, call in calls.items():
        one, two = (timing.median(partial(call, workers), scale.laps)[0] for workers in (1, 2))
        rows.append([name, len(pictures) / one, len(pictures) / two, one / two])
    return f"""## Batches

The {len(pictures)} photographs above; pictures per second with one worker and with two.

{table(["", "1 worker", "2 workers", "speed-up"], rows)}
"""
