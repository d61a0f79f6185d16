"""Collect what was measured and draw it: ``python -m stages.report.results``.

Writes results/{photos,digits,lossless,timings}.json (all rows), results/bd_rates.json, results/curves.json (what
``dvc plots`` draws), results/overview.json (all codecs at one setting), results/summary.json (what ``dvc metrics``
shows of it), results/machine.json (on which machine), results/figures/*.webp, and build/plots.html, which
``dvc plots show`` fills.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from latentcodec.container.header import VARIABLE_RATE
from latentcodec.evaluation.points import as_text
from latentcodec.rivals import RIVALS
from stages import metrics
from stages.channels import channels_last
from stages.figures import (
    latent_dim,
    pixel_costs,
    rate_distortion,
    reconstructions,
    ssim_per_bpp,
    strip,
    timings,
    training,
)
from stages.figures.rows import select
from stages.figures.sheet import Cell
from stages.figures.style import label
from stages.measure import classical
from stages.measure.photos import key_of
from stages.params import Params, Quoted, load_params
from stages.report import comparison, machine, plots_page
from stages.report.page.story import SHORT
from stages.report.page.trained import in_words, trainings


def caption(size: int, pixels: int, ssim: float, aim: int | None = None) -> str:
    """``aim``: the length that a JPEG file should have; where it cannot be that short, this is said."""
    least = " (its least)" if aim is not None and size > 1.05 * aim else ""
    return f"{8 * size / pixels:.3f} bpp{least}\nSSIM {ssim:.3f}"


class Photos:
    """What the evaluations of the photo codecs left behind, and JPEG files of the same lengths.

    ``variable_rate`` are those of ``codecs`` that are rate-distortion trained: a point of theirs is a quality, coded
    with ``context``; the others' is a number of bits, coded with ``static`` tables.
    """

    def __init__(self, codecs: list[str], variable_rate: list[str], quantiser: str, root: Path) -> None:
        self.codecs, self.variable_rate, self.quantiser = codecs, variable_rate, quantiser
        self.pictures = np.load(root / "build/data/photos/test.npy")
        self.pixels = self.pictures.shape[2] * self.pictures.shape[3]
        self.measured = {codec: read(root / f"build/{codec}/evaluation/pictures.json") for codec in codecs}
        self.stacks = {codec: np.load(root / f"build/{codec}/evaluation/reconstructions.npz") for codec in codecs}
        self.sample = self.stacks[codecs[0]]["sample"]
        self.jpeg = {codec: self._jpeg_beside(codec) for codec in tqdm(codecs, "JPEG of the same lengths")}

    def points(self, codec: str, quantiser: str | None = None) -> dict[int, dict]:
        """By b or quality: bytes and distortions of every test picture."""
        if codec in self.variable_rate:
            return {point["quality"]: point for point in select(self.measured[codec], entropy="context")}
        points = select(self.measured[codec], quantiser=quantiser or self.quantiser, entropy="static")
        return {point["bits"]: point for point in points}

    def _jpeg_beside(self, codec: str) -> dict[int, dict]:
        """By b or quality: JPEG files nearest in length to the codec's, measured; ``decoded`` holds their pictures."""
        beside = {}
        for step, point in self.points(codec).items():
            pairs = zip(self.pictures, point["bytes"], strict=True)
            files = [RIVALS["jpeg"].match(channels_last(picture), size)[1] for picture, size in pairs]
            decoded = np.stack([classical.decode(data, 3) for data in files])
            sizes = [len(data) for data in files]
            beside[step] = {"bytes": sizes, "ssim": metrics.ssim(self.pictures, decoded).tolist(), "decoded": decoded}
        return beside

    def originals(self) -> list[Cell]:
        return [Cell(self.pictures[index]) for index in self.sample]

    def cells(self, codec: str, step: int, quantiser: str | None = None) -> list[Cell]:
        """The sample as ``codec`` decodes it at b or quality ``step``."""
        point = self.points(codec, quantiser)[step]
        stack = self.stacks[codec][key_of(point)]
        return [
            Cell(picture, caption(point["bytes"][index], self.pixels, point["ssim"][index]))
            for picture, index in zip(stack, self.sample, strict=True)
        ]

    def jpeg_cells(self, codec: str, step: int) -> list[Cell]:
        """The sample as JPEG files of the lengths of ``codec``'s."""
        point, beside = self.points(codec)[step], self.jpeg[codec][step]
        captions = [
            caption(beside["bytes"][index], self.pixels, beside["ssim"][index], point["bytes"][index])
            for index in self.sample
        ]
        return [Cell(beside["decoded"][index], below) for index, below in zip(self.sample, captions, strict=True)]

    def jpeg_ssim_per_bpp(self, codec: str) -> dict[int, float]:
        """By b, the mean over pictures."""
        rates = {bits: 8 * np.array(point["bytes"]) / self.pixels for bits, point in self.jpeg[codec].items()}
        return {bits: float(np.mean(self.jpeg[codec][bits]["ssim"] / rate)) for bits, rate in rates.items()}


