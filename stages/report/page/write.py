"""Write results/report.html, the whole study on one page: ``python -m stages.report.page.write``.

One file that opens anywhere without a network: pictures, figures and scripts are in it, and its content security policy
lets nothing else be loaded. assets/ has its template, its style and its scripts, a file for each subject.
"""

import json
from pathlib import Path
from typing import Any

import jinja2

from stages.atomic_write import atomic_write
from stages.params import Params, load_params
from stages.report.page import digits, gallery, graph, rates, story, trained
from stages.report.plots_page import vega_scripts

MAX_BYTES = 6_000_000  # of the page
ASSETS = Path(__file__).with_name("assets")
RESULTS = ("photos", "digits", "lossless", "bd_rates", "overview", "machine")
SCRIPTS = ("elements", "chart", "curves", "gallery", "digits", "map", "training", "tables", "pipeline")


def collected(params: Params, root: Path, pipeline: Path) -> dict[str, Any]:
    """What the template and the scripts show, by subject; all of it can be JSON. ``pipeline``: where dvc.yaml is."""
    results = {name: read(root / f"results/{name}.json") for name in RESULTS}
    photos = [codec for codec, block in params["train"].items() if block["data"] == "photos"]
    photos += params["rate_distortion"]
    return {
        "codecs": rates.codecs(results),
        "measures": rates.measures(results["photos"]),
        "quoted": params["report"],
        "points": rates.points(results),
        "bd_rates": results["bd_rates"],
        "gallery": gallery.gallery(photos, params["classical"], params["report"]["photos"], root),
        "digits": digits.reconstructions(results["digits"], root / "build"),
        "map": digits.latent_map(root),
        "trained": trained.trainings(params, root),
        "pipeline": graph.drawing(graph.pipeline(pipeline)),
        "machine": results["machine"],
        "headlines": story.headlines(results),
        "without_loss": story.without_loss(results),
        "tested": {"photos": results["photos"][0]["images"]},
        "sources": {kind: read(root / f"build/data/{kind}/source.json") for kind in ("photos", "digits")},
    }


def read(path: Path) -> Any:
    return json.loads(path.read_text())


def render(study: dict[str, Any]) -> str:
    """The page of what ``collected`` gave."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ASSETS), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.policies["json.dumps_kwargs"] = {}  # keys stay in their order
    environment.filters["duration"] = trained.in_words
    inlined = {"style": (ASSETS / "page.css").read_text(), "vega": vega_scripts()}
    inlined["scripts"] = "".join((ASSETS / f"{name}.js").read_text() for name in SCRIPTS)
    longest = max(network["seconds"] for network in study["trained"])
    return environment.get_template("page.html").render(
        study=study, longest=longest, short=story.SHORT, **study, **inlined
    )


def page(study: dict[str, Any]) -> str:
    """The same with as many sample pictures as let it be no larger than ``MAX_BYTES``."""
    samples = study["gallery"]
    shown = gallery.within(samples, MAX_BYTES - len(render(study | {"gallery": []}).encode()))
    if len(shown) < len(samples):
        print(f"the page shows {len(shown)} of {len(samples)} sample pictures: with more it would be too large")
    return render(study | {"gallery": shown})


def main(params: Params, root: Path = Path(), pipeline: Path = Path()) -> None:
    with atomic_write(root / "results/report.html") as beside:
        beside.write_text(page(collected(params, root, pipeline)), encoding="utf-8")


if __name__ == "__main__":
    main(load_params())
