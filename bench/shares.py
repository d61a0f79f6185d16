"""How much of coding a photograph is not the network: reading, quantising, entropy coding, framing."""

import statistics
from collections.abc import Callable
from unittest import mock

import latentcodec
from bench import timing
from bench.page import table
from bench.pictures import Pixels
from bench.scale import Scale
from latentcodec import Codec
from latentcodec.transform import sessions


def section(codec: Codec, pictures: list[Pixels], scale: Scale) -> str:
    single = latentcodec.open(codec.bundle.path, provider="cpu", threads=1)
    files = [single.encode(picture) for picture in pictures]
    calls = {
        "encode": lambda: [single.encode(picture) for picture in pictures],
        "decode": lambda: [single.decode_array(file) for file in files],
    }
    rows = [row(name, *measure(call, scale.laps), len(pictures)) for name, call in calls.items()]
    entropy = latentcodec.info(files[0])["entropy"]
    return f"""## What is not the network

The photographs above on one thread, `{entropy}`; milliseconds per picture, of {scale.laps} laps the one with the median
share.

{table(["", "all ms", "in ONNX Runtime ms", "share of everything else"], rows)}
"""


def row(name: str, total: float, inside: float, pictures: int) -> list[object]:
    milliseconds = [1000 * seconds / pictures for seconds in (total, inside)]
    return [name, *milliseconds, f"{100 * (1 - inside / total):.1f} %"]


def measure(call: Callable[[], object], laps: int) -> tuple[float, float]:
    """Seconds that a call takes, and those of them that ONNX Runtime takes."""
    inside = 0.0
    run = sessions.run

    def timed(*arguments, **options):
        nonlocal inside
        seconds, result = timing.once(lambda: run(*arguments, **options))
        inside += seconds
        return result

    call()
    found = []
    with mock.patch.object(sessions, "run", timed):
        for _ in range(laps):
            inside = 0.0
            total, _ = timing.once(call)
            found.append((total, inside))
    middle = statistics.median_low(part / total for total, part in found)
    return next((total, part) for total, part in found if part / total == middle)
