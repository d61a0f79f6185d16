"""A bundle: the folder with everything one trained codec needs to code pictures.

encoder.onnx   "image" (N, C, H, W) float32 in [0, 1] -> "latents" (N, c, h, w) float32
decoder.onnx   "latents" -> "image"
tables.bin     shared codebooks, integer probability tables, states of adaptive coders
codec.json     the facts (see facts.py), with the SHA-256 of the files above
card.json      where the codec comes from and what it reaches; for people, no part of the model id

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
from numpy.typing import NDArray

from latentcodec._core import Tables, write_image
from latentcodec.bundle import facts as codec_facts
from latentcodec.container.read import ENTROPIES
from latentcodec.errors import BundleError
from latentcodec.transform.gains import Gains
from latentcodec.transform.quantisers import GAINED, QUANTISERS


@dataclass(frozen=True, repr=False, eq=False)
class Bundle:
    """A loaded and checked bundle. Immutable; threads may share it."""

    path: Path
    facts: dict[str, Any]
    model_id: bytes
    tables: Tables
    networks: dict[str, bytes]

    def __repr__(self) -> str:
        return f"<Bundle {self.name} {self.model_id.hex()} at {self.path}>"

    @property
    def name(self) -> str:
        return str(self.facts["name"])

    @property
    def colour(self) -> str:
        """ "RGB" or "L"."""
        return str(self.facts["colour"])

    @property
    def stride(self) -> int:
        """Pixels per latent, along either side."""
        return int(self.facts["stride"])

    @property
    def halo(self) -> int:
        """Cells around its own from which a latent takes, or to which it gives, pixels."""
        return -(-int(self.facts["receptive_field"]) // self.stride)

    @property
    def latent_channels(self) -> int:
        return int(self.facts["latent_channels"])

    @property
    def image_size(self) -> tuple[int, int] | None:
        """(height, width) of a network that takes only one size."""
        size = self.facts["image_size"]
        return None if size is None else (size[0], size[1])

    def latent_shape(self, height: int, width: int) -> tuple[int, int, int]:
        """(C, h, w) of a picture's latents."""
        return self.latent_channels, -(-height // self.stride), -(-width // self.stride)

    @property
    def lossless(self) -> bool:
        """Whether it codes grey pixels bit for bit, and does nothing else."""
        return codec_facts.is_lossless(self.facts)

    def codebook(self, quantiser: str, bits: int) -> NDArray[np.float32] | None:
        """Centroids (2^bits,) for ``vector_shared``, None for the others.

        Raises:
            BundleError: the bundle has no codebook for so many bits.
        """
        return self.tables.codebook(QUANTISERS.index(quantiser), bits) if quantiser == "vector_shared" else None

    @functools.cached_property
    def gains(self) -> Gains:
        """What ``gained`` quantises with.

        Raises:
            BundleError: the bundle does not offer it.
        """
        return Gains(*self.tables.gained())


def read_facts(folder: Path) -> dict[str, Any]:
    """The checked facts of the bundle in ``folder``; its other files are not looked at.

    Raises:
        BundleError: there is no codec.json, or it is not as the schema says.
    """
    text = _content(folder / "codec.json", f"{folder} holds no bundle: ")
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
    contents = {}
    for name in codec_facts.files_of(facts):
        contents[name] = _content(path / name, f"{path}: ")
        if hashlib.sha256(contents[name]).hexdigest() != facts["files"][name]:
            raise BundleError(f"{path}: {name} is not the file that codec.json names (its SHA-256 differs)")
    try:
        tables = Tables.parse(contents.pop(codec_facts.TABLES))
        _check_tables(tables, facts)
    except BundleError as error:
        raise BundleError(f"{path}: tables.bin: {error}") from error
    return Bundle(path, facts, codec_facts.model_id(facts), tables, contents)


def kept_bundle(folder: Path) -> Bundle:
    """As ``load_bundle``; kept for the next call unless the bundle changes."""
    folder = folder.resolve()
    return _kept(folder, codec_facts.model_id(read_facts(folder)))


@functools.lru_cache(maxsize=4)
def _kept(folder: Path, model: bytes) -> Bundle:
    return load_bundle(folder)


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
        facts: ``codec.json`` without "schema" and "files", which are added here.
        tables: from ``_core.Tables.build``.
        card: ``card.json``.
        encoder, decoder: paths of the ONNX files; a lossless bundle has none.

    Returns:
        The model id, 4 bytes.

    Raises:
        BundleError: what was given is no valid bundle.
        FileExistsError: ``folder`` holds something else.
    """
    target = Path(folder)
    if target.exists() and not (target / "codec.json").exists() and any(target.iterdir()):
        raise FileExistsError(f"{target} exists and is no bundle")
    networks = zip(codec_facts.NETWORKS, (encoder, decoder), strict=True)
    contents = {name: Path(path).read_bytes() for name, path in networks if path is not None}
    contents[codec_facts.TABLES] = tables
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    facts = {**facts, "schema": codec_facts.SCHEMA, "files": digests}
    contents["codec.json"] = _json(facts)
    contents["card.json"] = _json(card)

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


def _content(path: Path, what: str) -> bytes:
    """The bytes of a bundle's file; BundleError, ``what`` first, if there is none. A pipe would wait for ever."""
    if path.exists() and not path.is_file():
        raise BundleError(f"{what}{path.name} is no regular file")
    try:
        return path.read_bytes()
    except OSError as error:
        raise BundleError(f"{what}{path.name}: {error.strerror}") from error


def _check_tables(tables: Tables, facts: dict[str, Any]) -> None:
    """Every quantiser that is offered has what its entropy models need, and its gains or its shared codebook."""
    if codec_facts.is_gained(facts):
        _check_gained(tables, facts)
    if codec_facts.is_lossless(facts):
        tables.lossless()
    for quantiser, offered in facts["quantisers"].items():
        for bits in offered:
            number = QUANTISERS.index(quantiser)
            if quantiser == "vector_shared":
                tables.codebook(number, bits)
            if "static" in facts["entropy"] and len(tables.frequencies(number, bits)) != facts["latent_channels"]:
                raise BundleError(f"the table for {quantiser} with {bits} bits is for another number of channels")
            if "context" in facts["entropy"] and tables.state_channels(number, bits) != facts["latent_channels"]:
                raise BundleError(f"the state for {quantiser} with {bits} bits is for another number of channels")


def _check_gained(tables: Tables, facts: dict[str, Any]) -> None:
    """The gains are for the network's channels, and each entropy model that is offered codes a symbol of each."""
    channels = facts["latent_channels"]
    found = tables.gained()[0].shape[1]
    if found != channels:
        raise BundleError(f"the gains are for {found} channels, the latents have {channels}")
    symbols, no_side = np.zeros((channels, 1, 1), np.int16), np.zeros(0, np.float32)
    for entropy in facts["entropy"]:
        number = ENTROPIES.index(entropy)
        write_image(bytes(4), 1, 1, QUANTISERS.index(GAINED), 1, number, no_side, symbols, tables)


def _json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=True) + "\n").encode()
