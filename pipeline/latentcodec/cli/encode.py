"""``latentcodec encode`` and ``decode``."""

import io
from argparse import Namespace
from pathlib import Path
from typing import Any

from PIL import Image

from latentcodec import api
from latentcodec.cli import options
from latentcodec.cli.inputs import Job, is_done, is_file, is_picture, plan, readable
from latentcodec.cli.messages import UsageError
from latentcodec.cli.outputs import STDIO, check_stdout, made, write_output
from latentcodec.cli.work import run_all, share_cores
from latentcodec.container.read import read_image


def declare(verbs: Any) -> None:
    command = options.add_command(
        verbs, "encode", "pictures to .ltc files", encode,
        "encode photo.jpg --quality 70",
        "encode photo.jpg --target-size 20k",
        "encode scan.png --lossless                  # of a grey picture",
        "encode photos/ -o coded/                    # every picture below photos/; again: only what is new",
        "encode *.png --bundle ae2 --quantiser min_max --bits 2",
        "encode - < photo.jpg > photo.ltc",
    )  # fmt: skip
    command.add_argument(
        "inputs", nargs="+", metavar="PICTURE", help="a picture that Pillow reads, a folder of them, or '-' for stdin"
    )
    options.add_output(command, "a file, a folder, or '-' for stdout (default: the picture's name with .ltc)")
    options.add_coding(command)
    options.add_keeping(command)
    _add_common(command)

    command = options.add_command(
        verbs, "decode", ".ltc files to pictures", decode,
        "decode photo.ltc -o photo.webp",
        "decode coded/ -o pictures/",
        "decode map.ltc --region 1000,1000,1512,1512 -o part.png",
    )  # fmt: skip
    command.add_argument("inputs", nargs="+", metavar="FILE", help="a .ltc file, a folder of them, or '-' for stdin")
    options.add_output(
        command, "a file of any type that Pillow writes, a folder, or '-' (default: the file's name with .png)"
    )
    command.add_argument(
        "--region", type=options.region, metavar="L,T,R,B",
        help="only this part: left, top, right and bottom in pixels; quick where the file is tiled",
    )  # fmt: skip
    options.add_decoding(command)
    _add_common(command)


def _add_common(command: options.Parser) -> None:
    options.add_running(command)
    options.add_jobs(command)
    options.add_json(command)
    options.add_quiet(command)


def encode(args: Namespace) -> int:
    todo = plan(args.inputs, args.output, ".ltc", is_picture)
    if is_picture(Path(todo[0].target)):
        raise UsageError(f"{todo[0].target}: encode writes .ltc files, and that is another format's suffix")
    check_stdout(args, todo[0].target)
    jobs, threads = share_cores(args.jobs, args.threads, len(todo))
    codec = options.encoder(args, threads)

    def work(job: Job) -> str | None:
        if is_done(job, args.force):
            return None
        data = codec.encode(readable(job.source), **options.encoding(args))
        write_output(job.target, data, args.force, create_folder=job.create_folder)
        facts, found = api.info(data), options.quality_found(args, codec, data)
        return made(args, job.source, job.target, facts | found, options.rate(facts, found))

    return run_all(todo, lambda job: job.name, work, jobs=jobs, quiet=args.quiet)


def decode(args: Namespace) -> int:
    todo = plan(args.inputs, args.output, ".png", is_file)
    check_stdout(args, todo[0].target)
    kind = picture_format(todo[0].target)
    jobs, threads = share_cores(args.jobs, args.threads, len(todo))

    def work(job: Job) -> str | None:
        if is_done(job, args.force):
            return None
        file = read_image(readable(job.source), args.max_pixels)
        codec = api.decoder(file, args.bundle, args.provider, threads)
        if args.region is None:
            picture = codec.decode(file, max_pixels=args.max_pixels)
        else:
            picture = codec.decode_region(file, args.region, max_pixels=args.max_pixels)
        write_output(job.target, save(picture, kind), args.force, create_folder=job.create_folder)
        return made(args, job.source, job.target, api.info(file), f"{picture.width}x{picture.height}")

    return run_all(todo, lambda job: job.name, work, jobs=jobs, quiet=args.quiet)


def save(picture: Image.Image, kind: str) -> bytes:
    """The picture as a file of that format, with its metadata; where the format loses something, it is little."""
    content = io.BytesIO()
    metadata = {key: picture.info[key] for key in ("icc_profile", "exif") if key in picture.info}
    quality = {"quality": 95} if kind in ("JPEG", "WEBP", "AVIF") else {}
    try:
        picture.save(content, kind, **quality, **metadata)
    except OSError as error:
        if picture.mode.endswith("A"):
            raise ValueError(f"{kind} keeps no transparency: decode to .png, .webp or .tif") from error
        raise
    return content.getvalue()


def picture_format(target: str) -> str:
    """Pillow's name for the format that an output's suffix asks for; PNG on stdout and where there is no suffix.

    Raises:
        UsageError: a suffix that Pillow cannot write.
    """
    suffix = Path(target).suffix.lower()
    if target == STDIO or not suffix:
        return "PNG"
    kind = Image.registered_extensions().get(suffix)
    if kind is None or kind not in Image.SAVE:
        raise UsageError(f"{target}: Pillow writes no files with the suffix {suffix!r}")
    return kind
