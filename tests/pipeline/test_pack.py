"""A pack as a data set: any picture at any time, each block decoded once."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from make_golden import digits, picture

from latentcodec import ChecksumError, Codec, FormatError, LimitError, Pack

DIGITS = digits(10)
pytestmark = pytest.mark.usefixtures("lossless_found")


@pytest.fixture
def path(handwriting: Codec, tmp_path: Path) -> Path:
    """Ten named digits in blocks of 4."""
    path = tmp_path / "digits.ltcp"
    path.write_bytes(handwriting.encode_pack(DIGITS, names=[f"digit {number}" for number in range(10)], block=4))
    return path


def test_it_is_indexed_like_an_array(path: Path) -> None:
    pack = Pack(path)
    assert (len(pack), pack.shape, pack.block, pack.names[7]) == (10, (28, 28), 4, "digit 7")
    for index in (0, 9, -1, np.int64(3), slice(None), slice(7, 2, -2), [4, 4, -10], np.array([1, 8]), range(3), []):
        found = pack[index]
        assert found.dtype == np.uint8
        assert np.array_equal(found, DIGITS[np.array([], int) if isinstance(index, list) and not index else index])
    assert np.array_equal(np.stack(list(pack)), DIGITS)
    mask = np.arange(10) % 3 == 0
    assert np.array_equal(pack[mask], DIGITS[mask])
    assert pack[np.array(4)].shape == (28, 28)
    assert np.array_equal(pack[torch.tensor(4)], DIGITS[4])
    assert np.array_equal(pack[torch.tensor([4, -1])], DIGITS[[4, -1]])
    for index in (10, -11, [0, 10], mask[1:]):
        with pytest.raises(IndexError, match="the pack holds pictures 0 to 9: "):
            pack[index]


def test_nothing_is_decoded_before_it_is_asked_for_and_a_block_only_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[int]] = []
    original = Codec.decode_pack

    def counted(codec: Codec, file: object, numbers: range, **options: int) -> np.ndarray:
        asked.append(list(numbers))
        return original(codec, file, numbers, **options)

    monkeypatch.setattr(Codec, "decode_pack", counted)
    pack = Pack(path)
    assert asked == []
    for number in (5, 7, 4, 9, 5, 8):
        assert np.array_equal(pack[number], DIGITS[number])
    assert asked == [[4, 5, 6, 7], [8, 9]]
    small = Pack(path, cache=1)  # holds one block all the same
    asked.clear()
    small[[0, 1, 4, 5, 0]]
    assert asked == [[0, 1, 2, 3], [4, 5, 6, 7], [0, 1, 2, 3]]


def test_what_is_returned_is_the_caller_s_own(path: Path) -> None:
    pack = Pack(path)
    pack[3][:] = 99
    pack[2:5][:] = 99
    assert np.array_equal(pack[3], DIGITS[3])


def test_threads_share_it_and_processes_get_their_own(path: Path) -> None:
    pack = Pack(path, cache=1)
    numbers = np.random.default_rng(0).integers(0, 10, 200)
    with ThreadPoolExecutor(4) as pool:
        assert np.array_equal(list(pool.map(pack.__getitem__, numbers)), DIGITS[numbers])
    for source in (pack, Pack(path.read_bytes())):
        assert np.array_equal(pickle.loads(pickle.dumps(source))[:], DIGITS)


@pytest.mark.parametrize("workers", [0, 2])
def test_torch_s_loader_takes_it(path: Path, workers: int) -> None:
    loader = torch.utils.data.DataLoader(Pack(path), batch_size=4, shuffle=True, num_workers=workers)
    batches = list(loader)
    assert [batch.shape for batch in batches] == [(4, 28, 28), (4, 28, 28), (2, 28, 28)]
    assert sorted(map(bytes, torch.cat(batches).numpy())) == sorted(map(bytes, DIGITS))


def test_packs_of_any_bundle_are_data_sets(rgb: Codec) -> None:
    pack = rgb.encode_pack([picture(8, 8), picture(8, 8, seed=2)])
    assert Pack(pack).shape == (8, 8, 3)
    assert np.array_equal(Pack(pack)[:], rgb.decode_pack(pack))
    assert Pack(rgb.encode_pack([picture(8, 8)[..., 0]])).shape == (8, 8)


def test_what_is_no_sound_pack_is_refused(path: Path, handwriting: Codec) -> None:
    with pytest.raises(FormatError, match="single picture"):
        Pack(handwriting.encode(DIGITS[0]))
    with pytest.raises(LimitError, match="a block of the pack has 3136 pixels, more than the limit of 3135"):
        Pack(path, max_pixels=4 * 28 * 28 - 1)
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 1
    pack = Pack(bytes(damaged))
    assert np.array_equal(pack[7], DIGITS[7])
    with pytest.raises(ChecksumError):
        pack[8]
