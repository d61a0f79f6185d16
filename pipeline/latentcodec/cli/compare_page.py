"""The page that ``latentcodec compare --html`` writes: one file that any browser shows, without a network.

compare.html is the page without a comparison. Pictures go into it as lossless files, so that a browser shows exactly
what was decoded.
"""

import base64
import io
import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from PIL import Image

from latentcodec.cli.comparison import Comparison, Row
from latentcodec.pictures.write import Box
from latentcodec.rivals import Pixels

TEMPLATE = Path(__file__).with_name("compare.html")
PLACE = "COMPARISON"  # in the template
WHOLE = 1024  # pictures up to this side are shown whole, of larger ones the middle
MOST = 24  # pictures that a page shows: one may take some megabytes
_WEBP_SIDE = 16383  # WebP holds no more


def picture(comparison: Comparison, box: Box) -> dict[str, Any]:
    """What the page shows of a picture: ``box`` of the original and of everything that was decoded."""
    height, width = comparison.original.shape[:2]
    files = [
        {**as_json(row), "source": _data_url(pixels, box)}
        for row, pixels in zip(comparison.rows, comparison.decoded, strict=True)
    ]
    size = {"width": width, "height": height, "box": box}
    return {"name": comparison.name, **size, "source": _data_url(comparison.original, box), "files": files}


def page(pictures: list[dict[str, Any]], totals: list[Row], count: int) -> bytes:
    """The page of some pictures, each from ``picture``, and of the totals of ``count`` pictures."""
    compared = {"pictures": pictures, "totals": list(map(as_json, totals)), "count": count}
    text = json.dumps(compared).replace("<", r"\u003c")  # so that no name can end the script that it stands in
    return TEMPLATE.read_text(encoding="utf-8").replace(PLACE, text).encode()


def as_json(row: Row) -> dict[str, Any]:
    """A row, with None for infinity, which JSON lacks."""
    return {**asdict(row), "psnr": row.psnr if math.isfinite(row.psnr) else None}


def _data_url(pixels: Pixels, box: Box) -> str:
    part = Image.fromarray(pixels).convert("RGB").crop(box)
    kind, options = ("WEBP", {"lossless": True, "quality": 50}) if max(part.size) <= _WEBP_SIDE else ("PNG", {})
    file = io.BytesIO()
    part.save(file, kind, **options)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(file.getvalue()).decode()}"
