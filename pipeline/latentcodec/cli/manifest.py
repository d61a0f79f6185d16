"""A manifest: what came of every picture, a row each, in a Parquet file."""

import importlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from latentcodec import storage
from latentcodec.cli.messages import UsageError, explain
from latentcodec.cli.outputs import check_output, write_output
from latentcodec.cli.work import Outcome

COLUMNS = {
    "source": "string",
    "output": "string",  # null where a command has none
    "bytes": "int64",  # of the .ltc file
    "bpp": "double",
    "settings": "string",  # JSON: what decides its content, as `info` calls it
    "seconds": "double",  # null where the output was there already
    "error": "string",  # null where all went well
    "notes": "string",  # each on a line
}
"""Those that say nothing of a picture are null."""

_ROWS = 10_000
"""That are kept as objects; the rest is compressed already."""


class Manifest:
    """Rows, kept as the Parquet file that they become: some 20 bytes each where names count up."""

    def __init__(self) -> None:
        self._arrow, self._parquet = _import()
        self._schema = self._arrow.schema(list(COLUMNS.items()))
        self._file = io.BytesIO()
        self._writer = self._parquet.ParquetWriter(self._file, self._schema, compression="zstd")
        self._rows: list[dict[str, Any]] = []

    def add(self, source: str, output: str | None, outcome: Outcome) -> None:
        written = outcome.error is None and outcome.line is not None
        facts = {name: outcome.facts.get(name) for name in ("bytes", "bpp", "settings")}
        messages = {"error": outcome.error, "notes": "\n".join(outcome.notes) or None}
        seconds = {"seconds": outcome.seconds if written or outcome.error else None}
        self._rows.append({"source": source, "output": output, **facts, **seconds, **messages})
        if len(self._rows) == _ROWS:
            self._flush()

    def content(self) -> bytes:
        """The Parquet file; nothing can be added from then on."""
        if self._writer.is_open:
            self._flush()
            self._writer.close()
        return self._file.getvalue()

    def _flush(self) -> None:
        self._writer.write_table(self._arrow.Table.from_pylist(self._rows, self._schema))
        self._rows.clear()


@contextmanager
def manifest_at(path: str | None, force: bool, manifest: Manifest | None) -> Iterator[None]:
    """Write a manifest when all is done, and not at all where that is not reached; nothing happens without a path.

    Raises:
        UsageError: pyarrow is not installed, it cannot be written there, or what is there is no manifest.
    """
    if path is None or manifest is None:
        yield
        return
    try:
        check_output(path, True, create_folder=True)
        if not force and storage.is_file(path) and not _is_manifest(path):
            raise FileExistsError(f"{path} exists and is no manifest (--force replaces it)")
    except OSError as error:
        raise UsageError(f"--manifest: {explain(error)}") from error
    yield
    write_output(path, manifest.content(), True, create_folder=True)


def read_table(content: bytes) -> Any:
    """A manifest's content as a ``pyarrow.Table``."""
    return _import()[1].read_table(io.BytesIO(content))


def _is_manifest(path: str) -> bool:
    parquet = _import()[1]
    with storage.open_file(path) as file:
        try:
            return bool(parquet.read_schema(file).names == list(COLUMNS))
        except Exception:  # whatever another file makes of pyarrow
            return False


def _import() -> tuple[Any, Any]:
    try:
        return importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise UsageError("a manifest needs pyarrow: pip install 'latentcodec[ray]'") from error
