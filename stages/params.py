"""params.yaml, as a plain dictionary."""

from pathlib import Path

import yaml


def load_params(path: Path = Path("params.yaml")) -> dict:
    return yaml.safe_load(path.read_text())
