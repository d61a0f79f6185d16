"""The Rust extension as Python sees it: arrays, exceptions, threads. What it computes is tested in codec_rs/core."""

import threading
import time

import numpy as np
import pytest
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from latentcodec import _core, errors

SHAPE = (3, 4, 5)
NO_SIDE_INFORMATION = np.empty(0, np.float32)


def tables_bytes(bits: int = 2) -> bytes:
    counts = np.random.default_rng(1).integers(0, 1000, (3, 2**bits))
    codebook = np.linspace(-1, 1, 2**bits).astype(np.float16).astype(np.float32)
    return _core.Tables.build([(3, bits, codebook, counts), (0, bits, None, counts)])


TABLES = _core.Tables.parse(tables_bytes())


def symbols(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 4, shape).astype(np.int16)


def image(
    values: np.ndarray,
    entropy: int = 1,
    quantiser: int = 3,
    parameter: int = 2,
    side_information: np.ndarray = NO_SIDE_INFORMATION,
) -> bytes:
    return _core.write_image(b"abcd", 40, 32, quantiser, parameter, entropy, side_information, values, TABLES)


def sizes(file: _core.File) -> int:
    parts = ("header", "side_information", "chunk", "index", "payload", "checksum")
    return sum(getattr(file, f"{part}_bytes") for part in parts)


def test_the_context_coder_starts_from_what_it_has_read():
    counts = np.ones((3, 4), np.int64)
    flat = np.sort(symbols(1, *SHAPE), axis=-1)
    known, strange = (
        _core.Tables.parse(_core.Tables.build([(0, 2, None, counts)], {(0, 2): [training] * 20}))
        for training in (flat, np.zeros_like(flat))
    )
    side_information = np.ones(1, np.float32)
    files = [
        _core.write_image(b"abcd", 40, 32, 0, 2, 2, side_information, flat[0], tables) for tables in (known, strange)
    ]
    assert len(files[0]) < len(files[1])
    np.testing.assert_array_equal(_core.ImageFile.parse(files[0], 1 << 20).symbols(*SHAPE, known), flat[0])
    assert known.state_channels(0, 2) == 3
    with pytest.raises(errors.BundleError, match="no coder's state for max with 2 bits"):
        TABLES.state_channels(0, 2)


def variable_rate_bytes(**changed) -> bytes:
    """Tables of a variable rate: two levels, three channels; some parts replaced by name."""
    parts = {
        "log_gains": np.array([[-1, 0, 1], [0, 0, 3]], np.float32),
        "rounding": np.array([[64, 100, 128], [128, 128, 128]], np.uint8),
        "streams": [(10, symbols(2, *SHAPE)), (90, 3 * symbols(1, *SHAPE))],
        "static_bands": 2,
        "context_bands": 2,
    }
    return _core.Tables.build([], variable_rate=tuple((parts | changed).values()))


@pytest.mark.parametrize("entropy", [1, 2])
def test_a_variable_rate_takes_any_symbols_at_any_quality(entropy):
    tables = _core.Tables.parse(variable_rate_bytes())
    log_gains, rounding = tables.gains()
    assert (log_gains.dtype, rounding.dtype) == (np.float32, np.uint8)
    assert (log_gains.tolist(), rounding.tolist()) == ([[-1, 0, 1], [0, 0, 3]], [[64, 100, 128], [128, 128, 128]])
    assert tables.state_channels(4, 77) == 3
    values = symbols(*SHAPE) - np.int16(2)
    values[0, 0, :3] = -32768, 32767, -32767
    for quality in (1, 100):
        data = _core.write_image(b"abcd", 40, 32, 4, quality, entropy, NO_SIDE_INFORMATION, values, tables)
        file = _core.ImageFile.parse(data, 2**28)
        assert (file.quantiser, file.parameter, file.entropy, file.side_information.size) == (4, quality, entropy, 0)
        np.testing.assert_array_equal(file.symbols(*SHAPE, tables), values)


