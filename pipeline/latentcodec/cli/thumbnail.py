"""``latentcodec thumbnail``: small pictures of .ltc files."""

from argparse import Namespace
from typing import Any

from PIL import Image

from latentcodec import api
from latentcodec.cli import options
from latentcodec.cli.batch import run_batch
from latentcodec.cli.inputs import FILES, read_ltc
from latentcodec.cli.outputs import check_output, check_stdout, picture_format, summary, write_output
from latentcodec.cli.plan import Job, plan
from latentcodec.cli.work import Outcome, note, row
from latentcodec.container.read import read_image, read_start
from latentcodec.pictures.write import to_file
from latentcodec.transform.thumbnails import SCALE


def declare(verbs: Any) -> None:
    command = options.add_command(
        verbs, "thumbnail", "small pictures of .ltc files, an eighth as wide and high", thumbnail,
        "thumbnail photo.ltc -o small.png",
        "thumbnail coded/ -o small/",
        "thumbnail photo.ltc --size 256 -o small.webp",
        "head -c 4000 photo.ltc | latentcodec thumbnail --partial - -o small.png",
    )  # fmt: skip
    command.add_argument("inputs", nargs="*", metavar="FILE", help="a .ltc file, a folder of them, or '-' for stdin")
    options.add_list(command)
    options.add_output(command, "a file of any type that Pillow writes, a folder, or '-'", required=True)
    command.add_argument(
        "--size", type=options.whole(1), metavar="PIXELS",
        help="of the longer side, at most; for more than an eighth the whole picture is decoded (default: an eighth)",
    )  # fmt: skip
    command.add_argument(
        "--partial", action="store_true",
        help="files that end early, too, as those still on their way: what they show is not verified",
    )  # fmt: skip
    options.add_decoding(command)
    options.add_batch(command)


def thumbnail(args: Namespace) -> int:
    todo = plan(args.inputs, args.output, FILES, args.files_from)
    check_stdout(args, todo.first.target)
    picture_format(todo.first.target)
    return run_batch(args, todo, Thumbnailer)


class Thumbnailer:
    """Makes small pictures as the command's options say."""

    def __init__(self, args: Namespace, threads: int) -> None:
        self._args, self._threads = args, threads

    def __call__(self, job: Job) -> Outcome:
        """Write the output of a job."""
        job.check()
        args = self._args
        check_output(job.target, args.force, create_folder=job.create_folder)
        content = read_ltc(job.source)
        picture, whole = self._small(content)
        if not whole:
            note("the file is damaged or not all there: what is shown is not verified")
        small = to_file(picture, picture_format(job.target))
        write_output(job.target, small, args.force, create_folder=job.create_folder)
        facts = api.info(content) if whole else {}
        line = summary(args, job.source.path, job.target, facts, f"{picture.width}x{picture.height}")
        return Outcome(line, facts=row(facts) if facts else {})

    def _small(self, content: bytes) -> tuple[Image.Image, bool]:
        """The small picture, and whether all of the file is there."""
        args = self._args
        limit = args.max_pixels
        file, whole = read_start(content, limit) if args.partial else (read_image(content, limit), True)
        codec = api.decoder(file, args.bundle, args.provider, self._threads)
        eighth = -(-max(file.width, file.height) // SCALE)
        if args.size is not None and args.size > eighth and whole:
            picture = codec.decode(file)
        else:
            picture = codec.thumbnail(file if whole else content, partial=args.partial, max_pixels=limit)
        if args.size is not None:
            picture.thumbnail((args.size, args.size))
        return picture, whole
