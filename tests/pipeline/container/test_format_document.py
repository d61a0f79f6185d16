"""docs/FORMAT.md is enough to write another decoder: one made of its tables and its code reads the golden files."""

import re
import zlib
from pathlib import Path

import numpy as np
import pytest

import latentcodec
from latentcodec import _core

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "codec_rs/core/tests/golden"
RELEASED = ROOT / "tests/golden/cars-v1"
TABLES = _core.Tables.parse((GOLDEN / "tables.bin").read_bytes())
VARIABLE_RATE = _core.Tables.parse((GOLDEN / "gained_tables.bin").read_bytes())


@pytest.fixture(scope="module")
def document():
    """The functions of the document's blocks of Python."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs/FORMAT.md").read_text(), re.DOTALL)
    names = {}
    exec("\n".join(blocks), names)
    return names


class Reader:
    """Bytes from the front, as the document's tables list them."""

    def __init__(self, data):
        self.data, self.position = data, 0

    def take(self, length):
        self.position += length
        return self.data[self.position - length : self.position]

    def byte(self):
        return self.take(1)[0]

    def leb128(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value, shift = value | (byte & 0x7F) << shift, shift + 7
            if byte < 0x80:
                return value

    def crc(self, start=0):
        """The checksum of all bytes since the start follows."""
        expected = zlib.crc32(self.data[start : self.position])
        assert int.from_bytes(self.take(4), "little") == expected

    def block(self, length):
        start = self.position
        payload = self.take(length)
        self.crc(start)
        return payload


def read(data):
    """The fields of a .ltc or .ltcp file, and its streams."""
    reader = Reader(data)
    magic, file = reader.take(4), {"model": reader.take(4)}
    file |= {"width": reader.leb128() + 1, "height": reader.leb128() + 1}
    quantiser, flags = reader.byte(), reader.byte()
    variable_rate = quantiser >= 128
    file |= (
        {"quantiser": 4, "parameter": quantiser & 127}
        if variable_rate
        else {"quantiser": quantiser >> 4, "parameter": quantiser & 15}
    )
    file |= {"entropy": flags & 3, "grey": bool(flags & 16)}
    file["hundredths"] = reader.byte() if flags & 32 else 0
    if magic == b"LTC\x01":
        file["tile"] = reader.leb128() + 1 if flags & 4 else 0
    else:
        file |= {"count": reader.leb128() + 1, "block": reader.leb128() + 1}
    side_information = reader.take(2 * [1, 2, 2 ** file["parameter"], 0, 0, 0, 0][file["quantiser"]])
    file["side_information"] = np.frombuffer(side_information, "<f2").tolist()
    count = reader.leb128() + 1 if flags & 8 else 0
    file["chunks"] = [(reader.byte(), reader.take(reader.leb128())) for _ in range(count)]
    if file.get("tile") == 0:
        streams = [reader.take(len(data) - reader.position - 4)]
        reader.crc()
    else:
        blocks = reader.leb128() + 1 if "tile" in file else -(-file["count"] // file["block"])
        lengths = [reader.leb128() for _ in range(blocks)]
        reader.crc()
        streams = [reader.block(length) for length in lengths]
    assert reader.position == len(data)
    return file, streams


def decode(document, file, stream, pictures, channels, rows, columns):
    if file["quantiser"] == 4:
        symbols = decode_variable_rate(document, file, stream, pictures, channels, rows, columns)
    elif file["entropy"] == 0:
        symbols = document["adaptive"](stream, channels, rows * columns, pictures)
    else:
        tables = TABLES.frequencies(file["quantiser"], file["parameter"]).tolist()
        symbols = document["static"](stream, channels, rows * columns, pictures, tables)
    return np.reshape(symbols, (pictures, channels, rows, columns))


def read_variable_rate(data):
    """The fields of an entry of `gained`, the only one of a tables.bin."""
    reader = Reader(data)
    assert reader.take(6) == b"LTT\x01\x01\xc0"
    channels, levels = reader.leb128(), reader.leb128()
    log_gains = np.frombuffer(reader.take(4 * levels * channels), "<f4").reshape(levels, channels)
    rounding = np.frombuffer(reader.take(levels * channels), np.uint8).reshape(levels, channels)
    bands = [
        [np.frombuffer(reader.take(4 * reader.byte() + 4), "<u2").tolist() for _ in range(channels)]
        for _ in range(reader.leb128())
    ]
    state = reader.take(reader.leb128())
    reader.crc()
    return channels, (log_gains, rounding), bands, state


def decode_variable_rate(document, file, stream, pictures, channels, rows, columns):
    """As the document's entry of `gained` in the golden tables says."""
    _, gains, bands, state = read_variable_rate((GOLDEN / "gained_tables.bin").read_bytes())
    for ours, theirs in zip(VARIABLE_RATE.gains(), gains, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    quality = file["parameter"]
    if file["entropy"] == 1:
        band = bands[(quality - 1) * len(bands) // 100]
        return document["static_gained"](stream, channels, rows * columns, pictures, band)
    band = (quality - 1) * document["State"](state).bands // 100
    return document["context"](stream, state, channels, rows, columns, pictures, band)


def assert_same_fields(ours, theirs):
    for name, value in theirs.items():
        found = getattr(ours, name)
        assert (found.tolist() if name == "side_information" else found) == value, name


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.ltc")), ids=lambda path: path.name)
def test_the_documents_decoder_reads_golden_images(document, path):
    ours = _core.ImageFile.parse(path.read_bytes(), 2**28)
    file, streams = read(path.read_bytes())
    assert_same_fields(ours, file)
    rows, columns = (80, 90) if path.name.startswith("long") else (2, 5)
    symbols = np.full((3, rows, columns), -1)
    tile = file["tile"] or max(rows, columns)
    corners = [(top, left) for top in range(0, rows, tile) for left in range(0, columns, tile)]
    for (top, left), stream in zip(corners, streams, strict=True):
        part = symbols[:, top : top + tile, left : left + tile]
        part[:] = decode(document, file, stream, 1, *part.shape)[0]
    tables = VARIABLE_RATE if ours.quantiser == 4 else TABLES
    np.testing.assert_array_equal(ours.symbols(3, rows, columns, tables), symbols)


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.ltcp")), ids=lambda path: path.name)
def test_the_documents_decoder_reads_golden_packs(document, path):
    ours = _core.PackFile.parse(path.read_bytes(), 2**28)
    file, streams = read(path.read_bytes())
    assert_same_fields(ours, file)
    for index, stream in enumerate(streams):
        pictures = min(file["block"], file["count"] - index * file["block"])
        symbols = decode(document, file, stream, pictures, 3, 2, 2)
        tables = VARIABLE_RATE if ours.quantiser == 4 else TABLES
        np.testing.assert_array_equal(ours.symbols(index, 3, 2, 2, tables), symbols)


@pytest.mark.parametrize("name", ["grey.ltc", "digits.ltcp"])
def test_the_documents_decoder_reads_streams_of_context(document, name):
    file, streams = read((RELEASED / name).read_bytes())
    assert (file["quantiser"], file["entropy"]) == (4, 2)
    channels, _, _, state = read_variable_rate((ROOT / "exports/release/cars-v1/tables.bin").read_bytes())
    band = (file["parameter"] - 1) * document["State"](state).bands // 100
    with np.load(RELEASED / "expected.npz") as arrays:
        expected = arrays[f"{name}:symbols"].reshape(-1, channels, *arrays[f"{name}:symbols"].shape[-2:])
    pictures = expected[(len(streams) - 1) * file.get("block", 1) :]  # of the last block
    count, _, rows, columns = pictures.shape
    symbols = document["context"](streams[-1], state, channels, rows, columns, count, band)
    assert symbols == pictures.ravel().tolist()


@pytest.mark.parametrize(("name", "kind", "shape"), [("predicted", 1, (2, 6, 7)), ("sources", 2, (3, 8, 8))])
def test_the_documents_decoder_reads_a_stream_of_an_earlier_kind_of_state(document, name, kind, shape):
    golden = ROOT / "codec_rs/core/tests/golden"
    state, stream = ((golden / f"{name}_{part}.bin").read_bytes() for part in ("state", "stream"))
    assert state[0] == kind
    symbols = np.reshape(document["context"](stream, state, *shape, 1), shape)
    if kind == 1:
        assert np.diff(symbols[0], axis=1).mean() > 5  # the means rise to the right
    else:
        inner, across = symbols[1, :, 1:-1], (symbols[0, :, 2:] - symbols[0, :, :-2]) / 2
        assert np.abs(inner - across).max() <= 1.5  # the second channel is the slope of the first


@pytest.mark.parametrize("predicted", [[], [0, 5]])
def test_the_documents_decoder_reads_a_stream_with_an_empty_plane_and_large_residuals(document, predicted):
    rng = np.random.default_rng(1)
    channels, rows, columns, quality = 12, 9, 11, 60
    noise = rng.laplace(0, 2.5, (13, 1, channels, rows, columns)) * np.geomspace(8, 0.03, channels)[:, None, None]
    smooth = noise + np.roll(noise, 1, axis=-1) + np.roll(noise, 1, axis=-2) + noise.mean(2, keepdims=True)
    smooth[:, :, 3] = 0
    smooth[:, :, predicted] += 30 * np.add.outer(np.arange(rows), 2 * np.arange(columns))
    *training, symbols = np.rint(smooth).astype(np.int16)
    gains, rounding = np.zeros((2, channels), np.float32), np.full((2, channels), 128, np.uint8)
    streams = list(zip((10, 60, 90) * 4, training, strict=True))
    tables = _core.Tables.build([], variable_rate=(gains, rounding, streams, 0, 3))
    fields = {"model": b"made", "width": columns, "height": rows, "quantiser": 4, "parameter": quality, "entropy": 2}
    fields["hundredths"] = 25
    parsed, nothing = _core.Tables.parse(tables), np.empty(0, np.float32)
    image = _core.write_image(**fields, side_information=nothing, symbols=symbols[0], tables=parsed)
    reader = Reader(tables)
    reader.take(6)
    reader.take(5 * reader.leb128() * reader.leb128())
    assert reader.leb128() == 0
    state = reader.take(reader.leb128())
    assert (state[0], document["State"](state).predicted) == (3, predicted)
    file, streams = read(image)
    assert_same_fields(_core.ImageFile.parse(image, 10**6), file)
    assert file["hundredths"] == 25
    found = document["context"](streams[0], state, channels, rows, columns, 1, 1)
    assert found == symbols.ravel().tolist()


@pytest.mark.parametrize("name", ["digit.ltc", "digits.ltcp", "tiled.ltc", "grey.ltc"])
def test_the_documents_decoder_reads_handwriting(document, name):
    golden = ROOT / "tests/golden/digits-v1"
    file, streams = read((golden / name).read_bytes())
    reader = Reader((ROOT / "exports/release/digits-v1/tables.bin").read_bytes())
    assert reader.take(4) == b"LTT\x01" and reader.leb128() > 0 and reader.take(1) == b"\x50"
    state = reader.take(reader.leb128())
    with np.load(golden / "expected.npz") as arrays:
        pixels = arrays[f"{name}:symbols"].reshape(-1, *arrays[f"{name}:symbols"].shape[-2:])
    _, rows, columns = pixels.shape
    tile = file.get("tile") or max(rows, columns)
    last = (pixels[-2:] if name.endswith("p") else pixels)[
        :, (rows - 1) // tile * tile :, (columns - 1) // tile * tile :
    ]
    found = document["lossless"](streams[-1], state, *last.shape[1:], len(last))  # the last tile or block
    assert found == last.ravel().tolist()


@pytest.fixture(scope="module")
def states(document):
    """What lossless-v1 has learnt of the four components, as the document reads it."""
    reader = Reader((ROOT / "exports/release/lossless-v1/tables.bin").read_bytes())
    assert reader.take(6) == b"LTT\x01\x01\x60"
    fields = document["Fields"](reader.take(reader.leb128()))
    found = [document["AdaptiveState"](fields) for _ in range(4)]
    assert fields.position == len(fields.data)
    assert [bool(state.mixer.trained) for state in found] == [True, True, True, False]  # alpha has learnt nothing
    return found


PLANES = [
    "bilevel",
    "grey",
    "grey_alpha",
    "deep",
    "deep_colour",
    "levels",
    "noise",
    "palette",
    "screen",
    "screen_by_plane",
]
PLANES += ["sixteen", "sixteen_colour", "sixteen_levels", "tiled"]


@pytest.mark.parametrize("name", [*(f"{name}.ltc" for name in PLANES), "pack.ltcp"])
def test_the_documents_decoder_reads_files_of_planes(document, states, name):
    golden = ROOT / "tests/golden/lossless-v1"
    file, streams = read((golden / name).read_bytes())
    assert file["quantiser"] == 6
    with np.load(golden / "expected.npz") as arrays:
        samples = arrays[f"{name}:symbols"].astype(np.uint16)
    rows, columns = samples.shape[-2:]
    assert samples.shape[-3] == file["parameter"] % 4 + 1
    if name.endswith("p"):
        last = samples[(len(streams) - 1) * file["block"] :]
    else:
        tile = file["tile"] or max(rows, columns)
        last = samples[None, :, (rows - 1) // tile * tile :, (columns - 1) // tile * tile :]
    found = document["planes"](streams[-1], states, file["parameter"], *last.shape[2:], len(last))
    assert found == last.ravel().tolist()


def test_the_documents_decoder_reads_planes_of_one_value_or_one_above_another(document, states):
    ramp = np.tile(np.arange(24, dtype=np.uint16) * 999, (3, 1))
    samples = np.stack([ramp + 7, ramp + 500, ramp, np.full_like(ramp, 500)]).astype(np.uint16)
    data = latentcodec.open(ROOT / "exports/release/lossless-v1").encode(samples.transpose(1, 2, 0))
    file, (stream,) = read(data)
    assert (file["quantiser"], file["parameter"]) == (6, 15)
    assert document["planes"](stream, states, 15, 3, 24) == samples.ravel().tolist()


def test_the_dump_holds_what_the_document_says(document):
    text = (ROOT / "docs/FORMAT.md").read_text()
    (dump,) = re.findall(r"```hexdump\n(.*?)```", text, re.DOTALL)
    file, streams = read(bytes.fromhex("".join(line.split("  ")[0] for line in dump.splitlines())))
    tiles = re.search(r"the first tile holds(.*), the second(.*)\.", text, re.DOTALL).groups()
    expected = [[int(number) for number in re.findall(r"\d+", tile)] for tile in tiles]
    for stream, columns, symbols in zip(streams, (3, 2), expected, strict=True):
        assert decode(document, file, stream, 1, 3, 2, columns).ravel().tolist() == symbols
