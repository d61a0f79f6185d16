"""Play README.md: run the commands and code that it shows, and put what they really print in place of what it says.

``python tests/readme/readme.py`` rewrites README.md so; the tests beside this file compare. A comment before a block
says what is special about it:

    <!-- numbers vary -->  sizes, rates and model ids depend on the machine, or on a training: they are not compared
    <!-- study -->         takes minutes: not run here, test_readme_study.py checks what can be checked

Blocks are run in their order, in one folder with a photo.jpg in it; whatever a block makes is there for the next.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import skimage.data
from make_golden import digits
from PIL import Image

import latentcodec
from latentcodec.bundle import read_facts

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
_BLOCK = re.compile(r"^(?:<!-- (?P<remark>[^>]*) -->\n)?```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
_STEP = re.compile(r"^\$ (?P<command>.*)\n(?P<output>(?:(?!\$ ).*\n)*)", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block of the README."""

    remark: str
    kind: str
    text: str
    span: tuple[int, int]
    """Where the text stands in the README."""

    @property
    def commands(self) -> list[str]:
        """What a reader types: the lines after "$ ", or all of them where none has it."""
        typed = [step["command"] for step in _STEP.finditer(self.text)] or self.text.splitlines()
        return [command for command in (line.split("  #")[0].strip() for line in typed) if command]


def blocks(readme: str) -> list[Block]:
    return [
        Block(found["remark"] or "", found["kind"], found["text"], found.span("text"))
        for found in _BLOCK.finditer(readme)
    ]


def play(block: Block, folder: Path, environment: dict[str, str]) -> str:
    """The block's text as it comes out when it is run: code unchanged, below each command what it prints.

    Raises:
        CalledProcessError: a command or the code fails.
    """
    if block.kind == "python":
        _run([sys.executable, "-c", block.text], folder, environment)
        return block.text
    marks = "".join(f"{command}\necho '\x1e'\n" for command in block.commands)
    outputs = _run(["bash", "-e", "-c", marks], folder, environment).split("\x1e\n")
    steps = zip(_STEP.finditer(block.text), outputs, strict=False)
    return "".join(f"$ {step['command']}\n{output}" for step, output in steps) or block.text


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        raise AssertionError(f"{command[-1]}\nexits with {done.returncode}:\n{done.stdout}")
    return done.stdout


def reader_s_folder(folder: Path) -> dict[str, str]:
    """Make what a reader has at hand, and return the environment of the commands.

    A photograph, some digits, the virtual environment, and bundles: those in exports/release, and stand-ins for what
    the study makes.
    """
    Image.fromarray(skimage.data.astronaut()).save(folder / "photo.jpg", quality=95)
    (folder / "digits").mkdir()
    for number, digit in enumerate(digits(10)):
        Image.fromarray(digit).save(folder / f"digits/{number}.png")
    (folder / ".venv").symlink_to(sys.prefix)
    for name, golden in {"ae2": "tiny_rgb", "digits_ld32": "tiny_l"}.items():
        _rename(ROOT / "tests/golden/bundles" / golden, folder / "exports/study" / name)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LATENTCODEC_", "COLUMNS"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    return {**kept, "PATH": path, "XDG_DATA_HOME": str(folder / ".share")}


def _rename(bundle: Path, target: Path) -> None:
    """A copy of a bundle under another name."""
    facts = {key: value for key, value in read_facts(bundle).items() if key not in ("schema", "files")}
    encoder, decoder = bundle / "encoder.onnx", bundle / "decoder.onnx"
    tables = (bundle / "tables.bin").read_bytes()
    facts["name"] = target.name
    latentcodec.write_bundle(target, facts, encoder=encoder, decoder=decoder, tables=tables, card={})


def played(folder: Path) -> Iterator[tuple[Block, str]]:
    """Every block that is run, and how it comes out."""
    environment = reader_s_folder(folder)
    for block in blocks(README.read_text()):
        if block.kind in ("", "console", "python") and block.remark != "study":
            yield block, play(block, folder, environment)


if __name__ == "__main__":
    text = README.read_text()
    with tempfile.TemporaryDirectory() as folder:
        for block, real in reversed(list(played(Path(folder)))):
            text = text[: block.span[0]] + real + text[block.span[1] :]
    README.write_text(text)
