"""The base autoencoder of the course's codec (``ae1``, ``ae2``).

    x (3, H, W) -> conv7-128 pool -> conv5-32 pool -> conv3-16 pool -> y (16, H/8, W/8)
    y -> convT3-16 -> convT5-32 -> convT7-128 -> conv3-3 sigmoid -> x

Trained without noise it is ``ae1``; with uniform noise of one quantisation step on y, the usual stand-in for
quantisation (Balle et al. 2017, "End-to-end optimized image compression", section 3), it is ``ae2``.
"""

from torch import nn

from stages.networks.autoencoder import Autoencoder


def _conv_pool(channels_in: int, channels_out: int, kernel: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(channels_in, channels_out, kernel, padding=kernel // 2), nn.ReLU(), nn.AvgPool2d(2))


def _double(channels_in: int, channels_out: int, kernel: int) -> nn.Sequential:
    return nn.Sequential(
        nn.ConvTranspose2d(channels_in, channels_out, kernel, stride=2, padding=kernel // 2, output_padding=1),
        nn.ReLU(),
    )


class BaseAutoencoder(Autoencoder):
    latent_channels = 16

    def __init__(self) -> None:
        super().__init__()
        self.analysis = nn.Sequential(_conv_pool(3, 128, 7), _conv_pool(128, 32, 5), _conv_pool(32, 16, 3))
        self.synthesis = nn.Sequential(
            _double(16, 16, 3),
            _double(16, 32, 5),
            _double(32, 128, 7),
            nn.Conv2d(128, 3, 3, padding=1),
            nn.Sigmoid(),
        )

    def codec_facts(self) -> dict:
        return {
            "colour": "RGB",
            "image_size": None,
            "stride": 8,
            "receptive_field": 12,
            "latent_channels": self.latent_channels,
        }
