"""A bundle's two networks at work: pictures to latents (analysis) and back (synthesis).

Small pictures of one size go through together, large ones in windows (windows.py): besides what goes in and what comes
out, nothing of a large picture's size is allocated.
"""

import itertools
import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentcodec.bundle.bundle import Bundle
from latentcodec.bundle.facts import CHANNELS, Facts
from latentcodec.errors import BundleError
from latentcodec.pictures.read import pad
from latentcodec.pictures.write import Box
from latentcodec.progress import Progress, in_turn, unheard
from latentcodec.transform import sessions
from latentcodec.transform.windows import WINDOW, Span, spans

_ENDS = {"encoder.onnx": ("image", "latents"), "decoder.onnx": ("latents", "image")}


class Networks:
    """Runs ``encoder.onnx`` and ``decoder.onnx``; a session is made when it is first needed. Threads may share it."""

    def __init__(self, bundle: Bundle, provider: str, threads: int) -> None:
        sessions.choose(provider)  # so that a machine without CUDA says so before any work is done
        self._bundle = bundle
        self._provider = provider
        self._threads = threads
        self._sessions: dict[str, Any] = {}
        self._lock = threading.Lock()

    @property
    def provider(self) -> str:
        """ "cuda" or "cpu": what in fact runs the networks."""
        return sessions.active_provider(self._session("decoder.onnx"))

    def analyse(self, pictures: NDArray[np.uint8], progress: Progress = unheard) -> NDArray[np.float32]:
        """uint8 (N, H, W, 3) or (N, H, W) -> float32 (N, C, h, w), h = ceil(H / stride), padded by the edge.

        A network for RGB sees grey pictures (N, H, W) as three equal planes.

        Raises:
            ValueError: an array that does not suit the bundle's colour mode, or its one size.
            BundleError: the network gives something else than finite latents of the stated shape.
        """
        facts = self._bundle.facts
        _check_pictures(pictures, facts)
        stride = facts.stride
        shape = facts.latent_shape(*pictures.shape[1:3])
        latents = np.empty((len(pictures), *shape), np.float32)
        windows = self._windows("encoder.onnx", len(pictures), (0, shape[1]), (0, shape[2]), shape)
        for part, rows, columns in in_turn(windows, progress):
            pixels = pictures[part, _pixels(rows, stride), _pixels(columns, stride)]
            window = pad(pixels, (rows.high - rows.low) * stride, (columns.high - columns.low) * stride)
            size = (len(window), *_outer(shape, rows, columns))
            computed = self._run("encoder.onnx", _planes(window, CHANNELS[facts.colour]), size)
            latents[part, :, rows.start : rows.stop, columns.start : columns.stop] = computed[
                :, :, rows.inner, columns.inner
            ]
        return latents

    def synthesise(self, latents: NDArray[np.float32], box: Box, progress: Progress = unheard) -> NDArray[np.uint8]:
        """float32 (N, C, h, w) -> the pixels of ``box``: uint8 (N, bottom - top, right - left[, 3]).

        The box lies on the latents' own h * stride x w * stride pixels. A whole picture is (0, 0, width, height);
        of a picture's part, as much of the latents around it must be given as the halo takes.

        Raises:
            BundleError: the network gives something else than finite pictures of the stated shape.
        """
        facts = self._bundle.facts
        stride, channels = facts.stride, CHANNELS[facts.colour]
        left, top, right, bottom = box
        cells_down, cells_across = (top // stride, -(-bottom // stride)), (left // stride, -(-right // stride))
        pictures = np.empty((len(latents), bottom - top, right - left, channels), np.uint8)
        shape = latents.shape[1], latents.shape[2], latents.shape[3]
        windows = self._windows("decoder.onnx", len(latents), cells_down, cells_across, shape)
        for part, rows, columns in in_turn(windows, progress):
            window = np.ascontiguousarray(latents[part, :, rows.outer, columns.outer], np.float32)
            size = (len(window), channels, (rows.high - rows.low) * stride, (columns.high - columns.low) * stride)
            planes = self._run("decoder.onnx", window, size)
            down, placed_down = _overlap(rows, top, bottom, stride)
            across, placed_across = _overlap(columns, left, right, stride)
            levels = planes[:, :, down, across]  # in place from here on: a window's pixels are no small thing
            np.clip(levels, 0, 1, out=levels)
            levels *= 255
            np.rint(levels, out=levels)
            for channel in range(channels):  # far faster than moving the axis
                pictures[part, placed_down, placed_across, channel] = levels[:, channel]
        return pictures if facts.colour == "RGB" else pictures[..., 0]

    def _windows(
        self, name: str, count: int, down: tuple[int, int], across: tuple[int, int], shape: tuple[int, int, int]
    ) -> list[tuple[slice, Span, Span]]:
        """Which of ``count`` pictures, which rows and which columns of cells go through a network together."""
        facts = self._bundle.facts
        pixels = WINDOW[sessions.active_provider(self._session(name))]
        # One cell more, since a region of so many pixels seldom starts where a cell does.
        side = pixels // facts.stride + 1 if facts.image_size is None else max(shape[1:])
        together = max(1, pixels**2 // (shape[1] * shape[2] * facts.stride**2))
        parts = [slice(start, start + together) for start in range(0, count, together)]
        rows, columns = spans(*down, side, facts.halo, shape[1]), spans(*across, side, facts.halo, shape[2])
        return list(itertools.product(parts, rows, columns))

    def _run(self, name: str, batch: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.float32]:
        input_name, output_name = _ENDS[name]
        session = self._session(name)
        try:
            result = sessions.run(session, input_name, batch, output_name)
        except Exception as error:  # ONNX Runtime's exceptions have no common base of their own
            raise BundleError(f"{self._label(name)} failed: {error}") from error
        if not isinstance(result, np.ndarray) or result.shape != shape or result.dtype != np.float32:
            found = f"{result.dtype} {result.shape}" if isinstance(result, np.ndarray) else type(result).__name__
            raise BundleError(f"{self._label(name)} gave {found} where float32 {shape} was due")
        if not np.isfinite(result).all():
            raise BundleError(f"{self._label(name)} gave values that are not finite (NaN or infinity)")
        return result

    def _session(self, name: str) -> Any:
        with self._lock:
            if name not in self._sessions:
                session = sessions.open_session(
                    self._bundle.networks[name],
                    provider=self._provider,
                    threads=self._threads,
                    label=self._label(name),
                )
                input_name, output_name = _ENDS[name]
                ends = [[end.name for end in side] for side in (session.get_inputs(), session.get_outputs())]
                if ends != [[input_name], [output_name]]:
                    raise BundleError(
                        f"{self._label(name)} leads from {ends[0]} to {ends[1]}, not {input_name!r} to {output_name!r}"
                    )
                self._sessions[name] = session
            return self._sessions[name]

    def _label(self, name: str) -> str:
        return f"{name} of bundle {self._bundle.name}"


def _check_pictures(pictures: NDArray[np.uint8], facts: Facts) -> None:
    if facts.colour == "RGB" and pictures.ndim == 4 and pictures.shape[3] != 3:
        raise ValueError(f"pictures must have 3 channels, not {pictures.shape[3]}")
    dimensions = (3, 4) if facts.colour == "RGB" else (3,)
    if pictures.dtype != np.uint8 or pictures.ndim not in dimensions or 0 in pictures.shape:
        shapes = "(N, H, W, 3) or (N, H, W)" if facts.colour == "RGB" else "(N, H, W)"
        raise ValueError(f"pictures must be uint8 of shape {shapes}, not {pictures.dtype} {pictures.shape}")
    height, width = pictures.shape[1:3]
    if facts.image_size not in (None, (height, width)):
        expected = "{1}x{0}".format(*facts.image_size or ())
        raise ValueError(f"bundle {facts.name} codes pictures of {expected} only, not {width}x{height}")


def _planes(pictures: NDArray[np.uint8], channels: int) -> NDArray[np.float32]:
    """(N, H, W, 3) or (N, H, W) levels -> (N, channels, H, W) in [0, 1]."""
    planes = np.empty((len(pictures), channels, *pictures.shape[1:3]), np.float32)
    planes[...] = pictures[:, None] if pictures.ndim == 3 else np.moveaxis(pictures, 3, 1)
    planes /= np.float32(255)
    return planes


def _pixels(span: Span, stride: int) -> slice:
    """The pixels that a window looks at; NumPy stops at the picture's end by itself."""
    return slice(span.low * stride, span.high * stride)


def _outer(shape: tuple[int, int, int], rows: Span, columns: Span) -> tuple[int, int, int]:
    return shape[0], rows.high - rows.low, columns.high - columns.low


def _overlap(span: Span, start: int, stop: int, stride: int) -> tuple[slice, slice]:
    """What a window gives of the pixels [start, stop): where they are in its output, and where among the wanted."""
    first, last = max(span.start * stride, start), min(span.stop * stride, stop)
    return slice(first - span.low * stride, last - span.low * stride), slice(first - start, last - start)
