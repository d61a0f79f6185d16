"""Arguments of the wrong kind are refused in a line that says what is expected and what was given."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from make_golden import picture

import latentcodec
from latentcodec import Codec

PIXELS = picture(24, 40)
BOX = "a box is four whole numbers of pixels (left, top, right, bottom), not "

Call = Callable[[Codec], Any]


def region(box: Any) -> Call:
    return lambda codec: codec.decode_region(codec.encode(PIXELS), box)


def found(**options: Any) -> Call:
    return lambda codec: latentcodec.encode(PIXELS, bundle=codec.bundle.path, **options)


CALLS: list[tuple[Call, str]] = [
    (region((0.5, 0, 8, 8)), BOX + "(0.5, 0, 8, 8)"),
    (region((0.0, 0.0, 8.0, 8.0)), BOX + "(0.0, 0.0, 8.0, 8.0)"),
    (region((0, 0, "8", 8)), BOX + "(0, 0, '8', 8)"),
    (region((0, 0, 8)), BOX + "(0, 0, 8)"),
    (region("8888"), BOX + "'8888'"),
    (region(8), BOX + "8"),
    (lambda codec: codec.decode_array(codec.encode(PIXELS), (0, 0, 8, None)), BOX + "(0, 0, 8, None)"),
    (lambda codec: codec.encode(PIXELS / 255), "not float64: scale it so that white is 255, and convert it to uint8"),
    (lambda codec: codec.encode(PIXELS > 9), "not bool: scale it so that white is 255, and convert it to uint8"),
    (lambda codec: codec.encode(PIXELS, tile=2**70), "tile is 0 (none) or a multiple of "),
    (lambda codec: codec.decode(b"", max_pixels="9"), "max_pixels is a whole number of pixels, not '9'"),
    (lambda codec: codec.decode(b"", max_pixels=1e6), "max_pixels is a whole number of pixels, not 1000000.0"),
    (lambda codec: codec.decode(b"", max_pixels=-1), "max_pixels is a whole number of pixels, not -1"),
    (lambda codec: codec.thumbnail(b"", max_pixels=None), "max_pixels is a whole number of pixels, not None"),
    (lambda codec: codec.encode_pack([PIXELS], block=2.5), "block is a number of pictures, 1 or more, not 2.5"),
    (lambda codec: codec.encode_pack([PIXELS], block="2"), "block is a number of pictures, 1 or more, not '2'"),
    (lambda codec: codec.encode_batch([], workers=2.5), "workers is 0 (one for each core) or more, not 2.5"),
    (lambda codec: codec.decode_batch([], workers=None), "workers is 0 (one for each core) or more, not None"),
    (lambda codec: latentcodec.open(codec.bundle.path, threads=2.5), "threads is 0 (all cores) to 256, not 2.5"),
    (found(threads=[2]), "threads is 0 (all cores) to 256, not [2]"),
    (found(provider=["cpu"]), "unknown provider ['cpu']: there are auto, cuda, cpu"),
]  # fmt: skip


@pytest.mark.usefixtures("lossless_found")
@pytest.mark.parametrize("bundle", ["rgb", "exact"])
@pytest.mark.parametrize(("call", "words"), CALLS, ids=[words[:40] for _, words in CALLS])
def test_a_wrong_kind_is_named(request: pytest.FixtureRequest, bundle: str, call: Call, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        call(request.getfixturevalue(bundle))


def test_a_target_is_no_truth(rgb: Codec) -> None:
    with pytest.raises(ValueError, match="target_bpp is a positive number, not True"):
        rgb.encode(PIXELS, target_bpp=True)


def test_pictures_of_a_pack_and_bundles_are_named_by_what_can_name_them(exact: Codec) -> None:
    pack = exact.encode_pack([PIXELS])
    for index in (0.5, None):
        with pytest.raises(TypeError, match=f"asked for by number or by name, not by {index}"):
            exact.decode_pack(pack, [index])  # type: ignore[list-item]
    with pytest.raises(TypeError, match="a bundle is given by its name, its model id or its path, not as int"):
        latentcodec.open(5)  # type: ignore[arg-type]


def test_numbers_of_numpy_are_numbers(exact: Codec) -> None:
    data = exact.encode(PIXELS, tile=np.int64(8))
    box = np.array([3, 2, 20, 10])
    decoded = exact.decode_region(data, box, max_pixels=np.uint32(10_000))  # type: ignore[arg-type]
    assert np.array_equal(np.asarray(decoded), PIXELS[2:10, 3:20])