def shortly_trained(params: Params, root: Path) -> dict[str, str]:
    """By codec how long it was trained, in words, if all of the study was so short that figures must say it."""
    seconds = {network["codec"]: network["seconds"] for network in trainings(params, root)}
    return {codec: in_words(each) for codec, each in seconds.items()} if max(seconds.values()) < SHORT else {}


def draw_photos(photos: Photos, rows: list[dict], best: str | None, trained: dict[str, str], out: Path) -> None:
    """``best``: the residual codec of the verdict, which stands beside ae2; ``trained``: by ``shortly_trained``."""

    def note(*codecs: str) -> str:
        lengths = [f"{label(codec)} {trained[codec]}" for codec in codecs if codec in trained]
        return f"trained only for: {', '.join(lengths)} (make study-full trains for hours)" if lengths else ""

    fixed_rate, quantiser = [codec for codec in photos.codecs if codec not in photos.variable_rate], photos.quantiser
    compared = [codec for codec in (comparison.ANCHOR, best) if codec in fixed_rate]
    rate_distortion.against_classical(
        rows, photos.codecs, quantiser, out / "rate_distortion.webp", note(*photos.codecs)
    )
    rate_distortion.of_quantisers(rows, fixed_rate, out / "rate_distortion_quantisers.webp", note(*fixed_rate))
    jpeg: dict[str, dict[int, float]] = {codec: photos.jpeg_ssim_per_bpp(codec) for codec in compared}
    ssim_per_bpp.of_codecs(rows, fixed_rate, quantiser, jpeg, out / "ssim_per_bpp.webp", note(*fixed_rate))
    ssim_per_bpp.of_quantisers(rows, fixed_rate, out / "ssim_per_bpp_quantisers.webp", note(*fixed_rate))
    for codec in photos.codecs:
        steps = list(photos.points(codec))
        decoded, jpegs = ({step: cells(codec, step) for step in steps} for cells in (photos.cells, photos.jpeg_cells))
        unit = "quality " if codec in photos.variable_rate else "b = "
        path = out / f"reconstructions_{codec}.webp"
        reconstructions.along_curve(codec, photos.originals(), decoded, jpegs, unit, path, note(codec))
    for codec in fixed_rate:
        quantisers = dict.fromkeys(row["quantiser"] for row in select(rows, codec=codec))
        first = {name: {b: photos.cells(codec, b, name)[0] for b in photos.points(codec, name)} for name in quantisers}
        reconstructions.by_quantiser(codec, photos.originals()[0], first, out / f"quantisers_{codec}.webp", note(codec))
    if len(compared) == 2:
        columns = {"original": photos.originals()}
        for codec in compared:
            columns[f"{label(codec)}, b = 2"] = photos.cells(codec, 2)
            columns[f"JPEG as long as {label(codec)}"] = photos.jpeg_cells(codec, 2)
        title = "Base and residual autoencoder at b = 2"
        reconstructions.side_by_side(columns, out / "base_and_residual.webp", title, note(*compared))


