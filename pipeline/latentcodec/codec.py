"""The codec: one bundle's transform and the entropy coder, from pictures to files and back.

    picture -> pixels -> latents -> symbols -> .ltc
    .ltc -> symbols -> latents -> pixels -> picture

The symbols that a file decodes to are integers from Rust, the same on every machine, provider and number of threads.
The networks compute in float32, so decoded pixels may differ by a level between machines. A lossless bundle has neither
networks nor a quantiser: its symbols are the pixels.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial
from numbers import Integral
from typing import Any, SupportsIndex, Unpack

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from latentcodec import importance
from latentcodec._core import ImageFile, PackFile
from latentcodec.bundle.bundle import Bundle
from latentcodec.container import chunks
from latentcodec.container.header import planes_and_depth, planes_number
from latentcodec.container.names import appended_names, names_chunk, picture_numbers
from latentcodec.container.read import MAX_PIXELS, Data, read_file, read_image, read_pack, read_start
from latentcodec.container.symbols import read_blocks, read_symbols
from latentcodec.container.write import ImageLayout, PackLayout
from latentcodec.errors import TruncatedError
from latentcodec.importance import Offsets
from latentcodec.parallel import OnError, batch
from latentcodec.pictures import write as output
from latentcodec.pictures.lossless import only_visible, read_lossless
from latentcodec.pictures.read import Picture, luma, read_all_for_pack, read_picture, warn_dropped
from latentcodec.pictures.write import Box
from latentcodec.progress import Progress, listener, part, unheard
from latentcodec.settings import (
    CodingOptions,
    EncodeOptions,
    Settings,
    Target,
    check_names,
    check_picture_options,
    quality_steps,
    resolve,
    tile_in_latents,
)
from latentcodec.targets import Candidate, reach
from latentcodec.transform.thumbnails import SCALE, Thumbnailer
from latentcodec.transform.transform import LearnedTransform, open_transform
from latentcodec.transform.windows import window_of_box

BLOCK = 64
"""Pictures per block of a pack, unless told: one of them costs the decoding of a block."""

_NETWORK = 0.9
"""Of the time that a picture takes, about the share of the network."""


class Codec:
    """Encodes and decodes with one bundle. Threads may share it; it can be pickled, by its bundle.

    Args:
        bundle: from ``load_bundle``; ``latentcodec.open`` finds and loads one by its name.
        provider: "cpu", "cuda" or "auto" (CUDA where a driver finds a device, else the CPU). The first picture raises
            LatentCodecError where "cuda" does not become active.
        threads: for ONNX Runtime on the CPU; 0 means all cores.

    Raises:
        ValueError: another provider, or a number of threads below 0 or above 256.
        LatentCodecError: "cuda" on a machine that has none.
    """

    def __init__(self, bundle: Bundle, *, provider: str = "auto", threads: int = 0) -> None:
        self.bundle = bundle
        self.transform = open_transform(bundle, provider, threads)
        self._provider, self._threads = provider, threads

    def __repr__(self) -> str:
        return f"<Codec {self.bundle.name} {self.bundle.model_id.hex()}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(Codec, provider=self._provider, threads=self._threads), (self.bundle,)

    @property
    def provider(self) -> str:
        """ "cuda" or "cpu": what in fact runs the networks; "cpu" for a lossless bundle, which has none."""
        return self.transform.provider

    def encode(self, picture: Picture, *, progress: Progress | None = None, **options: Unpack[EncodeOptions]) -> bytes:
        """Encode one picture as a .ltc file; the same picture always gives the same bytes.

        Args:
            picture: a path, the bytes of a picture's file, an open binary file, a Pillow image, or an array uint8
                (uint16: scaled) of shape (H, W), (H, W, 1), (H, W, 2), (H, W, 3) or (H, W, 4). It is turned upright as
                its EXIF orientation says, and converted to grey for a grey bundle. What a file cannot keep is said
                (``LossWarning``). A lossless bundle takes what is grey with 8 bits a sample, or RGB of three equal
                planes, and gives back every level as grey (a bilevel picture's as 0 and 255); one for any picture
                takes what Pillow shows without loss, uint16 as it is, and gives back mode and levels.
            progress: is told how far the coding of a large picture is, by ``progress(share)`` with a share that rises
                from 0 to 1, on the caller's thread; what it raises ends the encoding.
            options: ``latentcodec.settings.EncodeOptions``: a quality (50 unless told), or a quantiser with its bits,
                or a target; an entropy model; tiles; metadata.

        Raises:
            ValueError: settings that the bundle does not offer, a target that none of its qualities meets, or a
                picture that it cannot code: no pixels, 32 bits a sample, a wrong size for a bundle that has only one,
                floats or CMYK for a lossless one, colours or 16 bits for one that is grey.
            OSError: the picture's file is missing or broken, or that of the importance map.
            LimitError: the picture's file is larger than Pillow allows (``Image.MAX_IMAGE_PIXELS`` twice over).
            BundleError: the networks do not work.
        """
        check_names(options, EncodeOptions)
        facts, tell = self.bundle.facts, listener(progress)
        goal = resolve(facts, options)
        check_picture_options(facts, options)
        if facts.any_picture and isinstance(goal, Settings):
            return self._encode_lossless(picture, goal, options, tell)
        parts = read_picture(picture, facts.colour, lossless=facts.lossless)
        height, width = parts.pixels.shape[:2]
        importance_map = options.get("importance")
        cells = None if importance_map is None else importance.offsets_of(importance_map, width, height)
        layout = ImageLayout(
            self.bundle.model_id, width, height, grey=parts.grey and facts.colour == "RGB",
            chunks=parts.chunks(options.get("metadata", "all")) + importance.chunk(cells) + _origin(options),
            tile=tile_in_latents(facts.stride, options.get("tile"), width * height),
        )  # fmt: skip
        everywhere = (0, 0, *facts.latent_shape(height, width)[1:])
        data = self._encode(parts.pixels[None], goal, layout, self._offsets(cells, everywhere), tell)
        warn_dropped(picture, parts.dropped)
        return data

    def decode(self, data: Data, *, max_pixels: int = MAX_PIXELS, progress: Progress | None = None) -> Image.Image:
        """Decode a .ltc file: a Pillow image in mode L, LA, RGB or RGBA, with its metadata in its ``info``; without
        loss also in mode 1, P or I;16, as the picture was.

        Args:
            data: its bytes, its path, an open binary file, or what ``read_image`` has parsed.
            max_pixels: refuse a file that declares more, before anything of that size is allocated.
            progress: is told how far the decoding is, as for ``encode``.

        Raises:
            FormatError, TruncatedError, ChecksumError: no .ltc file, or a damaged one.
            UnknownModelError: it was encoded with another bundle.
            LimitError: it declares more than ``max_pixels``.
            BundleError: the networks do not work, or the bundle lacks what the file was coded with.
            ValueError: 16 bits a sample in colour, which Pillow has no images for; ``decode_array`` gives them.
        """
        pixels, extras = self._decode(read_image(data, max_pixels), progress=progress)
        return output.to_image(pixels, extras)

    def decode_array(
        self, data: Data, box: Box | None = None, *, max_pixels: int = MAX_PIXELS, progress: Progress | None = None
    ) -> NDArray[np.uint8]:
        """What ``decode`` gives, or with a box ``decode_region``, as uint8 (H, W), (H, W, 2), (H, W, 3) or (H, W, 4),
        of 16 bits a sample as uint16; the colours of a palette in place of their numbers.

        Args:
            data, max_pixels, progress: as for ``decode``.
            box: as for ``decode_region``; None: the whole picture.
        """
        pixels, extras = self._decode(read_image(data, max_pixels), box, progress)
        return output.to_array(pixels, extras)

    def decode_region(
        self, data: Data, box: Box, *, max_pixels: int = MAX_PIXELS, progress: Progress | None = None
    ) -> Image.Image:
        """Decode a part of a .ltc file: what ``decode(data).crop(box)`` gives, within one level, or exactly that of a
        lossless one.

        Of a tiled file only the tiles are read that the box and a halo around it touch, and the network sees no more
        than these; damage elsewhere goes unnoticed. An alpha channel is decoded whole.

        Args:
            data: as for ``decode``.
            box: (left, top, right, bottom) in pixels, right and bottom excluded, as Pillow's ``crop`` takes it; within
                the picture.
            max_pixels: as for ``decode``: what the whole picture may declare.
            progress: as for ``decode``.

        Raises:
            ValueError: a box that is empty or reaches out of the picture; otherwise as ``decode``.
        """
        pixels, extras = self._decode(read_image(data, max_pixels), box, progress)
        return output.to_image(pixels, extras)

    def thumbnail(self, data: Data, *, partial: bool = False, max_pixels: int = MAX_PIXELS) -> Image.Image:
        """The picture of a .ltc file at an eighth of its width and height, rounded up, in 8 bits a sample: about what
        ``decode(data).reduce(8)`` gives.

        Of a variable rate only the first latent channels are read and no network runs (transform/thumbnails.py); where
        there is no such way, as of a file without loss, the whole picture is decoded.

        Args:
            data, max_pixels: as for ``decode``.
            partial: take a file that ends early, too, as one that is still on its way: it shows what there is, from
                the top down, and nothing of that is verified. Below, and of colours that are still missing, it has the
                mean of what is there.

        Raises:
            TruncatedError: the file ends before the first row of the picture does, or ends early and its bundle has no
                variable rate; otherwise as ``decode``.
        """
        image, whole = read_start(data, max_pixels) if partial else (read_image(data, max_pixels), True)
        if self._thumbnailer is None:
            if not whole:
                raise TruncatedError(f"the file is damaged or cut, and bundle {self.bundle.name} shows no part of one")
            return output.reduced(self.decode_array(image, max_pixels=max_pixels), SCALE)
        self.bundle.check_file(image)
        shape = self._shape(image)
        symbols, present = image.start(*shape, self._thumbnailer.channels, self.bundle.tables)
        if not present.any():
            raise TruncatedError("the file ends before the first row of its picture: there is nothing to show yet")
        settings = self._settings(image, (0, 0, *shape[1:]))
        pixels = self._thumbnailer.picture(settings.qualities, symbols, present, image.height, image.width)
        extras = output.read_extras(image).reduce(SCALE)
        return output.to_image(luma(pixels) if image.grey else pixels, extras)

    def encode_batch(
        self,
        pictures: Iterable[Picture],
        *,
        workers: int = 0,
        on_error: OnError = "raise",
        **options: Unpack[EncodeOptions],
    ) -> Iterator[bytes | Exception]:
        """Encode pictures of any sizes, several at once: an iterator of .ltc files in the pictures' order.

        It is lazy: pictures are read as files are taken from it, never more than two for each worker ahead.

        Args:
            pictures: each whatever ``encode`` takes.
            workers: pictures at once, each on one thread (the codec's own ``threads`` do not count here); 0 means one
                for each core.
            on_error: "raise": what one picture raises is raised in its place, and ends the iteration. "return": the
                exception stands in its place, and the others go on.
            options: as for ``encode``; a target is for each picture by itself.

        Raises:
            ValueError: negative workers, or settings that the bundle does not offer; otherwise as ``encode``.
        """
        self.check(**options)
        return batch(partial(self._single_threaded.encode, **options), pictures, workers, on_error)

    def decode_batch(
        self,
        files: Iterable[Data],
        *,
        workers: int = 0,
        on_error: OnError = "raise",
        max_pixels: int = MAX_PIXELS,
    ) -> Iterator[Image.Image | Exception]:
        """Decode .ltc files, several at once: an iterator of pictures in the files' order, as lazy as ``encode_batch``.

        Args:
            files: each whatever ``decode`` takes.
            workers, on_error: as for ``encode_batch``.
            max_pixels: as for ``decode``.

        Raises:
            ValueError: negative workers; otherwise as ``decode``.
        """
        decode = partial(self._single_threaded.decode, max_pixels=max_pixels)
        return batch(decode, files, workers, on_error)

    def encode_pack(
        self,
        pictures: NDArray[np.uint8] | Sequence[Picture],
        *,
        names: Sequence[str] | None = None,
        block: int = BLOCK,
        **options: Unpack[CodingOptions],
    ) -> bytes:
        """Encode pictures of one size as a .ltcp file; the quantiser's side information belongs to all of them.

        Args:
            pictures: uint8 (N, H, W, 3) or (N, H, W), or a sequence of whatever ``encode`` takes. They come back grey
                if all of them are. Nothing but the pixels is kept, which is said (``LossWarning``).
            names: one for each picture, all different; they are kept in the file.
            block: pictures per block. Each block can be decoded alone, and costs a checksum and a fresh coder.
            options: ``latentcodec.settings.CodingOptions``; a target is of the whole pack, over all of its pictures.

        Raises:
            ValueError: no pictures, pictures of several sizes or with transparency, names that do not fit them, a
                block smaller than 1; otherwise as ``encode``.
        """
        check_names(options, CodingOptions)
        if not isinstance(block, Integral) or block < 1:
            raise ValueError(f"block is a number of pictures, 1 or more, not {block!r}")
        facts = self.bundle.facts
        goal = resolve(facts, options)
        pixels = read_all_for_pack(pictures, facts.colour, lossless=facts.lossless)
        count, height, width = pixels.shape[:3]
        if facts.any_picture and isinstance(goal, Settings):
            goal = replace(goal, parameter=planes_number(1 if pixels.ndim == 3 else 3, 8))
        grey = facts.colour == "RGB" and pixels.ndim == 3
        layout = PackLayout(self.bundle.model_id, width, height, grey, names_chunk(names, count), block)
        return self._encode(pixels, goal, layout)

    def decode_pack(
        self, data: Data, indices: Iterable[SupportsIndex | str] | None = None, *, max_pixels: int = MAX_PIXELS
    ) -> NDArray[np.uint8]:
        """Decode pictures of a .ltcp file: uint8 (n, H, W, 3) or, if they are grey, (n, H, W).

        Args:
            data: its bytes, its path, an open binary file, or what ``read_pack`` has parsed.
            indices: which pictures, by number or name, in which order; only the blocks that hold them are read. None
                means all.
            max_pixels: bounds count x width x height of the whole pack.

        Raises:
            IndexError: the pack has no such picture; otherwise as ``decode``.
        """
        pack = read_pack(data, max_pixels)
        self.bundle.check_file(pack)
        numbers = picture_numbers(pack, indices)
        pictures = np.empty((len(numbers), *self.picture_shape(pack)), np.uint8)
        shape = self._shape(pack)
        for positions, symbols in read_blocks(pack, numbers, shape, self.bundle.tables):
            pixels = self._pixels(pack, Settings.from_file(pack), symbols, (0, 0, pack.width, pack.height))
            pictures[positions] = np.stack([luma(picture) for picture in pixels]) if pack.grey else pixels
        return pictures

    def append_pack(
        self,
        data: Data,
        pictures: NDArray[np.uint8] | Sequence[Picture],
        names: Sequence[str] | None = None,
        *,
        max_pixels: int = MAX_PIXELS,
    ) -> bytes:
        """A .ltcp file with more pictures at its end: the bytes of a new file, ``data`` stays as it is.

        They are coded as those that are there: same quantiser, bits, entropy model and side information, so latents
        beyond the range of the pack's first pictures are clipped to it. Full blocks are copied without decoding them.

        Args:
            data: as for ``decode_pack``.
            pictures: as for ``encode_pack``, of the pack's size.
            names: one for each picture that is added, if and only if the pack has names.
            max_pixels: bounds count x width x height of the pack as it is.

        Raises:
            ValueError: pictures of another size, in colour for a grey pack, or names that do not fit; otherwise as
                ``encode_pack`` and ``decode_pack``.
        """
        pack = read_pack(data, max_pixels)
        self.bundle.check_file(pack)
        facts = self.bundle.facts
        pixels = read_all_for_pack(pictures, facts.colour, lossless=facts.lossless)
        if facts.any_picture and len(self.picture_shape(pack)) == 3 and pixels.ndim == 3:
            pixels = np.repeat(pixels[..., None], 3, axis=3)
        _check_alike(pack, len(self.picture_shape(pack)) == 2, pixels)
        all_names = appended_names(pack, names, len(pixels))
        latents = self.transform.analyse(pixels)
        more = self.transform.quantise(Settings.from_file(pack), latents, pack.side_information)
        return pack.append(more.symbols, all_names, self.bundle.tables, remainders=more.remainders)

    def symbols(self, data: Data, *, max_pixels: int = MAX_PIXELS) -> NDArray[np.int16]:
        """What a file decodes to before the networks: int16 (C, h, w), of a pack (N, C, h, w). Raises as ``decode``."""
        file = read_file(data, max_pixels)
        self.bundle.check_file(file)
        return read_symbols(file, self._shape(file), self.bundle.tables)

    def latents(self, data: Data, *, max_pixels: int = MAX_PIXELS) -> NDArray[np.float32]:
        """The latents that a file's symbols stand for: float32 (C, h, w), of a pack (N, C, h, w).

        Raises:
            ValueError: the bundle is lossless: it has no latents; otherwise as ``decode``.
        """
        self._require_networks()
        file = read_file(data, max_pixels)
        symbols = self.symbols(file)
        settings = Settings.from_file(file)
        if isinstance(file, ImageFile):
            settings = self._settings(file, (0, 0, *symbols.shape[1:]))
        return self.transform.dequantise(settings, symbols, file.side_information)

    def pixels(self, data: Data, *, max_pixels: int = MAX_PIXELS) -> NDArray[Any]:
        """The samples of a file without loss, as they were encoded: uint8 or uint16 (H, W[, C]), of a pack
        (N, H, W[, C]). Raises as ``decode``."""
        file = read_file(data, max_pixels)
        if isinstance(file, ImageFile):
            return self._decode(file)[0]
        return self._pixels(file, Settings.from_file(file), self.symbols(file), (0, 0, file.width, file.height))

    def picture_shape(self, pack: PackFile) -> tuple[int, ...]:
        """Of one of a pack's pictures: (H, W), or (H, W, 3)."""
        facts = self.bundle.facts
        grey = self._shape(pack)[0] == 1 if facts.any_picture else pack.grey or facts.colour == "L"
        return (pack.height, pack.width) if grey else (pack.height, pack.width, 3)

    def analyse(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Pictures uint8 (N, H, W, 3) or (N, H, W) -> latents float32 (N, C, h, w), h = ceil(H / stride).

        A bundle for RGB sees grey pictures (N, H, W) as three equal planes.

        Raises:
            ValueError: an array that does not suit the bundle, or a lossless bundle: it has no networks.
            BundleError: the network gives something else than finite latents of that shape.
        """
        self._require_networks()
        return self.transform.analyse(pictures)

    def synthesise(self, latents: NDArray[np.float32], height: int, width: int) -> NDArray[np.uint8]:
        """Latents float32 (N, C, h, w) -> pictures uint8 (N, height, width, 3), of a grey bundle (N, height, width).

        Raises:
            ValueError: latents whose shape is not that of such pictures, or a lossless bundle: it has no networks.
            BundleError: the network gives something else than finite pictures of that shape.
        """
        self._require_networks()
        channels, rows, columns = self.bundle.facts.latent_shape(height, width)
        if latents.ndim != 4 or latents.shape[1:] != (channels, rows, columns):
            raise ValueError(
                f"latents of {width}x{height} pictures have shape (N, C, h, w) = (N, {channels}, {rows}, {columns}), "
                f"not {latents.shape}"
            )
        return self.transform.synthesise(latents, (0, 0, width, height))

    def check(self, **options: Unpack[EncodeOptions]) -> None:
        """ValueError unless the bundle offers what these options ask for; TypeError for an option that there is not."""
        check_names(options, EncodeOptions)
        check_picture_options(self.bundle.facts, options)
        resolve(self.bundle.facts, options)

    def _encode(
        self,
        pixels: NDArray[np.uint8],
        goal: Settings | Target,
        layout: ImageLayout | PackLayout,
        offsets: Offsets | None = None,
        progress: Progress = unheard,
    ) -> bytes:
        """The file of pictures uint8 (N, H, W[, 3]) with these settings, or with those that reach the target;
        ``offsets``: of the quality of each latent, (h, w)."""
        progress(0)
        analysed = 0 if self.bundle.facts.lossless else _NETWORK
        latents, coding = self.transform.analyse(pixels, part(progress, 0, analysed)), part(progress, analysed, 1)
        if isinstance(goal, Settings) and isinstance(layout, ImageLayout):
            layout = replace(layout, progress=coding)
        code = partial(Candidate, self.transform, self.bundle.tables, layout, pixels, latents)
        if isinstance(goal, Settings):
            data = code(replace(goal, offsets=offsets)).data
        else:
            data = reach(goal, quality_steps(self.bundle.facts, goal.entropy, offsets), code, coding).data
        progress(1)
        return data

    def _encode_lossless(self, picture: Picture, goal: Settings, options: EncodeOptions, progress: Progress) -> bytes:
        """The smallest file of the picture's forms."""
        parts = read_lossless(picture)
        if options.get("alpha_only_visible"):
            parts.samples = only_visible(parts.samples)
        height, width = parts.samples.shape[:2]
        tile = tile_in_latents(1, options.get("tile"), width * height)
        metadata_chunks, files = parts.metadata_chunks(options.get("metadata", "all")), []
        forms = list(parts.forms())
        for number, form in enumerate(forms):
            all_chunks = sorted([*metadata_chunks, *form.chunks]) + _origin(options)
            layout = ImageLayout(self.bundle.model_id, width, height, grey=False, chunks=all_chunks, tile=tile)
            tell = part(progress, number / len(forms), (number + 1) / len(forms))
            files.append(self._encode(form.samples[None], replace(goal, parameter=form.planes), layout, progress=tell))
        warn_dropped(picture, parts.dropped)
        return min(files, key=len)

    def _shape(self, file: ImageFile | PackFile) -> tuple[int, int, int]:
        """(C, h, w) of the symbols of one of a file's pictures."""
        channels, rows, columns = self.bundle.facts.latent_shape(file.height, file.width)
        return (
            planes_and_depth(file.quantiser, file.parameter)[0] if self.bundle.facts.lossless else channels,
            rows,
            columns,
        )

    def _decode(
        self, image: ImageFile, box: Box | None = None, progress: Progress | None = None
    ) -> tuple[NDArray[np.uint8], output.Extras]:
        """The pixels of a box or of the whole picture, and what the file holds besides."""
        self.bundle.check_file(image)
        facts, tell = self.bundle.facts, listener(progress)
        shape = self._shape(image)
        extras = output.read_extras(image)
        box = (0, 0, image.width, image.height) if box is None else box
        output.check_box(box, image.width, image.height)
        extras = extras.crop(box)
        window, inner = window_of_box(box, facts.stride, facts.halo, *shape[1:])
        tell(0)
        if facts.lossless:
            pixels = image.pixels(*window, self.bundle.tables, progress=tell)
            pixels = pixels if pixels.shape[2] > 1 else pixels[..., 0]
        else:
            symbols = image.window(*shape, *window, self.bundle.tables, progress=part(tell, 0, 1 - _NETWORK))
            settings, synthesis = self._settings(image, window), part(tell, 1 - _NETWORK, 1)
            pixels = self._pixels(image, settings, symbols[None], inner, synthesis)[0]
        tell(1)
        return (luma(pixels) if image.grey else pixels), extras

    def _settings(self, image: ImageFile, window: Box) -> Settings:
        """How a window of latents, (top, left, bottom, right), was quantised."""
        return replace(Settings.from_file(image), offsets=self._offsets(importance.of_file(image), window))

    def _pixels(
        self,
        file: ImageFile | PackFile,
        settings: Settings,
        symbols: NDArray[np.int16],
        box: Box,
        progress: Progress = unheard,
    ) -> NDArray[np.uint8]:
        """The pixels uint8 (N, H, W[, 3]) of a box on those that a file's symbols (N, C, h, w) stand for."""
        latents = self.transform.dequantise(settings, symbols, file.side_information)
        return self.transform.synthesise(latents, box, progress)

    def _offsets(self, cells: Offsets | None, window: Box) -> Offsets | None:
        """The offsets of the latents in a window, (top, left, bottom, right)."""
        return None if cells is None else importance.at_latents(cells, self.bundle.facts.stride, window)

    def _require_networks(self) -> None:
        if self.bundle.facts.lossless:
            raise ValueError(f"bundle {self.bundle.name} is lossless: it has no networks")

    @cached_property
    def _thumbnailer(self) -> Thumbnailer | None:
        """What makes small pictures of a file's first channels, if the bundle's decoder is nearly linear."""
        facts = self.bundle.facts
        if not facts.variable_rate or facts.stride % SCALE or not isinstance(self.transform, LearnedTransform):
            return None
        thumbnailer = Thumbnailer(facts, self.transform)
        return thumbnailer if thumbnailer.linear else None

    @cached_property
    def _single_threaded(self) -> "Codec":
        """This codec with one thread for a picture: several pictures at once then keep all cores busy."""
        return Codec(self.bundle, provider=self._provider, threads=1)


def _origin(options: EncodeOptions) -> list[tuple[int, bytes]]:
    origin = options.get("origin")
    return [(chunks.ORIGIN, origin)] if origin else []


def _check_alike(pack: PackFile, grey: bool, pixels: NDArray[np.uint8]) -> None:
    """ValueError unless pictures (N, H, W[, 3]) can be appended to the pack without loss of colour."""
    if pixels.shape[1:3] != (pack.height, pack.width):
        raise ValueError(f"the pack's pictures are {pack.width}x{pack.height}, not {pixels.shape[2]}x{pixels.shape[1]}")
    if grey and pixels.ndim == 4:
        raise ValueError("the pack is grey: pictures in colour would lose it")
