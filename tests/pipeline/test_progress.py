"""Whoever waits for a large picture is told how far it is, and may end the work."""

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from make_golden import picture

import latentcodec
from latentcodec import Codec
from latentcodec.transform import windows

PIXELS = picture(90, 120)
FEWEST = 6 * 8 + 3 * 3  # tiles of 16 pixels, and windows that suit the stride


class Listener:
    """Keeps the shares that it is told."""

    def __init__(self) -> None:
        self.shares: list[float] = []

    def __call__(self, share: float) -> None:
        assert threading.current_thread() is threading.main_thread()
        self.shares.append(share)

    def check(self, fewest: int) -> None:
        """From 0 to 1, and so many at least."""
        assert self.shares[0] == 0 and self.shares[-1] == 1
        assert self.shares == sorted(self.shares) and len(set(self.shares)) >= fewest, self.shares
        self.shares.clear()


@pytest.fixture(params=["rgb", "variable_rate", "exact"])
def codec(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Codec:
    """With loss and without; networks see windows of 40 pixels."""
    monkeypatch.setitem(windows.WINDOW, "cpu", 32)
    codec: Codec = request.getfixturevalue(request.param)
    return codec


def test_encoding_and_decoding_tell_their_share_and_give_what_they_give_unheard(codec: Codec) -> None:
    listener = Listener()
    data = codec.encode(PIXELS, tile=16, progress=listener)
    listener.check(2 if codec.bundle.facts.lossless else FEWEST)
    assert data == codec.encode(PIXELS, tile=16)
    whole = codec.decode_array(data, progress=listener)
    listener.check(2 if codec.bundle.facts.lossless else FEWEST)
    assert np.array_equal(whole, codec.decode_array(data))
    assert np.array_equal(np.asarray(codec.decode(data, progress=listener)), whole)
    listener.check(2)
    box = (3, 5, 70, 80)
    assert np.array_equal(np.asarray(codec.decode_region(data, box, progress=listener)), codec.decode_region(data, box))
    listener.check(2)


def test_the_functions_that_find_a_bundle_tell_it_too(golden_found: None) -> None:
    listener = Listener()
    data = latentcodec.encode(PIXELS, bundle="tiny_rgb", tile=16, progress=listener)
    listener.check(3)
    work: list[Callable[..., Any]] = [latentcodec.decode, latentcodec.decode_array]
    for decode in [*work, lambda data, **options: latentcodec.decode_region(data, (0, 0, 30, 30), **options)]:
        decode(data, progress=listener)
        listener.check(3)


def test_a_target_tells_the_share_of_its_tries(variable_rate: Codec) -> None:
    listener = Listener()
    data = variable_rate.encode(PIXELS, target_bpp=2, progress=listener)
    listener.check(4)
    assert data == variable_rate.encode(PIXELS, target_bpp=2)


def test_one_that_is_coded_in_several_ways_tells_its_share_once(exact: Codec) -> None:
    listener, few = Listener(), PIXELS // 64 * 64
    assert exact.encode(few, tile=32, progress=listener) == exact.encode(few, tile=32)
    listener.check(3)


def test_what_is_raised_ends_the_work(codec: Codec) -> None:
    def interrupt(share: float) -> None:
        if share > 0:
            raise KeyboardInterrupt

    data = codec.encode(PIXELS, tile=16)
    with pytest.raises(KeyboardInterrupt):
        codec.encode(PIXELS, tile=16, progress=interrupt)
    with pytest.raises(KeyboardInterrupt):
        codec.decode(data, progress=interrupt)
    assert codec.encode(PIXELS, tile=16) == data


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="no such signal")
def test_a_signal_ends_the_work_after_a_tile(exact: Codec) -> None:
    large = np.tile(picture(256, 256), (4, 6, 1))

    def stop(*_: object) -> None:
        raise TimeoutError

    def took() -> float:
        started = time.process_time()  # of all threads: it grows with what is done, whatever else the machine does
        with suppress(TimeoutError):
            exact.encode(large, tile=64)
        return time.process_time() - started

    whole = took()
    before = signal.signal(signal.SIGUSR1, stop)
    timer = threading.Timer(0.02, lambda: os.kill(os.getpid(), signal.SIGUSR1))
    timer.start()
    try:
        assert took() < whole / 2
    finally:
        timer.join()
        signal.signal(signal.SIGUSR1, before)


def test_what_cannot_be_called_is_refused(codec: Codec) -> None:
    with pytest.raises(TypeError, match="progress is a function that takes the share of the work done, not 'yes'"):
        codec.encode(PIXELS, progress="yes")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="progress is a function"):
        codec.decode(codec.encode(PIXELS), progress="yes")  # type: ignore[arg-type]
