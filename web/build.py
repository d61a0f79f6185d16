"""Builds the page and the module for JavaScript into build/web: `make web`.

The crate codec_rs/web becomes two WebAssembly modules, one with networks and a small one without; beside them go the
files of this folder and the bundles that the wheel has. Rust's own toolchain serves with its target
wasm32-unknown-unknown, or else Debian's rustc-web with the sources of the standard library.
"""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

from latentcodec.bundle.bundle import read_facts

ROOT = Path(__file__).resolve().parents[1]
CRATE = ROOT / "codec_rs" / "web"
TARGET = "wasm32-unknown-unknown"
FLAGS = f"CARGO_TARGET_{TARGET.upper().replace('-', '_')}_RUSTFLAGS"  # of this target alone
OUTPUT = ROOT / "build" / "web"
PAGE = ("index.html", "page.js", "style.css", "worker.js", "offline.js", "latentcodec.js", "latentcodec.d.ts")
MODULES = {"lossless": [], "networks": ["--features", "networks"]}

_DEBIAN_SOURCES = Path("/usr/lib/rustlib/src/rust/library/std")
_LINKERS = ("wasm-ld-22", "wasm-ld-19", "wasm-ld")


class Toolchain(NamedTuple):
    """A cargo, the options with which it builds for WebAssembly, and what its environment needs."""

    cargo: str
    options: list[str]
    environment: dict[str, str]

    def __call__(self, *arguments: str) -> None:
        """Run cargo; always in the same environment, in which it finds what it has built."""
        others = {name: value for name, value in os.environ.items() if name != "RUSTFLAGS"}  # which would outdo FLAGS
        subprocess.run([self.cargo, *arguments], cwd=CRATE, env=others | self.environment, check=True)


def toolchain() -> Toolchain | str:
    """The one that there is, or what is missing."""
    simd = "-C target-feature=+simd128"
    if shutil.which("rustc") and _target_libraries().is_dir():
        return Toolchain("cargo", [], {FLAGS: simd})
    linker = next(filter(shutil.which, _LINKERS), None)
    if _DEBIAN_SOURCES.is_dir() and os.access("/usr/bin/cargo", os.X_OK) and linker:
        environment = {"RUSTC": "/usr/bin/rustc", "RUSTC_BOOTSTRAP": "1", FLAGS: f"{simd} -C linker={linker}"}
        return Toolchain("/usr/bin/cargo", ["-Z", "build-std=std,panic_abort"], environment)
    return (
        f"no Rust for {TARGET}: `rustup target add {TARGET}`, or on Debian "
        "`apt install rustc-web cargo-web rust-web-src lld-19`"
    )


def _target_libraries() -> Path:
    command = ["rustc", "--print", "target-libdir", "--target", TARGET]
    return Path(subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or "/nowhere")


def build_module(name: str, features: list[str], cargo: Toolchain) -> None:
    """Compile the crate with these features, and write its WebAssembly and the JavaScript that loads it."""
    cargo("build", *cargo.options, "--release", "--target", TARGET, *features)
    target = Path(os.environ.get("CARGO_TARGET_DIR", CRATE / "target"))
    module = target / TARGET / "release" / "latentcodec_web.wasm"
    cargo("run", "--release", "-p", "latentcodec-web-bindgen", "--", str(module), str(OUTPUT), name)


def wheel_bundles() -> list[Path]:
    """The folders of the bundles that the wheel has, as pyproject.toml names them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["maturin"]["include"]
    return [ROOT / "exports" / "release" / Path(pattern).parent.name for pattern in settings if "bundles/" in pattern]


def copy_bundles(folders: list[Path], output: Path) -> None:
    """What decoding needs of the bundles, and index.json: their names and strides by model id."""
    index = {}
    for folder in folders:
        facts = read_facts(folder)
        (output / facts.name).mkdir(parents=True, exist_ok=True)
        for name in {"codec.json", *facts.files} - {"encoder.onnx"}:
            shutil.copyfile(folder / name, output / facts.name / name)
        index[facts.model_id.hex()] = {"name": facts.name, "stride": facts.stride}
    (output / "index.json").write_text(json.dumps(index, indent=2) + "\n")


def main() -> None:
    found = toolchain()
    if isinstance(found, str):
        sys.exit(found)
    OUTPUT.mkdir(parents=True, exist_ok=True)
    for name, features in MODULES.items():
        build_module(name, features, found)
    for name in PAGE:
        shutil.copyfile(ROOT / "web" / name, OUTPUT / name)
    copy_bundles(wheel_bundles(), OUTPUT / "bundles")


if __name__ == "__main__":
    main()
