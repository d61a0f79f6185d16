"""What every network is: an analysis and a synthesis transform, and the facts that a bundle must know to run them."""

from torch import Tensor, nn


class Autoencoder(nn.Module):
    def encode(self, x: Tensor) -> Tensor:
        """Pictures (B, C, H, W) float32 in [0, 1] -> latents (B, latent_channels, h, w) float32."""
        raise NotImplementedError

    def decode(self, y: Tensor) -> Tensor:
        """Latents -> pictures in [0, 1]."""
        raise NotImplementedError

    def codec_facts(self) -> dict:
        """Colour mode, the only picture size if it has one, stride, receptive field, latent channels.

        The receptive field is the largest distance, in pixels along an axis, between a pixel of the picture and a pixel
        of decode(encode(picture)) that it can change. What ``encode`` alone looks at beyond a latent's stride x stride
        cell, and what ``decode`` alone changes beyond it, are less: 11 and 12 for ``base``, 39 and 21 for ``residual``.
        """
        raise NotImplementedError
