"""The README's commands that take minutes: make and DVC know them, and the parameters that they set."""

import shlex
import subprocess

import pytest
import yaml
from dvc.cli import parse_args
from readme import README, ROOT, blocks

COMMANDS = [command for block in blocks(README.read_text()) if block.remark == "study" for command in block.commands]


def value_at(params: dict, path: str) -> object:
    for key in path.split("."):
        params = params[key]
    return params


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_study_exists(line: str) -> None:
    for command in line.split(" && "):
        words = shlex.split(command)
        if words[0] == "make":
            subprocess.run(["make", "--dry-run", *words[1:]], cwd=ROOT, capture_output=True, check=True)
        elif words[0] == "dvc":
            asked = parse_args(words[1:])
            for change in getattr(asked, "set_param", None) or []:
                value_at(yaml.safe_load((ROOT / "params.yaml").read_text()), change.split("=")[0])
        else:
            assert words[0] in ("git", "cd", "pip"), command
