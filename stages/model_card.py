"""Write README.md of every released bundle, its card in Hugging Face's form: ``python -m stages.model_card``.

All of it comes from card.json and codec.json; ``stages.release`` writes that of a new bundle. The metadata are those of
huggingface.co/docs/hub/model-cards, the figures of the card being the ``model-index``.
"""

import re
from pathlib import Path
from typing import Any

import yaml

from latentcodec.bundle.bundle import read_facts
from latentcodec.bundle.card import quality_points, read_card
from latentcodec.bundle.facts import ANY, Facts
from latentcodec.cli.messages import count
from stages.atomic_write import atomic_write
from stages.markdown import markdown

RELEASED = Path("exports/release")

_LICENCES = {r"CC BY-SA 4\.0": "cc-by-sa-4.0", r"CC BY 4\.0": "cc-by-4.0", r"CC0\b": "cc0-1.0", r"\bMIT\b": "mit"}
"""By how terms name it, Hugging Face's identifier."""
_TITLES = {
    "quality": "quality",
    "bpp": "bits per pixel",
    "bpp_grey": "bits per pixel, in grey",
    "psnr": "PSNR, dB",
    "ssim": "SSIM",
    "ssimulacra2": "SSIMULACRA2",
    "butteraugli": "butteraugli",
}
"""Of what a card may have measured."""


def licence(terms: str) -> str:
    """The one licence that all parts of terms name, which semicolons part; "other" where one names none or several."""
    parts = [[name for pattern, name in _LICENCES.items() if re.search(pattern, part)] for part in terms.split(";")]
    first = parts[0]
    return first[0] if len(first) == 1 and all(part == first for part in parts) else "other"


def points(card: dict[str, Any]) -> list[dict[str, Any]]:
    """What was measured: at each quality, or without loss once."""
    rows = quality_points(card) or [{**card, "quality": None}]
    return [{key: row[key] for key in _TITLES if row.get(key) is not None} for row in rows]


def metadata(facts: Facts, card: dict[str, Any]) -> dict[str, Any]:
    """What stands before the page, between the lines of dashes."""
    own, found = licence(card["terms"]), points(card)
    named = {"license": own, **({"license_name": "see-terms"} if own == "other" else {})}
    tags = ["image-compression", *(["lossless"] if facts.lossless else ["onnx"])]
    results = {
        "task": {"type": "image-compression"},
        "dataset": {"type": "imagefolder", "name": card["measured_on"]},
        "metrics": _metrics(found[len(found) // 2]),  # the page has all
    }
    index = [{"name": facts.name, "results": [results]}]
    return {**named, "library_name": "latentcodec", "tags": tags, "model-index": index}


def _metrics(point: dict[str, Any]) -> list[dict[str, Any]]:
    at = f" at quality {point['quality']}" if "quality" in point else ""
    figures = {key: value for key, value in point.items() if key != "quality"}
    return [{"type": key, "name": _TITLES[key] + at, "value": value} for key, value in figures.items()]


_PAGE = """---
{metadata}---

# {name}

A bundle of latentcodec, a learned image codec: {kind}. This page is made from
card.json and codec.json, by `python -m stages.model_card`.

## Use

```
latentcodec bundles add .
latentcodec encode picture.png --bundle {name} -o picture.ltc
latentcodec decode picture.ltc -o again.png
```

Where the first line is run in the folder of this page. Files name the bundle by its model id, `{model}`.

## Terms

{terms}

## Training

{data}

## Measured

{measured_on}:

{measured}
## Files

{files}"""


def page(folder: Path) -> str:
    """README.md of the bundle in a folder."""
    facts, card = read_facts(folder), read_card(folder)
    return _PAGE.format(
        metadata=yaml.safe_dump(metadata(facts, card), sort_keys=False, width=1000),
        name=facts.name,
        kind=_kind(facts),
        model=facts.model_id.hex(),
        terms=_sentence(card["terms"]),
        data=_training(card),
        measured_on=_sentence(card["measured_on"]).removesuffix("."),
        measured=_measured(points(card)),
        files=markdown(
            ["file", "bytes", "SHA-256"],
            [[name, str((folder / name).stat().st_size), f"`{digest}`"] for name, digest in facts.files.items()],
        ),
    )


def _kind(facts: Facts) -> str:
    colour = {"L": "grey pictures", "RGB": "pictures in colour", ANY: "pictures of any kind"}[facts.colour]
    size = "" if facts.image_size is None else " of {1}x{0} pixels".format(*facts.image_size)
    return f"{colour}{size}, {'every pixel as it was' if facts.lossless else 'with loss'}"


def _training(card: dict[str, Any]) -> str:
    """What the bundle has learnt from, on which terms that is, and how long it took."""
    data, training = card["data"], card["training"]
    pictures = data["pictures"] if isinstance(data["pictures"], int) else sum(data["pictures"].values())
    text = f"{count(pictures, 'picture')} of {data['name']}. Their terms: {_sentence(data['terms'])}"
    if "steps_in_all" in training:
        text += f" {count(training['steps_in_all'], 'step')} in {count(training['hours_in_all'], 'hour')}."
    return text


def _measured(found: list[dict[str, Any]]) -> str:
    keys = [key for key in _TITLES if any(key in point for point in found)]
    return markdown([_TITLES[key] for key in keys], [[str(point.get(key, "-")) for key in keys] for point in found])


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].removesuffix(".") + "."


def write(folder: Path) -> None:
    with atomic_write(folder / "README.md") as beside:
        beside.write_text(page(folder))


if __name__ == "__main__":
    for bundle in sorted(RELEASED.glob("*/codec.json")):
        write(bundle.parent)
