"""What the study found, in few words: the numbers that the page begins with."""

from typing import Any

from latentcodec.container.header import LOSSLESS, VARIABLE_RATE
from stages.figures.rows import select
from stages.figures.style import label, lossy_label
from stages.metrics import DRAWN

RIVALS = ("avif", "webp", "jpeg")  # that everybody knows
SHORT = 30 * 60  # seconds: a training below that shows that everything works, and no more


def headlines(results: dict[str, Any]) -> list[dict[str, str]]:
    """Cards: a ``figure`` and what it is."""
    overview = results["overview"]
    cards = [card for codec in overview["rate_distortion"] if (card := against(codec, results["bd_rates"]))]
    if verdict := overview["verdict"]:
        task = "reaches" if verdict["reached"] else "does not reach"
        about = f"SSIM of {label(verdict['codec'])} over {label('ae2')} at equal rate, which {task} the course's aim"
        cards.append({"figure": f"{verdict['ssim_gain_at_equal_rate']:+.3f}", "about": about})
    for family, what in (("digits", "digits"), ("lossless", "photographs")):
        if rows := select(results[family], quantiser=LOSSLESS, file="ltc"):
            cards.append({"figure": f"{rows[0]['bpp']:.2f} bpp", "about": f"{what} without any loss, a file each"})
    return cards


def against(codec: str, bd_rates: list[dict]) -> dict[str, str] | None:
    """How much longer a codec's files are than the best-known rivals' at equal quality, by the first metric in the
    order of ``DRAWN`` that all of the curves overlap in."""
    for name, metric in DRAWN.items():
        rates = {
            rival: row["bd_rate_percent"]
            for rival in RIVALS
            for row in select(bd_rates, codec=codec, quantiser=VARIABLE_RATE, against=rival, measure=name)
        }
        if rates and None not in rates.values():
            names = [lossy_label(rival) for rival in rates]
            shown = [f"{rate:+.0f} %".replace("-", "\N{MINUS SIGN}") for rate in rates.values()]
            others = ", ".join(f"{rival} {rate}" for rival, rate in zip(names[1:], shown[1:], strict=True))
            about = f"{label(codec)}'s bytes against {names[0]}'s at equal {metric.title}"
            return {"figure": shown[0], "about": f"{about} ({others})" if others else about}
    return None


def without_loss(results: dict[str, Any]) -> list[dict[str, Any]]:
    """By set of pictures, bits per pixel of every lossless codec, the smallest first; ``share`` of the largest."""
    found = []
    for family in ("digits", "lossless"):
        rows = select(results[family], quantiser=LOSSLESS)
        for name in dict.fromkeys(row["set"] for row in rows):
            own = sorted(select(rows, set=name), key=lambda row: row["bpp"])
            bars = [
                {
                    "name": called(row),
                    "ours": row["file"].startswith("ltc"),
                    "bpp": row["bpp"],
                    "share": row["bpp"] / own[-1]["bpp"],
                }
                for row in own
            ]
            found.append(
                {
                    "title": f"{own[0]['images']} {'digits' if family == 'digits' else 'pictures'}, {name}",
                    "bars": bars,
                }
            )
    return found


def called(row: dict) -> str:
    forms = {"ltc": ", a file each", "ltcp": ", one pack"}
    return label(row["codec"]) + forms.get(row["file"], "")
