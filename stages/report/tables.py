"""Write the tables of the documents and the curves of docs/zoo.md from the results: ``python -m stages.report.tables``.

README.md, docs/study/results.md and docs/zoo.md hold blocks ``<!-- table: NAME -->`` ... ``<!-- end -->``; what stands
between is replaced by the table of that name, made from results/full/*.json, from results/full_size/*.json (released
bundles on whole photographs: stages/measure/full_size.py), from results/zoo (stages/report/zoo.py), from
results/every_digit.json, from bench/RESULTS.md, from published.json and from course.json (the course's own trained
weights, measured on the same pictures; their side information is not counted). No figure in a table is typed by hand.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path

from latentcodec.bundle.find import DEFAULT_BUNDLE
from latentcodec.container.header import VARIABLE_RATE
from stages.figures import style
from stages.figures.rows import lossless_label, select
from stages.markdown import markdown
from stages.measure import published as literature
from stages.metrics import DRAWN
from stages.report import zoo

DOCUMENTS = ("README.md", "docs/study/results.md", "docs/zoo.md")
COURSE = Path(__file__).with_name("course.json")
SPEED = Path(__file__).parents[2] / "bench/RESULTS.md"
IN_BENCH = {"jpeg": "JPEG", "webp": "WebP m6", "avif": "AVIF s6", "jpeg2000": "JPEG 2000"}
"""What bench/RESULTS.md, whose first table is of photographs, calls the classical codecs of results/full_size."""
BLOCK = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


class Results:
    """results/full, released bundles on whole photographs, every digit, and published and the course's figures."""

    def __init__(self, folder: Path) -> None:
        for name in ("photos", "digits", "lossless", "bd_rates", "overview", "timings", "lossless_autoencoder"):
            setattr(self, name, json.loads((folder / f"{name}.json").read_text()))
        self.full_size = [json.loads(file.read_text()) for file in sorted(folder.with_name("full_size").glob("*.json"))]
        self.zoo = zoo.load(folder.with_name("zoo"))
        photographs = SPEED.read_text().split("\n## ")[1]
        self.speed = [[cell.strip() for cell in line.split("|")[1:-1]] for line in photographs.splitlines()]
        self.every_digit = json.loads(folder.with_name("every_digit.json").read_text())
        self.course = json.loads(COURSE.read_text())

    photos: list[dict]
    digits: list[dict]
    lossless: list[dict]
    bd_rates: list[dict]
    timings: list[dict]
    lossless_autoencoder: list[dict]
    overview: dict
    speed: list[list[str]]
    full_size: list[dict]
    zoo: list[zoo.Measured]


def course(results: Results) -> str:
    """Each point of the course beside ours: same architecture, quantiser and b; whole files with ``static`` tables."""
    rows = []
    for original in results.course["photos"]:
        setting = {key: original[key] for key in ("codec", "quantiser", "bits")}
        (ours,) = select(results.photos, entropy="static", **setting)
        pairs = [f"{original[key]:.{n}f} / {ours[key]:.{n}f}" for key, n in (("bpp", 3), ("ssim", 3), ("psnr", 1))]
        gains = f"{original['ssim'] / original['bpp']:.2f} / {ours['ssim_per_bpp']:.2f}"
        rows.append(
            [f"`{original['codec']}`", original.get("as", original["quantiser"]), str(original["bits"]), *pairs, gains]
        )
    head = [
        "codec",
        "quantiser",
        "b",
        "bpp, course / ours",
        "SSIM, course / ours",
        "PSNR dB, course / ours",
        "SSIM/bpp",
    ]
    return markdown(head, rows)


def photos(results: Results) -> str:
    """The four codecs at every b with ``min_max``, the same symbols under each entropy model."""
    rows = []
    for row in select(results.photos, quantiser="min_max", entropy="static"):
        setting = {key: row[key] for key in ("codec", "quantiser", "bits")}
        rates = [
            f"{point['bpp']:.3f}"
            for entropy in ("adaptive", "static", "context")
            for point in select(results.photos, entropy=entropy, **setting)
        ]
        figures = [f"{row['ssim']:.3f}", f"{row['ms_ssim']:.3f}", f"{row['psnr']:.2f}", f"{row['ssim_per_bpp']:.2f}"]
        rows.append([f"`{row['codec']}`", str(row["bits"]), *rates, *figures])
    rates = ["bpp, `adaptive` (the course's coder)", "bpp, `static`", "bpp, `context`"]
    return markdown(["codec", "b", *rates, "SSIM", "MS-SSIM", "PSNR dB", "SSIM/bpp, `static`"], rows)


