"""The stages of the study as a drawing: what each needs stands left of it."""

import re
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path
from typing import Any

import networkx
from dvc.repo import Repo

WIDTH, HEIGHT = 130, 46  # of a stage's box
ACROSS, DOWN = 160, 66  # from box to box


def pipeline(folder: Path) -> networkx.DiGraph:
    """The stages of a folder's dvc.yaml, those that run per codec as one; an edge goes to what needs the other's files.

    A stage has ``commands``, ``codecs``, ``reads`` and ``writes``; edges that follow from others are left out.
    """
    graph = networkx.DiGraph()
    with Repo(str(folder)) as repo:
        for stage in repo.index.stages:
            name, _, codec = stage.name.partition("@")
            if name not in graph:
                graph.add_node(name, codecs=[], commands=[], reads=[], writes=[])
            commands = [stage.cmd] if isinstance(stage.cmd, str) else stage.cmd
            reads, writes = ([file.def_path for file in files] for files in (stage.deps, stage.outs))
            graph.nodes[name]["codecs"] += [codec] if codec else []
            for key, texts in (("commands", commands), ("reads", reads), ("writes", writes)):
                known = graph.nodes[name][key]
                known += [text for text in _of_any(texts, codec) if text not in known]
        for later, earlier in repo.index.graph.edges:
            graph.add_edge(*(stage.name.partition("@")[0] for stage in (earlier, later)))
    reduced = networkx.transitive_reduction(graph)
    reduced.add_nodes_from(graph.nodes(data=True))
    return reduced


def _of_any(texts: list[str], codec: str) -> list[str]:
    """Paths or commands with CODEC in the place of one codec's name."""
    return [re.sub(rf"\b{codec}\b", "CODEC", text) for text in texts] if codec else texts


def drawing(graph: networkx.DiGraph) -> dict[str, Any]:
    """Boxes with their places, edges as paths of SVG, and the size of the whole."""
    columns = [sorted(column) for column in networkx.topological_generations(graph)]
    lanes = in_lanes(graph, columns)
    places = {name: (x * ACROSS, lanes[name] * DOWN) for x, column in enumerate(columns) for name in column}
    boxes = [
        {"name": name, "lines": name.replace("_", " ").split(" ", 1), "x": x, "y": y, **graph.nodes[name]}
        for name, (x, y) in places.items()
    ]
    size = {"width": (len(columns) - 1) * ACROSS + WIDTH, "height": max(lanes.values()) * DOWN + HEIGHT}
    edges = [{"ends": ends, "path": _curve(*(places[end] for end in ends))} for ends in graph.edges]
    return {"boxes": boxes, "edges": edges, **size, "box": {"width": WIDTH, "height": HEIGHT}}


def in_lanes(graph: networkx.DiGraph, columns: list[list[str]]) -> dict[str, int]:
    """How far down each node stands: as near as may be to those before it, and never where a longer edge passes."""
    column_of = {name: number for number, column in enumerate(columns) for name in column}
    passing = [
        {start for start, end in graph.edges if column_of[start] < number < column_of[end]}
        for number in range(len(columns))
    ]
    count = max(len(column) + len(names) for column, names in zip(columns, passing, strict=True))
    lanes: dict[str, int] = {}
    for column, names in zip(columns, passing, strict=True):
        targets = {
            name: _mean([lanes[before] for before in graph.predecessors(name)], (count - 1) / 2) for name in column
        }
        order = sorted(column, key=lambda name: (targets[name], name))
        free = [lane for lane in range(count) if lane not in {lanes[name] for name in names}]
        chosen = min(combinations(free, len(order)), key=lambda lanes: _apart(lanes, [targets[name] for name in order]))
        lanes |= dict(zip(order, chosen, strict=True))
    return lanes


def _mean(values: list[int], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _apart(lanes: Iterable[int], targets: list[float]) -> float:
    return sum(abs(lane - place) for lane, place in zip(lanes, targets, strict=True))


def _curve(start: tuple[float, float], end: tuple[float, float]) -> str:
    """In its lane up to the column of the end, and there to it."""
    y, other = start[1] + HEIGHT / 2, end[1] + HEIGHT / 2
    turn, middle = end[0] - (ACROSS - WIDTH), end[0] - (ACROSS - WIDTH) / 2
    return f"M{start[0] + WIDTH} {y}H{turn}C{middle} {y} {middle} {other} {end[0]} {other}"
