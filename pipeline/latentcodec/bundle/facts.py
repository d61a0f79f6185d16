"""The facts of a bundle, its ``codec.json``: what decoding needs to know, and the model id.

The model id is the first 4 bytes of the SHA-256 of the facts in canonical form. They hold the SHA-256 of each other
file, so a file that names its model names every weight and every probability with it.
"""

import hashlib
import json
import re
from typing import Any

from latentcodec.container.read import ENTROPIES, GAINED_ENTROPIES
from latentcodec.errors import BundleError
from latentcodec.transform.quantisers import GAINED, LOSSLESS, OF_BITS

SCHEMA = 1
NETWORKS = ("encoder.onnx", "decoder.onnx")
TABLES = "tables.bin"
CHANNELS = {"RGB": 3, "L": 1}

_KEYS = {
    "schema", "name", "colour", "image_size", "stride", "receptive_field", "latent_channels",
    "quantisers", "entropy", "quality", "files",
}  # fmt: skip
_LOSSLESS_FACTS = {
    "colour": "L", "image_size": None, "stride": 1, "receptive_field": 0, "latent_channels": 1,
    "entropy": ["context"], "quality": [],
}  # fmt: skip
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def canonical(facts: dict[str, Any]) -> bytes:
    """The one form in bytes that the model id is computed from."""
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def model_id(facts: dict[str, Any]) -> bytes:
    """4 bytes."""
    return hashlib.sha256(canonical(facts)).digest()[:4]


def parse(text: bytes) -> dict[str, Any]:
    """``codec.json`` as checked facts.

    Raises:
        BundleError: no JSON, a schema that this version does not know, or facts that contradict it.
    """
    try:
        facts = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"codec.json is no JSON: {error}") from error
    if not isinstance(facts, dict):
        raise BundleError("codec.json holds no object")
    if not _is_integer(facts.get("schema"), 1, 2**31):
        raise BundleError("codec.json does not say which schema it follows")
    if facts["schema"] != SCHEMA:
        raise BundleError(f"the bundle follows schema {facts['schema']}, this version of latentcodec reads {SCHEMA}")
    check(facts)
    return facts


def check(facts: dict[str, Any]) -> None:
    """Raise BundleError, naming the key, unless the facts follow the schema."""
    if facts.keys() != _KEYS:
        odd = sorted(facts.keys() ^ _KEYS)
        raise BundleError(f"codec.json lacks keys or has foreign ones: {', '.join(map(str, odd))}")
    stride = facts["stride"]
    _require("name", isinstance(facts["name"], str) and _NAME.fullmatch(facts["name"]))
    _require("colour", isinstance(facts["colour"], str) and facts["colour"] in CHANNELS)
    _require("stride", _is_integer(stride, 1, 1024))
    _require("image_size", facts["image_size"] is None or _is_size(facts["image_size"], stride))
    _require("receptive_field", _is_integer(facts["receptive_field"], 0, 2**16))
    _require("latent_channels", _is_integer(facts["latent_channels"], 1, 2**16))
    _require("quantisers", _are_quantisers(facts["quantisers"]))
    _require("entropy", _is_subset(facts["entropy"], GAINED_ENTROPIES if is_gained(facts) else ENTROPIES))
    _require("quality", _is_quality(facts["quality"], facts["quantisers"]))
    for key, value in _LOSSLESS_FACTS.items() if is_lossless(facts) else ():
        _require(key, facts[key] == value)
    files = facts["files"]
    _require("files", isinstance(files, dict) and sorted(files) == sorted(files_of(facts)))
    _require("files", all(isinstance(digest, str) and _SHA256.fullmatch(digest) for digest in files.values()))


def is_gained(facts: dict[str, Any]) -> bool:
    """Whether every quality has gains of its own (``gained``) instead of a quantiser with bits."""
    return GAINED in facts["quantisers"]


def is_lossless(facts: dict[str, Any]) -> bool:
    """Whether pixels themselves are coded, bit for bit and without networks; such a bundle does nothing else."""
    return LOSSLESS in facts["quantisers"]


def files_of(facts: dict[str, Any]) -> tuple[str, ...]:
    """The files that a bundle has beside codec.json and card.json."""
    return (TABLES,) if is_lossless(facts) else (*NETWORKS, TABLES)


def _require(key: str, fine: object) -> None:
    if not fine:
        raise BundleError(f"codec.json: {key!r} is not what schema {SCHEMA} allows")


def _is_integer(value: object, low: int, high: int) -> bool:
    return type(value) is int and low <= value <= high


def _is_size(value: object, stride: int) -> bool:
    """[height, width]; a network of one size cannot pad, so both are whole numbers of strides."""
    return (
        isinstance(value, list) and len(value) == 2 and all(_is_integer(n, 1, 2**16) and n % stride == 0 for n in value)
    )


def _is_subset(value: object, choices: tuple[str, ...]) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, str) and v in choices for v in value)


def _are_quantisers(value: object) -> bool:
    """{"min_max": [1, 2, 3], ...}: the numbers of bits that each quantiser is offered with, ascending. {"gained": []}
    and {"lossless": []} stand alone.
    """
    return value in ({GAINED: []}, {LOSSLESS: []}) or (
        isinstance(value, dict)
        and bool(value)
        and value.keys() <= set(OF_BITS)
        and all(
            isinstance(bits, list) and bits and all(_is_integer(b, 1, 8) for b in bits) and bits == sorted(set(bits))
            for bits in value.values()
        )
    )


def _is_quality(value: object, offered: dict[str, list[int]]) -> bool:
    """[[20, "min_max", 1], ..., [100, ...]]: upper bounds ascending to 100, each with a quantiser that is offered. []
    where ``gained`` or ``lossless`` is.
    """
    if GAINED in offered or LOSSLESS in offered:
        return value == []
    if not isinstance(value, list) or not all(isinstance(row, list) and len(row) == 3 for row in value):
        return False
    bounds = [row[0] for row in value]
    return (
        all(_is_integer(bound, 1, 100) for bound in bounds)
        and bounds == sorted(set(bounds))
        and bounds[-1:] == [100]
        and all(isinstance(row[1], str) and row[2] in offered.get(row[1], []) for row in value)
    )
