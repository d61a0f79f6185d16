"""The Rust half: entropy coder, codebooks and file formats (docs/FORMAT.md).

Quantiser ids: 0 max, 1 min_max, 2 vector, 3 vector_shared, 4 gained (a variable rate), 5 lossless, 6 planes. Entropy
ids: 0 adaptive (not for a variable rate), 1 static, 2 context (the only one for lossless and planes). `parameter` is
the bits, 1 to 8, or the whole number of a variable rate's quality, 1 to 100, with `hundredths` of it besides, 0 to 99;
or 0 for lossless; or for planes their number less one, and 0, 4 or 12 more for samples of 1, 8 or 16 bits (8 more for
those of older files). The symbols of lossless are grey levels (1, height, width), those of planes samples (planes,
height, width); their checksum stands in the file, and ChecksumError is raised if it does not match what was decoded.
Arrays must be C-contiguous and of the stated dtype; they are read without a copy and the GIL is released. Damaged files
and tables raise the errors of `latentcodec.errors`; an impossible argument raises ValueError.
"""

from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from latentcodec.progress import Progress

Symbols = NDArray[np.int16] | NDArray[np.uint8] | NDArray[np.uint16]
"""int16 (C, h, w), or pixels uint8 or uint16 (h, w, C) for lossless and planes; of a pack with that of pictures in
front."""

