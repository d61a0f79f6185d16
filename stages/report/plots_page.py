"""The page that ``dvc plots show`` fills: it carries the scripts that DVC's own page fetches from the network.

.dvc/config names it. The scripts (Vega, Vega-Lite, Vega-Embed) come out of the package vl-convert-python.
"""

from pathlib import Path

import vl_convert

PAGE = """<!DOCTYPE html>
<html>
<head>
    <meta charset="utf-8">
    {refresh_tag}
    <title>latentcodec: plots of the study</title>
    <script>SCRIPTS</script>
</head>
<body>
    {plot_divs}
</body>
</html>
"""


def write(path: Path) -> None:
    """Write the page, about 1 MB, in which DVC replaces ``{refresh_tag}`` and ``{plot_divs}``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scripts = vl_convert.javascript_bundle()  # type: ignore[call-arg]  # its stub asks for what may be left out
    path.write_text(PAGE.replace("SCRIPTS", scripts), encoding="utf-8")
