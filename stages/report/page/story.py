"""What the study found, in few words: the numbers that the page begins with."""

from typing import Any

from latentcodec.container.header import LOSSLESS
from stages.figures.rows import select
from stages.figures.style import label

SHORT = 30 * 60  # seconds: a training below that shows that everything works, and no more


def headlines(results: dict[str, Any]) -> list[dict[str, str]]:
    """Cards: a ``figure`` and what it is."""
    overview = results["overview"]
    cards = [
        card
        for codec, rates in overview["rate_distortion"].items()
        if (card := against(codec, {key: rate for key, rate in rates.items() if rate is not None}))
    ]
    if verdict := overview["verdict"]:
        gain = f"{verdict['ssim_gain_at_equal_rate']:+.3f}"
        task = "reaches" if verdict["reached"] else "does not reach"
        about = f"SSIM of {label(verdict['codec'])} over {label('ae2')} at equal rate, which {task} the course's aim"
        cards.append({"figure": gain, "about": about})
    for family, what in (("digits", "digits"), ("grey", "photographs in grey")):
        if rows := select(results[family], quantiser=LOSSLESS, file="ltc"):
            best = min(rows, key=lambda row: row["bpp"])
            cards.append({"figure": f"{best['bpp']:.2f} bpp", "about": f"{what} without any loss, a file each"})
    return cards


def against(codec: str, rates: dict[str, float]) -> dict[str, str] | None:
    """How a codec's files compare with the best-known rivals' at equal PSNR."""
    rivals = [rival for rival in ("avif", "webp", "jpeg") if f"bd_rate_percent_against_{rival}" in rates]
    if not rivals:
        return None
    shown = [f"{rates[f'bd_rate_percent_against_{rival}']:+.0f} %".replace("-", "\N{MINUS SIGN}") for rival in rivals]
    others = ", ".join(f"{label(rival)} {rate}" for rival, rate in zip(rivals[1:], shown[1:], strict=True))
    about = f"{label(codec)}'s bytes against {label(rivals[0])}'s at equal PSNR"
    return {"figure": shown[0], "about": f"{about} ({others})" if others else about}


def without_loss(results: dict[str, Any]) -> list[dict[str, Any]]:
    """By set of pictures, bits per pixel of every lossless codec, the smallest first; ``share`` of the largest."""
    found = []
    for family in ("digits", "grey"):
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
                    "title": f"{own[0]['images']} {family if family == 'digits' else 'grey photographs'}, {name}",
                    "bars": bars,
                }
            )
    return found


def called(row: dict) -> str:
    forms = {"ltc": ", a file each", "ltcp": ", one pack"}
    return label(row["codec"]) + forms.get(row["file"], "")
