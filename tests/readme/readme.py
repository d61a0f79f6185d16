"""Play README.md and docs/guide.md: run the commands and code that they show, and put what really comes in its place.

``python tests/readme/readme.py`` rewrites both so; the tests beside this file compare. A comment before a block
says what is special about it:

    <!-- numbers vary -->  sizes, rates and model ids depend on a training or a machine: they are not compared
    <!-- study -->         takes many minutes: .ci/run runs them, test_readme_study.py sees that they exist
    <!-- experiments -->   needs the finished study; run in a copy of the work tree, numbers are not compared

The other blocks are run in their order, in one folder with some pictures in it; what a block makes or exports is there
for the next one.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import skimage.data
from PIL import Image, ImageDraw, ImageFont

import latentcodec
from latentcodec.bundle.bundle import read_facts

ROOT = Path(__file__).parents[2]
DOCUMENTS = (ROOT / "README.md", ROOT / "docs/guide.md")
HOME = "/home/me"
"""What the documents call the folder that the commands are run in."""

_BLOCK = re.compile(r"^(?:<!-- (?P<remark>[^>]*) -->\n)?```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
_STEP = re.compile(r"^\$ (?P<command>.*)\n(?P<output>(?:(?!\$ ).*\n)*)", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block of a document."""

    remark: str
    kind: str
    text: str
    span: tuple[int, int]
    """Where the text stands in the document."""

    @property
    def commands(self) -> list[str]:
        """What a reader types: the lines after "$ ", or all of them where none has it."""
        typed = [step["command"] for step in _STEP.finditer(self.text)] or self.text.splitlines()
        return [command for command in (line.split("  #")[0].strip() for line in typed) if command]


def blocks(document: Path) -> list[Block]:
    return [
        Block(found["remark"] or "", found["kind"], found["text"], found.span("text"))
        for found in _BLOCK.finditer(document.read_text())
    ]


def play(block: Block, folder: Path, environment: dict[str, str]) -> str:
    """The block's text as it comes out when it is run: code unchanged, below each command what it prints.

    Raises:
        CalledProcessError: a command or the code fails.
    """
    if block.kind == "python":
        _run([sys.executable, "-c", block.text], folder, environment)
        return block.text
    marked = "".join(f"{command}\necho '\x1e'\n" for command in block.commands)
    remember = "[ ! -f .exported ] || . ./.exported", "export -p > .exported"  # variables, for the next block
    script = f"{remember[0]}\n{marked}{remember[1]}\n"
    outputs = _run(["bash", "-e", "-c", script], folder, environment).replace(str(folder), HOME).split("\x1e\n")
    steps = zip(_STEP.finditer(block.text), outputs, strict=False)
    return "".join(f"$ {step['command']}\n{output}" for step, output in steps) or block.text


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        raise AssertionError(f"{command[-1]}\nexits with {done.returncode}:\n{done.stdout}")
    return done.stdout


def copy_of_the_tree(folder: Path) -> dict[str, str]:
    """A copy of the work tree, a repository of its own; returns the environment of commands.

    A study that runs meanwhile writes its lock and its results: these are as git's index has them.
    """
    _copy([name for name in _listed("--cached", "--others") if not _is_written_by_the_study(name)], folder)
    indexed = [name for name in _listed("--cached") if _is_written_by_the_study(name)]
    subprocess.run(["git", "checkout-index", f"--prefix={folder}/", "--", *indexed], cwd=ROOT, check=True)
    return committed(folder)


def copy_of_the_study(folder: Path) -> dict[str, str]:
    """A copy of the work tree with all that the finished study made: its own lock, and what DVC's cache has."""
    _copy(_listed("--cached", "--others"), folder)
    environment = committed(folder)
    for command in (
        f"dvc cache dir --local {ROOT / '.dvc/cache'}",
        "dvc checkout --quiet",
    ):
        _run(shlex.split(command), folder, environment)
    return environment


def _listed(*which: str) -> list[str]:
    """Files of the work tree that git knows (--cached) or would take (--others)."""
    command = ["git", "ls-files", "-z", "--exclude-standard", *which]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return listed.stdout.split("\0")[:-1]


