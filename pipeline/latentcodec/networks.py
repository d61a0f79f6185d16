"""A bundle's two networks at work: pictures to latents (analysis) and back (synthesis)."""

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentcodec import sessions
from latentcodec.bundle import Bundle
from latentcodec.errors import BundleError
from latentcodec.facts import CHANNELS
from latentcodec.pictures import pad

# Pictures go through a network together until their pixels exceed this: with 128 channels at full size, as the
# seeds' networks have them, that is 128 MiB of activations.
_BATCH_PIXELS = 2**18


class Networks:
    """Runs ``encoder.onnx`` and ``decoder.onnx``; a session is made when it is first needed. Threads may share it."""

    def __init__(self, bundle: Bundle, provider: str, threads: int) -> None:
        if threads < 0:
            raise ValueError(f"threads is 0 (all cores) or more, not {threads}")
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

    def analyse(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """uint8 (N, H, W, 3) or (N, H, W) -> float32 (N, C, h, w), h = ceil(H / stride), padded by the edge.

        Raises:
            ValueError: an array that does not suit the bundle's colour mode, or its one size.
            BundleError: the network gives something else than finite latents of the stated shape.
        """
        bundle = self._bundle
        shape = ("N", "H", "W", 3) if bundle.colour == "RGB" else ("N", "H", "W")
        if pictures.dtype != np.uint8 or pictures.ndim != len(shape) or 0 in pictures.shape:
            raise ValueError(f"pictures must be uint8 of shape {shape}, not {pictures.dtype} {pictures.shape}")
        if bundle.colour == "RGB" and pictures.shape[3] != 3:
            raise ValueError(f"pictures must have 3 channels, not {pictures.shape[3]}")
        height, width = pictures.shape[1:3]
        if bundle.image_size not in (None, (height, width)):
            expected = "{1}x{0}".format(*bundle.image_size or ())
            raise ValueError(f"bundle {bundle.name} codes pictures of {expected} only, not {width}x{height}")
        padded = pad(pictures, bundle.stride)
        planes = padded[:, None] if padded.ndim == 3 else np.moveaxis(padded, 3, 1)
        latents = np.empty((len(pictures), *bundle.latent_shape(height, width)), np.float32)
        for part in _batches(len(planes), padded.shape[1] * padded.shape[2]):
            batch = planes[part].astype(np.float32, order="C") / np.float32(255)
            latents[part] = self._run("encoder.onnx", batch, latents[part].shape)
        return latents

    def synthesise(self, latents: NDArray[np.float32], height: int, width: int) -> NDArray[np.uint8]:
        """float32 (N, C, h, w) -> uint8 (N, height, width[, 3]), cropped from the padded size.

        Raises:
            ValueError: latents whose shape is not that of such pictures.
            BundleError: the network gives something else than finite pictures of the stated shape.
        """
        bundle = self._bundle
        expected = bundle.latent_shape(height, width)
        if latents.ndim != 4 or latents.shape[1:] != expected:
            raise ValueError(f"latents of {width}x{height} pictures have shape (N, C, h, w) = (N, {expected[0]}, "
                             f"{expected[1]}, {expected[2]}), not {latents.shape}")  # fmt: skip
        channels = CHANNELS[bundle.colour]
        rows, columns = expected[1] * bundle.stride, expected[2] * bundle.stride
        pictures = np.empty((len(latents), height, width, channels), np.uint8)
        for part in _batches(len(latents), rows * columns):
            batch = np.ascontiguousarray(latents[part], np.float32)
            planes = self._run("decoder.onnx", batch, (len(batch), channels, rows, columns))
            levels = np.rint(np.clip(planes[:, :, :height, :width], 0, 1) * 255).astype(np.uint8)
            pictures[part] = np.moveaxis(levels, 1, 3)
        return pictures if bundle.colour == "RGB" else pictures[..., 0]

    def _run(self, name: str, batch: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.float32]:
        given, wanted = _ENDS[name]
        session = self._session(name)
        try:
            (result,) = session.run([wanted], {given: batch})
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
                given, wanted = _ENDS[name]
                ends = [[end.name for end in side] for side in (session.get_inputs(), session.get_outputs())]
                if ends != [[given], [wanted]]:
                    raise BundleError(
                        f"{self._label(name)} leads from {ends[0]} to {ends[1]}, not {given!r} to {wanted!r}"
                    )
                self._sessions[name] = session
            return self._sessions[name]

    def _label(self, name: str) -> str:
        return f"{name} of bundle {self._bundle.name}"


_ENDS = {"encoder.onnx": ("image", "latents"), "decoder.onnx": ("latents", "image")}


def _batches(count: int, pixels: int) -> list[slice]:
    """Slices of ``count`` pictures of so many pixels each."""
    step = max(1, _BATCH_PIXELS // pixels)
    return [slice(start, start + step) for start in range(0, count, step)]