def test_tables_without_gains_say_so():
    with pytest.raises(errors.BundleError, match="no gains"):
        TABLES.gains()
    without = _core.Tables.parse(variable_rate_bytes(streams=[], static_bands=0, context_bands=0))
    with pytest.raises(errors.BundleError, match="no coder's state for gained at quality 7"):
        without.state_channels(4, 7)
    with pytest.raises(errors.BundleError, match="no static tables for a variable rate"):
        _core.write_image(b"abcd", 40, 32, 4, 7, 1, NO_SIDE_INFORMATION, symbols(*SHAPE), without)


def test_grey_pictures_come_back_bit_for_bit():
    pictures = np.random.default_rng(3).integers(0, 256, (6, 20, 17), np.uint8)
    tables = _core.Tables.parse(_core.Tables.build([], lossless=[pictures[:4], pictures[4:5]]))
    tables.check_lossless(5)
    side_information, pixels = np.zeros(0, np.float32), pictures.astype(np.int16)[:, None]
    data = _core.write_image(b"\1\2\3\4", 17, 20, 5, 0, 2, side_information, pixels[5], tables, tile=8, grey=True)
    file = _core.ImageFile.parse(data, 1000)
    assert (file.quantiser, file.parameter, file.entropy, file.grey) == (5, 0, 2, True)
    assert np.array_equal(file.symbols(1, 20, 17, tables), pixels[5])
    assert np.array_equal(file.window(1, 20, 17, 7, 3, 12, 17, tables), pixels[5, :, 7:12, 3:])
    data = _core.write_pack(b"\1\2\3\4", 17, 20, 5, 0, 2, side_information, pixels, 4, tables, grey=True)
    pack = _core.PackFile.parse(data, 6 * 20 * 17)
    assert np.array_equal(np.concatenate([pack.symbols(block, 1, 20, 17, tables) for block in (0, 1)]), pixels)


def test_pixels_cost_what_their_stream_takes():
    pictures = np.random.default_rng(3).integers(0, 256, (6, 20, 17), np.uint8)
    tables = _core.Tables.parse(_core.Tables.build([], lossless=[pictures]))
    costs = tables.pixel_costs(pictures)
    pack = _core.write_pack(
        b"abcd", 17, 20, 5, 0, 2, np.zeros(0, np.float32), pictures.astype(np.int16)[:, None], 6, tables, grey=True
    )
    assert (costs.shape, costs.dtype) == (pictures.shape, np.float32) and costs.min() > 0
    assert 0 <= _core.PackFile.parse(pack, 2**28).payload_bytes - costs.sum() / 8 < 12
    with pytest.raises(ValueError, match="pictures must have 3 dimensions"):
        tables.pixel_costs(pictures[0])
    with pytest.raises(errors.BundleError):
        TABLES.pixel_costs(pictures)


def test_lossless_is_refused_where_it_cannot_be():
    tables = _core.Tables.parse(_core.Tables.build([], lossless=[np.zeros((1, 4, 4), np.uint8)]))
    side_information, pixels = np.zeros(0, np.float32), np.zeros((1, 4, 4), np.int16)
    for arguments in [(4, 5, 5, 0, 2), (4, 4, 5, 1, 2), (4, 4, 5, 0, 0), (4, 4, 5, 0, 1)]:
        with pytest.raises(ValueError):
            _core.write_image(b"\1\2\3\4", *arguments, side_information, pixels, tables)
    for quantiser in (5, 6):
        with pytest.raises(errors.BundleError, match="no state"):
            _core.Tables.parse(_core.Tables.build([])).check_lossless(quantiser)


@pytest.mark.parametrize("entropy", [0, 1])
def test_an_image_returns_symbols_and_attributes(entropy):
    data = image(symbols(*SHAPE), entropy, quantiser=0, side_information=np.array([2.5], np.float32))
    file = _core.ImageFile.parse(data, 2**28)
    decoded = file.symbols(*SHAPE, TABLES)
    np.testing.assert_array_equal(decoded, symbols(*SHAPE))
    assert decoded.dtype == np.int16
    assert (file.model, file.width, file.height, file.version) == (b"abcd", 40, 32, 1)
    assert (file.quantiser, file.parameter, file.entropy, file.side_information.tolist()) == (0, 2, entropy, [2.5])
    assert (file.tile, file.tiles, file.grey, file.chunks) == (0, 0, False, [])
    assert sizes(file) == len(data)


