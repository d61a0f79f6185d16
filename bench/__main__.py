"""Measure all of it and write the page: ``python -m bench`` (``make bench``)."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import latentcodec
from bench import batches, digits, entropy_coder, large, machine, on_ray, photographs, pictures, shares
from bench.scale import FULL, QUICK, Scale
from latentcodec.bundle.find import default_bundle, find_bundle

HEAD = """# Results of `make bench`

One run on one machine; every figure comes from the programs in this folder.
"""


def sections(bundle: Path, digits_bundle: Path, mirror: str | None, scale: Scale) -> Iterator[str]:
    """The page, section by section, but for the entropy coder's."""
    codec = latentcodec.open(bundle, provider="cpu")
    yield HEAD + "\n" + machine.describe(codec) + "\n"
    source, photos = pictures.photographs(mirror, scale)
    yield photographs.section(codec, source, photos, scale)
    yield large.section(codec, photos, scale)
    for_digits = latentcodec.open(digits_bundle, provider="cpu")
    yield digits.section(for_digits, *pictures.digits(mirror, scale.digits), scale)
    yield batches.section(codec, photos, scale)
    if on_ray.installed():
        yield on_ray.section(photos, scale.on_ray, str(bundle))
    yield shares.section(codec, photos, scale)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the codec beside others.")
    parser.add_argument("--bundle", help="for photographs: its name or folder (the released one)")
    parser.add_argument("--digits", help="the bundle for digits (the one for photographs)")
    parser.add_argument("--mirror", help="a folder that holds the public data sets, to take Kodak's and MNIST from")
    parser.add_argument("--out", type=Path, default=Path("bench/RESULTS.md"))
    parser.add_argument("--quick", action="store_true", help="a little of each, to see that it works")
    options = parser.parse_args()
    bundle = find_bundle(options.bundle) if options.bundle else default_bundle()
    for_digits = find_bundle(options.digits) if options.digits else bundle
    scale = QUICK if options.quick else FULL
    page = []
    for section in sections(bundle, for_digits, options.mirror, scale):
        print(section, flush=True)
        page.append(section)
    page.append(entropy_coder.section(options.quick))
    options.out.write_text("\n".join(page))
    print(f"{page[-1]}\nwritten to {options.out}")


if __name__ == "__main__":
    main()
