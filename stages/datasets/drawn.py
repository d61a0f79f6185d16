"""Drawn pictures and screens of the project's own making, for lossless codecs: text, charts, icons, windows.

Drawn anew wherever they are needed, the same on every machine that has the same Pillow and Matplotlib, in the fonts
that the latter brings; a screenshot is kept. Every function gets a size in pixels and returns a picture in the mode
that such ones come in.
"""

import io
from collections.abc import Callable
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from PIL import Image, ImageDraw, ImageFont

Size = tuple[int, int]
TEXT = """
rate distortion latent symbol entropy bundle picture channel quantiser mixer context probability transform decoder
of the and with a to is in that for each as by from no where are one more than what it was while every
"""
WORDS = TEXT.split()


@cache
def font(name: str, points: int) -> ImageFont.FreeTypeFont:
    """One of Matplotlib's fonts, such as DejaVuSans."""
    return ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts/ttf" / f"{name}.ttf"), points)


def numbers(picture: int, seed: int) -> np.random.Generator:
    """Random numbers of a picture. What codecs are tested on has seed 0; with others it is another picture."""
    return np.random.default_rng(picture + 1000 * seed)


def sentence(rng: np.random.Generator, words: int) -> str:
    return " ".join(rng.choice(WORDS, words)).capitalize() + "."


def write_lines(
    draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], points: int, inks: list[str], seed: int
) -> None:
    """Fills a box (left, top, right, bottom) with lines of words, each word in one of the inks."""
    rng, face, (left, top, right, bottom) = np.random.default_rng(seed), font("DejaVuSans", points), box
    for y in range(top, bottom - points, int(points * 1.5)):
        x = float(left)
        while True:
            word = str(rng.choice(WORDS))
            if x + face.getlength(word) > right:
                break
            draw.text((x, y), word, font=face, fill=inks[int(rng.integers(len(inks)))])
            x += face.getlength(word + " ")


def text(size: Size) -> Image.Image:
    """Black on white, anti-aliased."""
    picture = Image.new("L", size, 255)
    write_lines(ImageDraw.Draw(picture), (12, 10, size[0] - 12, size[1]), 13, ["black"], 1)
    return picture


def text_without_grey(size: Size) -> Image.Image:
    """Black on white, as fax machines and scanners make it."""
    picture = Image.new("1", size, 1)
    draw = ImageDraw.Draw(picture)
    draw.fontmode = "1"
    write_lines(draw, (12, 10, size[0] - 12, size[1]), 14, ["black"], 2)
    return picture


def coloured_text(size: Size, seed: int = 0) -> Image.Image:
    """A page of words in several colours, anti-aliased, on a tinted ground."""
    picture = Image.new("RGB", size, "#fdf6e3")
    inks = ["#073642", "#586e75", "#cb4b16", "#268bd2", "#859900", "#6c71c4"]
    write_lines(ImageDraw.Draw(picture), (10, 10, size[0] - 10, size[1]), 12, inks, 3 + 1000 * seed)
    return picture


def terminal(size: Size, seed: int = 0) -> Image.Image:
    """Columns of a listing in a dark terminal, anti-aliased."""
    rng, face = numbers(4, seed), font("DejaVuSansMono", 11)
    picture = Image.new("RGB", size, "#1e1e2e")
    draw = ImageDraw.Draw(picture)
    for y in range(6, size[1] - 12, 15):
        draw.text((8, y), "-rw-r--r--", font=face, fill="#a6adc8")
        draw.text((86, y), f"{rng.integers(10**6):>7}", font=face, fill="#a6e3a1")
        draw.text(
            (144, y),
            f"Nov {rng.integers(1, 29):>2} {rng.integers(24):02}:{rng.integers(60):02}",
            font=face,
            fill="#f9e2af",
        )
        draw.text((238, y), f"{rng.choice(WORDS)}-{rng.integers(100)}.ltc", font=face, fill="#89b4fa")
        draw.text((400, y), sentence(rng, 9), font=face, fill="#cdd6f4")
    return picture


