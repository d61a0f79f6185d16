"""``latentcodec decode``."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from PIL import Image

from latentcodec import api
from latentcodec.cli import options
from latentcodec.cli.inputs import FILES, read_ltc
from latentcodec.cli.outputs import STDIO, check_output, check_stdout, picture_format, summary, write_output
from latentcodec.cli.plan import Job, plan
from latentcodec.cli.work import run_all, share_cores
from latentcodec.container.read import read_image
from latentcodec.pictures.write import to_file


def declare(verbs: Any) -> None:
    command = options.add_command(
        verbs, "decode", ".ltc files to pictures", decode,
        "decode photo.ltc -o photo.webp",
        "decode photo.ltc photo.webp",
        "decode coded/ -o pictures/",
        "decode map.ltc --region 1000,1000,1512,1512 -o part.png",
    )  # fmt: skip
    command.add_argument(
        "inputs", nargs="+", metavar="FILE",
        help="a .ltc file, a folder of them, or '-' for stdin; FILE PICTURE is an input and its output",
    )  # fmt: skip
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
    options.add_running(command)
    options.add_jobs(command)
    options.add_json(command)
    options.add_quiet(command)


def decode(args: Namespace) -> int:
    todo = plan(args.inputs, args.output, FILES)
    check_stdout(args, todo[0].target)
    kind = picture_format(todo[0].target)
    jobs, threads = share_cores(args.jobs, args.threads, len(todo))

    def work(job: Job) -> str | None:
        job.check()
        file = read_image(read_ltc(job.source), args.max_pixels)
        left, top, right, bottom = args.region or (0, 0, file.width, file.height)
        state = _state(job, (right - left, bottom - top), args)
        if state == "same":
            return None
        codec = api.decoder(file, args.bundle, args.provider, threads)
        if args.region is None:
            picture = codec.decode(file, max_pixels=args.max_pixels)
        else:
            picture = codec.decode_region(file, args.region, max_pixels=args.max_pixels)
        content = to_file(picture, kind)
        modified = None if job.source.path == STDIO else Path(job.source.path).stat().st_mtime_ns
        write_output(job.target, content, state != "new", create_folder=job.create_folder, modified_ns=modified)
        return summary(args, job.source.path, job.target, api.info(file), f"{picture.width}x{picture.height}")

    return run_all(todo, lambda job: job.name, work, jobs=jobs, quiet=args.quiet)


def _state(job: Job, size: tuple[int, int], args: Namespace) -> str:
    """What is in the place of the output: "new" (nothing), "same" (a whole picture of that size with the file's own
    time, as it is written), "damaged" (a broken one with that time, or an empty file), or "forced" (whatever).

    Raises:
        FileExistsError: something else, which may be an original, or anything where --no-clobber is given.
        OSError: a file cannot be written there.
    """
    check_output(job.target, not args.no_clobber, create_folder=job.create_folder)
    target, source = Path(job.target), Path(job.source.path)
    if args.force or job.target == STDIO or not target.is_file():
        return "forced" if args.force else "new"
    if source.is_file() and target.stat().st_mtime_ns == source.stat().st_mtime_ns:
        return "same" if _is_whole(target, size) else "damaged"
    if not target.stat().st_size:
        return "damaged"
    raise FileExistsError(f"{target} exists, and was not made from the file as it is now (--force replaces it)")


def _is_whole(path: Path, size: tuple[int, int]) -> bool:
    try:
        with Image.open(path) as picture:
            picture.load()
    except Exception:  # whatever a damaged picture makes of Pillow
        return False
    return picture.size == size
