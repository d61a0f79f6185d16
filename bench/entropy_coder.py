"""Our entropy coder beside constriction's, on the same symbols and tables: what Criterion measured."""

import json
import shutil
import subprocess
from pathlib import Path

from bench.page import table

WORKSPACE = Path(__file__).parents[1] / "codec_rs"
MEASURED = WORKSPACE / "target/criterion"


def section(quick: bool) -> str:
    run(quick)
    return f"""## The entropy coder

Nanoseconds per symbol (Criterion's median, one thread; codec_rs/core/benches says what is coded).

{figures(MEASURED)}
"""


def run(quick: bool) -> None:
    shutil.rmtree(MEASURED, ignore_errors=True)  # of benchmarks that are no more
    command = ["cargo", "bench", "--quiet", "-p", "latentcodec-core", "--bench", "*"]  # not the tests in the library
    subprocess.run([*command, "--", "--quick"] if quick else command, cwd=WORKSPACE, check=True)


def figures(folder: Path) -> str:
    """A table: a row per group of Criterion's, a column per function."""
    measured: dict[str, dict[str, float]] = {}
    for file in sorted(folder.rglob("new/benchmark.json")):
        benchmark = json.loads(file.read_text())
        estimates = json.loads(file.with_name("estimates.json").read_text())
        nanoseconds = estimates["median"]["point_estimate"] / benchmark["throughput"]["Elements"]
        measured.setdefault(benchmark["group_id"], {})[benchmark["function_id"]] = nanoseconds
    functions = sorted({function for row in measured.values() for function in row})
    groups = sorted(measured, key=lambda group: (len(group), group))
    return table(["", *functions], [[group, *(measured[group].get(name) for name in functions)] for group in groups])
