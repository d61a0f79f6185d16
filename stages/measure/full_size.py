"""Measure a variable-rate bundle on whole photographs: ``python -m stages.measure.full_size BUNDLE FOLDER OUT.json``.

Every picture of the folder becomes a file and a picture again, by the deployed codec and by the classical ones.
OUT.json gets the curves (means over pictures), the BD-rates (per picture, then averaged) and the bits per pixel of
every quality 1 to 100; OUT.webp the curves, with published ones; OUT_NAME.webp, where ``--crop NAME:X,Y`` asks for it,
a part of a picture beside classical files of the same length. Classical curves are kept in build/full_size/ from run to
run. Which codecs, at which qualities: params.yaml, ``full_size``.
"""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

import latentcodec
from latentcodec.container.header import HIGHEST_QUALITY, VARIABLE_RATE
from latentcodec.distortion import METRICS
from latentcodec.evaluation.points import Measured, Points, add, as_text, bd_rates, bits_per_pixel, distortions, means
from latentcodec.rivals import RIVALS
from stages.atomic_write import atomic_write
from stages.channels import channels_first, channels_last
from stages.datasets.dataset import DataError
from stages.datasets.folder import find_pictures, upright
from stages.figures import rate_distortion, reconstructions, style
from stages.figures.rows import select
from stages.figures.sheet import Cell
from stages.measure import classical, published
from stages.measure.photos import CachingTransform
from stages.params import Params, load_params

CACHE = Path("build/full_size")
CROP, CROP_QUALITY = 192, 20
BESIDE = ("webp", "avif", "jpeg")  # a crop


def measured(picture: NDArray[np.uint8], decoded: NDArray[np.uint8], length: int) -> Measured:
    """Of one picture (3, H, W) and its file."""
    original = channels_last(picture)
    return {"bpp": bits_per_pixel(length, original), **distortions(original, channels_last(decoded))}


class Classical:
    """The classical codecs' curves, kept by the contents of the picture; a codec that Pillow lacks here has none."""

    def __init__(self, settings: dict[str, list[float]], cache: Path) -> None:
        offered = {codec: qualities for codec, qualities in settings.items() if RIVALS[codec].available}
        if missing := ", ".join(settings.keys() - offered.keys()):
            print(f"full_size: this build of Pillow writes no {missing}")
        self.settings = [(codec, quality) for codec, qualities in offered.items() for quality in qualities]
        self.file = cache / "classical.json"
        self.cached: dict[str, Measured] = json.loads(self.file.read_text()) if self.file.exists() else {}

    def measure(self, picture: NDArray[np.uint8]) -> dict[tuple, Measured]:
        digest = hashlib.sha256(picture.tobytes() + str(picture.shape).encode()).hexdigest()[:16]
        points = {}
        for codec, quality in self.settings:
            key = f"{digest} {codec} {quality}"
            if not METRICS.keys() <= self.cached.get(key, {}).keys():  # or kept before some metric was there
                data = RIVALS[codec].encode(channels_last(picture), quality)
                self.cached[key] = measured(picture, classical.decode(data, 3), len(data))
            points[codec, quality] = self.cached[key]
        return points

    def keep(self) -> None:
        with atomic_write(self.file) as beside:
            beside.write_text(json.dumps(self.cached))


def measure_own(codec: latentcodec.Codec, picture: NDArray[np.uint8], qualities: list[int]) -> dict[tuple, Measured]:
    """By (entropy model, quality)."""
    pixels, points = channels_last(picture), {}
    for quality in qualities:
        for name in codec.bundle.facts.entropy:
            data = codec.encode(pixels, quality=quality, entropy=name)
            points[name, quality] = measured(picture, channels_first(codec.decode_array(data)), len(data))
    return points


def lengths(codec: latentcodec.Codec, picture: NDArray[np.uint8]) -> list[float]:
    """Bits per pixel at every quality, the best entropy model."""
    pixels = picture.transpose(1, 2, 0)
    sizes = [len(codec.encode(pixels, quality=quality)) for quality in range(1, HIGHEST_QUALITY + 1)]
    return [bits_per_pixel(size, pixels) for size in sizes]


def rows_of(points: Points, codec: str | None = None) -> list[dict]:
    """Means over pictures; ``codec``: the bundle, whose points are named by their entropy model."""
    rows = []
    for row in means(points, "bpp", *METRICS):
        own = {"codec": codec, "quantiser": VARIABLE_RATE, "entropy": row["codec"]} if codec else {"quantiser": None}
        rows.append({**row, **own})
    return rows


def deltas(own: Points, rivals: Points) -> list[dict]:
    """BD-rates of ``context`` in per cent, against ``static`` and the rivals."""
    return bd_rates({**own, **rivals}, "context")


