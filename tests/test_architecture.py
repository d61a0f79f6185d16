"""Dependencies point one way: no circle of imports, neither between modules nor between rooms."""

import ast
from collections import defaultdict
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = {"latentcodec": ROOT / "pipeline", "stages": ROOT}

Graph = dict[str, set[str]]


def modules(package: str) -> dict[str, Path]:
    root = PACKAGES[package]
    paths = [path for path in (root / package).rglob("*.py*") if path.suffix in (".py", ".pyi")]
    names = {".".join(path.relative_to(root).with_suffix("").parts): path for path in paths}
    return {name.removesuffix(".__init__"): path for name, path in names.items()}


def imports(package: str) -> Graph:
    """Which modules of a package each of its modules imports."""
    known, graph = modules(package), defaultdict(set)
    for name, path in known.items():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == package:
                longer = {f"{node.module}.{alias.name}" for alias in node.names}
                graph[name] |= {each if each in known else str(node.module) for each in longer}
    return graph


def rooms(package: str) -> Graph:
    """Which rooms, the folders and files right below a package, each of its rooms imports."""
    graph = defaultdict(set)
    for importer, imported in imports(package).items():
        room = importer.split(".")[1:2]
        graph[str(room)] |= {str(each.split(".")[1:2]) for each in imported} - {str(room)}
    return graph


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize("graph", [imports, rooms], ids=["modules", "rooms"])
def test_no_imports_go_in_a_circle(package: str, graph) -> None:
    tuple(TopologicalSorter(graph(package)).static_order())  # CycleError names the circle