def digits(results: Results) -> str:
    """The course's table with real files beside it: bits per pixel and PSNR at every b, ``vector_shared``."""
    bits = sorted({row["bits"] for row in results.digits if row.get("latent_dim")})
    rows = []
    for dim, original in results.course["digits_mse"].items():
        points = select(results.digits, latent_dim=int(dim), quantiser="vector_shared", entropy="static")
        coded = [f"{row['bpp']:.3f} / {row['psnr']:.1f}" for row in points]
        rows.append([dim, f"{original:.6f}", f"{points[0]['mse_float']:.6f}", *coded])
    head = ["latent_dim", "MSE, course", "MSE, ours", *(f"b = {b}: bpp / PSNR dB" for b in bits)]
    lossless = [row for row in results.digits if row["quantiser"] == "lossless"]
    rows += [
        [lossless_label(row["codec"], row), "", "0", f"{row['bpp']:.3f}", *[""] * (len(bits) - 1)] for row in lossless
    ]
    return markdown(head, rows)


def lossless(results: Results) -> str:
    """MNIST's test digits without loss, the smallest first; what was published, and what the course calls lossless."""
    share = shares(results.overview, "digits_lossless", "mnist")
    rows = []
    for row in select(results.digits, quantiser="lossless"):
        name = {"ltc": "`digits-v1`, a file each", "ltcp": "`digits-v1`, one pack"}.get(
            row["file"], style.label(row["codec"])
        )
        rows.append((row["bpp"], [name, f"{98 * row['bpp']:.1f}", share.get(row["codec"], "")]))
    rows += [(row["bpp"], [f"{row['codec']}, published", "", ""]) for row in literature.load("mnist")]
    shown = [[name, f"{bpp:.3f}", *rest] for bpp, (name, *rest) in sorted(rows)]
    (coded,) = select(results.digits, latent_dim=784, quantiser="min_max", bits=6, entropy="static")
    error = results.course["digits_mse"]["784"]
    shown.append([f"the course's autoencoder, 784 latents: MSE {error:.6f}, not lossless", "", "", ""])
    ours = f"ours with 784 latents, `min_max`, b = 6: {coded['psnr']:.1f} dB, not lossless"
    shown.append([ours, f"{coded['bpp']:.3f}", f"{98 * coded['bpp']:.1f}", ""])
    return markdown(["codec", "bits per pixel", "bytes per digit", "digits whose file of ours is smaller, %"], shown)


def lossless_pictures(results: Results) -> str:
    """Photographs, scans, pictures with alpha and drawn ones, a file each."""
    rows = []
    sets = [row["set"] for row in results.lossless]
    for row in sorted(results.lossless, key=lambda row: (sets.index(row["set"]), row["bpp"])):
        share = shares(results.overview, "pictures_lossless", row["set"]).get(row["codec"], "")
        name = "**latentcodec**" if row["codec"] == "pictures_lossless" else style.label(row["codec"])
        times = [f"{row[time]:.0f}" for time in ("encode_ms", "decode_ms")]
        ratio = f"{row['compression_ratio']:.2f}"
        rows.append(
            [f"{row['images']}: {row['set']}", name, f"{row['bpp']:.3f}", ratio, *times, share.removesuffix(".00")]
        )
    head = ["pictures", "codec", "bits per pixel", "raw : file", "encode, ms", "decode, ms", "ours is smaller, %"]
    return markdown(head, rows)


def shares(overview: dict, codec: str, tested: str) -> dict[str, str]:
    """By rival, of how many per cent of the pictures the file of ``codec`` is smaller."""
    prefix = "percent_of_pictures_smaller_than_"
    figures = overview["lossless"][codec][f"{tested}_ltc"].items()
    return {name.removeprefix(prefix): f"{value:.2f}" for name, value in figures if name.startswith(prefix)}


def every_digit(results: Results) -> str:
    """How many digits came back bit for bit, and from where."""
    return markdown(
        ["decoded by", "digits, all equal"], [[way, f"{n:,}"] for way, n in results.every_digit["equal"].items()]
    )


