"""MNIST: 60,000 + 10,000 handwritten digits of 28x28 (LeCun, Cortes and Burges 1998)."""

import math
import struct

import numpy as np
from numpy.typing import NDArray

from stages.datasets.dataset import DataError, DataSet
from stages.datasets.source import read
from stages.params import Mirrored

UINT8 = 0x08  # the type byte of the idx format


def load(settings: Mirrored) -> DataSet:
    """60,000 and 10,000 digits (N, 1, 28, 28) with their labels."""
    arrays = {path: parse_idx(data, path) for path, data in read("mnist/", settings["mirror"]).items()}
    return DataSet(
        terms="MNIST (LeCun, Cortes, Burges), CC BY-SA 3.0",
        train=arrays["mnist/train-images-idx3-ubyte.gz"][:, None],
        test=arrays["mnist/t10k-images-idx3-ubyte.gz"][:, None],
        train_labels=arrays["mnist/train-labels-idx1-ubyte.gz"],
        test_labels=arrays["mnist/t10k-labels-idx1-ubyte.gz"],
    )


def parse_idx(data: bytes, name: str) -> NDArray[np.uint8]:
    """The array of an idx file: 0, 0, type, number of dimensions, each length as a big-endian uint32, the values."""
    if len(data) < 4 or data[:3] != bytes((0, 0, UINT8)):
        raise DataError(f"{name} is no idx file of bytes: it begins with {data[:4].hex(' ') or 'nothing'}")
    start = 4 + 4 * data[3]
    if len(data) < start:
        raise DataError(f"{name} is truncated: its header has {len(data)} of {start} bytes")
    shape = struct.unpack(f">{data[3]}I", data[4:start])
    if len(data) - start != math.prod(shape):
        raise DataError(f"{name} holds {len(data) - start:,} values where its header says {math.prod(shape):,}")
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)
