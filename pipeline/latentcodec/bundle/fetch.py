"""A bundle from elsewhere: the folder of a URL, or a zip here or there, as a folder that lasts as long as it is needed.

Nothing of a zip is unpacked but the files of a bundle, under the names that a bundle has.
"""

import hashlib
import io
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from latentcodec import storage
from latentcodec.bundle import facts as codec_facts
from latentcodec.bundle.bundle import FOR_PEOPLE
from latentcodec.errors import BundleError

LARGEST = 2**30
"""Bytes of a zip, and of all that is unpacked from it."""

_LARGEST_JSON = 2**20


@contextmanager
def as_folder(source: str, sha256: str | None = None) -> Iterator[Path]:
    """The bundle's folder, which is ``source`` itself if that is a folder of this machine.

    Args:
        source: a folder, a zip, or the URL of either; that of a zip ends in ".zip".
        sha256: what the zip must have, hexadecimal.

    Raises:
        OSError: there is nothing of that name, or it cannot be reached.
        BundleError: another SHA-256, no zip, or one with other contents or more bytes than a bundle has.
    """
    if _is_folder(source):
        if sha256 is not None:
            raise BundleError(
                "a SHA-256 is that of a zip, and this is a folder, whose codec.json has those of its files"
            )
        if not storage.is_url(source):
            yield Path(source)
            return
        contents = _of_url(source)
    else:
        contents = _of_zip(_checked(storage.read_at_most(source, LARGEST), sha256))
    with tempfile.TemporaryDirectory(prefix="latentcodec-") as folder:
        for name, content in contents.items():
            Path(folder, name).write_bytes(content)
        try:
            yield Path(folder)
        except BundleError as error:
            raise BundleError(str(error).removeprefix(f"{folder}: ")) from error  # it is gone when that is read


def _is_folder(source: str) -> bool:
    if storage.is_url(source):
        return not urlsplit(source).path.lower().endswith(".zip")
    return Path(source).is_dir()


def _of_url(folder: str) -> dict[str, bytes]:
    """The content of every file of the bundle whose folder has that URL."""
    read = {"codec.json": storage.read_at_most(storage.join(folder, "codec.json"), _LARGEST_JSON)}
    for name in codec_facts.parse(read["codec.json"]).files:
        read[name] = storage.read_at_most(storage.join(folder, name), LARGEST - sum(map(len, read.values())))
    for name in FOR_PEOPLE:
        with suppress(FileNotFoundError):
            read[name] = storage.read_at_most(storage.join(folder, name), _LARGEST_JSON)
    return read


def _checked(content: bytes, sha256: str | None) -> bytes:
    found = hashlib.sha256(content).hexdigest()
    if sha256 not in (None, found):
        raise BundleError(f"its SHA-256 is {found}, not {sha256}: it is not the file that was meant")
    return content


def _of_zip(content: bytes) -> dict[str, bytes]:
    """The content of every file of the bundle that a zip holds, at its root or in the one folder there."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = _members(archive)
            size = sum(member.file_size for member in members.values())
            if size > LARGEST:
                raise BundleError(f"unpacked it has {size} bytes, more than the {LARGEST} that a bundle may have")
            return {name: archive.read(member) for name, member in members.items()}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:  # encrypted ones too
        raise BundleError(f"no zip that can be read: {error}") from error


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The files of a bundle by their names; BundleError if some name leaves the zip, or there is not one bundle."""
    paths = {PurePosixPath(member.filename.replace("\\", "/")): member for member in archive.infolist()}
    for path, member in paths.items():
        if path.is_absolute() or ".." in path.parts:
            raise BundleError(f"the zip has a file {member.filename!r}, which would lie outside the bundle's folder")
    folders = [path.parent for path in paths if path.name == "codec.json" and len(path.parts) <= 2]
    if len(folders) != 1:
        raise BundleError(
            f"the zip holds {len(folders)} bundles; one codec.json at its root or in a folder there is one"
        )
    names = ("codec.json", *codec_facts.NETWORKS, codec_facts.TABLES, *FOR_PEOPLE)
    return {name: paths[folders[0] / name] for name in names if folders[0] / name in paths}