def lossless_autoencoder(results: Results) -> str:
    """Digits as latents and exact pixels, beside the model of handwriting alone; whole files, bits per pixel."""
    (no_latents,) = select(results.lossless_autoencoder, latent_dim=None)
    rows = [["-", "", "", "", f"{no_latents['bpp']:.4f}"]]
    for alone in select(results.lossless_autoencoder, knows="prediction"):
        same = select(results.lossless_autoencoder, latent_dim=alone["latent_dim"])
        (beside,) = (row for row in same if row["knows"] != "prediction")
        figures = [f"{alone['mse_predicted']:.4f}", *(f"{bpp:.4f}" for bpp in (alone["latent_bpp"], alone["bpp"]))]
        rows.append([str(alone["latent_dim"]), *figures, f"{beside['bpp']:.4f}"])
    head = [
        "latent_dim",
        "MSE of the prediction",
        "bpp, latents",
        "bpp, prediction alone",
        "bpp, with the model of handwriting",
    ]
    return markdown(head, rows)


def compared(results: Results) -> str:
    """BD-rates with ``min_max`` (PCHIP, per picture, averaged); "-" where some pictures' curves do not overlap."""
    rows = []
    for row in select(results.bd_rates, quantiser="min_max"):
        rate, quality = (
            "-" if row[key] is None else f"{row[key]:+.{n}f}" for key, n in (("bd_rate_percent", 1), ("bd_quality", 3))
        )
        rows.append([f"`{row['codec']}`", row["against"], row["measure"].upper(), rate, quality])
    return markdown(["codec", "against", "measure", "rate at equal quality, %", "quality at equal rate"], rows)


def measures_of(rows: list[dict]) -> dict[str, str]:
    """The titles of the metrics that some of the BD-rates are of: results that are older than a metric lack it."""
    found = {row["measure"] for row in rows}
    return {name: metric.title for name, metric in DRAWN.items() if name in found}


def at_equal(measures: dict[str, str]) -> list[str]:
    return [f"at equal {title}, %" for title in measures.values()]


def rates(deltas: list[dict], measures: dict[str, str], decimals: int = 1) -> list[str]:
    """BD-rates of one codec against one rival in per cent; "-" where there is none."""
    found = {row["measure"]: row["bd_rate_percent"] for row in deltas}
    return ["-" if found.get(name) is None else f"{found[name]:+.{decimals}f}" for name in measures]


def rate_distortion(results: Results) -> str:
    """BD-rates of variable-rate codecs with ``context``, as ``compared`` has them; "ae2" codes as the course does."""
    deltas = select(results.bd_rates, quantiser=VARIABLE_RATE)
    measures = measures_of(deltas)
    rows = []
    for codec, rival in dict.fromkeys((row["codec"], row["against"]) for row in deltas):
        percents = rates(select(deltas, codec=codec, against=rival), measures)
        rows.append([f"`{codec}`", style.lossy_label(rival), *percents])
    first, *more = at_equal(measures)
    return markdown(["codec", "against", f"rate {first}", *more], rows)


def released(results: Results) -> str:
    """BD-rates of released bundles with ``context`` on sets of pictures that none of them learnt from."""
    measures = measures_of([row for tested in results.full_size for row in tested["bd_rates"]])
    rows = []
    for tested in results.full_size:
        pictures = f"{len(tested['pictures'])} of {tested['set']}"
        for codec in dict.fromkeys(row["against"] for row in tested["bd_rates"]):
            deltas = rates(select(tested["bd_rates"], against=codec), measures)
            rows.append([f"`{tested['bundle']}`", pictures, style.lossy_label(codec), *deltas])
    first, *more = at_equal(measures)
    return markdown(["bundle", "pictures", "against", f"rate {first}", *more], rows)


def published(results: Results) -> str:
    """BD-rates of released bundles against curves that others have published, between curves of means."""
    rows = []
    for tested in results.full_size:
        ours = select(tested["rows"], codec=tested["bundle"], entropy="context")
        for row in literature.deltas(ours, literature.load(tested["set"])):
            (delta,) = rates([row], {row["measure"]: ""})
            cost = row["decoder_kmac_per_pixel"] or "-"
            measure = DRAWN[row["measure"]].title
            rows.append([f"`{tested['bundle']}`", style.label(row["against"]), measure, delta, cost, row["source"]])
    head = ["bundle", "against", "measure", "rate at equal quality, %", "its decoder, kMAC/pixel", "source"]
    return markdown(head, rows)


