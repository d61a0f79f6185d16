"""Measure all of it and write the page: ``python -m bench`` (``make bench``)."""

import argparse
from pathlib import Path

import latentcodec
from bench import batches, digits, entropy_coder, large, machine, photographs, pictures, shares
from bench.scale import FULL, QUICK, Scale
from latentcodec.search import default_bundle

HEAD = """# Results of `make bench`

One run on one machine; every figure comes from the programs in this folder.
"""


def sections(bundle: Path, digits_bundle: Path, mirror: str | None, scale: Scale) -> str:
    """The whole page but for the entropy coder's section."""
    codec = latentcodec.open(bundle, provider="cpu")
    page = [HEAD, machine.describe(codec) + "\n"]
    source, photos = pictures.photographs(mirror, scale)
    page.append(photographs.section(codec, source, photos, scale))
    page.append(large.section(codec, photos, scale))
    page.append(
        digits.section(latentcodec.open(digits_bundle, provider="cpu"), *pictures.digits(mirror, scale.digits), scale)
    )
    page.append(batches.section(codec, photos, scale))
    page.append(shares.section(codec, photos, scale))
    return "\n".join(page)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the codec beside others.")
    parser.add_argument("--bundle", type=Path, help="for photographs (the released one)")
    parser.add_argument("--digits", type=Path, help="the bundle for digits (the one for photographs)")
    parser.add_argument(
        "--mirror", help="a folder that holds the public data sets: Kodak's and MNIST are taken from it"
    )
    parser.add_argument("--out", type=Path, default=Path("bench/RESULTS.md"))
    parser.add_argument("--quick", action="store_true", help="a little of each, to see that it works")
    options = parser.parse_args()
    bundle = options.bundle or default_bundle()
    scale = QUICK if options.quick else FULL
    page = sections(bundle, options.digits or bundle, options.mirror, scale)
    options.out.write_text(page + "\n" + entropy_coder.section(options.quick))
    print(options.out)


if __name__ == "__main__":
    main()