def test_a_tiled_image_returns_its_window_and_what_it_carries():
    chunks = [(1, b"alpha"), (3, b"")]
    values = symbols(*SHAPE)
    data = _core.write_image(
        b"abcd", 40, 32, 3, 2, 1, NO_SIDE_INFORMATION, values, TABLES, tile=2, grey=True, chunks=chunks
    )
    file = _core.ImageFile.parse(data, 2**28)
    assert (file.tile, file.tiles, file.grey, file.chunks) == (2, 6, True, chunks)
    assert sizes(file) == len(data)
    np.testing.assert_array_equal(file.symbols(*SHAPE, TABLES), values)
    np.testing.assert_array_equal(file.window(*SHAPE, 1, 2, 4, 5, TABLES), values[:, 1:4, 2:5])
    with pytest.raises(ValueError):
        file.window(*SHAPE, 1, 2, 5, 5, TABLES)


def test_a_pack_grows():
    values = symbols(5, *SHAPE)
    pack = _core.write_pack(b"abcd", 40, 32, 3, 2, 1, NO_SIDE_INFORMATION, values[:3], 2, TABLES, chunks=[(4, b"old")])
    grown = _core.PackFile.parse(pack, 2**28).append(values[3:], [(4, b"new")], TABLES)
    assert grown == _core.write_pack(
        b"abcd", 40, 32, 3, 2, 1, NO_SIDE_INFORMATION, values, 2, TABLES, chunks=[(4, b"new")]
    )


def test_a_pack_returns_each_block():
    values = symbols(5, *SHAPE)
    data = _core.write_pack(b"abcd", 40, 32, 3, 2, 1, NO_SIDE_INFORMATION, values, 2, TABLES)
    file = _core.PackFile.parse(data, 2**28)
    assert (file.count, file.block) == (5, 2)
    decoded = np.concatenate([file.symbols(index, *SHAPE, TABLES) for index in range(3)])
    np.testing.assert_array_equal(decoded, values)
    assert sizes(file) == len(data)


def test_every_error_has_its_exception():
    data = image(symbols(*SHAPE))
    for damaged, limit, error in [
        (b"\x89PNG" + data[4:], 2**28, errors.FormatError),
        (data[:9], 2**28, errors.TruncatedError),
        (data[:-1], 2**28, errors.ChecksumError),
        (data, 40 * 32 - 1, errors.LimitError),
    ]:
        with pytest.raises(error):
            _core.ImageFile.parse(damaged, limit)
    with pytest.raises(errors.BundleError):
        _core.Tables.parse(tables_bytes()[:-1])
    with pytest.raises(errors.BundleError):
        TABLES.codebook(0, 2)


