"""What the study alone computes in Rust. The deployed package neither has nor needs it.

Arrays must be C-contiguous and of the stated dtype; they are read without a copy and the GIL is released. Damaged bytes
raise the errors of `latentcodec.errors`; an impossible argument raises ValueError.
"""

from typing import final

import numpy as np
from numpy.typing import NDArray

def predict(predictor: bytes, latents: NDArray[np.int8]) -> NDArray[np.uint8]:
    """Levels (N, 28, 28) that `digits_lossless_ae` predicts from latents (N, D), in integers alone.

    A level says how dark a pixel is expected to be: 16 steps per natural unit of the logistic domain, even odds at
    128. predictor: as stages/networks/digits_lossless.py writes it; FormatError or TruncatedError if it is none.
    """

@final
class PredictedDigits:
    """A coder of digits as an autoencoder's latents and, under its prediction, exact pixels."""

    @staticmethod
    def train(
        predictor: bytes, handwriting: bool, latents: NDArray[np.int8], pixels: NDArray[np.uint8]
    ) -> PredictedDigits:
        """A coder that has read digits (N, 28, 28) with their latents (N, D), in [-8, 7], in their order.

        handwriting: beside the prediction it knows the contexts of the lossless coder of handwriting. ValueError if
        there are no whole digits, and for the predictor as `predict`.
        """
    def encode(self, latents: NDArray[np.int8], pixels: NDArray[np.uint8]) -> bytes:
        """The stream of digits (N, 28, 28) with latents (N, D), after a checksum of the pixels; ValueError as above."""
    def decode(self, digits: int, data: bytes) -> tuple[NDArray[np.int8], NDArray[np.uint8]]:
        """Latents and pixels of so many digits; FormatError, TruncatedError or ChecksumError if they were not coded
        so."""
