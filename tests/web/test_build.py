"""How `make web` runs cargo."""

from pathlib import Path

import pytest

from web import build


def test_cargo_has_one_environment_in_which_it_finds_again_what_it_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cargo, calls = tmp_path / "cargo", tmp_path / "calls"
    cargo.write_text(f'#!/bin/sh\necho "$1 $RUSTC_BOOTSTRAP $RUSTFLAGS ${build.FLAGS}" >> {calls}\n')
    cargo.chmod(0o755)
    monkeypatch.setenv("RUSTFLAGS", "-C target-cpu=native")
    found = build.Toolchain(str(cargo), [], {"RUSTC_BOOTSTRAP": "1", build.FLAGS: "simd"})
    build.build_module("lossless", [], found)
    assert calls.read_text().splitlines() == ["build 1  simd", "run 1  simd"]
