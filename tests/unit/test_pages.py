"""Pages can be found, lead somewhere, and name what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from docs.tools import reference
from kiosk.cli.app import build
from kiosk.cli.texts import load_texts
from kiosk.settings import Settings
from kiosk.web import create_app
from tests.pages import Fence, Page, documents, every_page, guides, readmes

pytestmark = pytest.mark.unit

PAGES = [*readmes(), *guides()]
UNSCHEMED = {"/", "/kiosk", "/dashboard", "/openapi.json"}
COMMANDS = build(load_texts("en")).commands
COMMAND = re.compile(r"(?:^|[\s/`(])kiosk (?P<name>[a-z][a-z-]*)(?P<rest>[^|;&#>\n]*)")
REQUEST = re.compile(r"^(?P<method>GET|POST|PUT|DELETE) (?P<path>/[^\s?]*)")
OWN_FILE = re.compile(r"^(?:graph|nodes|state|kiosk|evals|tests|docs|examples|\.ci)/[\w./-]*$")
VARIABLE = re.compile(r"\b(?:KIOSK|LANGSMITH|LANGGRAPH)_[A-Z0-9_]+\b|\b[A-Z]+_API_KEY\b")


def named(pages: list[Page]) -> list[tuple[Page, str]]:
    return [(page, code) for page in pages for code in page.code]


def typed(pages: list[Page]) -> list[tuple[Page, str]]:
    return [(page, code) for page in pages for code in page.typed]


def test_every_page_stands_in_the_navigation(project_root: Path) -> None:
    config = (project_root / "mkdocs.yml").read_text(encoding="utf-8")
    listed = set(re.findall(r"^ +- (?:[^\n#]*: )?([\w./-]+\.md)$", config, re.MULTILINE))
    pages = {str(page).removeprefix("docs/") for page in documents()}
    by_rule = {page for page in pages if re.match(r"adr/\d", page)}
    missing, gone = sorted(pages - by_rule - listed), sorted(listed - pages)
    assert not missing, f"mkdocs.yml: add to `nav`, each under a fitting title: {missing}"
    assert not gone, f"mkdocs.yml: `nav` names pages that do not exist: {gone}"


def test_every_decision_stands_in_the_list_of_decisions(project_root: Path) -> None:
    linked = {link.path for link in Page(project_root / "docs" / "adr" / "README.md").links}
    records = {path.name for path in (project_root / "docs" / "adr").glob("[0-9]*.md")}
    assert not records - linked, f"docs/adr/README.md: add a row for {sorted(records - linked)}"


@pytest.mark.parametrize("page", [page for page in every_page() if page.path.stem != "0000-template"], ids=str)
def test_links_lead_to_files_and_headings_that_exist(page: Page, project_root: Path) -> None:
    dead = [str(link) for link in page.links if not link.file.exists()]
    assert not dead, f"no such file: {dead}"
    headings = [link for link in page.links if link.anchor and link.file.suffix == ".md"]
    lost = [str(link) for link in headings if link.anchor not in Page(link.file).anchors]
    assert not lost, f"no such heading: {lost}"
    outside = [str(link) for link in page.links if not link.file.is_relative_to(project_root)]
    assert not outside, f"outside the repository: {outside}"


@pytest.mark.parametrize("name", sorted(reference.pages()))
def test_pages_that_are_written_from_code_are_up_to_date(name: str) -> None:
    written = (reference.FOLDER / name).read_text(encoding="utf-8")
    assert written == reference.pages()[name], "run `make docs-reference` and commit what it changes"


def test_commands_and_their_options_exist() -> None:
    wrong = []
    for page, code in typed(PAGES):
        for match in COMMAND.finditer(code):
            command = COMMANDS.get(match["name"])
            options = {name for parameter in command.params for name in parameter.opts} if command else set()
            unknown = set(re.findall(r"(?<=\s)--[a-z-]+", match["rest"])) - options - {"--help"}
            if command is None or unknown:
                wrong.append(f"{page}: kiosk {match['name']} {' '.join(unknown)}".rstrip())
    assert not wrong, wrong


def test_make_targets_exist(project_root: Path) -> None:
    makefile = (project_root / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    wanted = [
        (page, name) for page, code in typed(PAGES) for name in re.findall(r"(?:^|[\s;&])make ([a-z][a-z-]*)", code)
    ]
    assert wanted
    assert not [f"{page}: make {name}" for page, name in wanted if name not in targets]


def test_environment_variables_exist(project_root: Path) -> None:
    example = (project_root / ".env.example").read_text(encoding="utf-8")
    known = {f"KIOSK_{field.upper()}" for field in Settings.model_fields} | set(VARIABLE.findall(example))
    known |= set(
        re.findall(r"KIOSK_TEST_[A-Z_]+", "".join(path.read_text() for path in (project_root / "tests").rglob("*.py")))
    )
    wrong = [f"{page}: {name}" for page in PAGES for name in VARIABLE.findall(page.text) if name not in known]
    assert not wrong, wrong


def test_requests_exist() -> None:
    paths = create_app(Settings()).openapi()["paths"]
    known = {(method.upper(), _shape(path)) for path, methods in paths.items() for method in methods}
    known |= {("GET", path) for path in UNSCHEMED}
    wrong = []
    for page, code in named(PAGES):
        match = REQUEST.match(code)
        if match and "..." not in match["path"] and (match["method"], _shape(match["path"])) not in known:
            wrong.append(f"{page}: {match[0]}")
    assert not wrong, wrong


def _shape(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


def test_files_of_the_project_that_are_named_exist(project_root: Path) -> None:
    files = [(page, code) for page, code in named(PAGES) if OWN_FILE.match(code) and "xx." not in code]
    wrong = [f"{page}: {code}" for page, code in files if not (project_root / code).exists()]
    assert not wrong, wrong


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_yaml_can_be_read(page: Page) -> None:
    for fence in page.fences:
        if fence.language == "yaml":
            assert yaml.safe_load(fence.body) is not None, str(fence)


def _without_comments(fence: Fence) -> str:
    return fence.language + re.sub(r"\s+#.*", "", fence.body)


def test_the_korean_readme_follows_the_english_one() -> None:
    english, korean = readmes()
    shape = [re.findall(r"^(#+) ", page.prose, re.MULTILINE) for page in (english, korean)]
    assert shape[0] == shape[1], "README.ko.md: its sections are not those of README.md"
    assert list(map(_without_comments, english.fences)) == list(map(_without_comments, korean.fences))
    figures = [re.findall(r"^\|.*\| `kiosk .*\| ([^|]+) \|$", page.prose, re.MULTILINE) for page in (english, korean)]
    numbers = [re.findall(r"\d[\d.,]*", " ".join(rows)) for rows in figures]
    assert numbers[0] == numbers[1], "README.ko.md: its figures are not those of README.md"
