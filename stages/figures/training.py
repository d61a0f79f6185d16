"""Loss against steps of the codecs trained for rate and distortion."""

from pathlib import Path

import numpy as np

from stages.figures import style

SMOOTHED = 20  # points that the line goes through the median of: every batch has its own qualities


def losses(histories: dict[str, list[dict]], path: Path) -> None:
    """A panel per codec, from its history: rows with ``step`` and, of most, ``loss`` and ``holdout_loss``.

    Where pictures are held out, their loss alone is drawn: it is that of the same crops every time.
    """
    figure, axes = style.panels(len(histories), width=5, height=3.4)
    for axis, (codec, history) in zip(axes, histories.items(), strict=True):
        measure = "holdout_loss" if any("holdout_loss" in row for row in history) else "loss"
        steps, values = np.array([(row["step"], row[measure]) for row in history if measure in row]).T
        colour = style.colour(codec)
        if measure == "loss":
            together = min(SMOOTHED, len(values))
            medians = np.median(np.lib.stride_tricks.sliding_window_view(values, together), axis=1)
            axis.plot(steps, values, ".", color=colour, alpha=0.35)
            axis.plot(steps[together - 1 :], medians, color=colour, lw=2)
            axis.set_ylim(*limits(values))
            axis.set_ylabel("loss of the batch, and median")
        else:
            axis.plot(steps, values, "-o", color=colour, lw=2, ms=4)
            axis.set_ylabel("loss of pictures held out")
        axis.set(title=style.label(codec), xlabel="steps")
    style.save(figure, path)


def limits(values: np.ndarray) -> tuple[float, float]:
    """The range to draw: of many losses without the one in a hundred that is far off, of a few all."""
    low, high = np.percentile(values, [1, 99]) if len(values) >= 100 else (values.min(), values.max())
    margin = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    return low - margin, high + margin
