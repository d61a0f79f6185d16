"""What an exported network says of itself, in its ONNX file's metadata."""

import json
from pathlib import Path

import onnx

PREFIX = "latentcodec."
CODEC_KEYS = ("colour", "image_size", "stride", "receptive_field", "latent_channels")


def write_facts(model: onnx.ModelProto, facts: dict) -> None:
    """Put ``facts`` into the model's metadata, in place of whatever it held."""
    onnx.helper.set_model_props(model, {f"{PREFIX}{key}": json.dumps(value) for key, value in facts.items()})


def read_facts(network: Path) -> dict:
    """The facts of an exported network that codec.json takes over."""
    metadata = {prop.key: prop.value for prop in onnx.load(network, load_external_data=False).metadata_props}
    return {key: json.loads(metadata[f"{PREFIX}{key}"]) for key in CODEC_KEYS}
