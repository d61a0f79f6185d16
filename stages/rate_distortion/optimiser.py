"""How ``photo`` steps: Muon for what mixes channels, Adam for the rest.

Muon (Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks") steps along the nearest
orthogonal matrix of the averaged gradient, scaled to the size of Adam's steps (Liu et al. 2025, "Muon is scalable for
LLM training", section 2.2).
"""

from typing import Any

import torch
from torch import Tensor, nn

from stages.training.device import has_fast_bfloat16

MUON_MOMENTUM = 0.95
# Newton and Schulz's iteration, tuned to push singular values near 1 in five steps (Jordan et al.).
NEWTON_SCHULZ, ITERATIONS = (3.4445, -4.7750, 2.0315), 5
TRANSFORM_SHARE, GAINS_SHARE, MUON_SHARE = 0.1, 2.0, 3.0  # of the learning rate


def orthogonalised(matrix: Tensor) -> Tensor:
    """About U V' of the singular value decomposition U S V' of (m, n): bfloat16 is precise enough where it is fast."""
    a, b, c = NEWTON_SCHULZ
    x = matrix.bfloat16() if has_fast_bfloat16(matrix.device) else matrix
    if tall := len(x) > x.shape[1]:
        x = x.T
    x = x / (x.norm() + 1e-7)
    for _ in range(ITERATIONS):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x.T if tall else x).to(matrix.dtype)


class Muon(torch.optim.Optimizer):
    def __init__(self, weights: list[Tensor], lr: float) -> None:
        super().__init__(weights, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for weight in group["params"]:
                momentum = self.state[weight].setdefault("momentum", torch.zeros_like(weight))
                momentum.lerp_(weight.grad, 1 - MUON_MOMENTUM)
                ahead = weight.grad.lerp(momentum, MUON_MOMENTUM).flatten(1)
                size = 0.2 * max(ahead.shape) ** 0.5
                weight.add_(orthogonalised(ahead).view_as(weight), alpha=-group["lr"] * size)


class Optimiser:
    """Both, as one. The transform that the network starts from moves slowly, the gains quickly."""

    def __init__(self, model: nn.Module, learning_rate: float) -> None:
        named = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
        transform = [weight for name, weight in named.items() if "lapped" in name]
        gains = [weight for name, weight in named.items() if ".gains." in name]
        mixing: list[Tensor] = [
            weight for name, weight in named.items() if "lapped" not in name and _mixes_channels(weight)
        ]
        taken = {id(weight) for weight in transform + gains + mixing}
        rest = [weight for weight in named.values() if id(weight) not in taken]
        shares = [(rest, 1.0), (gains, GAINS_SHARE), (transform, TRANSFORM_SHARE)]
        adam: list[dict[str, Any]] = [{"params": weights, "lr": learning_rate * share} for weights, share in shares]
        self.parts = [torch.optim.Adam(adam, fused=True, betas=(0.9, 0.99)), Muon(mixing, learning_rate * MUON_SHARE)]
        self.full = [[group["lr"] for group in part.param_groups] for part in self.parts]

    def zero_grad(self) -> None:
        for part in self.parts:
            part.zero_grad()

    def step(self, pace: float) -> None:
        """With ``pace`` times the learning rates."""
        for part, rates in zip(self.parts, self.full, strict=True):
            for group, rate in zip(part.param_groups, rates, strict=True):
                group["lr"] = rate * pace
            part.step()

    def state_dict(self) -> dict:
        return {"parts": [part.state_dict() for part in self.parts]}

    def load_state_dict(self, state: dict) -> None:
        for part, of in zip(self.parts, state["parts"], strict=True):
            part.load_state_dict(of)


def _mixes_channels(weight: Tensor) -> bool:
    """Whether it is a convolution from many inputs: not one channel by itself."""
    return weight.ndim == 4 and weight[0].numel() >= 64
