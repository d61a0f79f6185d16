"""What the commands share: inputs, outputs and errors."""

import io
import json
import os
import secrets
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from latentcodec.api import kept_codec
from latentcodec.codec import Codec
from latentcodec.errors import LatentCodecError, UnknownModelError
from latentcodec.search import default_bundle, find_bundle
from latentcodec.settings import settle

T = TypeVar("T")

STDIO = "-"


class UsageError(Exception):
    """The command itself is wrong, whatever its inputs hold: exit status 2."""


def explain(error: Exception) -> str:
    """An error in one line."""
    if isinstance(error, OSError) and error.strerror:
        text = error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"
    else:
        text = str(error)
    return " ".join(text.split()) or type(error).__name__


def for_each(items: Iterable[T], name: Callable[[T], str], work: Callable[[T], None]) -> int:
    """Do the work for every item; a failure is reported and does not stop the rest. Returns the exit status."""
    status = 0
    for item in items:
        try:
            work(item)
        except BrokenPipeError:
            raise
        except (LatentCodecError, OSError, ValueError) as error:
            text = explain(error)
            prefix = "" if text.startswith(f"{name(item)}: ") else f"{name(item)}: "
            print(f"latentcodec: {prefix}{text}", file=sys.stderr)
            status = 1
    return status


def readable(source: str) -> str | io.BytesIO:
    """A file's path, or what stdin holds for "-": what the library reads pictures and files from."""
    return io.BytesIO(sys.stdin.buffer.read()) if source == STDIO else source


def plan_outputs(sources: list[str], output: str | None, suffix: str) -> list[tuple[str, str]]:
    """Pair every input with its output, "-" being stdin and stdout.

    Without ``output`` it is the input's name with another suffix. ``output`` is a file for one input, or a folder.

    Raises:
        UsageError: several inputs for one output, an output that is an input, or "-" among several.
    """
    several = len(sources) > 1
    folder = Path(output) if output not in (None, STDIO) and Path(output or "").is_dir() else None
    if several and STDIO in (*sources, output):
        raise UsageError("'-' stands for one input and one output, not for several")
    if several and output is not None and folder is None:
        raise UsageError(f"{output}: several inputs need an existing folder as their output")
    if folder is not None and sources == [STDIO]:
        raise UsageError(f"{output} is a folder: what comes from stdin needs a file name, or '-'")
    pairs = []
    for source in sources:
        if folder is not None:
            target = str(folder / Path(source).with_suffix(suffix).name)
        elif output is not None:
            target = output
        else:
            target = STDIO if source == STDIO else str(Path(source).with_suffix(suffix))
        if target == source != STDIO:
            raise UsageError(f"{source} would be overwritten by its own output")
        pairs.append((source, target))
    target, inputs = Counter(target for _, target in pairs).most_common(1)[0]
    if inputs > 1:
        raise UsageError(f"several inputs would be written to {target}")
    return pairs


def write_output(target: str, content: bytes, force: bool) -> None:
    """Write a file whole or not at all, or stdout for "-".

    Raises:
        FileExistsError: the file exists, and ``force`` does not say to replace it.
    """
    if target == STDIO:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    refuse_existing(target, force)
    path = Path(target)
    if path.exists() and not path.is_file():
        with path.open("wb") as device:  # a pipe or a device is written to, not replaced
            device.write(content)
        return
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def refuse_existing(target: str, force: bool) -> None:
    """Raise FileExistsError where something is there and ``force`` does not say to replace it."""
    if target != STDIO and not force and Path(target).exists():
        raise FileExistsError(f"{target} exists (--force replaces it)")


def refuse_mixing(args: Namespace, target: str) -> None:
    """Raise UsageError where a file and JSON would both go to stdout."""
    if args.json and target == STDIO:
        raise UsageError("--json and the output '-' would mix on stdout")


def report(args: Namespace, source: str, target: str, facts: dict[str, Any], summary: str) -> None:
    """Say that ``target`` was made from ``source``; nothing where stdout carries the file itself."""
    if args.json:
        print(json.dumps({"input": source, "output": target, **facts}))
    elif target != STDIO:
        print(f"{source} -> {target}: {summary}")


def encoder(args: Namespace) -> Codec:
    """The codec that the options ask for; the settings are checked before any input is read.

    Raises:
        UsageError: no such bundle, or it does not offer the settings.
    """
    try:
        folder = default_bundle() if args.bundle is None else find_bundle(args.bundle)
        codec = kept_codec(folder, args.provider, args.threads)
        settle(codec.bundle.facts, args.quality, args.quantiser, args.bits, args.entropy)
    except (UnknownModelError, ValueError) as error:
        raise UsageError(explain(error)) from error
    return codec
