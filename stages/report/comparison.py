"""How the codecs compare: Bjontegaard deltas for all of them, the course's verdict, and the headline numbers."""

import numpy as np

from latentcodec.container.header import VARIABLE_RATE
from latentcodec.evaluation.bd_rate import Curve, bd_quality, bd_rate
from stages import metrics
from stages.figures.rows import select
from stages.params import Report

ANCHOR = "ae2"  # what the course measures against
RESIDUAL = ("resae_v1", "resae_v2")
SSIM_GAIN, RATE_SAVING = 0.05, 3.0  # the course asks for either: SSIM at equal rate, per cent of rate at equal quality


def curve_of(measured: list[dict], measure: str, pixels: int) -> Curve:
    """From bytes and distortions per picture, one dictionary per point."""
    rate = np.array([point["bytes"] for point in measured]) * 8 / pixels
    return Curve(rate, metrics.METRICS[measure].as_quality([point[measure] for point in measured]))


def deltas(ours: dict[str, list[dict]], classical: list[dict], pixels: int) -> list[dict]:
    """A row per codec, quantiser, rival and measure: BD-rate in per cent and BD-quality.

    Codecs of b bits are compared as they code with ``static`` tables; their rivals are ``ae2`` with the same quantiser,
    the codec's own ``min_max`` and the classical codecs. A variable-rate codec is compared by every measure, as it
    codes with ``context``; its rivals are its own ``static`` tables, ``ae2`` with ``min_max`` and the course's coder,
    and the classical codecs. A delta is None where some picture's curves do not overlap; ``note`` says for how many.
    """
    rows = []
    measures = [name for name in metrics.DRAWN if classical[0][name]]
    for codec, measured in ours.items():
        for quantiser in dict.fromkeys(point["quantiser"] for point in measured):
            variable_rate = quantiser == VARIABLE_RATE
            setting = {"quantiser": quantiser, "entropy": "context" if variable_rate else "static"}
            rivals = (
                variable_rate_rivals(measured, ours)
                if variable_rate
                else rivals_of_bits(codec, measured, quantiser, ours)
            )
            for name in dict.fromkeys(point["codec"] for point in classical):
                rivals[name] = select(classical, codec=name)
            for rival, points in rivals.items():
                for measure in measures if variable_rate else ("ssim", "psnr"):
                    curves = [curve_of(side, measure, pixels) for side in (points, select(measured, **setting))]
                    rate, quality = bd_rate(*curves), bd_quality(*curves)
                    rows.append(
                        {
                            "codec": codec,
                            **setting,
                            "against": rival,
                            "measure": measure,
                            "bd_rate_percent": rate.value,
                            "bd_quality": quality.value,
                            "note": rate.note or quality.note,
                        }
                    )
    return rows


def rivals_of_bits(codec: str, measured: list[dict], quantiser: str, ours: dict[str, list[dict]]) -> dict:
    rivals = {}
    if ANCHOR in ours and codec != ANCHOR:
        rivals[ANCHOR] = select(ours[ANCHOR], quantiser=quantiser, entropy="static")
    if quantiser != "min_max" and (uniform := select(measured, quantiser="min_max", entropy="static")):
        rivals["min_max"] = uniform
    return rivals


def variable_rate_rivals(measured: list[dict], ours: dict[str, list[dict]]) -> dict:
    rivals = {}
    if ANCHOR in ours:
        rivals[ANCHOR] = select(ours[ANCHOR], quantiser="min_max", entropy="adaptive")
    return rivals | {"static": select(measured, quantiser=VARIABLE_RATE, entropy="static")}


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


def against_classical(rows: list[dict]) -> dict:
    """By codec and rival: BD-rates over PSNR of the variable-rate codecs, in per cent."""
    found: dict[str, dict] = {}
    for row in select(rows, quantiser=VARIABLE_RATE, measure="psnr"):
        found.setdefault(row["codec"], {})[f"bd_rate_percent_against_{row['against']}"] = row["bd_rate_percent"]
    return found


def lossless(ours: list[dict], classical: list[dict]) -> dict:
    """By codec, set and kind of file: bits per pixel, and of files their share that is smaller than a rival's.

    Both as metrics.lossless_point takes them, with the ``data`` that a set is of: digits and photographs may be
    called the same.
    """
    found: dict[str, dict] = {}
    for measured in ours:
        figures = {"bpp": 8 * sum(measured["bytes"]) / sum(measured["pixels"])}
        for rival in select(classical, data=measured["data"], set=measured["set"]) if measured["file"] == "ltc" else ():
            smaller = np.array(measured["bytes"]) < np.array(rival["bytes"])
            figures[f"percent_of_pictures_smaller_than_{rival['codec']}"] = 100 * float(smaller.mean())
        found.setdefault(measured["codec"], {})[f"{measured['set']}_{measured['file']}"] = figures
    return found


def overview(photos: list[dict], digits: list[dict], rows: list[dict], settings: Report) -> dict:
    """Every codec at one setting, and the course's verdict; ``settings``: at which quantiser and b, per family."""
    of_photos = {"entropy": "static", **settings["photos"]}
    of_digits = {"entropy": "static", **settings["digits"]}
    return {
        "photos": {
            row["codec"]: {key: row[key] for key in ("bpp", "ssim", "psnr")} for row in select(photos, **of_photos)
        },
        "verdict": verdict(rows, settings["photos"]["quantiser"]),
        "rate_distortion": against_classical(rows),
        "digits": {
            row["codec"]: {key: row[key] for key in ("mse_float", "bpp", "psnr")} for row in select(digits, **of_digits)
        },
    }


def summary(found: dict) -> dict:
    """Of an overview with its lossless codecs the few numbers that ``dvc metrics`` shows, narrow enough for a terminal.

    Codecs of b bits: the two that the course compares. Rate-distortion trained ones: BD-rate over PSNR against AVIF, in
    per cent. Lossless ones: bits per pixel of a file for each picture.
    """
    few = {codec: found["photos"][codec] for codec in (ANCHOR, RESIDUAL[-1]) if codec in found["photos"]}
    for codec, rates in found["rate_distortion"].items():
        if "bd_rate_percent_against_avif" in rates:
            few[codec] = {"avif_bd_rate": rates["bd_rate_percent_against_avif"]}
    for codec, sets in found["lossless"].items():
        few[codec] = {"bpp": next(iter(sets.values()))["bpp"]}
    return few
