"""A bundle: the folder with everything one trained codec needs to code pictures.

encoder.onnx   "image" (N, C, H, W) float32 in [0, 1] -> "latents" (N, c, h, w) float32
decoder.onnx   "latents" -> "image"
tables.bin     shared codebooks, integer probability tables, states of adaptive coders
codec.json     the facts (see facts.py), with the SHA-256 of the files above
card.json      where the codec comes from and what it reaches; for people, no part of the model id
README.md      the same as a page, where there is one

A lossless bundle codes pixels, not latents: it has no networks.
"""

import functools
import hashlib
import json
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from latentcodec._core import ImageFile, PackFile, Tables, write_image
from latentcodec.bundle import facts as codec_facts
from latentcodec.bundle.facts import Facts
from latentcodec.container.header import ENTROPIES, LOSSLESS_QUANTISERS, QUANTISERS, VARIABLE_RATE
from latentcodec.errors import BundleError, FormatError, UnknownModelError

FOR_PEOPLE = ("card.json", "README.md")
"""Files that a bundle may lack, and that are no part of what its model id is a hash of."""


@dataclass(frozen=True, repr=False, eq=False)
class Bundle:
    """A loaded and checked bundle. Immutable; threads may share it."""

    path: Path
    facts: Facts
    tables: Tables
    networks: dict[str, bytes]

    def __repr__(self) -> str:
        return f"<Bundle {self.name} {self.model_id.hex()} at {self.path}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _load_again, (self.path.absolute(), self.model_id)

    @property
    def name(self) -> str:
        return self.facts.name

    @property
    def model_id(self) -> bytes:
        """4 bytes: what the files that it encodes name it by."""
        return self.facts.model_id

    def check_file(self, file: ImageFile | PackFile) -> None:
        """A file must have been encoded with this very bundle.

        Raises:
            UnknownModelError: it names another model.
            FormatError: its size or its quantiser is one that the model does not have.
        """
        if file.model != self.model_id:
            raise UnknownModelError(
                f"the file was encoded with the model {file.model.hex()}, the bundle at hand, {self.name}, "
                f"is {self.model_id.hex()}"
            )
        if (quantiser := QUANTISERS[file.quantiser]) not in self.facts.quantisers:
            raise FormatError(f"the file's quantiser is {quantiser}, which bundle {self.name} never codes with")
        if self.facts.image_size not in (None, (file.height, file.width)):
            raise FormatError(
                f"the file declares {file.width}x{file.height} pixels, which bundle {self.name} never codes"
            )


def read_facts(folder: Path) -> Facts:
    """The checked facts of the bundle in ``folder``; its other files are not looked at.

    A codec.json that has not changed since it was last read is not read again.

    Raises:
        BundleError: there is no codec.json, or it is not as the schema says.
    """
    path = (folder / "codec.json").resolve()
    try:
        status = path.stat()
    except OSError as error:
        raise BundleError(f"{folder} holds no bundle: codec.json: {error.strerror}") from error
    return _read_facts(path, folder, (status.st_ino, status.st_size, status.st_mtime_ns))


@functools.lru_cache(maxsize=256)
def _read_facts(path: Path, folder: Path, status: tuple[int, int, int]) -> Facts:
    text = _content(path, f"{folder} holds no bundle: ")
    try:
        return codec_facts.parse(text)
    except BundleError as error:
        raise BundleError(f"{folder}: {error}") from error


def load_bundle(folder: str | os.PathLike[str]) -> Bundle:
    """Read a bundle and check all of it, but for what only ONNX Runtime can tell about the networks.

    Raises:
        BundleError: a missing or foreign codec.json, a missing file, one with another SHA-256, or broken tables.
    """
    path = Path(folder)
    facts = read_facts(path)
    contents = {name: _checked_content(path, name, digest) for name, digest in facts.files.items()}
    try:
        tables = Tables.parse(contents.pop(codec_facts.TABLES))
        _check_tables(tables, facts)
    except BundleError as error:
        raise BundleError(f"{path}: tables.bin: {error}") from error
    return Bundle(path, facts, tables, contents)


def _load_again(folder: Path, model_id: bytes) -> Bundle:
    """A bundle that was pickled; BundleError if its folder holds another one by now."""
    bundle = load_bundle(folder)
    if bundle.model_id != model_id:
        raise BundleError(f"{folder} holds another bundle than {model_id.hex()}: {bundle.model_id.hex()}")
    return bundle


