"""Digits as the networks give them back by latent_dim, and where their latents lie."""

import base64
from pathlib import Path
from typing import Any

import numpy as np

from stages.figures.latent_map import NAMES
from stages.figures.rows import select
from stages.report.page.pictures import sheet
from stages.report.page.rates import rounded

COLUMNS = 64  # digits side by side in the sheet of the map
MAPPED = 2000  # digits of a map that the page shows, at most: more would make it large


def reconstructions(rows: list[dict], build: Path) -> list[dict[str, Any]]:
    """By latent_dim: a sheet of digits, a column for each and a row for each of ``lines``: the original, what the
    network makes of latents that are not quantised, and what comes back from files."""
    found = []
    for dim, codec in sorted({row["latent_dim"]: row["codec"] for row in rows if "latent_dim" in row}.items()):
        stacks = np.load(build / f"{codec}/evaluation/reconstructions.npz")
        coded = [line_of(row) for row in select(rows, codec=codec, entropy="static")]
        float_error = rounded(next(row["mse_float"] for row in rows if row["codec"] == codec))
        lines = [{"key": "original", "mse": 0}, {"key": "float", "mse": float_error}, *coded]
        digits = np.concatenate([stacks[line["key"]][:, 0] for line in lines])
        found.append({"dim": dim, "lines": lines, "sheet": sheet(digits, len(stacks["original"]))})
    return found


def line_of(row: dict) -> dict[str, Any]:
    figures = {key: rounded(row[key]) for key in ("bpp", "mse", "psnr")}
    return {"key": f"{row['quantiser']}_{row['bits']}", "quantiser": row["quantiser"], "bits": row["bits"], **figures}


def latent_map(root: Path) -> dict[str, Any]:
    """The digits in one sheet, their labels, and by kind of map and latent_dim their places, left to right and top to
    bottom from 0 to 65535, as base64 of little-endian pairs uint16."""
    maps = np.load(root / "build/latent_space/maps.npz")
    labels = maps["labels"][:MAPPED]
    digits = np.load(root / "build/data/digits/test.npy", mmap_mode="r")[: len(labels), 0]
    dims = sorted({int(name.partition("_")[0].removeprefix("ld")) for name in maps.files if name != "labels"})
    return {
        "sheet": sheet(np.asarray(digits), COLUMNS),
        "columns": COLUMNS,
        "labels": labels.tolist(),
        "names": NAMES,
        "dims": dims,
        "places": {kind: [packed(maps[f"ld{dim}_{kind}"][:MAPPED]) for dim in dims] for kind in NAMES},
    }


def packed(places: np.ndarray) -> str:
    """Places (N, 2), y upwards, as ``latent_map`` has them."""
    low, high = places.min(axis=0), places.max(axis=0)
    unit = (places - low) / np.maximum(high - low, 1e-12)
    unit[:, 1] = 1 - unit[:, 1]
    return base64.b64encode((unit * 65535).round().astype("<u2").tobytes()).decode()
