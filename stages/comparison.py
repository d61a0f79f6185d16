"""How the codecs compare: Bjontegaard deltas for all of them, the course's verdict, and the headline numbers."""

import numpy as np

from stages.bd_rate import Curve, bd_quality, bd_rate
from stages.figures.rows import select

ANCHOR = "ae2"  # what the course behind the seeds measures against
RESIDUAL = ("resae_v1", "resae_v2")
SSIM_GAIN, RATE_SAVING = 0.05, 3.0  # the course asks for either: SSIM at equal rate, per cent of rate at equal quality


def curve_of(measured: list[dict], measure: str, pixels: int) -> Curve:
    """From bytes and distortions per picture, one dictionary per point."""
    rate = np.array([point["bytes"] for point in measured]) * 8 / pixels
    return Curve(rate, np.array([point[measure] for point in measured]))


def deltas(ours: dict[str, list[dict]], classical: list[dict], pixels: int) -> list[dict]:
    """A row per codec, quantiser (``static``), rival and measure: BD-rate in per cent and BD-quality.

    Rivals are ``ae2`` with the same quantiser, the codec's own ``min_max`` and the classical codecs. A delta is None
    where some picture's curves do not overlap; ``note`` says for how many.
    """
    rows = []
    for codec, measured in ours.items():
        for quantiser in dict.fromkeys(point["quantiser"] for point in measured):
            setting = {"quantiser": quantiser, "entropy": "static"}
            rivals = {
                name: select(classical, codec=name) for name in dict.fromkeys(point["codec"] for point in classical)
            }
            if quantiser != "min_max" and (uniform := select(measured, quantiser="min_max", entropy="static")):
                rivals = {"min_max": uniform, **rivals}
            if ANCHOR in ours and codec != ANCHOR:
                rivals = {ANCHOR: select(ours[ANCHOR], **setting), **rivals}
            for rival, points in rivals.items():
                for measure in ("ssim", "psnr"):
                    curves = [curve_of(of, measure, pixels) for of in (points, select(measured, **setting))]
                    rate, quality = bd_rate(*curves), bd_quality(*curves)
                    rows.append(
                        {
                            "codec": codec,
                            "quantiser": quantiser,
                            "against": rival,
                            "measure": measure,
                            "bd_rate_percent": rate.value,
                            "bd_quality": quality.value,
                            "note": rate.note or quality.note,
                        }
                    )
    return rows


def verdict(rows: list[dict], quantiser: str) -> dict:
    """The course's task, for the residual codec with the greater SSIM gain over ``ae2``, both with ``quantiser``."""
    rivals = select(rows, quantiser=quantiser, against=ANCHOR, measure="ssim")
    rivals = [row for row in rivals if row["codec"] in RESIDUAL and row["bd_quality"] is not None]
    if not rivals:
        return {}
    best = max(rivals, key=lambda row: row["bd_quality"])
    saving = None if best["bd_rate_percent"] is None else -best["bd_rate_percent"]
    reached = best["bd_quality"] >= SSIM_GAIN or (saving is not None and saving >= RATE_SAVING)
    against_jpeg = select(rows, codec=best["codec"], quantiser=quantiser, against="jpeg", measure="ssim")
    return {
        "codec": best["codec"],
        "ssim_gain_at_equal_rate": best["bd_quality"],
        "rate_saving_percent_at_equal_ssim": saving,
        "bd_rate_percent_against_jpeg": against_jpeg[0]["bd_rate_percent"],
        "reached": int(reached),
    }


def summary(photos: list[dict], digits: list[dict], rows: list[dict], settings: dict) -> dict:
    """The few numbers that ``dvc metrics diff`` should show; ``settings``: at which quantiser and b, per family."""
    of_photos = {"entropy": "static", **settings["photos"]}
    of_digits = {"entropy": "static", **settings["digits"]}
    return {
        "photos": {
            row["codec"]: {key: row[key] for key in ("bpp", "ssim", "psnr")} for row in select(photos, **of_photos)
        },
        "verdict": verdict(rows, settings["photos"]["quantiser"]),
        "digits": {
            row["codec"]: {key: row[key] for key in ("mse_float", "bpp", "psnr")} for row in select(digits, **of_digits)
        },
    }
