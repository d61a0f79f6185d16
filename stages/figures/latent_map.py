"""Two-dimensional maps of digits' latents: a scatter by digit, and the manifold of reconstructions."""

from pathlib import Path

import numpy as np

from stages.figures import style

NAMES = {"tsne": "t-SNE", "pca": "PCA"}


def scatter(places: np.ndarray, labels: np.ndarray, dim: int, kind: str, path: Path) -> None:
    """``places`` (N, 2), coloured by ``labels`` (N,) 0..9; each digit's name stands at its median."""
    figure, (axis,) = style.panels(1, width=6, height=5.4)
    colours = style.plt.get_cmap("tab10")(np.arange(10))
    for digit in np.unique(labels):
        here = places[labels == digit]
        axis.scatter(here[:, 0], here[:, 1], s=10, color=colours[digit], alpha=0.75, linewidths=0, label=str(digit))
        box = {"facecolor": "white", "edgecolor": colours[digit], "boxstyle": "circle,pad=0.15", "alpha": 0.85}
        middle = np.median(here, axis=0)
        axis.text(middle[0], middle[1], str(digit), ha="center", va="center", weight="bold", bbox=box)
    axis.set(title=f"{NAMES[kind]} of {len(places)} digits' latents, latent_dim {dim}", xticks=[], yticks=[])
    axis.spines[:].set_visible(True)
    figure.legend(loc="outside right center", markerscale=2, title="digit")
    style.save(figure, path)


def manifold(places: np.ndarray, digits: np.ndarray, dim: int, kind: str, path: Path) -> None:
    """Each of ``digits`` (N, H, W) uint8 at its own place (N, 2); where they overlap, the brighter pixel shows."""
    height, width = digits.shape[1:]
    side = int(np.clip(2.5 * width * len(digits) ** 0.5, 15 * width, 50 * width))
    low, high = places.min(axis=0), places.max(axis=0)
    corners = np.round((places - low) / np.maximum(high - low, 1e-12) * (side - np.array([width, height]))).astype(int)
    canvas = np.zeros((side, side), np.uint8)
    for (x, y), digit in zip(corners, digits, strict=True):
        top = side - height - y
        part = canvas[top : top + height, x : x + width]
        np.maximum(part, digit, out=part)
    figure, (axis,) = style.panels(1, width=6, height=6.3)
    axis.imshow(canvas, cmap="gray", vmin=0, vmax=255, interpolation="antialiased")
    axis.set(title=f"{NAMES[kind]} manifold of {len(digits)} reconstructions, latent_dim {dim}", xticks=[], yticks=[])
    axis.grid(visible=False)
    style.save(figure, path)