def from_figure(figure: Figure) -> Image.Image:
    """What Matplotlib's Agg draws."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=100)
    return Image.open(file).convert("RGB")


def figure_of(size: Size) -> Figure:
    return Figure(figsize=(size[0] / 100, size[1] / 100), layout="constrained")


def line_chart(size: Size) -> Image.Image:
    """Curves with markers, a grid and a legend."""
    figure = figure_of(size)
    axes = figure.subplots()
    rate = np.linspace(0.05, 2, 12)
    for number in range(5):
        axes.plot(
            rate,
            28 + number + 5 * np.log2(1 + rate * (1 + number / 3)),
            marker="osv^D"[number],
            label=f"codec {number}",
        )
    axes.set(xlabel="bits per pixel", ylabel="PSNR in dB", title="Rate and distortion")
    axes.grid(alpha=0.3)
    axes.legend()
    return from_figure(figure)


def bar_chart(size: Size, seed: int = 0) -> Image.Image:
    """Bars in two colours with their values above them."""
    figure, rng = figure_of(size), numbers(5, seed)
    axes = figure.subplots()
    for number in range(2):
        bars = axes.bar(np.arange(6) + 0.4 * number, rng.uniform(1, 9, 6), 0.38, label=["encoding", "decoding"][number])
        axes.bar_label(bars, fmt="%.1f", fontsize=7)
    axes.legend()
    return from_figure(figure)


def scatter_chart(size: Size, seed: int = 0) -> Image.Image:
    """Translucent points in three colours."""
    figure, rng = figure_of(size), numbers(6, seed)
    axes = figure.subplots()
    for number in range(3):
        across, up = rng.normal(number, 0.8, (2, 150))
        axes.scatter(across, up, s=18, alpha=0.5)
    return from_figure(figure)


def heat_map(size: Size, seed: int = 0) -> Image.Image:
    """Cells of a matrix in a colour map, with its bar."""
    figure, rng = figure_of(size), numbers(7, seed)
    axes = figure.subplots()
    figure.colorbar(axes.pcolormesh(rng.normal(size=(20, 28)).cumsum(1), cmap="viridis"))
    return from_figure(figure)


def icons(size: Size, seed: int = 0) -> Image.Image:
    """Discs, squares and stars with soft edges on nothing, drawn large and made small."""
    rng, (width, height), cell = numbers(8, seed), size, 48
    picture = Image.new("RGBA", size, (0, 0, 0, 0))
    for number, place in enumerate(
        (x, y) for y in range(0, height - cell + 1, cell) for x in range(0, width - cell + 1, cell)
    ):
        icon = Image.new("RGBA", (4 * cell, 4 * cell), (0, 0, 0, 0))
        draw, colour = ImageDraw.Draw(icon), (*map(int, rng.integers(0, 256, 3)), 255)
        if number % 3 == 0:
            draw.ellipse((16, 16, 175, 175), fill=colour, outline="black", width=8)
        elif number % 3 == 1:
            draw.rounded_rectangle((16, 24, 175, 167), 32, fill=colour)
            draw.line((48, 64, 144, 64, 144, 128), fill="white", width=12)
        else:
            draw.regular_polygon((96, 96, 80), 5, fill=colour, rotation=int(rng.integers(72)))
        picture.paste(icon.resize((cell, cell), Image.Resampling.BOX), place)
    return picture


def pixel_art(size: Size) -> Image.Image:
    """Tiles of 16x16 in sixteen colours, shown twice as large."""
    rng, columns, rows = np.random.default_rng(9), -(-size[0] // 32), -(-size[1] // 32)
    half = rng.integers(0, 16, (12, 16, 8)) * (rng.random((12, 16, 8)) < 0.6)
    tiles = np.concatenate([half, half[..., ::-1]], axis=2)
    chosen = rng.choice(12, (rows, columns), p=[0.45, *[0.05] * 11])
    indices = tiles[chosen].transpose(0, 2, 1, 3).reshape(rows * 16, columns * 16)
    palette = rng.integers(0, 256, (16, 3), dtype=np.uint8)
    return Image.fromarray(palette[indices.repeat(2, 0).repeat(2, 1)[: size[1], : size[0]]])


def landscape(size: Size) -> Image.Image:
    """Something smooth with shades of every colour, such as a photograph is."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]] / 97.0
    waves = [
        np.sin(x * a + np.sin(y * b + a)) + np.cos(y * a - x * b / 2) for a, b in ((1.1, 0.7), (0.6, 1.3), (1.7, 0.4))
    ]
    return Image.fromarray((127 + 62 * np.stack(waves, axis=-1)).clip(0, 255).astype(np.uint8))


def dithered(size: Size) -> Image.Image:
    """Shades in black and white by error diffusion."""
    return landscape(size).convert("1")


def few_colours(size: Size) -> Image.Image:
    """Shades in 64 colours by error diffusion, as GIF has them."""
    return landscape(size).quantize(64, Image.Quantize.MEDIANCUT)


def gradients(size: Size, seed: int = 0) -> Image.Image:
    """Panels that run from one colour to another, along one axis or about a centre."""
    rng, picture = numbers(10, seed), np.zeros((size[1], size[0], 3), np.uint8)
    for number, panel in enumerate(
        half for row in np.array_split(picture, 2) for half in np.array_split(row, 3, axis=1)
    ):
        y, x = np.mgrid[0 : panel.shape[0], 0 : panel.shape[1]]
        way = [x / x.max(), y / y.max(), np.hypot(x - x.max() / 2, y - y.max() / 2) / np.hypot(x.max(), y.max()) * 2]
        first, last = rng.uniform(0, 255, (2, 3))
        panel[:] = np.rint(first + (last - first) * way[number % 3][..., None].clip(0, 1))
    return Image.fromarray(picture)


