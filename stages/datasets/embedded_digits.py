"""scikit-learn's digits: 1,797 of 8x8 and 17 grey levels, resized to MNIST's 28x28. No MNIST, but at hand anywhere.

They are the test part of the UCI set "Optical recognition of handwritten digits" (Alpaydin and Kaynak 1998), in the
order of collection; the last ones are tested on.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stages.datasets.dataset import DataSet
from stages.params import Mirrored

SIZE = 28
LEARNT = 1500


def load(settings: Mirrored) -> DataSet:
    """1,500 and 297 digits (N, 1, 28, 28)."""
    from sklearn.datasets import load_digits  # here, since it takes seconds that other data sets need not wait

    digits, labels = load_digits(return_X_y=True)
    small = np.round(digits.reshape(-1, 8, 8) * (255 / 16)).astype(np.uint8)
    pictures = np.stack([_resized(digit) for digit in small])[:, None]
    labels = labels.astype(np.uint8)
    terms = "scikit-learn's digits (UCI optical recognition of handwritten digits), CC BY 4.0"
    return DataSet(terms, pictures[:LEARNT], pictures[LEARNT:], labels[:LEARNT], labels[LEARNT:])


def _resized(digit: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(digit).resize((SIZE, SIZE), Image.Resampling.BICUBIC))
