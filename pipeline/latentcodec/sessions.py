"""ONNX Runtime sessions: which provider runs a network, and with which fixed settings.

``cpu`` and ``cuda`` are taken at their word: ``cuda`` is an error where it does not become active, since ONNX Runtime
itself would fall back to the CPU. ``auto`` is CUDA where a driver with a device is found, else the CPU.
ONNX Runtime is imported when the first session is made, which keeps `import latentcodec` quick.
"""

import contextlib
import ctypes
import functools
import sys
import warnings
from dataclasses import dataclass
from typing import Any

from latentcodec.errors import BundleError, LatentCodecError

PROVIDERS = ("auto", "cuda", "cpu")

# A search for the fastest convolution would be repeated for each new picture size, and TF32 rounds to 10 bits.
_CUDA_OPTIONS = {"cudnn_conv_algo_search": "HEURISTIC", "use_tf32": "0"}


@dataclass(frozen=True)
class Choice:
    """The provider that will be asked for ("cuda" or "cpu"), whether it must become active, and why it was chosen."""

    provider: str
    required: bool
    reason: str


def choose(provider: str) -> Choice:
    """Settle "auto", "cuda" or "cpu".

    Raises:
        ValueError: another word.
        LatentCodecError: "cuda" on a machine where no session could use it.
    """
    if provider not in PROVIDERS:
        raise ValueError(f"unknown provider {provider!r}: there are {', '.join(PROVIDERS)}")
    if provider == "cpu":
        return Choice("cpu", True, "asked for")
    missing = why_no_cuda()
    if missing is None:
        return Choice("cuda", provider == "cuda", "asked for" if provider == "cuda" else "a CUDA device was found")
    if provider == "cuda":
        raise LatentCodecError(f"the CUDA provider was asked for, but {missing}")
    return Choice("cpu", True, missing)


@functools.cache
def why_no_cuda() -> str | None:
    """What CUDA lacks on this machine, or None. Asks the driver, not ONNX Runtime, which prints errors instead."""
    import onnxruntime  # type: ignore[import-untyped]

    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        return "the installed ONNX Runtime is a build without CUDA (onnxruntime-gpu has it)"
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return "no CUDA driver is installed"
    devices = ctypes.c_int(0)
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(devices)) != 0 or devices.value == 0:
        return "the CUDA driver finds no device"
    return None


def make(network: bytes, label: str, choice: Choice, threads: int) -> Any:
    """An ``onnxruntime.InferenceSession`` for a network from "image" to "latents" or back.

    Args:
        network: the ONNX file. It is loaded from memory, so that what runs is what was checked.
        label: what errors call it, for example "decoder.onnx of ae2".
        choice: from ``choose``.
        threads: for one operator on the CPU; 0 leaves it to ONNX Runtime, which takes every core.

    Raises:
        BundleError: ONNX Runtime cannot load the network.
        LatentCodecError: the provider that must become active did not.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 4  # what goes wrong is raised
    providers: list[Any] = ["CPUExecutionProvider"]
    if choice.provider == "cuda":
        _preload_cuda_libraries(onnxruntime)
        providers.insert(0, ("CUDAExecutionProvider", _CUDA_OPTIONS))
    try:
        session = onnxruntime.InferenceSession(network, options, providers=providers)
    except Exception as error:  # ONNX Runtime's exceptions have no common base of their own
        raise BundleError(f"ONNX Runtime cannot load {label}: {error}") from error
    if choice.provider == "cuda" and "CUDAExecutionProvider" not in session.get_providers():
        failure = "ONNX Runtime could not start its CUDA provider: are the CUDA and cuDNN libraries installed?"
        if choice.required:
            raise LatentCodecError(failure)
        warnings.warn(f"{failure} The CPU is used instead.", RuntimeWarning, stacklevel=2)
    return session


def active_provider(session: Any) -> str:
    """ "cuda" or "cpu": the provider that runs the session's network."""
    return "cuda" if "CUDAExecutionProvider" in session.get_providers() else "cpu"


def _preload_cuda_libraries(onnxruntime: Any) -> None:
    """Find the CUDA libraries that pip installed; its messages must not mix with a file written to stdout."""
    if hasattr(onnxruntime, "preload_dlls"):
        with contextlib.redirect_stdout(sys.stderr):
            onnxruntime.preload_dlls()
