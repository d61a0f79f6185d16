"""``latentcodec encode``."""

import io
import os
import zlib
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from latentcodec import api, storage
from latentcodec.bundle.card import read_card
from latentcodec.cli import options
from latentcodec.cli.batch import run_batch
from latentcodec.cli.inputs import PICTURES, Input, fetched, is_file, is_picture, open_picture, opened, read_ltc
from latentcodec.cli.messages import UsageError, count, say
from latentcodec.cli.outputs import STDIO, check_output, check_stdout, summary, write_output
from latentcodec.cli.plan import Job, Plan, plan
from latentcodec.cli.screen_content import Pixels, ReferencePsnr, guess_lossless_size, has_sharp_edges
from latentcodec.cli.work import Outcome, doing, note, row
from latentcodec.container import chunks
from latentcodec.container.read import NO_LIMIT, read_image
from latentcodec.distortion import psnr
from latentcodec.errors import LatentCodecError
from latentcodec.pictures.read import read_picture
from latentcodec.settings import EncodeOptions

_NAME = 2  # bytes of the checksum of a picture's name

_AGAIN = {
    "damaged": "in place of a damaged file",
    "changed": "in place of one with other settings or of a picture that has changed",
}


def declare(verbs: Any) -> None:
    command = options.add_command(
        verbs, "encode", "pictures to .ltc files", encode,
        "encode photo.jpg --quality 70",
        "encode photo.jpg small.ltc --target-size 20k",
        "encode portrait.jpg --importance face.png   # finer where the map is light, coarser where it is dark",
        "encode scan.png --lossless                  # every pixel as it is",
        "encode mixed/ -o coded/ --auto              # without loss what is text, line art or smaller so",
        "encode photos/ -o coded/                    # every picture below photos/; again: only what has changed",
        "encode *.png --bundle photo-v3 --entropy static",
        "encode - < photo.jpg > photo.ltc",
        "encode s3://bucket/photos/ -o s3://bucket/coded/",
        "encode --files-from names.txt photos/ -o coded/",
        "encode 's3://bucket/shards/*.tar' -o s3://bucket/coded/",
        "encode --ray head:6379 s3://bucket/photos/ -o s3://bucket/coded/",
    )  # fmt: skip
    command.add_argument(
        "inputs", nargs="*", metavar="PICTURE",
        help="a picture that Pillow reads, a folder of them (without hidden files and links to folders), a .tar or "
        ".parquet file of them, a pattern, or '-' for stdin; PICTURE FILE.ltc is an input and its output",
    )  # fmt: skip
    options.add_list(command)
    options.add_output(command, "a file, a folder, or '-' for stdout (default: the picture's name with .ltc)")
    options.add_no_clobber(command)
    options.add_coding(command)
    command.add_argument(
        "--auto", action="store_true",
        help="without loss what is smaller so, and what comes out far below what its quality stands for",
    )  # fmt: skip
    options.add_alpha(command)
    options.add_importance(command)
    options.add_keeping(command)
    options.add_plugin(command)
    options.add_batch(command)


def prepare(args: Namespace) -> Plan:
    """The outputs of a command.

    Raises:
        UsageError: options that contradict one another, or as ``plan``.
    """
    if args.auto and args.lossless:
        raise UsageError("--auto chooses between --lossless and with loss: give one of the two")
    todo = plan(args.inputs, args.output, PICTURES, args.files_from)
    if todo.first.source.error is None and is_picture(todo.first.target):
        raise UsageError(f"{todo.first.target}: encode writes .ltc files, and that is another format's suffix")
    check_stdout(args, todo.first.target)
    return todo


def encode(args: Namespace) -> int:
    todo = prepare(args)
    total = Total()
    status = run_batch(args, todo, Encoder, total.add)
    if total.pictures > 1 and not args.quiet and not args.json:
        say(str(total))
    return status


@dataclass
class Total:
    """What came of all pictures that were encoded."""

    pictures: int = 0
    before: int = 0
    after: int = 0

    def add(self, outcome: Outcome) -> None:
        if outcome.line is not None and "picture_bytes" in outcome.facts:
            self.pictures += 1
            self.before += outcome.facts["picture_bytes"]
            self.after += outcome.facts["bytes"]

    def __str__(self) -> str:
        change = 100 * (self.after / self.before - 1) if self.before else 0
        word = "larger" if change > 0 else "smaller"
        sizes = f"{self.before} -> {self.after} bytes"
        return f"{count(self.pictures, 'picture')}: {sizes}, {abs(change):.1f} % {word}"


def _state(job: Job, origin: bytes | None, args: Namespace) -> tuple[str, bytes]:
    """What is in the place of the output, and its content: "new" (nothing), "same" (what would be written), "changed"
    (what this command made of the picture, but with other settings or when it was another), "damaged" (a broken .ltc
    file), or "forced" (whatever).

    Raises:
        FileExistsError: something else.
        OSError: it cannot be read.
    """
    if args.force or job.target == STDIO or not storage.is_file(job.target):
        return "forced" if args.force else "new", b""
    content = read_ltc(Input(job.target))
    if content and not content.startswith(b"LTC"):
        raise FileExistsError(f"{job.target} exists and is no .ltc file (--force replaces it)")
    try:
        file = read_image(content, NO_LIMIT)
        file.check_tiles()
    except LatentCodecError:
        return "damaged", content
    found = dict(file.chunks).get(chunks.ORIGIN, b"")
    if origin is None or found[:_NAME] != origin[:_NAME]:
        raise FileExistsError(
            f"{job.target} exists, and was not made of {job.name} by this command (--force replaces it)"
        )
    return "same" if found == origin else "changed", content


