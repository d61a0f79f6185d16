"""The facts of a bundle, its ``codec.json``: what decoding needs to know, and the model id.

The model id is the first 4 bytes of the SHA-256 of the facts in canonical form. They hold the SHA-256 of each other
file, so a file that names its model names every weight and every probability with it.
"""

import hashlib
import json
import re
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any

from latentcodec.container.header import (
    BITS_QUANTISERS,
    ENTROPIES,
    LOSSLESS,
    LOSSLESS_QUANTISERS,
    PLANES,
    VARIABLE_RATE,
    VARIABLE_RATE_ENTROPIES,
)
from latentcodec.errors import BundleError

SCHEMA = 1
NETWORKS = ("encoder.onnx", "decoder.onnx")
TABLES = "tables.bin"
ANY = "any"
CHANNELS = {"RGB": 3, "L": 1, ANY: 3}

_WITHOUT_NETWORKS = {
    "image_size": None, "stride": 1, "receptive_field": 0, "entropy": ["context"], "quality": [],
}  # fmt: skip
_LOSSLESS_FACTS = {
    LOSSLESS: _WITHOUT_NETWORKS | {"colour": "L", "latent_channels": 1},
    PLANES: _WITHOUT_NETWORKS | {"colour": ANY, "latent_channels": 4},
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Facts:
    """``codec.json``, checked; the fields are its keys."""

    schema: int
    name: str
    colour: str
    """"RGB" or "L", or of a lossless bundle for all pictures "any"."""
    image_size: tuple[int, int] | None
    """(height, width) of a network that takes only one size."""
    stride: int
    """Pixels per latent, along either side."""
    receptive_field: int
    """Pixels around its own stride x stride ones that a latent depends on or changes."""
    latent_channels: int
    quantisers: dict[str, tuple[int, ...]]
    """The bits that each quantiser is offered with; none for a variable rate and for lossless."""
    entropy: tuple[str, ...]
    """The entropy models that are offered."""
    quality: tuple[tuple[int, str, int], ...]
    """(highest quality, quantiser, bits), ascending; none for a variable rate and for lossless."""
    files: dict[str, str]
    """The SHA-256 of each other file, hexadecimal."""

    @property
    def variable_rate(self) -> bool:
        """Whether every quality has gains of its own instead of a quantiser with bits."""
        return VARIABLE_RATE in self.quantisers

    @property
    def lossless(self) -> bool:
        """Whether pixels themselves are coded, bit for bit and without networks; such a bundle does nothing else."""
        return any(name in self.quantisers for name in LOSSLESS_QUANTISERS)

    @property
    def any_picture(self) -> bool:
        """Whether it does so with pictures of any planes."""
        return PLANES in self.quantisers

    @property
    def halo(self) -> int:
        """Latents around its own pixels' that a pixel depends on, along either side."""
        return -(-self.receptive_field // self.stride)

    @cached_property
    def model_id(self) -> bytes:
        """4 bytes."""
        return hashlib.sha256(_canonical(self.to_json())).digest()[:4]

    def latent_shape(self, height: int, width: int) -> tuple[int, int, int]:
        """(C, h, w) of the latents of a picture of height x width pixels."""
        return self.latent_channels, -(-height // self.stride), -(-width // self.stride)

    def to_json(self) -> dict[str, Any]:
        """What ``codec.json`` holds."""
        return json.loads(json.dumps(asdict(self)))


def parse(text: bytes) -> Facts:
    """``codec.json`` as checked facts.

    Raises:
        BundleError: no JSON, a schema that this version does not know, or facts that contradict it.
    """
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"codec.json is no JSON: {error}") from error
    if not isinstance(values, dict):
        raise BundleError("codec.json holds no object")
    if not _is_integer(values.get("schema"), 1, 2**31):
        raise BundleError("codec.json does not say which schema it follows")
    if values["schema"] != SCHEMA:
        raise BundleError(f"the bundle follows schema {values['schema']}, this version of latentcodec reads {SCHEMA}")
    _check(values)
    return _frozen(values)


def _canonical(values: dict[str, Any]) -> bytes:
    """The one form in bytes that the model id is computed from."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _frozen(values: dict[str, Any]) -> Facts:
    return Facts(
        **values
        | {
            "image_size": values["image_size"] and tuple(values["image_size"]),
            "quantisers": {name: tuple(bits) for name, bits in values["quantisers"].items()},
            "entropy": tuple(values["entropy"]),
            "quality": tuple(tuple(row) for row in values["quality"]),
        }
    )


def _check(values: dict[str, Any]) -> None:
    """Raise BundleError, naming the key, unless the values follow the schema."""
    keys = {field.name for field in fields(Facts)}
    if values.keys() != keys:
        odd = sorted(values.keys() ^ keys)
        raise BundleError(f"codec.json lacks keys or has foreign ones: {', '.join(map(str, odd))}")
    stride, quantisers, files = values["stride"], values["quantisers"], values["files"]
    _require("name", isinstance(values["name"], str) and _NAME.fullmatch(values["name"]))
    _require("colour", isinstance(values["colour"], str) and values["colour"] in CHANNELS)
    _require("stride", _is_integer(stride, 1, 1024))
    _require("image_size", values["image_size"] is None or _is_size(values["image_size"], stride))
    _require("receptive_field", _is_integer(values["receptive_field"], 0, 2**16))
    _require("latent_channels", _is_integer(values["latent_channels"], 1, 2**16))
    _require("quantisers", _are_quantisers(quantisers))
    _require(
        "entropy", _is_subset(values["entropy"], VARIABLE_RATE_ENTROPIES if VARIABLE_RATE in quantisers else ENTROPIES)
    )
    _require("quality", _is_quality(values["quality"], quantisers))
    exact = next((facts for name, facts in _LOSSLESS_FACTS.items() if name in quantisers), {})
    for key, value in exact.items():
        _require(key, values[key] == value)
    _require("colour", exact or values["colour"] != ANY)
    names = [TABLES] if exact else [*NETWORKS, TABLES]
    _require("files", isinstance(files, dict) and sorted(files) == sorted(names))
    _require("files", all(isinstance(digest, str) and _SHA256.fullmatch(digest) for digest in files.values()))


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
    """{"min_max": [1, 2, 3], ...}: the numbers of bits that each quantiser is offered with, ascending. {"gained": []},
    {"lossless": []} and {"planes": []} stand alone.
    """
    return value in [{name: []} for name in (VARIABLE_RATE, *LOSSLESS_QUANTISERS)] or (
        isinstance(value, dict)
        and bool(value)
        and value.keys() <= set(BITS_QUANTISERS)
        and all(
            isinstance(bits, list) and bits and all(_is_integer(b, 1, 8) for b in bits) and bits == sorted(set(bits))
            for bits in value.values()
        )
    )


def _is_quality(value: object, offered: dict[str, list[int]]) -> bool:
    """[[20, "min_max", 1], ..., [100, ...]]: upper bounds ascending to 100, each with a quantiser that is offered. []
    where ``gained``, ``lossless`` or ``planes`` is.
    """
    if any(name in offered for name in (VARIABLE_RATE, *LOSSLESS_QUANTISERS)):
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