def not_rising(sizes: NDArray[np.float64], names: list[str]) -> list[list]:
    """[picture, quality] where a file is smaller than at the quality before; ``sizes`` is (pictures, 100)."""
    return [[names[picture], int(step) + 2] for picture, step in np.argwhere(np.diff(sizes, axis=1) < 0)]


def draw_crop(codec: latentcodec.Codec, picture: NDArray[np.uint8], left: int, top: int, path: Path) -> None:
    """CROP x CROP pixels of the picture, of ours at CROP_QUALITY, and of classical files as long as ours."""
    data = codec.encode(picture.transpose(1, 2, 0), quality=CROP_QUALITY)
    decoded = {codec.bundle.name: (codec.decode_array(data).transpose(2, 0, 1), len(data))}
    for name in BESIDE:
        _, file = RIVALS[name].match(channels_last(picture), len(data))
        decoded[style.lossy_label(name)] = classical.decode(file, 3), len(file)
    part = slice(None), slice(top, top + CROP), slice(left, left + CROP)
    columns = {"original": [Cell(picture[part])]}
    for name, (pixels, length) in decoded.items():
        found = measured(picture, pixels, length)
        caption = f"{found['bpp']:.3f} bpp, {found['psnr']:.1f} dB\nSSIMULACRA2 {found['ssimulacra2']:.0f}"
        columns[name] = [Cell(pixels[part], caption)]
    reconstructions.side_by_side(columns, path, "")


def measure_all(
    codec: latentcodec.Codec, paths: list[Path], params: Params
) -> tuple[Points, Points, list[list[float]]]:
    """Our points, the classical codecs', and for each picture the bits per pixel of every quality."""
    rivals = Classical(params["full_size"], CACHE)
    own_points: Points = {}
    rival_points: Points = {}
    sizes = []
    for path in tqdm(paths, codec.bundle.name, unit="picture"):
        picture = channels_first(upright(path))
        add(own_points, measure_own(codec, picture, params["evaluate"]["qualities"]))
        add(rival_points, rivals.measure(picture))
        rivals.keep()
        sizes.append(lengths(codec, picture))
    return own_points, rival_points, sizes


def main(bundle: str, folder: Path, out: Path, crops: list[str]) -> None:
    codec = latentcodec.open(bundle)
    codec.transform = CachingTransform(codec.transform)
    paths = find_pictures(folder)
    own_points, rival_points, sizes = measure_all(codec, paths, load_params())
    rows = rows_of(own_points, codec.bundle.name) + rows_of(rival_points)
    drawn = [row for row in rows if row.get("entropy") != "static"]
    result = {
        "bundle": codec.bundle.name,
        "model": codec.bundle.model_id.hex(),
        "set": folder.parent.name if folder.name == "test" else folder.name,
        "pictures": [path.name for path in paths],
        "bd_rates": deltas(own_points, rival_points),
        "rows": rows,
        "bpp_of_every_quality": np.mean(sizes, axis=0).round(4).tolist(),
        "not_rising": not_rising(np.array(sizes), [path.name for path in paths]),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(as_text(result))
    for rival in dict.fromkeys(row["against"] for row in result["bd_rates"]):
        print(
            f"{rival:>13}", *(f"{row['measure']} {percent(row)}" for row in select(result["bd_rates"], against=rival))
        )
    rate_distortion.against_classical(
        drawn + published.rows(published.load(result["set"])),
        [codec.bundle.name],
        VARIABLE_RATE,
        out.with_suffix(".webp"),
    )
    for crop in crops:
        name, place = crop.split(":")
        left, top = map(int, place.split(","))
        (path,) = (path for path in paths if path.stem == name)
        draw_crop(codec, channels_first(upright(path)), left, top, out.with_name(f"{out.stem}_{name}.webp"))


def percent(delta: dict) -> str:
    return f"({delta['note']})" if delta["bd_rate_percent"] is None else f"{delta['bd_rate_percent']:+.1f} %"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m stages.measure.full_size", description="Measure a bundle on photographs."
    )
    parser.add_argument("bundle", help="its name or folder")
    parser.add_argument("folder", type=Path, help="pictures, none of which was learnt from")
    parser.add_argument("out", type=Path, help="OUT.json")
    parser.add_argument("--crop", action="append", default=[], metavar="NAME:X,Y", help="a picture's part to draw")
    options = parser.parse_args()
    try:
        main(options.bundle, options.folder, options.out, options.crop)
    except (DataError, latentcodec.LatentCodecError) as error:
        raise SystemExit(f"full_size: {error}") from None
