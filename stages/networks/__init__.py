"""One file per architecture. Every network has the same three things.

``encode(x)``: pictures (B, C, H, W) float32 in [0, 1] -> latents (B, latent_channels, h, w) float32;
``decode(y)``: latents -> pictures; ``codec_facts()``: what a bundle must know about the network to run it
(colour mode, stride, receptive field, latent channels).
"""

from torch import nn

from stages.networks.base import BaseAutoencoder
from stages.networks.digits import DigitsAutoencoder
from stages.networks.residual import ResidualAutoencoder

NETWORKS: dict[str, type[nn.Module]] = {
    "base": BaseAutoencoder,
    "residual": ResidualAutoencoder,
    "digits": DigitsAutoencoder,
}


def build(name: str, **options) -> nn.Module:
    """The network called ``name`` in params.yaml, with its options."""
    if name not in NETWORKS:
        raise ValueError(f"unknown network {name!r}: params.yaml may name {', '.join(NETWORKS)}")
    return NETWORKS[name](**options)