def _is_written_by_the_study(name: str) -> bool:
    return name == "dvc.lock" or Path(name).parent == Path("results")


def _copy(names: list[str], folder: Path) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)


def committed(folder: Path) -> dict[str, str]:
    """Commits all files of a folder to a repository of its own; returns the environment of commands."""
    environment = reader_s_environment()
    for command in (
        "git init --quiet --initial-branch main",
        "git add --all",
        "git -c user.name=Reader -c user.email=reader@example.org commit --quiet --message study",
    ):
        _run(shlex.split(command), folder, environment)
    return environment


def study_is_finished() -> bool:
    """Whether nothing is left to run but the stage that looks for new pictures, which DVC always runs."""
    status = subprocess.run(["dvc", "status", "--json"], cwd=ROOT, env=reader_s_environment(), stdout=subprocess.PIPE)
    return status.returncode == 0 and json.loads(status.stdout) in ({}, {"list_pictures": ["always changed"]})


def reader_s_environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LATENTCODEC_", "XDG_"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    return {**kept, "PATH": path, "DVC_NO_ANALYTICS": "1"}


def reader_s_folder(folder: Path) -> dict[str, str]:
    """Make what a reader has at hand, and return the environment of the commands.

    Photographs, a page in grey, digits, the virtual environment, the released bundle, and one for the reader's own.
    """
    Image.fromarray(skimage.data.astronaut()).save(folder / "photo.jpg", quality=95)
    Image.fromarray(skimage.data.page()).save(folder / "scan.png")
    (folder / "photos/pets").mkdir(parents=True)
    Image.fromarray(skimage.data.coffee()).save(folder / "photos/coffee.jpg", quality=95)
    Image.fromarray(skimage.data.chelsea()).save(folder / "photos/pets/cat.png")
    for name in ("digits", "more"):
        (folder / name).mkdir()
        for number in range(10):
            digit = Image.new("L", (28, 28))
            ImageDraw.Draw(digit).text((9, 1), str(number), "white", ImageFont.load_default(24))
            digit.save(folder / f"{name}/{name}{number}.png")
    (folder / ".venv").symlink_to(sys.prefix)
    _rename(ROOT / "exports/release/photo-v3", folder / "exports/release/mine")
    return {**reader_s_environment(), "HOME": str(folder)}


def _rename(bundle: Path, target: Path) -> None:
    """A copy of a bundle under another name."""
    facts = read_facts(bundle).to_json()
    encoder, decoder = bundle / "encoder.onnx", bundle / "decoder.onnx"
    tables = (bundle / "tables.bin").read_bytes()
    facts["name"] = target.name
    latentcodec.write_bundle(target, facts, encoder=encoder, decoder=decoder, tables=tables, card={})


def played(document: Path, folder: Path) -> Iterator[tuple[Block, str]]:
    """Every block that is run, and how it comes out."""
    environment = reader_s_folder(folder)
    for block in blocks(document):
        if block.kind in ("", "console", "python") and block.remark not in ("study", "experiments"):
            yield block, play(block, folder, environment)


def played_experiments(document: Path, folder: Path, epochs: str = r"\g<0>") -> Iterator[tuple[Block, str]]:
    """Every block on experiments, and how it comes out, with other ``epochs`` than it shows where they are given."""
    experiments = [block for block in blocks(document) if block.remark == "experiments"]
    environment = copy_of_the_study(folder) if experiments else {}
    for block in experiments:
        text = re.sub(r"(?<=epochs=)\d+", epochs, block.text)
        yield block, play(replace(block, text=text), folder, environment)


if __name__ == "__main__":
    for document in DOCUMENTS:
        text = document.read_text()
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as copy:
            outcomes = list(played(document, Path(folder)))
            outcomes += played_experiments(document, Path(copy)) if study_is_finished() else []
        for block, real in sorted(outcomes, key=lambda outcome: outcome[0].span, reverse=True):
            text = text[: block.span[0]] + real + text[block.span[1] :]
        document.write_text(text)
