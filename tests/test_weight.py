"""Whoever trains elsewhere carries the whole tree."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def test_the_tracked_tree_has_at_most_40_megabytes() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True)
    if listed.returncode:
        pytest.skip("not in a clone")
    sizes = {name: (ROOT / name).lstat().st_size for name in listed.stdout.decode().split("\0") if name}
    largest = sorted(sizes, key=sizes.__getitem__)[-5:]
    assert sum(sizes.values()) <= 40e6, largest
