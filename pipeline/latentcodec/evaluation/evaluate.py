"""A bundle measured on pictures, beside the codecs of Pillow: rate, what pictures lose, and time."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from latentcodec.codec import Codec
from latentcodec.distortion import METRICS, Pixels
from latentcodec.errors import LatentCodecError
from latentcodec.evaluation import figure
from latentcodec.evaluation.points import Measured, Points, add, as_text, bd_rates, bits_per_pixel, distortions, means
from latentcodec.evaluation.stopwatch import PROCESSOR, Stopwatch
from latentcodec.pictures.read import Picture, read_picture
from latentcodec.rivals import RIVALS, decode

QUALITIES: tuple[float, ...] = (5, 20, 35, 50, 65, 80, 95)
"""At which a bundle that has every quality is measured unless told."""
SETTINGS = 9
"""Each rival is measured at so many settings."""
RIVALS_WITH_LOSS = ("jpeg", "webp", "avif", "jpegxl")
RIVALS_WITHOUT = ("png", "webp-lossless", "jpegxl-lossless")

_TIMES = ("encode_ms", "decode_ms")

Encode = Callable[[Pixels], bytes]
Decode = Callable[[bytes], NDArray[Any]]


class Evaluation:
    """What was measured of a codec and its rivals; pictures are added one by one.

    Args:
        codec: a codec with any bundle.
        qualities: at which it is measured; every step of a bundle whose qualities have steps, else ``QUALITIES``.
        against: names of ``latentcodec.rivals.RIVALS``, or codecs with other bundles, which are measured at
            ``qualities`` too; the usual names that this build of Pillow writes, unless told.

    Raises:
        ValueError: another bundle has the name of this one, or other colours, or alone of both loses something.
    """

    def __init__(
        self, codec: Codec, qualities: Sequence[float] | None = None, against: Sequence[str | Codec] | None = None
    ) -> None:
        facts = codec.bundle.facts
        usual = RIVALS_WITHOUT if facts.lossless else RIVALS_WITH_LOSS
        self.codec = codec
        self.qualities = qualities
        self.against = [name for name in usual if RIVALS[name].available] if against is None else list(against)
        for rival in self.against:
            if isinstance(rival, Codec):
                _comparable(codec, rival)
        self.points: Points = {}
        self.pictures: list[str] = []
        self.pixels = 0  # of all of them

    @property
    def name(self) -> str:
        """The bundle's, by which its points are found."""
        return self.codec.bundle.name

    def add(self, name: str, picture: Picture) -> int:
        """Measure one picture more, and return how many files were made of it; its alpha and metadata are left out, as
        not all codecs keep them.

        Raises:
            ValueError, OSError, LimitError: as ``Codec.encode``.
            LatentCodecError: a codec that is to be lossless is not.
        """
        facts = self.codec.bundle.facts
        original = read_picture(picture, facts.colour, lossless=facts.lossless).pixels
        if not self.pictures:  # what a network does once is no part of a picture's time
            self.codec.decode_array(self.codec.encode(original))
        measures = {
            (codec, setting): self._measured(original, codec, encode, decoding)
            for codec, setting, encode, decoding in self._ways(original)
        }
        add(self.points, measures)
        self.pictures.append(name)
        self.pixels += original.shape[0] * original.shape[1]
        return len(measures)

    def _ways(self, original: Pixels) -> Iterator[tuple[str, float | None, Encode, Decode]]:
        """Codec, setting, and how a picture is encoded and decoded."""
        yield from self._ways_of(self.codec)
        for rival in self.against:
            if isinstance(rival, Codec):
                yield from self._ways_of(rival)
                continue
            for setting in _settings(rival):
                quality = None if self.codec.bundle.facts.lossless else setting
                encode = partial(RIVALS[rival].encode, setting=setting)
                yield rival, quality, encode, partial(decode, channels=3 if original.ndim == 3 else 1)

    def _ways_of(self, codec: Codec) -> Iterator[tuple[str, float | None, Encode, Decode]]:
        """Those of a bundle."""
        facts = codec.bundle.facts
        steps: Sequence[float] = [highest for highest, *_ in facts.quality] or QUALITIES
        for quality in [None] if facts.lossless else self.qualities or steps:
            yield codec.bundle.name, quality, partial(codec.encode, quality=quality), codec.decode_array

    def _measured(self, original: Pixels, codec: str, encode: Encode, decoding: Decode) -> Measured:
        """Of one file of a picture."""
        encoded, decoded = Stopwatch(PROCESSOR), Stopwatch(PROCESSOR)
        data = encoded(encode, original)
        pixels = decoded(decoding, data)
        rate = {"bytes": len(data), "bpp": bits_per_pixel(len(data), original)}
        times = {"encode_ms": encoded.mean(), "decode_ms": decoded.mean()}
        if not self.codec.bundle.facts.lossless:
            return {**rate, **distortions(original, pixels), **times}
        if not np.array_equal(pixels, original):
            raise LatentCodecError(f"{codec} gave a picture back changed: it is not lossless")
        return {**rate, **times}

    def rows(self) -> list[dict[str, Any]]:
        """Means over the pictures, a row for each codec and setting: ``codec``, ``quality``, ``bpp``, with loss every
        metric, and ``encode_ms`` and ``decode_ms`` of the processor, all threads together.
        """
        metrics = () if self.codec.bundle.facts.lossless else METRICS
        return means(self.points, "bpp", *metrics, *_TIMES)

    def bd_rates(self) -> list[dict[str, Any]]:
        """As ``latentcodec.evaluation.points.bd_rates`` has them; none without loss."""
        return [] if self.codec.bundle.facts.lossless else bd_rates(self.points, self.name)

    def to_json(self) -> dict[str, Any]:
        """Everything but what was measured of each picture; figures have four decimals."""
        bundle = self.codec.bundle
        rows = [{key: _rounded(value) for key, value in row.items()} for row in self.rows()]
        deltas = [{**row, "bd_rate_percent": _rounded(row["bd_rate_percent"])} for row in self.bd_rates()]
        measured = {
            "bundle": bundle.name,
            "model": bundle.model_id.hex(),
            "pictures": self.pictures,
            "pixels": self.pixels,
        }
        return {**measured, "rows": rows, "bd_rates": deltas}

    def to_csv(self) -> str:
        """A line for each picture, codec and setting."""
        text = io.StringIO()
        keys = list(next(iter(self.points.values()))[0])
        table = csv.DictWriter(text, ["picture", "codec", "quality", *keys], lineterminator="\n")
        table.writeheader()
        for (codec, setting), measured in self.points.items():
            for picture, values in zip(self.pictures, measured, strict=True):
                table.writerow({"picture": picture, "codec": codec, "quality": setting, **values})
        return text.getvalue()

    def figure(self) -> Figure:
        """A panel for each metric, or bars of bits per pixel without loss."""
        draw = figure.bars if self.codec.bundle.facts.lossless else figure.curves
        return draw(self.rows(), self.name)

    def to_file(self, kind: str) -> bytes:
        """The content of a file: "json", "csv", or the figure as "png", "webp" or "svg"."""
        if kind == "json":
            return as_text(self.to_json()).encode()
        return self.to_csv().encode() if kind == "csv" else figure.to_file(self.figure(), kind)


def evaluate(
    codec: Codec,
    pictures: Iterable[tuple[str, Picture]],
    qualities: Sequence[float] | None = None,
    against: Sequence[str | Codec] | None = None,
) -> Evaluation:
    """Measure a codec on pictures, each with a name. Takes and raises what ``Evaluation`` and its ``add`` do."""
    evaluation = Evaluation(codec, qualities, against)
    for name, picture in pictures:
        evaluation.add(name, picture)
    return evaluation


def _comparable(codec: Codec, rival: Codec) -> None:
    ours, other = codec.bundle.facts, rival.bundle.facts
    if ours.name == other.name:
        raise ValueError(f"both bundles are called {ours.name}: their files could not be told apart")
    if (ours.colour, ours.lossless) != (other.colour, other.lossless):
        raise ValueError(
            f"bundle {other.name} is for other pictures than {ours.name}, or alone of both loses something"
        )


def _settings(rival: str) -> list[float]:
    """Some of a rival's, evenly spaced, without its very smallest and largest files."""
    every = RIVALS[rival].settings
    shares = np.linspace(0.04, 0.96, SETTINGS)
    return list(dict.fromkeys(every[round(share * (len(every) - 1))] for share in shares))


def _rounded(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value
