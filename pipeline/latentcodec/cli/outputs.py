"""Outputs: written whole or not at all, whatever happens in between."""

import json
import os
import secrets
import sys
import threading
from argparse import Namespace
from pathlib import Path
from typing import Any

from latentcodec.cli.messages import UsageError

STDIO = "-"
"""Stands for stdin as an input, for stdout as an output."""

_lock = threading.Lock()
_parts: set[Path] = set()


def write_output(target: str, content: bytes, force: bool, *, create_folder: bool = False) -> None:
    """Write a file under a temporary name and rename it; "-" is stdout, pipes and devices are written to.

    Raises:
        FileExistsError: the file exists, and ``force`` does not say to replace it.
        FileNotFoundError: its folder does not exist, and is not to be created.
    """
    if target == STDIO:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    path = Path(target)
    if create_folder:
        path.parent.mkdir(parents=True, exist_ok=True)
    check_output(target, force)
    if _is_device(path):
        path.write_bytes(content)
        return
    part = path.with_name(f".{path.name[:200]}.{secrets.token_hex(4)}.part")
    try:
        with _lock:
            file = part.open("xb")
            _parts.add(part)
        with file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
        _parts.discard(part)


def check_output(target: str, force: bool, *, create_folder: bool = False) -> None:
    """Raise what ``write_output`` would, before the work is done."""
    if target == STDIO:
        return
    path = Path(target)
    if not create_folder and not path.parent.is_dir():
        raise FileNotFoundError(f"folder {path.parent} does not exist")
    if not force and path.exists() and not _is_device(path):
        raise FileExistsError(f"{target} exists (--force replaces it)")


def abandon_outputs() -> None:
    """Remove what is half-written by other threads, and let none begin again: for a process that ends at once."""
    _lock.acquire()
    for part in list(_parts):
        part.unlink(missing_ok=True)


def check_stdout(args: Namespace, target: str) -> None:
    """Raise UsageError where a file would go to a terminal, or to the same stdout as JSON."""
    if target == STDIO and getattr(args, "json", False):
        raise UsageError("--json and the output '-' would mix on stdout")
    if target == STDIO and sys.stdout.isatty():
        raise UsageError("a file is not written to a terminal: name one with -o, or send stdout elsewhere")


def made(args: Namespace, source: str, target: str, facts: dict[str, Any], summary: str) -> str:
    """The line that says that ``target`` was made from ``source``; none where stdout carries the file itself."""
    if args.json:
        return json.dumps({"input": source, "output": target, **facts})
    shown = "stdin" if source == STDIO else source
    return "" if target == STDIO else f"{shown} -> {target}: {summary}"


def _is_device(path: Path) -> bool:
    """A pipe or a device: written to, never replaced."""
    return path.exists() and not path.is_file() and not path.is_dir()
