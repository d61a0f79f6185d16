"""How much is measured: all of it for RESULTS.md, or a little, to see that it works."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    pictures: int  # photographs
    width: int
    height: int
    laps: int  # of which the median is taken, after one to warm up
    large: tuple[int, int]  # width and height of the large picture
    region: int  # side of the square that is decoded from it
    digits: int
    on_ray: int  # photographs in a folder


FULL = Scale(pictures=8, width=768, height=512, laps=5, large=(12288, 8192), region=512, digits=10_000, on_ray=500)
QUICK = Scale(pictures=2, width=192, height=128, laps=2, large=(1536, 1024), region=64, digits=300, on_ray=4)
