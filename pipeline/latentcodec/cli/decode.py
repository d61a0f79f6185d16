"""``latentcodec decode``."""

import warnings
from argparse import Namespace
from functools import partial
from typing import Any

from PIL import Image

from latentcodec import api, storage
from latentcodec._core import ImageFile
from latentcodec.cli import options
from latentcodec.cli.batch import run_batch
from latentcodec.cli.inputs import FILES, read_ltc
from latentcodec.cli.on_ray import Make
from latentcodec.cli.outputs import STDIO, check_output, check_stdout, picture_format, summary, write_output
from latentcodec.cli.plan import Job, Plan, plan
from latentcodec.cli.work import Outcome, doing, row
from latentcodec.container.header import LOSSLESS_QUANTISERS
from latentcodec.container.read import read_image
from latentcodec.errors import LossWarning
from latentcodec.pictures.write import to_file

_WITH_LOSS = ("JPEG", "MPO", "WEBP", "AVIF", "HEIF", "JXL")  # as they are written here, the last two by plugins


def declare(verbs: Any) -> None:
    command = options.add_command(
        verbs, "decode", ".ltc files to pictures", decode,
        "decode photo.ltc -o photo.webp",
        "decode photo.ltc photo.webp",
        "decode coded/ -o pictures/",
        "decode map.ltc --region 1000,1000,1512,1512 -o part.png",
        "decode 's3://bucket/coded/*.ltc' -o pictures/",
    )  # fmt: skip
    command.add_argument(
        "inputs", nargs="*", metavar="FILE",
        help="a .ltc file, a folder of them, a pattern, or '-' for stdin; FILE PICTURE is an input and its output",
    )  # fmt: skip
    options.add_list(command)
    options.add_output(
        command, "a file of any type that Pillow writes, a folder, or '-' (default: the file's name with .png)"
    )
    options.add_no_clobber(command)
    command.add_argument(
        "--region", type=options.region, metavar="L,T,R,B",
        help="only this part: left, top, right and bottom in pixels; quick where the file is tiled",
    )  # fmt: skip
    options.add_plugin(command)
    options.add_decoding(command)
    options.add_batch(command)


def prepare(args: Namespace) -> tuple[Plan, Make]:
    """The outputs of a command, and what makes its work.

    Raises:
        UsageError: a format that Pillow does not write, or as ``plan``.
    """
    todo = plan(args.inputs, args.output, FILES, args.files_from)
    check_stdout(args, todo.first.target)
    kind = picture_format(todo.first.target)
    return todo, partial(Decoder, kind=kind)


def decode(args: Namespace) -> int:
    return run_batch(args, *prepare(args))


class Decoder:
    """Decodes files as the command's options say; ``kind`` is Pillow's word for the format of the pictures."""

    def __init__(self, args: Namespace, threads: int, kind: str) -> None:
        self._args, self._threads, self._kind = args, threads, kind

    def __call__(self, job: Job) -> Outcome:
        """Write the output of a job, unless it is there already."""
        job.check()
        args = self._args
        file = read_image(read_ltc(job.source), args.max_pixels)
        left, top, right, bottom = args.region or (0, 0, file.width, file.height)
        state = _state(job, (right - left, bottom - top), args)
        facts = api.info(file)
        if state == "same":
            return Outcome(facts=row(facts))
        picture = self._decode(file)
        modified = None if job.source.path == STDIO else storage.modified_ns(job.source.path)
        doing("writing")(1)
        content = to_file(picture, self._kind)
        if facts["quantiser"] in LOSSLESS_QUANTISERS and self._kind in _WITH_LOSS:
            warnings.warn(f"not kept in {self._kind}: every pixel, as .png and .tif do", LossWarning, stacklevel=2)
        write_output(job.target, content, state != "new", create_folder=job.create_folder, modified_ns=modified)
        line = summary(args, job.source.path, job.target, facts, f"{picture.width}x{picture.height}")
        return Outcome(line, facts=row(facts))

    def _decode(self, file: ImageFile) -> Image.Image:
        codec = api.decoder(file, self._args.bundle, self._args.provider, self._threads)
        if self._args.region is None:
            return codec.decode(file, progress=doing("decoding"))
        return codec.decode_region(file, self._args.region, progress=doing("decoding"))


def _state(job: Job, size: tuple[int, int], args: Namespace) -> str:
    """What is in the place of the output: "new" (nothing), "same" (a whole picture of that size with the file's own
    time, as it is written; a store has a time of its own, which is later), "other" (a broken one with that time, one of
    which a part is wanted, or an empty file), or "forced" (whatever).

    Raises:
        FileExistsError: something else, which may be an original, or anything where --no-clobber is given.
        OSError: a file cannot be written there.
    """
    check_output(job.target, not args.no_clobber, create_folder=job.create_folder)
    if args.force or job.target == STDIO or not storage.is_file(job.target):
        return "forced" if args.force else "new"
    if job.source.path != STDIO and _is_of_its_time(job.target, job.source.path):
        return "same" if args.region is None and _is_whole(job.target, size) else "other"
    if not storage.size(job.target):
        return "other"
    raise FileExistsError(f"{job.target} exists, and was not made from the file as it is now (--force replaces it)")


def _is_of_its_time(target: str, source: str) -> bool:
    """Whether a picture may have been made from the file as it is now."""
    picture_time, file_time = storage.modified_ns(target), storage.modified_ns(source)
    return picture_time >= file_time if storage.is_url(target) else picture_time == file_time


def _is_whole(path: str, size: tuple[int, int]) -> bool:
    try:
        with storage.open_file(path) as file, Image.open(file) as picture:
            picture.load()
    except Exception:  # whatever a damaged picture makes of Pillow
        return False
    return picture.size == size
