"""One file per architecture; autoencoder.py says what all of them are."""

from pathlib import Path

import torch

from stages.networks.autoencoder import Autoencoder
from stages.networks.base import BaseAutoencoder
from stages.networks.cars import CarsAutoencoder
from stages.networks.digits import DigitsAutoencoder
from stages.networks.photo import PhotoAutoencoder
from stages.networks.residual import ResidualAutoencoder

NETWORKS: dict[str, type[Autoencoder]] = {
    "base": BaseAutoencoder,
    "residual": ResidualAutoencoder,
    "digits": DigitsAutoencoder,
    "photo": PhotoAutoencoder,
    "cars": CarsAutoencoder,
}


def build(name: str, **options) -> Autoencoder:
    """The network called ``name`` in params.yaml, with its options."""
    if name not in NETWORKS:
        raise ValueError(f"unknown network {name!r}: params.yaml may name {', '.join(NETWORKS)}")
    return NETWORKS[name](**options)


def trained(network: dict, weights: Path) -> Autoencoder:
    """The ``network`` of a codec's block in params.yaml with what a training has left in build/<codec>/weights.pt.

    The rate model, which rate-distortion training keeps beside the network, is left out.
    """
    state = torch.load(weights, weights_only=True)
    built = build(**network)
    own = {name.removeprefix("network."): value for name, value in state.items() if not name.startswith("rate_model.")}
    built.load_state_dict(own)
    return built.eval()