class Encoder:
    """Encodes pictures as the command's options say, and tells which of them the network does not suit.

    Raises:
        UsageError: no such bundle, or it does not offer the settings.
    """

    def __init__(self, args: Namespace, threads: int) -> None:
        self._args, self._threads = args, threads
        self._options = options.encoding(args)
        self.codec = options.encoder(args, threads)
        self._reference = ReferencePsnr.from_card(read_card(self.codec.bundle.path))

    def __call__(self, job: Job) -> Outcome:
        """Write the output of a job, unless it is there already."""
        job.check()
        check_output(job.target, not self._args.no_clobber, create_folder=job.create_folder)
        source = fetched(job.source)
        origin = self._origin(source, job.target)
        state, data = _state(job, origin, self._args)
        if state == "same":
            return Outcome(facts=row(api.info(data)))
        data = self._encode(source, origin)
        write_output(job.target, data, state != "new", create_folder=job.create_folder)
        facts, quality = api.info(data), options.quality_found(self._args, self.codec, data)
        again = f", {_AGAIN[state]}" if state in _AGAIN else ""
        line = summary(self._args, job.source.path, job.target, facts | quality, options.rate(facts, quality) + again)
        return Outcome(line, facts=row(facts) | self._sizes(source, origin, data))

    def _sizes(self, source: Input, origin: bytes | None, data: bytes) -> dict[str, int]:
        """The bytes of the picture's own file, where it has one."""
        if origin is None:
            return {}
        before = os.path.getsize(source.path) if source.content is None else len(source.content)
        if before < len(data):
            note(f"the file is larger than the picture's own, of {before} bytes")
        return {"picture_bytes": before}

    def _origin(self, source: Input, target: str) -> bytes | None:
        """What the output will say of its origin: checksums of the picture's name, 2 bytes, and of its content together
        with all that decides what becomes of it, 4 bytes. None where either is a stream.
        """
        if target == STDIO or not is_file(source) or (storage.exists(target) and not storage.is_file(target)):
            return None
        settings = sorted((key, value) for key, value in self._options.items() if value is not None)
        checksum = zlib.crc32(repr((self.codec.bundle.model_id, settings, self._args.auto)).encode())
        with opened(source) as file:
            while block := file.read(2**20):
                checksum = zlib.crc32(block, checksum)
        name = zlib.crc32(os.fsencode(storage.last_part(source.path))) % 2 ** (8 * _NAME)
        return name.to_bytes(_NAME, "little") + checksum.to_bytes(4, "little")

    def _encode(self, source: Input, origin: bytes | None) -> bytes:
        """The .ltc file of a picture."""
        picture = _reopened(open_picture(source))
        settings: EncodeOptions = {**self._options, "origin": origin}
        data = self.codec.encode(picture(), progress=doing("encoding"), **settings)
        if self.codec.bundle.facts.lossless:
            return data
        pixels = read_picture(picture(), self.codec.bundle.facts.colour).pixels
        reason = self._shortfall(pixels, data)
        if reason is None and guess_lossless_size(pixels) > 2 * len(data):
            return data
        lossless = self._encode_lossless(picture(), origin)
        if lossless is not None and len(lossless) <= len(data):
            reason = f"without loss it takes {len(lossless)} bytes, with loss {len(data)}"
        if reason is None:
            return data
        if self._args.auto and lossless is not None:
            return lossless
        note(reason if lossless is None else f"{reason} (--lossless or --auto)")
        return data

    def _encode_lossless(self, picture: str | io.BytesIO, origin: bytes | None) -> bytes | None:
        """The file without loss; None where there is no bundle that does so, or it does not take the picture."""
        settings: EncodeOptions = {"tile": self._args.tile, "metadata": self._options["metadata"], "origin": origin}
        try:
            codec = api.encoder(None, True, self._args.provider, self._threads)
            return codec.encode(picture, progress=doing("encoding without loss"), **settings)
        except (LatentCodecError, ValueError):
            return None

    def _shortfall(self, pixels: Pixels, data: bytes) -> str | None:
        """In words how far the decoded picture is below what its quality stands for; None if it is not."""
        quality = api.info(data).get("quality")
        if (
            quality is None
            or options.has_target(self._args)
            or not self._reference.points
            or not has_sharp_edges(pixels)
        ):
            return None
        decoded = self.codec.decode_array(data)  # perhaps with alpha
        colours = decoded[..., :3] if pixels.ndim == 3 else decoded.reshape(*pixels.shape, -1)[..., 0]
        reached = psnr(pixels, colours)
        if self._reference.is_reached(quality, reached):
            return None
        return f"it comes out with {reached:.1f} dB; quality {quality} means about {self._reference.at(quality):.1f}"


def _reopened(picture: str | io.BytesIO) -> Callable[[], str | io.BytesIO]:
    """A picture that is read several times: its path, or its content as a new file each time."""
    if isinstance(picture, str):
        return lambda: picture
    content = picture.getvalue()
    return lambda: io.BytesIO(content)
