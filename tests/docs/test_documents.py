"""The documents hold together: links lead somewhere, files that they name are there, words are explained before use."""

import re
import subprocess
import textwrap
from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter

from stages.params import RateDistortionTraining, Train

ROOT = Path(__file__).parents[2]
LISTED = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
DOCUMENTS = sorted(set(LISTED.split()) - {"CHANGELOG.md"})
FENCED = re.compile(r"^( *)```.*?^\1```$", re.DOTALL | re.MULTILINE)
NAMED = re.compile(r"`((?:stages|pipeline|codec_rs|tests|bench|docs|examples|exports/release)/[\w./-]+)`")


def prose(path: Path) -> str:
    """A document without its fenced blocks."""
    return FENCED.sub("", path.read_text())


def anchors(path: Path) -> set[str]:
    """What a link may point to in a page, as forges name its headings."""
    headings = re.findall(r"^#+ (.*)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(document: str) -> None:
    path = ROOT / document
    for link in re.findall(r"\]\(([^)]+)\)", prose(path)):
        if "://" in link:
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_a_document_names_is_there(document: str) -> None:
    named = NAMED.findall(prose(ROOT / document))
    assert [name for name in named if not (ROOT / name).exists() and not list(ROOT.glob(f"{name}.*"))] == []


def test_every_page_of_docs_is_reached_from_the_index() -> None:
    found, waiting = set(), [ROOT / "docs/index.md"]
    while waiting:
        page = waiting.pop().resolve()
        if page in found:
            continue
        found.add(page)
        links = re.findall(r"\]\(([^)#]+\.md)", prose(page))
        waiting += [page.parent / link for link in links if "://" not in link]
    assert {page for page in (ROOT / "docs").rglob("*.md") if page.resolve() not in found} == set()


def test_the_readme_explains_a_word_of_the_glossary_where_it_first_stands() -> None:
    """There it is in bold."""
    text = re.sub(r"\]\([^)]*\)", "]", prose(ROOT / "README.md"))
    for word in re.findall(r"^\*\*(.+?)\*\*", (ROOT / "docs/index.md").read_text(), re.MULTILINE):
        first = re.search(rf"(?<![\w-]){re.escape(word)}s?\b(.{{,2}})", text, re.IGNORECASE)
        assert first is None or first[1] == "**", f"{word}: {text[first.start() - 40 : first.end() + 40]}"


@pytest.mark.parametrize("call", ["decode(data)", "encode(picture)"])
def test_every_stop_of_a_call_is_a_function_that_is_there(call: str) -> None:
    _, section = (ROOT / "docs/architecture.md").read_text().split(f"### `{call}`")
    stops = re.findall(r"^\d+\. `(.*?)` `(\w+)`:", section.split("\n#")[0], re.MULTILINE)
    assert 5 < len(stops) <= 12
    for file, function in stops:
        assert f"def {function}(" in (ROOT / "pipeline/latentcodec" / file).read_text(), function


@pytest.mark.parametrize(
    ("document", "family", "block"),
    [("CONTRIBUTING.md", "train", Train), ("docs/fine-tuning.md", "rate_distortion", RateDistortionTraining)],
)
def test_a_codec_that_a_document_shows_is_one_that_params_yaml_may_hold(
    document: str, family: str, block: type
) -> None:
    (shown,) = re.findall(r"^ *```yaml\n(.*?)^ *```", (ROOT / document).read_text(), re.DOTALL | re.MULTILINE)
    (codec,) = yaml.safe_load(textwrap.dedent(shown))[family].values()
    TypeAdapter(block).validate_python(codec)


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "docs/index.md", "docs/architecture.md"])
def test_lines_of_prose_are_at_most_120_characters_long(document: str) -> None:
    lines = prose(ROOT / document).splitlines()
    assert [line for line in lines if len(line) > 120 and not line.startswith(("|", "!["))] == []
