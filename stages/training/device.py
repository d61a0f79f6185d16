"""Which device trains, and in which precision."""

from contextlib import AbstractContextManager, nullcontext

import torch


def choose_device(name: str) -> torch.device:
    """``auto`` takes CUDA or MPS where there is one; a device asked for by name must be there."""
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return torch.device(next(kind for kind in ("cuda", "mps", "cpu") if there[kind]))
    if name not in there:
        raise SystemExit(f"params.yaml: device: {name!r} is none of auto, {', '.join(there)}")
    if not there[name]:
        raise SystemExit(f"params.yaml: device: {name} was asked for, but torch finds none here; use auto or cpu")
    return torch.device(name)


def autocast(device: torch.device, precision: str) -> AbstractContextManager:
    """``bf16`` runs convolutions in bfloat16 (half the memory traffic, weights stay float32) where that is fast;
    ``float32`` does not.
    """
    if precision not in ("bf16", "float32"):
        raise SystemExit(f"params.yaml: precision: {precision!r} is neither bf16 nor float32")
    fast = precision == "bf16" and has_fast_bfloat16(device)
    return torch.autocast(device.type, torch.bfloat16) if fast else nullcontext()


def has_fast_bfloat16(device: torch.device) -> bool:
    """Not so a processor with AVX2 but without AVX-512: float32 is several times faster there."""
    return device.type != "cpu" or torch.backends.cpu.get_cpu_capability() != "AVX2"
