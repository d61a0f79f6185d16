"""One file per architecture. Every network has the same three things.

``encode(x)``: pictures (B, C, H, W) float32 in [0, 1] -> latents (B, latent_channels, h, w) float32;
``decode(y)``: latents -> pictures; ``codec_facts()``: what a bundle must know about the network to run it
(colour mode, the only picture size if it has one, stride, receptive field, latent channels).

The receptive field is the largest distance, in pixels along an axis, between a pixel of the picture and a pixel of
decode(encode(picture)) that it can change. What ``encode`` alone looks at beyond a latent's stride x stride cell, and
what ``decode`` alone changes beyond it, are less: 11 and 12 for ``base``, 39 and 21 for ``residual``.
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
