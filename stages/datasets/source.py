"""Public data: from a mirror, else from the cache, else downloaded; always checked.

sources.csv is the one table of what there is: path (in the mirror as in the cache), public address, sha256. The sum of
a .gz file is that of its unpacked contents, since archives of the same contents differ. Kodak is listed for tests only.
"""

import csv
import gzip
import hashlib
import time
import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError

from stages.atomic_write import atomic_write
from stages.datasets.dataset import DataError

TABLE = Path(__file__).with_name("sources.csv")
CACHE = Path(".data")  # in the working folder, ignored by git
TIMEOUT = 30.0  # seconds without a byte
WAITS = (1.0, 4.0)  # seconds before the second and the third attempt


class DamagedFileError(DataError):
    """Not the bytes that sources.csv promises."""


class Source(NamedTuple):
    path: str
    address: str
    sha256: str


def table() -> Iterator[Source]:
    with TABLE.open(newline="") as file:
        for row in csv.DictReader(file):
            yield Source(**row)


def read(prefix: str, mirror: str | None) -> dict[str, bytes]:
    """{path: contents} of the files of the table below ``prefix``, unpacked where they are .gz.

    Raises DataError: no such mirror, a damaged file, a server that does not give it.
    """
    if mirror is not None and not Path(mirror).is_dir():
        raise DataError(f"params.yaml: data.mirror: there is no folder {mirror}; null downloads the data")
    from tqdm import tqdm  # a machine that only trains has none

    sources = [source for source in table() if source.path.startswith(prefix)]
    return {source.path: _read(source, mirror) for source in tqdm(sources, prefix, unit="file", delay=1)}


def _read(source: Source, mirror: str | None) -> bytes:
    if mirror is not None and (mirrored := Path(mirror, source.path)).exists():
        return checked(mirrored.read_bytes(), source, mirrored, "replace it, or remove it and it is downloaded")
    cached = CACHE / source.path
    if cached.exists():
        with suppress(DamagedFileError):  # downloaded anew, which replaces it
            return checked(cached.read_bytes(), source, cached, "")
    data = download(source, mirror, WAITS)
    contents = checked(data, source, source.address, f"set data.mirror to a folder that holds {source.path}")
    with atomic_write(cached) as beside:
        beside.write_bytes(data)
    return contents


def checked(data: bytes, source: Source, where: Path | str, remedy: str) -> bytes:
    """The contents of a file found at ``where``, if they are the right ones; else DamagedFileError."""
    try:
        contents = gzip.decompress(data) if source.path.endswith(".gz") else data
    except EOFError:
        raise DamagedFileError(f"{where} is truncated after {len(data):,} bytes; {remedy}") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DamagedFileError(f"{where} is altered or truncated ({error}); {remedy}") from None
    found = hashlib.sha256(contents).hexdigest()
    if found != source.sha256:
        raise DamagedFileError(
            f"{where} is altered or truncated ({len(data):,} bytes): its sha256 is {found}, expected {source.sha256}; "
            f"{remedy}"
        )
    return contents


def download(source: Source, mirror: str | None, waits: tuple[float, ...]) -> bytes:
    """What the public address gives; attempted again after each of ``waits`` (seconds), unless it is refused."""
    try:
        request = urllib.request.Request(source.address, headers={"User-Agent": "latentcodec study"})
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
            return response.read()
    except (OSError, HTTPException) as error:
        refused = isinstance(error, HTTPError) and error.code < 500 and error.code != 429
        if waits and not refused:
            time.sleep(waits[0])
            return download(source, mirror, waits[1:])
        nor = f", and {source.path} is not in the mirror {mirror}" if mirror is not None else ""
        raise DataError(
            f"cannot download {source.address} ({error}){nor}; try again later, or set data.mirror in params.yaml to "
            f"a folder that holds {source.path}"
        ) from None
