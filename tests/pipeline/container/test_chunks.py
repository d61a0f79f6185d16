"""Chunks from hostile files: sizes are checked before anything is decoded, and all damage is a FormatError."""

import io
import struct
import tracemalloc
import warnings
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from make_golden import picture
from PIL import Image

import latentcodec
from latentcodec import Codec, FormatError, _core
from latentcodec.container import chunks
from latentcodec.pictures.metadata import from_chunks
from latentcodec.pictures.write import Extras, to_file, to_image

ALPHA = np.arange(240, dtype=np.uint8).reshape(12, 20)
TEXT = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), min_size=1)


@given(st.integers(1, 40), st.integers(1, 40), st.randoms())
def test_alpha_comes_back(height: int, width: int, random) -> None:
    alpha = np.frombuffer(random.randbytes(height * width), np.uint8).reshape(height, width)
    assert np.array_equal(chunks.read_alpha(chunks.write_alpha(alpha), width, height), alpha)


@given(st.lists(TEXT, min_size=1, unique=True))
def test_names_come_back(names: list[str]) -> None:
    assert chunks.read_names(chunks.write_names(names, len(names)), len(names)) == names


def png(image: Image.Image, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", **options)
    return file.getvalue()


def text_chunk(length: int) -> bytes:
    data = b"Comment\0\0" + zlib.compress(b"x" * length)
    return struct.pack(">I", len(data)) + b"zTXt" + data + struct.pack(">I", zlib.crc32(b"zTXt" + data))


BROKEN_ALPHA = {
    "another size": png(Image.fromarray(ALPHA.T.copy())),
    "in colour": png(Image.new("RGB", (20, 12))),
    "one bit a pixel": png(Image.new("1", (20, 12))),
    "a palette": png(Image.new("P", (20, 12))),
    "no PNG": b"GIF89a",
    "a text to inflate": chunks.write_alpha(ALPHA)[:33] + text_chunk(10**6) + chunks.write_alpha(ALPHA)[33:],
    "followed by something": chunks.write_alpha(ALPHA) + b"x",
    "cut": chunks.write_alpha(ALPHA)[:-40],
    "only a header": chunks.write_alpha(ALPHA)[:33],
    "no pixels": chunks.write_alpha(ALPHA)[:33] + png(Image.new("L", (20, 12)))[-12:],
}


@pytest.mark.parametrize("name", BROKEN_ALPHA)
def test_a_broken_alpha_channel_is_a_format_error_everywhere(golden_found: None, rgb: Codec, name: str) -> None:
    data = with_chunks(rgb, [(chunks.ALPHA, BROKEN_ALPHA[name])])
    box = (0, 0, 4, 4)
    for read in (rgb.decode, latentcodec.verify, lambda file: rgb.decode_region(file, box)):
        with pytest.raises(FormatError, match="alpha channel"):
            read(data)


@given(st.integers(0, 10**9), st.integers(0, 255))
def test_any_damage_to_an_alpha_channel_is_a_format_error_or_harmless(place: int, value: int) -> None:
    damaged = bytearray(chunks.write_alpha(ALPHA))
    damaged[place % len(damaged)] = value
    try:
        alpha = chunks.read_alpha(bytes(damaged), 20, 12)
    except FormatError:
        return
    assert alpha.shape == (12, 20)


def test_a_huge_alpha_channel_is_refused_by_its_header() -> None:
    bomb = bytearray(chunks.write_alpha(ALPHA))
    bomb[16:24] = (60000).to_bytes(4, "big") * 2
    tracemalloc.start()
    with pytest.raises(FormatError, match="no grey PNG of 20x12"):
        chunks.read_alpha(bytes(bomb), 20, 12)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1e5


def test_a_text_in_an_alpha_channel_is_not_inflated() -> None:
    bomb = chunks.write_alpha(ALPHA)[:33] + text_chunk(2**25) + chunks.write_alpha(ALPHA)[33:]
    tracemalloc.start()
    with pytest.raises(FormatError, match="more than pixels"):
        chunks.read_alpha(bomb, 20, 12)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 3 * len(bomb)


def test_an_opaque_alpha_channel_takes_no_bytes_and_comes_back(rgb: Codec) -> None:
    opaque = np.full((12, 20), 255, np.uint8)
    data = rgb.encode(np.dstack([picture(12, 20), opaque]))
    assert dict(latentcodec.container.read.read_image(data).chunks) == {chunks.ALPHA: b""}
    assert np.array_equal(rgb.decode_array(data)[..., 3], opaque)


@given(st.dictionaries(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), TEXT, min_size=1))
def test_texts_come_back(texts: dict[str, str]) -> None:
    expected = {key: text.replace("\0", " ") for key, text in texts.items()}
    assert chunks.read_texts(chunks.write_texts(texts)) == expected


