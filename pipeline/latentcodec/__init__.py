"""Learned image compression: pictures to small files and back, with trained networks that come as bundles.

    import latentcodec

    codec = latentcodec.open("photo-v3")              # a bundle: its name, model id or folder
    data = codec.encode("photo.jpg", quality=60)      # the bytes of a .ltc file
    latentcodec.info(data)["bpp"]                     # bits of the whole file per pixel
    latentcodec.decode(data).save("photo.png")
    latentcodec.decode_region(data, (0, 0, 64, 64))   # of a large picture, only the tiles that it takes
    latentcodec.thumbnail(data)                       # an eighth of it, without the network
    list(codec.encode_batch(["a.jpg", "b.png"]))      # several at once, on all cores
    latentcodec.encode("scan.png", lossless=True)     # every pixel as it is
    latentcodec.Pack("digits.ltcp")[7]                # a pack as a data set

A file names the model it was encoded with, so ``decode`` finds the bundle itself: among those released with the
package, then in the folders of the environment variable ``LATENTCODEC_BUNDLES``, then among those that
``latentcodec bundles add`` has added.
"""

from importlib.metadata import version

from latentcodec.api import decode, decode_array, decode_region, encode, info, open, pack_names, thumbnail, verify
from latentcodec.bundle.bundle import Bundle, load_bundle, write_bundle
from latentcodec.codec import Codec
from latentcodec.errors import (
    BundleError,
    ChecksumError,
    FormatError,
    LatentCodecError,
    LimitError,
    LossWarning,
    TruncatedError,
    UnknownModelError,
)
from latentcodec.pack import Pack

__version__ = version("latentcodec")

__all__ = [
    "Bundle",
    "BundleError",
    "ChecksumError",
    "Codec",
    "FormatError",
    "LatentCodecError",
    "LimitError",
    "LossWarning",
    "Pack",
    "TruncatedError",
    "UnknownModelError",
    "__version__",
    "decode",
    "decode_array",
    "decode_region",
    "encode",
    "info",
    "load_bundle",
    "open",
    "pack_names",
    "thumbnail",
    "verify",
    "write_bundle",
]