@pytest.mark.parametrize(
    "call",
    [
        lambda: image(symbols(*SHAPE) + np.int16(1)),
        lambda: image(symbols(*SHAPE)[0]),
        lambda: image(symbols(5, 4, 3).T),
        lambda: image(symbols(3, 4, 10)[:, :, ::2]),
        lambda: image(np.empty((3, 0, 5), np.int16)),
        lambda: image(symbols(*SHAPE), entropy=3),
        lambda: image(symbols(*SHAPE), quantiser=5),
        lambda: image(symbols(*SHAPE), quantiser=4, parameter=101),
        lambda: image(symbols(*SHAPE), quantiser=4, parameter=0),
        lambda: image(symbols(*SHAPE), quantiser=4, entropy=0),
        lambda: _core.Tables.build([(4, 2, None, np.ones((3, 65536), np.int64))]),
        lambda: variable_rate_bytes(log_gains=np.zeros((2, 2), np.float32)),
        lambda: variable_rate_bytes(log_gains=np.zeros(3, np.float32)),
        lambda: variable_rate_bytes(log_gains=np.full((2, 3), np.nan, np.float32)),
        lambda: variable_rate_bytes(rounding=np.full((2, 3), 63, np.uint8)),
        lambda: variable_rate_bytes(streams=[(101, symbols(1, *SHAPE))]),
        lambda: variable_rate_bytes(streams=[(-1, symbols(1, *SHAPE))]),
        lambda: variable_rate_bytes(streams=[(50, symbols(*SHAPE))]),
        lambda: variable_rate_bytes(static_bands=3),
        lambda: variable_rate_bytes(static_bands=-1),
        lambda: variable_rate_bytes(context_bands=9),
        lambda: image(symbols(*SHAPE), parameter=300),
        lambda: image(symbols(*SHAPE), parameter=-1),
        lambda: image(symbols(*SHAPE), quantiser=0, side_information=np.array([0.1], np.float32)),
        lambda: _core.write_image(b"abc", 40, 32, 3, 2, 0, NO_SIDE_INFORMATION, symbols(*SHAPE), None),
        lambda: _core.write_image(b"abcd", 40, 32, 3, 2, 1, NO_SIDE_INFORMATION, symbols(*SHAPE), None),
        lambda: _core.write_image(b"abcd", 40, 32, 3, 2, 0, NO_SIDE_INFORMATION, symbols(*SHAPE), None, tile=-1),
        lambda: _core.write_image(
            b"abcd", 40, 32, 3, 2, 0, NO_SIDE_INFORMATION, symbols(*SHAPE), None, chunks=[(4, b"names")]
        ),
        lambda: _core.write_image(
            b"abcd", 40, 32, 3, 2, 0, NO_SIDE_INFORMATION, symbols(*SHAPE), None, chunks=[(256, b"")]
        ),
        lambda: _core.Tables.build([(0, 2, None, np.full((3, 4), -1))]),
        lambda: _core.Tables.build([(0, 2, None, np.ones((3, 5), np.int64))]),
        lambda: _core.Tables.build([(0, 2, None, np.ones((3, 4), np.int64))], {(1, 2): [symbols(1, *SHAPE)]}),
        lambda: _core.Tables.build([(0, 2, None, np.ones((3, 4), np.int64))], {(0, 2): [symbols(*SHAPE)]}),
        lambda: _core.Tables.build([(0, 2, None, np.ones((2, 4), np.int64))], {(0, 2): [symbols(1, *SHAPE)]}),
        lambda: _core.kmeans(np.array([np.nan], np.float32), 2),
        lambda: _core.kmeans(np.ones((2, 2), np.float32), 2),
        lambda: _core.nearest(np.ones(2, np.float32), np.array([1, 0], np.float32)),
    ],
)
def test_an_impossible_argument_is_a_value_error(call):
    with pytest.raises(ValueError):
        call()


def test_another_dtype_is_a_type_error():
    with pytest.raises(TypeError):
        image(symbols(*SHAPE).astype(np.int32))


def test_rows_of_frequencies_sum_to_the_total():
    frequencies = TABLES.frequencies(3, 2)
    assert frequencies.shape == (3, 4)
    assert (frequencies.sum(axis=1) == 2**16).all()


@pytest.mark.parametrize("clusters", [2, 4, 32])
def test_kmeans_is_as_good_as_scikit_learns(clusters):
    values = np.maximum(np.random.default_rng(2).laplace(size=3000), 0).astype(np.float32)
    centroids = _core.kmeans(values, clusters)
    error = ((values - centroids[_core.nearest(values, centroids)]) ** 2).mean()
    with threadpool_limits(1):
        theirs = KMeans(clusters, n_init=3, random_state=0).fit(values[:, None]).inertia_ / len(values)
    assert error <= 1.01 * theirs
    np.testing.assert_array_equal(centroids, centroids.astype(np.float16))


def test_other_threads_run_while_the_extension_works():
    values = np.random.default_rng(3).normal(size=2_000_000).astype(np.float32)
    worker = threading.Thread(target=_core.kmeans, args=(values, 8))
    start = last = time.perf_counter()
    longest = 0.0
    worker.start()
    while worker.is_alive():
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    # With the GIL held all the while, this thread would have stood still for nearly the whole time.
    assert longest < (time.perf_counter() - start) / 2
