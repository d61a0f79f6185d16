"""The documents' commands that take minutes exist; those on experiments are run where the study is finished."""

import shlex
import subprocess
from pathlib import Path

import pytest
from dvc.cli import parse_args
from readme import DOCUMENTS, ROOT, played_experiments, study_is_finished
from test_readme import BLOCKS, numbers_aside

COMMANDS = [command for block in BLOCKS if block.remark == "study" for command in block.commands]


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_study_exists(line: str) -> None:
    for command in line.split(" && "):
        words = shlex.split(command)
        if words[0] == "make":
            subprocess.run(["make", "--dry-run", *words[1:]], cwd=ROOT, capture_output=True, check=True)
        elif words[0] == "dvc":
            parse_args(words[1:])
        else:
            assert words[0] in ("git", "cd", "pip", "source"), command


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_experiments_print_what_the_document_says(document: Path, tmp_path: Path) -> None:
    if not study_is_finished():
        pytest.skip("the study is not finished here: make study")
    for block, real in played_experiments(document, tmp_path, epochs="2"):
        assert numbers_aside(real) == numbers_aside(block.text)