def lossy_rivals(results: Results) -> str:
    """The default bundle beside the classical codecs on Kodak's photographs: rate at equal quality, and time."""
    (ours,) = (row for row in results.full_size if (row["bundle"], row["set"]) == (DEFAULT_BUNDLE, "kodak"))
    measures = measures_of(ours["bd_rates"])
    times = {cells[0]: cells[4:6] for cells in results.speed if len(cells) == 6}
    rows = [[f"`{DEFAULT_BUNDLE}`", *[""] * len(measures), *times.get(f"latentcodec {DEFAULT_BUNDLE}", ["-", "-"])]]
    for codec in dict.fromkeys(row["against"] for row in ours["bd_rates"] if row["against"] != "static"):
        deltas = rates(select(ours["bd_rates"], against=codec), measures, decimals=0)
        rows.append([style.lossy_label(codec), *deltas, *times.get(IN_BENCH.get(codec, ""), ["-", "-"])])
    first, *more = at_equal(measures)
    return markdown(["", f"our bytes {first}", *more, "encode, ms", "decode, ms"], rows)


def lossless_rivals(results: Results) -> str:
    """The lossless bundle beside others on Kodak's photographs."""
    rows = sorted(select(results.lossless, set="kodak"), key=lambda row: row["bpp"])
    return markdown(
        ["", *(style.label(row["codec"]) for row in rows)], [["bits per pixel", *(f"{row['bpp']:.2f}" for row in rows)]]
    )


def released_curves(results: Results) -> str:
    """What the qualities of released bundles cost and give, whole files with ``context``, means over the pictures."""
    points = [row for tested in results.full_size for row in tested["rows"]]
    columns = {name: metric for name, metric in DRAWN.items() if all(name in row for row in points)}
    rows = []
    for tested in results.full_size:
        for row in select(tested["rows"], codec=tested["bundle"], entropy="context"):
            figures = [
                "-" if row[key] is None else f"{row[key]:.{metric.decimals}f}" for key, metric in columns.items()
            ]
            rows.append([f"`{tested['bundle']}`", tested["set"], str(row["quality"]), f"{row['bpp']:.3f}", *figures])
    return markdown(["bundle", "pictures", "quality", "bpp", *(metric.axis for metric in columns.values())], rows)


def quantisers(results: Results) -> str:
    """BD-rates of each quantiser against ``min_max``, same codec, ``static``."""
    rows = []
    for ssim, psnr in zip(
        select(results.bd_rates, against="min_max", measure="ssim"),
        select(results.bd_rates, against="min_max", measure="psnr"),
        strict=True,
    ):
        rates = ["-" if row["bd_rate_percent"] is None else f"{row['bd_rate_percent']:+.1f}" for row in (ssim, psnr)]
        rows.append([f"`{ssim['codec']}`", ssim["quantiser"], *rates])
    return markdown(["codec", "quantiser", "rate at equal SSIM, %", "rate at equal PSNR, %"], rows)


def verdict(results: Results) -> str:
    """The course's task, for the residual codec that gains most over ``ae2``."""
    found = results.overview["verdict"]
    saving = found["rate_saving_percent_at_equal_ssim"]
    row = [
        f"`{found['codec']}`",
        f"{found['ssim_gain_at_equal_rate']:+.3f}",
        "-" if saving is None else f"{saving:+.1f} %",
        "reached" if found["reached"] else "not reached",
    ]
    return markdown(["codec", "SSIM at equal rate", "rate saved at equal SSIM", "the course's task"], [row])


def cost(results: Results) -> str:
    """The least time that a 128x128 picture took per quantiser, at b = 3, ``static``."""
    rows = [
        [f"`{row['codec']}`", row["quantiser"], f"{row['encode_ms']:.1f}", f"{row['decode_ms']:.1f}"]
        for row in select(results.timings, bits=3, entropy="static")
        if not row["codec"].startswith("digits")
    ]
    return markdown(["codec", "quantiser", "encode, ms", "decode, ms"], rows)


def _of_zoo(table: Callable[[list[zoo.Measured]], str]) -> Callable[[Results], str]:
    return lambda results: table(results.zoo)


TABLES: dict[str, Callable[[Results], str]] = {
    table.__name__: table
    for table in (
        course,
        photos,
        digits,
        lossless,
        lossless_pictures,
        every_digit,
        lossless_autoencoder,
        compared,
        rate_distortion,
        lossy_rivals,
        lossless_rivals,
        released,
        published,
        released_curves,
        quantisers,
        verdict,
        cost,
    )
}
TABLES |= {f"zoo_{table.__name__}": _of_zoo(table) for table in zoo.TABLES}


def filled(text: str, results: Results) -> str:
    """``text`` with every block's table made anew."""
    return BLOCK.sub(lambda block: block[1] + TABLES[block[2]](results) + block[3], text)


if __name__ == "__main__":
    results = Results(Path("results/full"))
    for document in map(Path, DOCUMENTS):
        document.write_text(filled(document.read_text(), results))
    zoo.draw(results.zoo, Path("results/zoo"))
