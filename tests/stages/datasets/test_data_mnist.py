"""idx files are parsed strictly; MNIST's four files become one data set."""

import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest

from stages.datasets import DataError, load, source
from stages.datasets.mnist import parse_idx


def idx(array: np.ndarray) -> bytes:
    return bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


@pytest.mark.parametrize("shape", [(5,), (3, 4, 2), (0, 28, 28)])
def test_an_idx_file_gives_its_array(shape):
    array = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    parsed = parse_idx(idx(array), "name")
    assert parsed.dtype == np.uint8 and np.array_equal(parsed, array)


GOOD = idx(np.zeros((3, 4, 2), np.uint8))


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"", "no idx file of bytes: it begins with nothing"),
        (b"\x89PNG\r\n", "no idx file of bytes: it begins with 89 50 4e 47"),
        (b"\0\0\x0d" + GOOD[3:], "no idx file of bytes"),  # float32 values
        (GOOD[:3], "no idx file of bytes"),
        (GOOD[:15], "truncated: its header has 15 of 16 bytes"),
        (GOOD[:-1], "holds 23 values where its header says 24"),
        (GOOD + b"\0", "holds 25 values where its header says 24"),
    ],
)
def test_a_wrong_idx_file_is_named(data, line):
    with pytest.raises(DataError, match=f"^name .*{line}"):
        parse_idx(data, "name")


def test_the_four_files_become_digits_and_labels(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    arrays = {
        "train-images-idx3": rng.integers(0, 256, (5, 28, 28), np.uint8),
        "train-labels-idx1": np.arange(5, dtype=np.uint8),
        "t10k-images-idx3": rng.integers(0, 256, (2, 28, 28), np.uint8),
        "t10k-labels-idx1": np.arange(2, dtype=np.uint8) + 7,
    }
    rows = ["path,address,sha256"]
    (tmp_path / "mnist").mkdir()
    for name, array in arrays.items():
        path = f"mnist/{name}-ubyte.gz"
        Path(tmp_path, path).write_bytes(gzip.compress(idx(array)))
        rows.append(f"{path},https://nowhere.invalid,{hashlib.sha256(idx(array)).hexdigest()}")
    (tmp_path / "sources.csv").write_text("\n".join(rows))
    monkeypatch.setattr(source, "TABLE", tmp_path / "sources.csv")

    data = load("digits", {"digits": "mnist", "mirror": str(tmp_path)})
    assert np.array_equal(data.train, arrays["train-images-idx3"][:, None])
    assert np.array_equal(data.test, arrays["t10k-images-idx3"][:, None])
    assert np.array_equal(data.train_labels, arrays["train-labels-idx1"])
    assert np.array_equal(data.test_labels, arrays["t10k-labels-idx1"])
