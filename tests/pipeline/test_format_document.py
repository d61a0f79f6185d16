"""docs/FORMAT.md is enough to write another decoder: its own code decodes the golden files."""

import re
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from latentcodec import _core

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "codec_rs/core/tests/golden"
TABLES = _core.Tables.parse((GOLDEN / "tables.bin").read_bytes())


@pytest.fixture(scope="module")
def document():
    """The functions of the document's only block of Python."""
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/FORMAT.md").read_text(), re.DOTALL)
    names = {}
    exec(code, names)
    return names


def decode(document, stream, pictures, channels, plane, file):
    if file.entropy == 0:
        return document["adaptive"](stream, channels, plane, pictures)
    rows = TABLES.frequencies(file.quantiser, file.bits).tolist()
    return document["static"](stream, channels, plane, pictures, rows)


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.ltc")), ids=lambda path: path.name)
def test_the_documents_decoder_reads_golden_images(document, path):
    data = path.read_bytes()
    file = _core.ImageFile.parse(data, 2**28)
    assert struct.unpack("<I", data[-4:])[0] == zlib.crc32(data[:-4])
    shape = (3, 80, 90) if path.name.startswith("long") else (3, 2, 5)
    stream = data[file.header_bytes + file.side_bytes : -4]
    symbols = decode(document, stream, 1, 3, shape[1] * shape[2], file)
    np.testing.assert_array_equal(file.symbols(*shape, TABLES).ravel(), symbols)


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.ltcp")), ids=lambda path: path.name)
def test_the_documents_decoder_reads_golden_packs(document, path):
    data = path.read_bytes()
    file = _core.PackFile.parse(data, 2**28)
    position = file.header_bytes + file.side_bytes
    lengths = list(data[position : position + file.index_bytes])  # each below 128: one byte
    position += file.index_bytes + 4
    for index, length in enumerate(lengths):
        stream = data[position : position + length]
        position += length + 4
        symbols = file.symbols(index, 3, 2, 2, TABLES)
        np.testing.assert_array_equal(symbols.ravel(), decode(document, stream, len(symbols), 3, 4, file))
    assert position == len(data)
