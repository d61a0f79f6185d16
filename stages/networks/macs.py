"""What a network costs to run."""

from collections.abc import Callable

from torch import Tensor, nn


def macs(network: nn.Module, run: Callable[[Tensor], Tensor], x: Tensor) -> int:
    """Multiply-accumulates of every convolution of ``network`` while ``run(x)`` runs."""
    counted = 0

    def count(layer: nn.Module, inputs: tuple[Tensor], output: Tensor) -> None:
        nonlocal counted
        assert isinstance(layer, nn.Conv2d)
        counted += layer.weight[0].numel() * output.numel()

    hooks = [layer.register_forward_hook(count) for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    try:
        run(x)
    finally:
        for hook in hooks:
            hook.remove()
    return counted
