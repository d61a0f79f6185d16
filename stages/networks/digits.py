"""The autoencoder of the third course project, for 28x28 grey digits.

    x (1, 28, 28) -> conv3-16 s2 -> conv3-32 s2 -> linear -> y (latent_dim, 1, 1)
    y -> linear -> convT3-16 s2 -> convT3-1 s2 sigmoid -> x

The linear layers tie it to one picture size; its latents are channels at a single position.
"""

from torch import nn

from stages.networks.autoencoder import Autoencoder


class DigitsAutoencoder(Autoencoder):
    size = 28

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        self.latent_dim = latent_dim
        self.analysis = nn.Sequential(
            nn.Conv2d(1, 16, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(32 * 7 * 7, latent_dim),
            nn.Unflatten(1, (latent_dim, 1, 1)),
        )
        self.synthesis = nn.Sequential(
            nn.Flatten(),
            nn.Linear(latent_dim, 32 * 7 * 7),
            nn.ReLU(),
            nn.Unflatten(1, (32, 7, 7)),
            nn.ConvTranspose2d(32, 16, 3, stride=2, padding=1, output_padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(16, 1, 3, stride=2, padding=1, output_padding=1),
            nn.Sigmoid(),
        )

    def codec_facts(self) -> dict:
        return {
            "colour": "L",
            "image_size": [self.size, self.size],
            "stride": self.size,
            "receptive_field": 0,
            "latent_channels": self.latent_dim,
        }