@final
class Tables:
    """A parsed tables.bin: immutable, to be shared between threads."""

    @staticmethod
    def parse(data: bytes) -> Tables:
        """Raises BundleError on anything wrong."""
    @staticmethod
    def build(
        entries: list[tuple[int, int, NDArray[np.float32] | None, NDArray[np.int64]]],
        streams: dict[tuple[int, int], list[NDArray[np.int16]]] = {},
        variable_rate: tuple[NDArray[np.float32], NDArray[np.uint8], list[tuple[int, NDArray[np.int16]]], int, int]
        | None = None,
        lossless: list[NDArray[np.uint8]] | None = None,
        planes: list[NDArray[np.uint8]] | None = None,
    ) -> bytes:
        """The bytes of tables.bin from (quantiser id, bits, codebook, counts), in any order.

        codebook: (2**bits,) sorted, float16-representable, for vector_shared, else None. counts: (C, 2**bits) of
        training symbols; half a count is added to each (Krichevsky and Trofimov 1981) and every row is scaled, in
        integers, to a sum of 2**16. streams: for each (quantiser id, bits) that is offered with the context coder its
        training symbols, arrays (N, C, h, w), one for each stream; the coder reads them in their order.

        variable_rate: (log_gains, rounding, streams, static_bands, context_bands). log_gains: (L, C) natural logarithms
        of gains for L levels of quality, 2 to 64; within 30, not falling. rounding: (L, C), 64 to 128, 256ths. streams:
        (quality, symbols (N, C, h, w)) as above. static_bands: 0 to 20 bands of quality with static tables of their
        own, each with at least one stream; context_bands: 0 to 8 that the context coder tells apart; 0 of either for
        no such coder.

        lossless: pictures (N, h, w) of handwriting, strokes on a background of 0 such as the digits of MNIST, that the
        coder of pixels learns from, in their order.

        planes: pictures (C, h, w) of one to four planes that the coder of planes learns from, in their order.
        """
    def continued(
        self,
        log_gains: NDArray[np.float32],
        rounding: NDArray[np.uint8],
        streams: list[tuple[int, NDArray[np.int16]]],
    ) -> bytes:
        """The bytes of a tables.bin for a variable rate whose context coder goes on from this one's state.

        It has read the streams as well, in their order; static tables stay. All three as for `build`. BundleError if
        there is no variable rate here, ValueError if something does not fit or there is no state.
        """
    def check_lossless(self, quantiser: int) -> None:
        """BundleError unless there is a coder for this quantiser without loss."""
    def pixel_costs(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Bits (N, h, w) that each pixel of grey pictures (N, h, w) costs the coder of pixels in one stream of them,
        which is as long as their sum up to the range coder's rounding. BundleError if there is no such coder."""
    def plane_costs(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Bits (C, h, w) that each sample of a picture (C, h, w) costs the coder of planes where it codes plane by
        plane, as for `pixel_costs`."""
    def gains(self) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """log_gains and rounding, each (L, C), as given to `build`; BundleError if there are none."""
    def rate_frequencies(self, quality: int) -> list[NDArray[np.uint32]]:
        """The static tables of a variable rate at a quality, channel by channel: frequencies of the symbols of -reach
        to reach, and of all beyond. BundleError if there are none."""
    def state_channels(self, quantiser: int, bits: int) -> int:
        """Channels that the context coder's state is for; BundleError if there is none."""
    def codebook(self, quantiser: int, bits: int) -> NDArray[np.float32]:
        """The shared codebook (2**bits,); BundleError if there is none."""
    def frequencies(self, quantiser: int, bits: int) -> NDArray[np.uint32]:
        """Frequencies (C, 2**bits), every row sums to 2**16; BundleError if there are none."""

def kmeans(values: NDArray[np.float32], clusters: int) -> NDArray[np.float32]:
    """Centroids (clusters,) of the 1-D values: sorted, float16-representable, deterministic; 1 to 256 clusters.

    With fewer distinct values than clusters the last one is repeated. Lloyd 1982, started from an optimal partition
    of a histogram (Wang and Song 2011).
    """

def nearest(values: NDArray[np.float32], centroids: NDArray[np.float32]) -> NDArray[np.int16]:
    """Index (n,) of the nearest of the sorted centroids for each of the values (n,); ties to the lower index."""

def ssimulacra2(original: NDArray[np.uint8], decoded: NDArray[np.uint8]) -> float:
    """SSIMULACRA2 of two pictures (H, W, 3): 100 for equal ones. Smaller sides than 8 are mirrored to 8."""

def butteraugli(original: NDArray[np.uint8], decoded: NDArray[np.uint8]) -> float:
    """butteraugli's distance of two pictures (H, W, 3), the 3-norm over all pixels, for a screen of 80 nits: 0 for
    equal ones. ValueError for a side below 8."""

def write_image(
    model: bytes,
    width: int,
    height: int,
    quantiser: int,
    parameter: int,
    entropy: int,
    side_information: NDArray[np.float32],
    symbols: Symbols,
    tables: Tables | None,
    *,
    remainders: NDArray[np.int8] | None = None,
    hundredths: int = 0,
    tile: int = 0,
    grey: bool = False,
    chunks: list[tuple[int, bytes]] = [],
    progress: Progress | None = None,
) -> bytes:
    """A .ltc file.

    side_information: the quantiser's values, float16-representable. symbols: (C, h, w) in [0, 2**bits), for a variable
    rate any, of planes of 16 bits the int16 of the same two bytes. tile: height and width of a tile in latents, 0 to
    code the picture as one stream. grey: a decoder turns its RGB into luma. chunks: (kind, bytes), kinds ascending, of
    those that docs/FORMAT.md lists. remainders: by how much the magnitude of what was quantised is larger than that of
    its symbol, (C, h, w) in 128ths of a step: the context model then chooses between symbols. progress: is told the
    share of the tiles that is done, about as often as one is; what it raises ends the work, as Ctrl-C does.
    """

def write_pack(
    model: bytes,
    width: int,
    height: int,
    quantiser: int,
    parameter: int,
    entropy: int,
    side_information: NDArray[np.float32],
    symbols: Symbols,
    block: int,
    tables: Tables | None,
    *,
    remainders: NDArray[np.int8] | None = None,
    hundredths: int = 0,
    grey: bool = False,
    chunks: list[tuple[int, bytes]] = [],
) -> bytes:
    """A .ltcp file of pictures of one size; symbols: (N, C, h, w), every `block` pictures share a stream.

    remainders: as for an image, of the symbols' shape. chunks: as for an image, and names besides.
    """

class File:
    """What every file says of itself. The sizes in bytes sum to the file's length."""

    @property
    def model(self) -> bytes: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def quantiser(self) -> int: ...
    @property
    def parameter(self) -> int:
        """The quantiser's bits, or the whole number of a variable rate's quality; 0 for lossless; of planes
        their number and depth."""
    @property
    def hundredths(self) -> int: ...
    @property
    def entropy(self) -> int: ...
    @property
    def version(self) -> int: ...
    @property
    def grey(self) -> bool: ...
    @property
    def chunks(self) -> list[tuple[int, bytes]]:
        """(kind, bytes), kinds ascending."""
    @property
    def header_bytes(self) -> int: ...
    @property
    def side_information_bytes(self) -> int: ...
    @property
    def chunk_bytes(self) -> int: ...
    @property
    def index_bytes(self) -> int: ...
    @property
    def payload_bytes(self) -> int: ...
    @property
    def checksum_bytes(self) -> int: ...

@final
class ImageFile(File):
    """A parsed .ltc file: one picture. A tile's checksum is checked when it is read."""

    @staticmethod
    def parse(data: bytes, max_pixels: int) -> ImageFile:
        """Raises FormatError, TruncatedError, ChecksumError, LimitError."""
    @staticmethod
    def parse_start(data: bytes, max_pixels: int) -> ImageFile:
        """Of a file that may be cut, for `start` alone: nothing is verified but the header and the index of tiles.
        TruncatedError if the symbols' first bytes are not there, otherwise as `parse`."""
    @property
    def side_information(self) -> NDArray[np.float32]: ...
    @property
    def tile(self) -> int:
        """Height and width of a tile in latents; 0 where one stream holds the picture."""
    @property
    def tiles(self) -> int:
        """How many tiles there are; 0 where one stream holds the picture."""
    def check_tiles(self) -> None:
        """Raises ChecksumError if a tile is damaged, without decoding any; `parse` has checked the rest."""
    def symbols(self, channels: int, rows: int, columns: int, tables: Tables | None) -> NDArray[np.int16]:
        """The symbols (C, h, w); FormatError if they were not coded so, BundleError if the tables do not fit,
        ChecksumError if a tile is damaged."""
    def start(
        self, channels: int, rows: int, columns: int, first: int, tables: Tables | None
    ) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
        """The symbols (first, rows, columns) of the first channels of a picture of a variable rate, which are coded
        first, and which of them are there: of a file that ends early, whole rows as far as its bytes settle them; the
        others are 0. ValueError for other quantisers; otherwise errors as for `symbols`."""
    def window(
        self,
        channels: int,
        rows: int,
        columns: int,
        top: int,
        left: int,
        bottom: int,
        right: int,
        tables: Tables | None,
        *,
        progress: Progress | None = None,
    ) -> NDArray[np.int16]:
        """The symbols (C, bottom - top, right - left) of a part, at least one latent, of a picture of C x rows x
        columns. Only the tiles that it touches are checked and decoded. Errors as for `symbols`; progress as for
        `write_image`."""
    def pixels(
        self,
        top: int,
        left: int,
        bottom: int,
        right: int,
        tables: Tables | None,
        *,
        progress: Progress | None = None,
    ) -> NDArray[Any]:
        """The samples of a part of a picture of lossless or planes, uint8 or, of 16 bits, uint16 (h, w, C).
        Otherwise as `window`; ValueError for other quantisers."""

@final
class PackFile(File):
    """A parsed .ltcp file: pictures of one size in blocks. A block's checksum is checked when it is read."""

    @staticmethod
    def parse(data: bytes, max_pixels: int) -> PackFile:
        """max_pixels bounds count * width * height. Raises FormatError, TruncatedError, ChecksumError, LimitError."""
    @property
    def side_information(self) -> NDArray[np.float32]: ...
    @property
    def count(self) -> int: ...
    @property
    def block(self) -> int: ...
    def symbols(
        self, block_index: int, channels: int, rows: int, columns: int, tables: Tables | None
    ) -> NDArray[np.int16]:
        """The symbols (n, C, h, w) of one block of n pictures: `block`, fewer in the last. Errors as for an image, and
        ChecksumError if the block is damaged."""
    def append(
        self,
        symbols: Symbols,
        chunks: list[tuple[int, bytes]],
        tables: Tables | None,
        *,
        remainders: NDArray[np.int8] | None = None,
    ) -> bytes:
        """A pack that holds these pictures and then those of symbols (N, C, h, w), quantised with this pack's side
        information; `chunks` stand in place of its own. Full blocks are checked and copied, a last one that is not
        full is coded again. Errors as for `symbols`."""
    @staticmethod
    def join(packs: list[PackFile], chunks: list[tuple[int, bytes]]) -> bytes:
        """A pack that holds the pictures of several, whose blocks are checked and copied; `chunks` stand in place of
        theirs. ValueError if they are not alike, or one but the last ends with a block that is not full; ChecksumError
        if a block is damaged."""