def shadows(size: Size) -> Image.Image:
    """Cards with soft shadows on nothing: colours and opacities that change slowly."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    inside = np.minimum.reduce([x % 107 - 14, 92 - x % 107, y % 83 - 12, 70 - y % 83])
    alpha = np.where(inside >= 0, 255, 160 * np.exp(np.minimum(inside, 0) / 5.0)).astype(np.uint8)
    card = np.stack([60 + x % 107, 90 + y % 83, np.full_like(x, 200)], axis=-1) * (inside >= 0)[..., None]
    return Image.fromarray(np.dstack([card.astype(np.uint8), alpha]))


def map_of_regions(size: Size, seed: int = 0) -> Image.Image:
    """Regions in flat colours with smooth borders, and names on them."""
    rng, large = numbers(11, seed), (size[0] * 2, size[1] * 2)
    points = rng.uniform(0, 1, (40, 2)) * large
    y, x = np.mgrid[0 : large[1], 0 : large[0]]
    waved = np.stack([x + 9 * np.sin(y / 23), y + 9 * np.sin(x / 31)], axis=-1)
    nearest = np.argmin([np.square(waved - point).sum(-1) for point in points], axis=0)
    picture = Image.fromarray(rng.integers(140, 250, (40, 3), dtype=np.uint8)[nearest]).resize(
        size, Image.Resampling.BOX
    )
    for place in points[::2] / 2:
        ImageDraw.Draw(picture).text(
            tuple(place), str(rng.choice(WORDS)), font=font("DejaVuSans-Oblique", 10), fill="#333", anchor="mm"
        )
    return picture


def window(size: Size) -> Image.Image:
    """A program's window: a title, buttons, a list, text, and a picture with all shades in it."""
    (width, height), picture = size, Image.new("RGB", size, "#f0f0f4")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, width, 24), fill="#3b6ea5")
    draw.text((10, 5), "latentcodec", font=font("DejaVuSans-Bold", 12), fill="white")
    for number in range(6):
        draw.rounded_rectangle((8 + 58 * number, 30, 60 + 58 * number, 50), 4, fill="#fff", outline="#999")
        draw.text((34 + 58 * number, 40), WORDS[number], font=font("DejaVuSans", 9), fill="#222", anchor="mm")
    draw.rectangle((8, 58, width // 3, height - 8), fill="white", outline="#bbb")
    write_lines(draw, (14, 64, width // 3 - 6, height - 12), 10, ["#222", "#06c"], 12)
    picture.paste(landscape((width // 3, height // 2)), (width // 2, 66))
    write_lines(draw, (width // 2, 74 + height // 2, width - 10, height - 8), 11, ["#222"], 13)
    return picture


def screenshot(size: Size) -> Image.Image:
    """The study's own page, results/report.html, as Chromium shows it: the upper left of 512x384 pixels."""
    with Image.open(Path(__file__).with_name("screenshot.webp")) as image:
        return image.convert("RGB").crop((0, 0, min(size[0], image.width), min(size[1], image.height)))


def table(size: Size, seed: int = 0) -> Image.Image:
    """A spreadsheet: ruled cells, numbers, shaded rows and a heading."""
    rng, picture = numbers(14, seed), Image.new("RGB", size, "white")
    draw, face = ImageDraw.Draw(picture), font("DejaVuSans", 10)
    for row, y in enumerate(range(0, size[1], 18)):
        draw.rectangle(
            (0, y, size[0], y + 18), fill="#dde6f0" if row == 0 else "#f7f7f7" if row % 2 else "white", outline="#ccc"
        )
        for column, x in enumerate(range(0, size[0], 72)):
            draw.line((x, y, x, y + 18), fill="#ccc")
            label = WORDS[column % len(WORDS)] if row == 0 else f"{rng.normal(100, 40):.2f}"
            draw.text((x + 66, y + 9), label, font=face, fill="#b00" if label.startswith("-") else "#111", anchor="rm")
    return picture


DRAWN: dict[str, Callable[[Size], Image.Image]] = {
    drawn.__name__.replace("_", "-"): drawn
    for drawn in (
        text, text_without_grey, coloured_text, terminal, table, window, screenshot, line_chart, bar_chart,
        scatter_chart, heat_map, map_of_regions, icons, shadows, pixel_art, dithered, few_colours, gradients,
    )
}  # fmt: skip

SEEDED: dict[str, Callable[[Size, int], Image.Image]] = {
    drawn.__name__.replace("_", "-"): drawn
    for drawn in (
        coloured_text, terminal, table, bar_chart, scatter_chart, heat_map, map_of_regions, icons, gradients,
    )
}  # fmt: skip
"""Those that a seed makes another picture of, in full colour: to learn from."""
