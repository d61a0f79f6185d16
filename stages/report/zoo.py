"""Tables of docs/zoo.md: the released bundles, as ``latentcodec evaluate`` measured them, which wrote
results/zoo/SET/BUNDLE.json, and as their own files say; and the curves of them.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from latentcodec.bundle.bundle import read_facts
from latentcodec.bundle.card import read_card
from latentcodec.bundle.facts import ANY, Facts
from latentcodec.distortion import METRICS
from latentcodec.evaluation import figure
from stages.atomic_write import atomic_write
from stages.figures import style
from stages.markdown import markdown
from stages.model_card import RELEASED, licence

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Measured:
    """What was measured of a bundle on a set of pictures."""

    folder: Path
    facts: Facts
    dataset: str
    """The test pictures."""
    results: dict[str, Any]
    """What the command wrote."""

    @property
    def name(self) -> str:
        return f"`{self.facts.name}`"

    def per_megapixel(self, row: dict[str, Any]) -> list[str]:
        """Milliseconds to encode and to decode a megapixel."""
        share = 1e6 * len(self.results["pictures"]) / self.results["pixels"]
        return [f"{row[key] * share:.0f}" for key in ("encode_ms", "decode_ms")]


def load(results: Path) -> list[Measured]:
    """All of results/zoo."""
    measured = []
    for file in sorted(results.glob("*/*.json"), key=lambda file: file.name):
        folder = ROOT / RELEASED / file.stem
        measured.append(Measured(folder, read_facts(folder), file.parent.name, json.loads(file.read_text())))
    return measured


def bundles(zoo: Sequence[Measured]) -> str:
    """What each is, what it weighs, on which terms it may be used, and the hash over all of it."""
    rows = []
    for each in {each.facts.name: each for each in zoo}.values():
        facts, card = each.facts, read_card(each.folder)
        size = sum((each.folder / name).stat().st_size for name in facts.files)
        digest = hashlib.sha256((each.folder / "codec.json").read_bytes()).hexdigest()
        colour = {"L": "grey", "RGB": "colour", ANY: "any picture"}[facts.colour]
        kind = f"{colour}, {'without loss' if facts.lossless else 'with loss'}"
        link = f"[{facts.name}](../{RELEASED}/{facts.name}/README.md)"
        rows.append([link, kind, f"{size / 1e6:.2f}", licence(card["terms"]), facts.model_id.hex(), f"`{digest}`"])
    return markdown(["bundle and card", "codes", "MB", "licence", "model id", "SHA-256 of codec.json"], rows)


def points(zoo: Sequence[Measured]) -> str:
    """What each quality costs and gives, and takes of one core's time."""
    rows = []
    for each, row in _own_rows(zoo):
        figures = ["-" if row[name] is None else f"{row[name]:.{m.decimals}f}" for name, m in METRICS.items()]
        quality = [str(row["quality"]), f"{row['bpp']:.3f}"]
        rows.append([each.name, each.dataset, *quality, *figures, *each.per_megapixel(row)])
    head = ["bundle", "pictures", "quality", "bpp", *(metric.axis for metric in METRICS.values())]
    return markdown([*head, *_TIMES], rows)


def beside(zoo: Sequence[Measured]) -> str:
    """BD-rates of bundles with loss."""
    rows = []
    for each in zoo:
        deltas = {(row["against"], row["measure"]): row["bd_rate_percent"] for row in each.results["bd_rates"]}
        for rival in dict.fromkeys(against for against, _ in deltas):
            rates = [deltas.get((rival, name)) for name in METRICS]
            percents = ["-" if value is None else f"{value:+.1f}" for value in rates]
            rows.append([each.name, each.dataset, rival, *percents])
    first, *more = (f"at equal {metric.title}, %" for metric in METRICS.values())
    return markdown(["bundle", "pictures", "against", f"its bytes {first}", *more], rows)


def lossless(zoo: Sequence[Measured]) -> str:
    """Bits per pixel of bundles without loss and of others, the least first."""
    rows = []
    for each in zoo:
        if each.facts.lossless:
            for row in sorted(each.results["rows"], key=lambda row: row["bpp"]):
                codec = each.name if row["codec"] == each.facts.name else row["codec"]
                rows.append([each.dataset, codec, f"{row['bpp']:.3f}", *each.per_megapixel(row)])
    return markdown(["pictures", "codec", "bpp", *_TIMES], rows)


_TIMES = ("encode, ms per megapixel", "decode, ms per megapixel")


def _own_rows(zoo: Sequence[Measured]) -> Iterator[tuple[Measured, dict[str, Any]]]:
    """Of every bundle with loss."""
    for each in zoo:
        for row in each.results["rows"]:
            if row["codec"] == each.facts.name and not each.facts.lossless:
                yield each, row


def draw(zoo: Sequence[Measured], results: Path) -> None:
    """Curves of bundles with loss beside their rivals': results/zoo/SET/BUNDLE.webp."""
    for each in zoo:
        if not each.facts.lossless:
            drawn = figure.curves(each.results["rows"], each.facts.name)
            with atomic_write(results / each.dataset / f"{each.facts.name}.webp") as beside:
                drawn.savefig(beside, format="webp", dpi=90, pil_kwargs=style.WEBP)


TABLES = (bundles, points, beside, lossless)
