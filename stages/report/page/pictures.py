"""Pictures as the page carries them: files within its text, as data URLs."""

import base64
import io

import numpy as np
from PIL import Image

from stages.channels import channels_last


def data_url(file: bytes, kind: str) -> str:
    """``kind``: "webp", "jpeg", "avif"."""
    return f"data:image/{kind};base64,{base64.b64encode(file).decode()}"


def exact(picture: np.ndarray) -> str:
    """A picture (C, H, W) uint8 as a lossless WebP file, which every browser shows."""
    file = io.BytesIO()
    Image.fromarray(channels_last(picture)).convert("RGB").save(file, "WEBP", lossless=True, quality=75, method=4)
    return data_url(file.getvalue(), "webp")


def sheet(pictures: np.ndarray, columns: int) -> str:
    """Pictures (N, H, W) uint8 as one, row by row; the places that are left over stay black."""
    count, height, width = pictures.shape
    rows = -(-count // columns)
    padded = np.zeros((rows * columns, height, width), np.uint8)
    padded[:count] = pictures
    together = padded.reshape(rows, columns, height, width).swapaxes(1, 2).reshape(1, rows * height, columns * width)
    return exact(together)
