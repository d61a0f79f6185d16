"""Where the channels of a picture stand: first in stacks, as in torch; last in what is coded, as in Pillow."""

import numpy as np
from numpy.typing import NDArray


def channels_first(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W, 3) -> (3, H, W), or (H, W) -> (1, H, W), contiguous."""
    return np.ascontiguousarray(np.atleast_3d(picture).transpose(2, 0, 1))


def channels_last(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(3, H, W) -> (H, W, 3), or (1, H, W) -> (H, W)."""
    return picture[0] if len(picture) == 1 else picture.transpose(1, 2, 0)
