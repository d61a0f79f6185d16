"""The scripts that `latentcodec completion` prints, each run by its shell."""

import shutil
import subprocess

import pytest

from latentcodec.cli import main

# What is typed, and some of what must be offered for its last word.
TYPED = {
    "latentcodec ": {"encode", "pack", "completion"},
    "latentcodec en": {"encode"},
    "latentcodec encode --quanti": {"--quantiser"},
    "latentcodec encode --loss": {"--lossless"},
    "latentcodec encode --alpha": {"--alpha-only-visible"},
    "latentcodec pack create --loss": {"--lossless"},
    "latentcodec encode --quantiser ": {"min_max", "vector_shared"},
    "latentcodec encode photo.png --entropy s": {"static"},
    "latentcodec pack ": {"create", "list", "extract"},
    "latentcodec pack create --bl": {"--block"},
    "latentcodec bundles verify --provider c": {"cpu", "cuda"},
    "latentcodec completion ": {"bash", "zsh", "fish"},
}


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    assert main(["completion", shell]) == 0
    return capsys.readouterr().out


def run(*command: str, stdin: str = "") -> str:
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout


def test_bash_offers_commands_options_and_choices(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [script("bash", capsys)]
    for typed in TYPED:
        words = " ".join(f"'{word}'" for word in typed.split(" "))
        lines += [f"COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMPREPLY=()"]
        lines += ['_latentcodec; echo "${COMPREPLY[*]}"']
    offered = [set(line.split()) for line in run("bash", "--norc", stdin="\n".join(lines)).splitlines()]
    for (typed, expected), found in zip(TYPED.items(), offered, strict=True):
        assert expected <= found, typed
        assert all(word.startswith(typed.split(" ")[-1]) for word in found)


def test_bash_leaves_files_to_readline(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [script("bash", capsys), "COMP_WORDS=(latentcodec encode -o pho); COMP_CWORD=3; _latentcodec"]
    lines += ['echo "${#COMPREPLY[@]}"; complete -p latentcodec']
    assert run("bash", "--norc", stdin="\n".join(lines)) == "0\ncomplete -o default -F _latentcodec latentcodec\n"


def test_fish_offers_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    text = script("fish", capsys)
    for typed, expected in TYPED.items():
        offered = run("fish", "--no-config", "-c", f'{text}\ncomplete -C "{typed}"')
        assert expected <= {line.split("\t")[0] for line in offered.splitlines()}, typed


def test_zsh_takes_the_script(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("zsh", "-f", "-n", stdin=script("zsh", capsys)) == ""
