"""The Pillow plugin: after ``import latentcodec.pillow`` Pillow opens and saves .ltc files.

    import latentcodec.pillow
    from PIL import Image

    image = Image.open("photo.ltc")          # size, mode and metadata are known, nothing is decoded yet
    image.save("again.ltc", quality=60)      # options: those of latentcodec.encode
    image.save("exact.ltc", lossless=True)

Errors are Pillow's: a file of another kind is left to the other plugins, a damaged one is an ``OSError``, as is one
whose bundle is not found. How many pixels a file may declare is Pillow's ``Image.MAX_IMAGE_PIXELS``.
"""

import io
from typing import IO, Any, get_type_hints

from PIL import Image, ImageFile, ImagePalette

from latentcodec import api
from latentcodec._core import ImageFile as ParsedImage
from latentcodec.bundle.bundle import read_facts
from latentcodec.bundle.find import find_bundle
from latentcodec.container import chunks
from latentcodec.container.header import planes_and_depth
from latentcodec.container.read import NO_LIMIT, read_image
from latentcodec.errors import LatentCodecError
from latentcodec.pictures.metadata import WORDS
from latentcodec.pictures.write import read_info, read_kind, transparency_of
from latentcodec.settings import EncodeOptions

_OPTIONS = ("bundle", "lossless", "provider", "threads", *get_type_hints(EncodeOptions))


class LatentCodecImageFile(ImageFile.ImageFile):
    """A .ltc file, opened by ``Image.open``; ``load`` decodes it."""

    format = "LTC"
    format_description = "latentcodec"

    def _open(self) -> None:
        assert self.fp is not None
        try:
            file = read_image(self.fp.read(), NO_LIMIT)  # Pillow compares the size with its own limit
            mode = _mode(file)
        except LatentCodecError as error:
            raise OSError(f"cannot open the .ltc file: {error}") from error
        self._size = file.width, file.height
        self._mode = mode
        if mode == "P" and (kind := read_kind(file)):
            self.palette = ImagePalette.raw("RGB", kind[1][:, :3].tobytes())
            self.info.update(transparency_of(kind[1]))
        self.info.update(read_info(file))
        self._file: ParsedImage | None = file
        self.tile = [ImageFile._Tile("raw", (0, 0, *self._size), 0, self._mode)]

    def load(self) -> Any:
        if self.tile and self._file is not None:
            try:
                image = api.decode(self._file, max_pixels=self.width * self.height)
            except (LatentCodecError, ValueError) as error:
                raise OSError(f"cannot decode the .ltc file: {error}") from error
            if self._exclusive_fp and self.fp is not None:
                self.fp.close()
            self.fp, self._file = io.BytesIO(image.tobytes()), None
        return super().load()

    def load_seek(self, position: int) -> None:
        """That there is this method keeps Pillow from taking the file's own bytes for pixels, by mapping them into
        memory or feeding them to a parser."""

    def verify(self) -> None:
        """Every checksum and symbol; OSError if the file is damaged."""
        if self._file is not None:
            try:
                api.verify(self._file, max_pixels=self.width * self.height)
            except LatentCodecError as error:
                raise OSError(f"the .ltc file is damaged: {error}") from error
        super().verify()


def _mode(file: ParsedImage) -> str:
    """The mode of what a file decodes to."""
    facts, alpha = read_facts(find_bundle(file.model)), chunks.ALPHA in dict(file.chunks)
    if not facts.lossless:
        return ("L" if file.grey or facts.colour == "L" else "RGB") + "A" * alpha
    kind, (planes, depth) = read_kind(file), planes_and_depth(file.quantiser, file.parameter)
    if kind is not None and kind[0] != chunks.FEW:
        return "1" if kind[0] == chunks.BILEVEL else "P"
    modes = ("I;16",) if depth == 16 else ("L", "LA", "RGB", "RGBA")
    return modes[min((planes if kind is None else kind[1].shape[1]), len(modes)) - 1] + "A" * alpha


def _accept(prefix: bytes) -> bool:
    return prefix.startswith(b"LTC")


def _save(image: Image.Image, file: IO[bytes], filename: str | bytes) -> None:
    """``image.save(..., exif=...)`` and the like replace what the image itself has."""
    options = image.encoderinfo
    image.info, info = {**image.info, **{name: options[name] for name in WORDS if name in options}}, image.info
    try:
        file.write(api.encode(image, **{name: options[name] for name in _OPTIONS if name in options}))
    finally:
        image.info = info


Image.register_open(LatentCodecImageFile.format, LatentCodecImageFile, _accept)
Image.register_save(LatentCodecImageFile.format, _save)
Image.register_extension(LatentCodecImageFile.format, ".ltc")
Image.register_mime(LatentCodecImageFile.format, "image/x-latentcodec")
