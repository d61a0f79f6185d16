"""``latentcodec encode``, ``decode``, ``info`` and ``verify``."""

import io
import json
from argparse import Namespace
from pathlib import Path
from typing import Any

from PIL import Image

from latentcodec import api
from latentcodec.cli.common import (
    STDIO,
    UsageError,
    encoder,
    for_each,
    plan_outputs,
    readable,
    refuse_existing,
    refuse_mixing,
    report,
    write_output,
)
from latentcodec.formats import read


def encode(args: Namespace) -> int:
    pairs = plan_outputs(args.inputs, args.output, ".ltc")
    refuse_mixing(args, pairs[0][1])
    codec = encoder(args)

    def work(pair: tuple[str, str]) -> None:
        source, target = pair
        refuse_existing(target, args.force)
        data = codec.encode(
            readable(source),
            quality=args.quality,
            quantiser=args.quantiser,
            bits=args.bits,
            entropy=args.entropy,
        )
        write_output(target, data, args.force)
        facts = api.info(data)
        report(args, source, target, facts, f"{facts['bytes']['total']} bytes, {facts['bpp']:.3f} bpp")

    return for_each(pairs, lambda pair: pair[0], work)


def decode(args: Namespace) -> int:
    pairs = plan_outputs(args.inputs, args.output, ".png")
    refuse_mixing(args, pairs[0][1])
    kind = picture_format(pairs[0][1])

    def work(pair: tuple[str, str]) -> None:
        source, target = pair
        refuse_existing(target, args.force)
        data = read(readable(source))
        picture = api.decode(
            data, bundle=args.bundle, max_pixels=args.max_pixels, provider=args.provider, threads=args.threads
        )
        content = io.BytesIO()
        picture.save(content, kind)
        write_output(target, content.getvalue(), args.force)
        report(args, source, target, api.info(data), f"{picture.width}x{picture.height}")

    return for_each(pairs, lambda pair: pair[0], work)


def info(args: Namespace) -> int:
    def work(source: str) -> None:
        facts = api.info(readable(source))
        print(json.dumps({"file": source, **facts}) if args.json else describe(source, facts))

    return for_each(args.inputs, str, work)


def verify(args: Namespace) -> int:
    def work(source: str) -> None:
        facts = api.verify(readable(source), bundle=args.bundle, max_pixels=args.max_pixels)
        print(json.dumps({"file": source, **facts}) if args.json else f"{source}: sound")

    return for_each(args.inputs, str, work)


def describe(source: str, facts: dict[str, Any]) -> str:
    """What ``info`` prints about one file."""
    size = f"{facts['width']}x{facts['height']}"
    if facts["format"] == "ltcp":
        size = f"{facts['count']} pictures of {size}, {facts['block']} in a block"
    *parts, total = facts["bytes"].items()
    return "\n".join(
        [
            source,
            f"  format     {facts['format']}, version {facts['version']}",
            f"  model      {facts['model']} ({facts['bundle'] or 'its bundle is not found here'})",
            f"  size       {size}",
            f"  quantiser  {facts['quantiser']}, {facts['bits']} bits",
            f"  entropy    {facts['entropy']}",
            f"  bytes      {total[1]}: " + ", ".join(f"{part} {count}" for part, count in parts),
            f"  rate       {facts['bpp']:.4f} bpp",
        ]
    )


def picture_format(target: str) -> str:
    """Pillow's name for the format that an output's suffix asks for; PNG on stdout.

    Raises:
        UsageError: a suffix that Pillow cannot write.
    """
    if target == STDIO:
        return "PNG"
    suffix = Path(target).suffix.lower()
    kind = Image.registered_extensions().get(suffix)
    if kind is None or kind not in Image.SAVE:
        raise UsageError(f"{target}: Pillow writes no files with the suffix {suffix!r}")
    return kind
