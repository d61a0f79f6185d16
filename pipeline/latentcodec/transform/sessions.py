"""ONNX Runtime sessions: which provider runs a network, and with which fixed settings.

``cpu`` and ``cuda`` are taken at their word: ``cuda`` is an error where it does not become active, since ONNX Runtime
itself would fall back to the CPU. ``auto`` is CUDA where a driver with a device is found, else the CPU.
ONNX Runtime is imported when the first session is made, which keeps `import latentcodec` quick, and with its telemetry
off, which on Linux would write files below the user's cache and look up a host.
"""

import contextlib
import ctypes
import functools
import os
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentcodec.errors import BundleError, LatentCodecError

PROVIDERS = ("auto", "cuda", "cpu")

# A search for the fastest convolution would be repeated for each new picture size, and TF32 rounds to 10 bits.
_CUDA_OPTIONS = {"cudnn_conv_algo_search": "HEURISTIC", "use_tf32": "0"}


@dataclass(frozen=True)
class Choice:
    """The provider that will be asked for ("cuda" or "cpu"), and why."""

    provider: str
    reason: str


def import_onnxruntime() -> Any:
    """The module ``onnxruntime``, imported without its telemetry unless the user's environment asks for it."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    return onnxruntime


def check_provider(provider: str) -> None:
    """ValueError unless there is one of that name."""
    if provider not in PROVIDERS:
        raise ValueError(f"unknown provider {provider!r}: there are {', '.join(PROVIDERS)}")


def choose(provider: str) -> Choice:
    """Settle "auto", "cuda" or "cpu".

    Raises:
        ValueError: another word.
        LatentCodecError: "cuda" on a machine where no session could use it.
    """
    check_provider(provider)
    if provider == "cpu":
        return Choice("cpu", "asked for")
    missing = why_no_cuda()
    if missing is None:
        return Choice("cuda", "asked for" if provider == "cuda" else "a CUDA device was found")
    if provider == "cuda":
        raise LatentCodecError(f"the CUDA provider was asked for, but {missing}")
    return Choice("cpu", missing)


@functools.cache
def why_no_cuda() -> str | None:
    """What CUDA lacks on this machine, or None. Asks the driver, not ONNX Runtime, which prints errors instead."""
    onnxruntime = import_onnxruntime()
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


def open_session(
    network: bytes | str | os.PathLike[str], *, provider: str = "auto", threads: int = 0, label: str = ""
) -> Any:
    """An ``onnxruntime.InferenceSession``.

    Args:
        network: an ONNX file, or its bytes: what runs is then what was checked.
        provider: "cpu", "cuda" or "auto".
        threads: for one operator on the CPU; 0 leaves it to ONNX Runtime, which takes every core.
        label: what errors call the network, for example "decoder.onnx of bundle photo-v3".

    Raises:
        BundleError: ONNX Runtime cannot load the network.
        LatentCodecError: "cuda" did not become active.
        OSError: the file cannot be read.
    """
    onnxruntime = import_onnxruntime()
    choice = choose(provider)
    if not isinstance(network, bytes):
        label = label or os.fspath(network)
        network = Path(network).read_bytes()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 4  # what goes wrong is raised
    # Weights in other files, which no hash of the bundle covers, are looked for where nothing is.
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", os.devnull)
    options.enable_mem_pattern = False  # a plan for each size of picture takes twice the memory, and saves no time
    providers: list[Any] = ["CPUExecutionProvider"]
    if choice.provider == "cuda":
        _preload_cuda_libraries(onnxruntime)
        providers.insert(0, ("CUDAExecutionProvider", _CUDA_OPTIONS))
    try:
        session = onnxruntime.InferenceSession(network, options, providers=providers)
    except Exception as error:  # ONNX Runtime's exceptions have no common base of their own
        raise BundleError(f"ONNX Runtime cannot load {label or 'the network'}: {error}") from error
    if choice.provider == "cuda" and "CUDAExecutionProvider" not in session.get_providers():
        failure = "ONNX Runtime could not start its CUDA provider: are the CUDA and cuDNN libraries installed?"
        if provider == "cuda":
            raise LatentCodecError(failure)
        warnings.warn(f"{failure} The CPU is used instead.", RuntimeWarning, stacklevel=2)
    return session


def run(session: Any, input_name: str, batch: NDArray[np.float32], output_name: str) -> Any:
    """What a session's network makes of a batch: its output called ``output_name``.

    On CUDA both ends are bound: one copy to the device, one back, and none while the network runs.
    """
    if active_provider(session) == "cpu":
        return session.run([output_name], {input_name: batch})[0]
    binding = session.io_binding()
    binding.bind_cpu_input(input_name, batch)
    binding.bind_output(output_name, "cuda")
    session.run_with_iobinding(binding)
    return binding.copy_outputs_to_cpu()[0]


def active_provider(session: Any) -> str:
    """ "cuda" or "cpu": the provider that runs the session's network."""
    return "cuda" if "CUDAExecutionProvider" in session.get_providers() else "cpu"


def _preload_cuda_libraries(onnxruntime: Any) -> None:
    """Find the CUDA libraries that pip installed; its messages must not mix with a file written to stdout."""
    if hasattr(onnxruntime, "preload_dlls"):
        with contextlib.redirect_stdout(sys.stderr):
            onnxruntime.preload_dlls()
