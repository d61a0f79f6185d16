"""The picture that ``latentcodec compare`` writes: the same part of every decoded picture, with captions."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from latentcodec.pictures.write import Box

_WHOLE = 768  # pictures up to this side are shown whole
_PART = 512  # of larger ones, the middle
_NARROWEST = 288  # pixels that a caption needs
_FONT, _LINE, _MARGIN = 16, 21, 8
_SHAPE = 1.6  # width by height that the sheet comes near to


@dataclass(frozen=True)
class Panel:
    """Pixels uint8 (H, W, 3) or (H, W), and the lines below them."""

    pixels: NDArray[np.uint8]
    caption: list[str]


def middle(height: int, width: int, whole: int = _WHOLE, part: int = _PART) -> Box:
    """What is shown of a picture unless a region is asked for: one pixel for one, so a part of a large one. ``whole``:
    pictures up to this side are shown whole; of larger ones a ``part`` at most so wide and high.
    """
    shown_width, shown_height = (side if max(height, width) <= whole else min(side, part) for side in (width, height))
    left, top = (width - shown_width) // 2, (height - shown_height) // 2
    return left, top, left + shown_width, top + shown_height


def side_by_side(panels: list[Panel], box: Box, columns: int | None = None) -> Image.Image:
    """One picture of all panels, row by row; small parts are enlarged by whole numbers. A row has as many as suits,
    unless told.
    """
    factor = math.ceil(_NARROWEST / (box[2] - box[0]))
    width, height = ((high - low) * factor for low, high in ((box[0], box[2]), (box[1], box[3])))
    cell_width = width + _MARGIN
    cell_height = height + _MARGIN + _LINE * max(len(panel.caption) for panel in panels)
    columns = columns or _columns(len(panels), cell_width, cell_height)
    rows = -(-len(panels) // columns)
    sheet = Image.new("RGB", (columns * cell_width + _MARGIN, rows * cell_height + _MARGIN), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(_FONT)
    for number, panel in enumerate(panels):
        left, top = _MARGIN + number % columns * cell_width, _MARGIN + number // columns * cell_height
        part = Image.fromarray(panel.pixels).convert("RGB").crop(box)
        sheet.paste(part.resize((width, height), Image.Resampling.NEAREST), (left, top))
        for line, text in enumerate(panel.caption):
            draw.text((left, top + height + line * _LINE), text, "black", font)
    return sheet


def _columns(count: int, width: int, height: int) -> int:
    """How many panels a row takes, so that the sheet is neither a ribbon nor a tower."""

    def badness(columns: int) -> tuple[float, int]:
        rows = -(-count // columns)
        return abs(math.log(columns * width / (rows * height) / _SHAPE)) + 0.2 * (columns * rows - count), columns

    return min(range(1, count + 1), key=badness)
