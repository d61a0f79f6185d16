"""``latentcodec completion bash|zsh|fish``: a script that completes commands, options and their values.

It is made from the parser itself, so it knows what ``--help`` says, and costs no start of Python at each key.
"""

import argparse
import shlex
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from latentcodec.cli import options


@dataclass(frozen=True)
class Command:
    """A command's words after ``latentcodec``, the commands below it, and its options, each with a help text."""

    words: tuple[str, ...]
    commands: dict[str, str]
    flags: list[argparse.Action]
    files: bool
    """It takes files or folders."""


def declare(verbs: Any) -> None:
    command = options.add_command(
        verbs, "completion", "a script with which a shell completes this command line", completion,
        "completion bash > ~/.local/share/bash-completion/completions/latentcodec",
        "completion zsh > ~/.zfunc/_latentcodec                          # a folder of zsh's $fpath",
        "completion fish > ~/.config/fish/completions/latentcodec.fish",
    )  # fmt: skip
    command.add_argument("shell", choices=list(_SCRIPTS))


def completion(args: Namespace) -> int:
    print(_SCRIPTS[args.shell](list(_commands(args.parser, ()))))
    return 0


def _commands(parser: argparse.ArgumentParser, words: tuple[str, ...]) -> Iterator[Command]:
    """The parser and all below it."""
    below: dict[str, argparse.ArgumentParser] = {}
    texts, flags, files = {}, [], False
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            below = action.choices
            texts = {choice.dest: choice.help or "" for choice in action._choices_actions}
        elif action.option_strings:
            flags.append(action)
        elif action.choices is not None:
            texts = dict.fromkeys(map(str, action.choices), "")
        else:
            files = True
    yield Command(words, texts, flags, files)
    for name, command in below.items():
        yield from _commands(command, (*words, name))


def _bash(commands: list[Command]) -> str:
    """Finds the command among the words typed so far, then offers its commands, its options, or the choices of one;
    readline itself completes the names of files wherever nothing is offered.
    """
    cases = []
    for command in commands:
        known = " ".join(name for flag in command.flags for name in flag.option_strings)
        lines = [f'options="{known}" commands="{" ".join(command.commands)}"', 'case "$previous" in']
        for flag in command.flags:
            if flag.nargs != 0:
                choices = " ".join(map(str, flag.choices or ()))
                lines.append(f'  {"|".join(flag.option_strings)}) values="{choices}"; takes=1 ;;')
        cases.append("\n      ".join([f'    "{" ".join(command.words)}")', *lines, "esac ;;"]))
    paths = " ".join(shlex.quote(" ".join(command.words)) for command in commands if command.words)
    return _BASH.replace("@PATHS@", paths).replace("@CASES@", "\n".join(cases))


_BASH = """# bash completion for latentcodec
_latentcodec() {
  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  local path="" index known options commands values takes=""
  for ((index = 1; index < COMP_CWORD; index++)); do
    for known in @PATHS@; do
      if [[ "${path:+$path }${COMP_WORDS[index]}" == "$known" ]]; then path=$known; break; fi
    done
  done
  case "$path" in
@CASES@
  esac
  if [[ -n $takes ]]; then COMPREPLY=($(compgen -W "$values" -- "$word"))
  elif [[ $word == -* ]]; then COMPREPLY=($(compgen -W "$options" -- "$word"))
  else COMPREPLY=($(compgen -W "$commands" -- "$word")); fi
}
complete -o default -F _latentcodec latentcodec"""


def _zsh(commands: list[Command]) -> str:
    """One function per command, in the terms of zsh's _arguments."""
    functions = []
    for command in commands:
        name = "_".join(("_latentcodec", *command.words))
        specs = [spec for flag in command.flags for spec in _zsh_option(flag)]
        if command.commands and command.words != ("completion",):
            specs += ["'1: :->command'", "'*:: :->arguments'"]
            described = " ".join(shlex.quote(f"{word}:{text}") for word, text in command.commands.items())
            tail = (
                f'  case "$state" in\n    command) local -a known=({described}); _describe command known ;;\n'
                f"    arguments) (( $+functions[{name}_$words[1]] )) && {name}_$words[1] ;;\n  esac\n"
            )
            start = "local state line; _arguments -C"
        else:
            specs += [f"'1: :({' '.join(command.commands)})'"] if command.commands else []
            specs += ["'*: :_files'"] if command.files else []
            start, tail = "_arguments -s", ""
        functions.append(f"{name}() {{\n  {start} \\\n    " + " \\\n    ".join(specs) + f"\n{tail}}}")
    return "#compdef latentcodec\n" + "\n".join(functions) + '\n_latentcodec "$@"'


def _zsh_option(flag: argparse.Action) -> Iterator[str]:
    text = _plain(flag).replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")
    value = ""
    if flag.nargs != 0:
        value = f": :({' '.join(map(str, flag.choices))})" if flag.choices else ": :_files"
    for name in flag.option_strings:
        yield shlex.quote(f"{name}[{text}]{value}")


def _fish(commands: list[Command]) -> str:
    """One ``complete`` per option and command, each under the condition that its command stands on the line."""
    lines = ["# fish completion for latentcodec", "complete -c latentcodec -f"]
    for command in commands:
        here = "; and ".join(f"__fish_seen_subcommand_from {word}" for word in command.words)
        names = " ".join(command.commands)
        if names:
            before = f"{here}; and not " if here else "not "
            condition = f"{before}__fish_seen_subcommand_from {names}"
            for name, text in command.commands.items():
                lines.append(f"complete -c latentcodec -n {shlex.quote(condition)} -a {name} -d {shlex.quote(text)}")
        if not here:
            continue
        if command.files:
            lines.append(f"complete -c latentcodec -n {shlex.quote(here)} -F")
        for flag in command.flags:
            spelt = [f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in flag.option_strings]
            choices = f" -x -a {shlex.quote(' '.join(map(str, flag.choices)))}" if flag.choices else " -r -F"
            value = "" if flag.nargs == 0 else choices
            about = f"-n {shlex.quote(here)} -d {shlex.quote(_plain(flag))}"
            lines.append(f"complete -c latentcodec {about} {' '.join(spelt)}{value}")
    return "\n".join(lines)


def _plain(flag: argparse.Action) -> str:
    return (flag.help or "").replace("%(default)s", str(flag.default))


_SCRIPTS = {"bash": _bash, "zsh": _zsh, "fish": _fish}
