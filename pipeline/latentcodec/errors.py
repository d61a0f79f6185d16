"""What can go wrong, as exceptions. The Rust core raises the same ones.

Wrong arguments (a symbol out of range, a shape that does not fit) are `ValueError`.
"""


class LatentCodecError(Exception):
    """Base of every error of this package that a file or a bundle can cause."""


class FormatError(LatentCodecError):
    """The bytes are not a file of this format, or one that needs a newer release."""


class TruncatedError(LatentCodecError):
    """The bytes end before the file does."""


class ChecksumError(LatentCodecError):
    """A checksum does not match: the file is damaged or cut."""


class UnknownModelError(LatentCodecError):
    """No bundle with the model id of the file was found."""


class BundleError(LatentCodecError):
    """A bundle is damaged, incomplete, or does not fit the file."""


class LimitError(LatentCodecError):
    """The file is larger than the caller allows."""


class LossWarning(UserWarning):
    """Something of a picture cannot be kept: 16 bits a sample, CMYK, further frames ... One warning a picture."""
