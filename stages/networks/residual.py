"""The residual autoencoder of the second course project (``resae_v1`` with ReLU, ``resae_v2`` with Mish).

    x (3, H, W) -> [conv7-128 s2, R] -> [conv5-32 s2, R] -> [conv3-16 s2, R] -> y (16, H/8, W/8)
    y -> [convT4-32 s2, R] -> [convT4-128 s2, R] -> convT8-3 s2 sigmoid -> x

Each bracket is convolution, batch normalisation, activation and R, a residual block (He et al. 2016, "Deep residual
learning for image recognition", figure 2). Mish: Misra 2019, "Mish: a self regularized non-monotonic activation".
"""

from torch import Tensor, nn

from stages.networks.autoencoder import Autoencoder

ACTIVATIONS = {"relu": nn.ReLU, "mish": nn.Mish}


class ResidualBlock(nn.Module):
    """(B, C, H, W) -> (B, C, H, W): activation(x + two normalised 3x3 convolutions of x)."""

    def __init__(self, channels: int, activation: type[nn.Module]) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            activation(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )
        self.activation = activation()

    def forward(self, x: Tensor) -> Tensor:
        return self.activation(x + self.residual(x))


def _halve(channels_in: int, channels_out: int, kernel: int, activation: type[nn.Module]) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, kernel, stride=2, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(channels_out),
        activation(),
        ResidualBlock(channels_out, activation),
    )


def _double(channels_in: int, channels_out: int, activation: type[nn.Module]) -> nn.Sequential:
    return nn.Sequential(
        nn.ConvTranspose2d(channels_in, channels_out, 4, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(channels_out),
        activation(),
        ResidualBlock(channels_out, activation),
    )


class ResidualAutoencoder(Autoencoder):
    latent_channels = 16

    def __init__(self, activation: str) -> None:
        super().__init__()
        act = ACTIVATIONS[activation]
        self.analysis = nn.Sequential(_halve(3, 128, 7, act), _halve(128, 32, 5, act), _halve(32, 16, 3, act))
        self.synthesis = nn.Sequential(
            _double(16, 32, act),
            _double(32, 128, act),
            nn.ConvTranspose2d(128, 3, 8, stride=2, padding=3),
            nn.Sigmoid(),
        )

    def codec_facts(self) -> dict:
        return {
            "colour": "RGB",
            "image_size": None,
            "stride": 8,
            "receptive_field": 39,
            "latent_channels": self.latent_channels,
        }
