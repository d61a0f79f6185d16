"""The page that ``dvc plots show`` fills: it carries the scripts that DVC's own page fetches from the network.

.dvc/config names it.
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


def vega_scripts() -> str:
    """Vega, Vega-Lite and Vega-Embed, about 1 MB: the package vl-convert-python has them."""
    return vl_convert.javascript_bundle()  # type: ignore[call-arg]  # its stub asks for what may be left out


def write(path: Path) -> None:
    """Write the page, in which DVC replaces ``{refresh_tag}`` and ``{plot_divs}``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PAGE.replace("SCRIPTS", vega_scripts()), encoding="utf-8")