BROKEN_METADATA = [
    (chunks.TEXTS, b""), (chunks.TEXTS, b"keyword"), (chunks.TEXTS, b"a\0\xff"), (chunks.TEXTS, b"a\0b\0a\0c"),
    (chunks.TEXTS, b"\0" * 10**6), (chunks.DENSITY, b"1234567"), (chunks.DENSITY, bytes(8)),
    (chunks.DENSITY, struct.pack("<2f", 300, float("nan"))), (chunks.CICP, b"123"), (chunks.CICP, b""),
    (chunks.GAMMA, b"12345"), (chunks.CHROMATICITIES, bytes(31)),
]  # fmt: skip


@pytest.mark.parametrize("chunk", BROKEN_METADATA, ids=range(len(BROKEN_METADATA)))
def test_broken_metadata_is_a_format_error(golden_found: None, rgb: Codec, chunk: tuple[int, bytes]) -> None:
    data = with_chunks(rgb, [chunk])
    for read in (rgb.decode, latentcodec.verify):
        with pytest.raises(FormatError):
            read(data)


@given(st.sampled_from([chunks.XMP, chunks.IPTC, chunks.EXIF, chunks.ICC]), st.binary(max_size=200))
def test_whatever_metadata_holds_the_picture_can_be_written(kind: int, data: bytes) -> None:
    image = to_image(picture(12, 20), Extras(None, from_chunks([(kind, data)])))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in ("PNG", "JPEG", "TIFF", "WEBP"):
            assert Image.open(io.BytesIO(to_file(image, name))).size == (20, 12)


def test_names_are_decompressed_within_their_limit() -> None:
    bomb = zlib.compress(b"a\n" * 2**24)
    tracemalloc.start()
    with pytest.raises(FormatError, match="cut, too long"):
        chunks.read_names(bomb, 3)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 3 * chunks.MAX_NAMES


@pytest.mark.parametrize(
    "data",
    [b"", b"junk", zlib.compress(b"a\nb")[:-1], zlib.compress(b"a\nb") + b"x", zlib.compress(b"a\n\xff"),
     zlib.compress(b"a"), zlib.compress(b"a\nb\nc"), zlib.compress(b"a\na"), zlib.compress(b"a\n")],
)  # fmt: skip
def test_broken_names_are_format_errors(data: bytes) -> None:
    with pytest.raises(FormatError, match="names of the pictures"):
        chunks.read_names(data, 2)


@pytest.mark.parametrize("prefix", [b"", b"Exif\0\0"])
def test_exif_is_what_pillow_expects_whether_the_file_has_its_prefix_or_not(rgb: Codec, prefix: bytes) -> None:
    exif = Image.Exif()
    exif[0x010F] = "maker"
    tiff = exif.tobytes().removeprefix(b"Exif\0\0")
    image = rgb.decode(with_chunks(rgb, [(chunks.EXIF, prefix + tiff)]))
    assert image.info["exif"] == b"Exif\0\0" + tiff
    assert image.getexif()[0x010F] == "maker"


def with_chunks(codec: Codec, kept: list[tuple[int, bytes]]) -> bytes:
    """A file of 20x12 pixels with any chunks."""
    symbols, side_information = latentcodec.transform.quantisers.quantise(
        "max", 2, codec.analyse(picture(12, 20)[None])[0]
    )
    model, tables = codec.bundle.model_id, codec.bundle.tables
    return _core.write_image(model, 20, 12, 0, 2, 1, side_information, symbols, tables, chunks=kept)
