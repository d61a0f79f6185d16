"""How ``photo`` steps: Muon for what mixes channels, Adam for the rest.

Muon (Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks") steps along the nearest
orthogonal matrix of the averaged gradient, scaled to the size of Adam's steps (Liu et al. 2025, "Muon is scalable for
LLM training", section 2.2).
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from stages.training.device import has_fast_bfloat16

MUON_MOMENTUM = 0.95
# Newton and Schulz's iteration, tuned to push singular values near 1 in five steps (Jordan et al.).
NEWTON_SCHULZ, ITERATIONS = (3.4445, -4.7750, 2.0315), 5
TRANSFORM_SHARE, GAINS_SHARE, MUON_SHARE = 0.1, 2.0, 3.0  # of the learning rate


def orthogonalised(matrices: Tensor) -> Tensor:
    """About U V' of the singular value decomposition U S V' of each of (n, rows, columns).

    bfloat16 is precise enough where it is fast.
    """
    a, b, c = NEWTON_SCHULZ
    x = matrices.bfloat16() if has_fast_bfloat16(matrices.device) else matrices
    if tall := x.shape[1] > x.shape[2]:
        x = x.mT
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(ITERATIONS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x.mT if tall else x).to(matrices.dtype)


class Muon(torch.optim.Optimizer):
    """A group of parameters for each shape, so that all matrices of a shape are one product."""

    def __init__(self, weights: Sequence[Tensor], lr: float) -> None:
        shapes = {weight.shape for weight in weights}
        alike = [[weight for weight in weights if weight.shape == shape] for shape in sorted(shapes)]
        super().__init__([{"params": group} for group in alike], {"lr": lr})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            weights = group["params"]
            gradients = torch.stack([weight.grad.flatten(1) for weight in weights])
            momentum = self.state[weights[0]].setdefault("momentum", torch.zeros_like(gradients))
            momentum.lerp_(gradients, 1 - MUON_MOMENTUM)
            steps = orthogonalised(gradients.lerp(momentum, MUON_MOMENTUM))
            size = 0.2 * max(steps.shape[1:]) ** 0.5
            shaped = [step.view_as(weight) for step, weight in zip(steps, weights, strict=True)]
            torch._foreach_add_(weights, shaped, alpha=-group["lr"] * size)


class Optimiser:
    """Both, as one. The transform that the network starts from moves slowly, the gains quickly."""

    def __init__(self, model: nn.Module, learning_rate: float) -> None:
        named = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
        transform = [weight for name, weight in named.items() if "lapped" in name]
        gains = [weight for name, weight in named.items() if ".gains." in name]
        mixing = [weight for name, weight in named.items() if not _apart(name) and _mixes_channels(weight)]
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
        for part, saved in zip(self.parts, state["parts"], strict=True):
            part.load_state_dict(saved)


def _apart(name: str) -> bool:
    """The transform moves slowly; for the rate model, half masked, Muon would take longer than all the rest."""
    return "lapped" in name or "rate_model" in name


def _mixes_channels(weight: Tensor) -> bool:
    """Whether it is a convolution from many inputs: not one channel by itself."""
    return weight.ndim == 4 and weight[0].numel() >= 64