def draw_digits(codecs: dict[int, str], rows: list[dict], quoted: Quoted, root: Path, out: Path) -> None:
    latent_dim.error_and_ratio(rows, quoted["quantiser"], out / "latent_dim.webp")
    latent_dim.rate_quality(rows, quoted["quantiser"], out / "digits_rate_quality.webp")
    shown = {
        dim: np.load(root / f"build/{codec}/evaluation/reconstructions.npz")
        for dim, codec in codecs.items()
        if dim in (784, 64)
    }
    strip.draw(shown, rows, quoted, out / "digits_strip.webp")


def read(path: Path) -> list[dict]:
    return json.loads(path.read_text())


def main(params: Params, root: Path = Path()) -> None:
    quoted = params["report"]
    families: dict[str, list[str]] = {"photos": [], "digits": [], "lossless": []}
    for codec, settings in params["train"].items():
        families[settings["data"]].append(codec)
    fixed_rate, variable_rate = families["photos"], list(params["rate_distortion"])
    families["photos"] = [*fixed_rate, *variable_rate]
    for codec, block in params["lossless"].items():
        families["digits" if block["data"] == "digits" else "lossless"].append(codec)
    results = {
        family: [row for codec in [*codecs, "classical"] for row in read(points_of(root, codec, family))]
        for family, codecs in families.items()
    }
    times = [
        row
        for codecs in families.values()
        for codec in codecs
        for row in read(root / f"build/{codec}/evaluation/timings.json")
    ]
    photos = Photos(families["photos"], variable_rate, quoted["photos"]["quantiser"], root)
    compared = comparison.deltas(photos.measured, read(root / "build/classical/pictures.json"), photos.pixels)
    overview = comparison.overview(results["photos"], results["digits"], compared, quoted)
    exact = [files for codec in params["lossless"] for files in read(root / f"build/{codec}/evaluation/measured.json")]
    overview["lossless"] = comparison.lossless(exact, read(root / "build/classical/files.json"))

    out = root / "results"
    (out / "figures").mkdir(parents=True, exist_ok=True)
    curves = plotted(results["photos"], quoted["photos"]["quantiser"])
    files = {**results, "curves": curves, "timings": times, "bd_rates": compared, "overview": overview}
    files |= {"summary": comparison.summary(overview), "machine": machine.describe()}
    for name, content in files.items():
        (out / f"{name}.json").write_text(as_text(rounded(content)))
    plots_page.write(root / "build/plots.html")
    trained = shortly_trained(params, root)
    draw_photos(photos, results["photos"], overview["verdict"].get("codec"), trained, out / "figures")
    timings.per_quantiser(times, fixed_rate, out / "figures/timings.webp")
    training.losses(
        {codec: read(root / f"build/{codec}/history.json") for codec in variable_rate}, out / "figures/training.webp"
    )
    dims = {row["latent_dim"]: row["codec"] for row in results["digits"] if "latent_dim" in row}
    draw_digits(dims, results["digits"], quoted["digits"], root, out / "figures")
    for codec, block in params["lossless"].items():
        draw = pixel_costs.of_digits if block["data"] == "digits" else pixel_costs.of_photograph
        draw(**np.load(root / f"build/{codec}/evaluation/costs.npz"), path=out / f"figures/pixel_costs_{codec}.webp")


def rounded(content: Any) -> Any:
    """Whatever JSON holds, in six significant digits: more say nothing, and are half of the files' bytes."""
    if isinstance(content, dict):
        return {key: rounded(value) for key, value in content.items()}
    if isinstance(content, list):
        return [rounded(value) for value in content]
    return float(f"{content:.6g}") if isinstance(content, float) else content


def plotted(photos: list[dict], quantiser: str) -> list[dict]:
    """What ``dvc plots`` draws: rows that all have the same keys, which it insists on; one curve per codec."""
    keys = ("codec", "bpp", *metrics.DRAWN, "ssim_per_bpp")
    fixed_rate = select(photos, quantiser=quantiser, entropy="static")
    variable_rate = select(photos, quantiser=VARIABLE_RATE, entropy="context")
    return [{key: row[key] for key in keys} for row in fixed_rate + variable_rate + select(photos, quantiser=None)]


def points_of(root: Path, codec: str, family: str) -> Path:
    of_codec = f"classical/{family}.json" if codec == "classical" else f"{codec}/evaluation/points.json"
    return root / "build" / of_codec


if __name__ == "__main__":
    main(load_params())
