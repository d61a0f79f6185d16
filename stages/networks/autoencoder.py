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

        The receptive field is the halo that a picture's part needs to come out as it would in the whole: how many
        pixels beyond a latent's own stride x stride cell ``encode`` looks at, or ``decode`` changes, whichever are
        more. 11 and 12 for ``base``, 39 and 21 for ``residual``; none where one cell is the whole picture.
        """
        raise NotImplementedError
