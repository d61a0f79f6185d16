"""Every command and code block of README and guide runs, and prints what they say: see readme.py."""

import re
from pathlib import Path

import pytest
import yaml
from readme import DOCUMENTS, ROOT, blocks, played

BLOCKS = [block for document in DOCUMENTS for block in blocks(document)]


def numbers_aside(text: str) -> str:
    """Model ids and numbers do not count, nor do the spaces that line them up."""
    return re.sub(r" +", " ", re.sub(r"\b[0-9a-f]{7,8}\b|-?\d+(\.\d+)?", "N", text))


def test_every_block_is_run_or_says_why_not() -> None:
    assert {block.remark for block in BLOCKS} <= {"", "numbers vary", "study", "experiments"}
    assert {block.kind for block in BLOCKS} <= {"", "console", "python", "yaml"}
    assert sum(document.read_text().count("```") for document in DOCUMENTS) == 2 * len(BLOCKS)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_what_is_run_prints_what_the_document_says(document: Path, tmp_path: Path) -> None:
    for block, real in played(document, tmp_path):
        compared = numbers_aside if block.remark == "numbers vary" else str
        assert compared(real) == compared(block.text)


def test_parameters_that_are_shown_exist() -> None:
    known = yaml.safe_load((ROOT / "params.yaml").read_text())
    for block in BLOCKS:
        if block.kind == "yaml":
            assert_within(yaml.safe_load(block.text), known)


def assert_within(shown: dict, known: dict) -> None:
    for key, value in shown.items():
        assert key in known
        if isinstance(value, dict):
            assert_within(value, known[key])
