"""``latentcodec evaluate``: a bundle on a folder of pictures, beside other codecs: rate, distortion and time."""

import importlib
import json
from argparse import ArgumentTypeError, Namespace
from collections.abc import Iterator
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import latentcodec
from latentcodec import storage
from latentcodec.cli import options
from latentcodec.cli.inputs import PICTURES, Input, expand, open_picture
from latentcodec.cli.messages import UsageError, count, explain, say
from latentcodec.cli.outputs import check_output, write_output
from latentcodec.cli.work import run_all
from latentcodec.codec import Codec
from latentcodec.distortion import METRICS
from latentcodec.errors import UnknownModelError
from latentcodec.rivals import RIVALS
from latentcodec.settings import resolve

if TYPE_CHECKING:  # it needs an extra
    from latentcodec.evaluation import Evaluation

_KINDS = ("json", "csv", "png", "webp", "svg")


def declare(verbs: Any) -> None:
    command = options.add_command(
        verbs, "evaluate", "a bundle measured on pictures beside other codecs: rate, distortion, time", evaluate,
        "evaluate photo-v3 kodak/",
        "evaluate photo-v3 kodak/ -o photo.json -o photo.csv -o photo.svg",
        "evaluate mine/ kodak/ --quality 20,50,80 --against photo-v3,avif",
        "evaluate lossless-v1 scans/",
    )  # fmt: skip
    command.add_argument("bundle", metavar="BUNDLE", help="its name, model id or folder")
    command.add_argument("inputs", nargs="+", metavar="PICTURE", help="pictures that Pillow reads, or folders of them")
    command.add_argument(
        "-q", "--quality", type=options.qualities, metavar="Q,...",
        help="at which it is measured (default: seven from 5 to 95, or the bundle's steps; none without loss)",
    )  # fmt: skip
    command.add_argument(
        "--against", type=_against, metavar="LIST",
        help=f"some of {','.join(RIVALS)}, or other bundles (default: usual ones, as far as Pillow has them)",
    )  # fmt: skip
    command.add_argument(
        "-o", "--output", action="append", type=_output, default=[], metavar="OUT",
        help="may be given several times: .json has the means, .csv every file, .png, .webp and .svg the curves",
    )  # fmt: skip
    command.add_argument("--force", action="store_true", help="replace files that exist")
    options.add_plugin(command)
    options.add_running(command)
    options.add_json(command)


def evaluate(args: Namespace) -> int:
    for target in args.output:
        check_output(target, args.force)
    evaluation = _evaluation(args)

    def work(source: Input) -> str:
        name = source.name if source.below is None else storage.below(source.path, source.below) or source.name
        files = evaluation.add(name, open_picture(source))
        return "" if args.json else f"{name}: {count(files, 'file')} measured"

    status = run_all(expand(args.inputs, PICTURES), attrgetter("name"), work)
    if evaluation.pictures:
        for target in args.output:
            write_output(target, evaluation.to_file(_kind(target)), args.force)
        say(json.dumps(evaluation.to_json()) if args.json else "\n".join(_table(evaluation)))
    return status


def _evaluation(args: Namespace) -> "Evaluation":
    """Without a picture yet; UsageError for options that the bundle does not take."""
    try:
        module = importlib.import_module("latentcodec.evaluation")
    except ImportError as error:
        raise UsageError(f"evaluate needs more: pip install 'latentcodec[study]' ({error})") from error
    try:
        codec = _opened(args.bundle, args)
        against = args.against and [name if name in RIVALS else _other(name, args) for name in args.against]
        for each in [codec, *(rival for rival in against or [] if isinstance(rival, Codec))]:
            for quality in args.quality or [None]:
                resolve(each.bundle.facts, {"quality": quality})
        evaluation: Evaluation = module.Evaluation(codec, args.quality, against)
    except (UnknownModelError, ValueError) as error:
        raise UsageError(explain(error)) from error
    return evaluation


def _opened(bundle: str, args: Namespace) -> Codec:
    return latentcodec.open(bundle, provider=args.provider, threads=args.threads)


def _table(evaluation: "Evaluation") -> Iterator[str]:
    """The means over all pictures, and how much smaller our files are at equal quality."""
    rows, lossless = evaluation.rows(), evaluation.codec.bundle.facts.lossless
    names = () if lossless else METRICS
    titles = [METRICS[name].title for name in names]
    width = max(len(row["codec"]) for row in rows)
    yield f"{count(len(evaluation.pictures), 'picture')}, means; milliseconds of the processor"
    yield "  ".join([f"{'codec':<{width}}", "quality", f"{'bpp':>7}", *(f"{title:>11}" for title in titles),
                     "encode ms", "decode ms"])  # fmt: skip
    for row in rows:
        metrics = [_cell(row[name], METRICS[name].decimals, 11) for name in names]
        times = [_cell(row[name], 1, 9) for name in ("encode_ms", "decode_ms")]
        quality = "-" if row["quality"] is None else f"{row['quality']:g}"
        yield "  ".join([f"{row['codec']:<{width}}", f"{quality:>7}", f"{row['bpp']:>7.4f}", *metrics, *times])
    if not lossless:
        yield from _deltas(evaluation, width)


def _deltas(evaluation: "Evaluation", width: int) -> Iterator[str]:
    """A line for each rival."""
    rates = {(row["against"], row["measure"]): row["bd_rate_percent"] for row in evaluation.bd_rates()}
    if rates:
        yield f"bytes of {evaluation.name} at equal quality, beside those of others, per cent (BD-rate; minus: smaller)"
        yield "  ".join([" " * (width + 18), *(f"{metric.title:>11}" for metric in METRICS.values())])
    for rival in dict.fromkeys(against for against, _ in rates):
        cells = [_cell(rates.get((rival, name)), 1, 11, sign="+") for name in METRICS]
        yield "  ".join([f"{rival:<{width + 18}}", *cells])


def _cell(value: float | None, decimals: int, width: int, sign: str = "") -> str:
    text = "-" if value is None else f"{value:{sign}.{decimals}f}"
    return f"{text:>{width}}"


def _other(name: str, args: Namespace) -> Codec:
    """A codec that is compared with."""
    try:
        return _opened(name, args)
    except UnknownModelError as error:
        raise UsageError(f"--against: {name!r} is none of {', '.join(RIVALS)}; and {explain(error)}") from error


def _against(text: str) -> list[str]:
    """ "avif,photo-v3": rivals, which this build of Pillow must write, and bundles, which are opened later."""
    names = text.split(",")
    if rivals := [name for name in names if name in RIVALS]:
        options.rivals(",".join(rivals))
    return names


def _output(text: str) -> str:
    if _kind(text) not in _KINDS:
        raise ArgumentTypeError(f"{text!r} ends in none of {', '.join(f'.{kind}' for kind in _KINDS)}")
    return text


def _kind(target: str) -> str:
    """That of a file, by its suffix: "json"."""
    return storage.ending(target).removeprefix(".")