def write_bundle(
    folder: str | os.PathLike[str],
    facts: dict[str, Any],
    *,
    tables: bytes,
    card: dict[str, Any],
    encoder: str | os.PathLike[str] | None = None,
    decoder: str | os.PathLike[str] | None = None,
) -> bytes:
    """Write a bundle, whole or not at all; a bundle that is already there is replaced.

    Args:
        folder: the bundle's folder.
        facts: what ``codec.json`` is to hold, without "schema" and "files", which are added here.
        tables: from ``_core.Tables.build``.
        card: ``card.json``.
        encoder, decoder: paths of the ONNX files; a lossless bundle has none.

    Returns:
        The model id, 4 bytes.

    Raises:
        BundleError: these parts are no valid bundle.
        FileExistsError: ``folder`` holds something else.
    """
    target = Path(folder)
    if target.exists() and not (target / "codec.json").exists() and any(target.iterdir()):
        raise FileExistsError(f"{target} exists and is no bundle")
    networks = zip(codec_facts.NETWORKS, (encoder, decoder), strict=True)
    contents = {name: Path(path).read_bytes() for name, path in networks if path is not None}
    contents[codec_facts.TABLES] = tables
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    contents["codec.json"] = _json({**facts, "schema": codec_facts.SCHEMA, "files": digests})
    contents["card.json"] = _json(card)
    return _replace_bundle(target, contents)


def copy_bundle(source: Path, target: Path) -> bytes:
    """Copy a bundle with its card, whole or not at all; what was copied is checked. Returns and raises as
    ``write_bundle``."""
    names = ["codec.json", *read_facts(source).files]
    contents = {name: _content(source / name, f"{source}: ") for name in names}
    contents |= {name: (source / name).read_bytes() for name in FOR_PEOPLE if (source / name).is_file()}
    return _replace_bundle(target, contents)


def remove_bundle(folder: Path) -> None:
    """Remove a bundle's folder, all at once: nobody finds a half of it."""
    if folder.is_symlink():
        folder.unlink()
        return
    old = folder.rename(folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.old"))
    shutil.rmtree(old)


def _replace_bundle(target: Path, contents: dict[str, bytes]) -> bytes:
    """Write the files of a bundle beside ``target``, check them, and put them in its place."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unique = secrets.token_hex(4)
    fresh, old = (target.with_name(f".{target.name}.{unique}.{kind}") for kind in ("part", "old"))
    fresh.mkdir()
    try:
        for name, content in contents.items():
            (fresh / name).write_bytes(content)
        bundle = load_bundle(fresh)
        if target.exists():
            target.rename(old)
        fresh.rename(target)
    finally:
        if old.exists() and not target.exists():
            old.rename(target)
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
    return bundle.model_id


def _checked_content(folder: Path, name: str, digest: str) -> bytes:
    content = _content(folder / name, f"{folder}: ")
    if hashlib.sha256(content).hexdigest() != digest:
        raise BundleError(f"{folder}: {name} is not the file that codec.json names (its SHA-256 differs)")
    return content


def _content(path: Path, context: str) -> bytes:
    """The bytes of a bundle's file; BundleError, ``context`` first, if there is none. A pipe would wait for ever."""
    if path.exists() and not path.is_file():
        raise BundleError(f"{context}{path.name} is no regular file")
    try:
        return path.read_bytes()
    except OSError as error:
        raise BundleError(f"{context}{path.name}: {error.strerror}") from error


def _check_tables(tables: Tables, facts: Facts) -> None:
    """Every quantiser that is offered has what its entropy models need, and its gains or its shared codebook."""
    if facts.variable_rate:
        _check_variable_rate(tables, facts)
    for quantiser, offered in facts.quantisers.items():
        number = QUANTISERS.index(quantiser)
        if quantiser in LOSSLESS_QUANTISERS:
            tables.check_lossless(number)
        for bits in offered:
            if quantiser == "vector_shared":
                tables.codebook(number, bits)
            if "static" in facts.entropy and len(tables.frequencies(number, bits)) != facts.latent_channels:
                raise BundleError(f"the table for {quantiser} with {bits} bits is for another number of channels")
            if "context" in facts.entropy and tables.state_channels(number, bits) != facts.latent_channels:
                raise BundleError(f"the state for {quantiser} with {bits} bits is for another number of channels")


def _check_variable_rate(tables: Tables, facts: Facts) -> None:
    """The gains are for the network's channels, and each entropy model that is offered codes a symbol of each."""
    channels = facts.latent_channels
    found = tables.gains()[0].shape[1]
    if found != channels:
        raise BundleError(f"the gains are for {found} channels, the latents have {channels}")
    symbols, no_side_information = np.zeros((channels, 1, 1), np.int16), np.zeros(0, np.float32)
    for entropy in facts.entropy:
        number, quantiser = ENTROPIES.index(entropy), QUANTISERS.index(VARIABLE_RATE)
        write_image(bytes(4), 1, 1, quantiser, 1, number, no_side_information, symbols, tables)


def _json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=True) + "\n").encode()
