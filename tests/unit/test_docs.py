"""The documentation can fail: what it says of settings, routes, codes, words and files is checked here."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubbub import errors
from hubbub.metrics import REGISTRY
from hubbub.settings import PREFIX, Settings
from hubbub.web.problems import STATUS

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text()
PROTOCOL = (ROOT / "docs/protocol.md").read_text()
OPERATIONS = (ROOT / "docs/operations.md").read_text()
PAGES = [ROOT / "README.md", ROOT / "AGENTS.md", *sorted((ROOT / "docs").rglob("*.md"))]


def classes() -> Iterator[ast.ClassDef]:
    """Find every class of the code."""
    for file in (ROOT / "src").rglob("*.py"):
        yield from (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.ClassDef))


def test_readme_lists_every_setting_with_its_default() -> None:
    table = README.partition("| --- | --- | --- | --- |\n")[2].partition("<!-- end of settings -->")[0]
    expected = [
        f"| `--{name.replace('_', '-')}` | `{PREFIX}{name.upper()}` | "
        f"{'' if field.default is None else f'`{field.default}`'} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    assert table.splitlines() == expected


def test_protocol_lists_every_code_of_refusal_with_its_status() -> None:
    table = PROTOCOL.partition("## Codes of refusal")[2]
    listed = {
        code: int(status)
        for codes, status in re.findall(r"^\| (.+?) \| (\d{3}) \|", table, re.MULTILINE)
        for code in re.findall(r"`(\w+)`", codes)
    }
    assert listed == STATUS


def test_operations_name_every_metric_and_no_other() -> None:
    metrics = {family.name + "_total" * (family.type == "counter") for family in REGISTRY.collect()}
    named = re.findall(r"\bhubbub_[a-z_]+", OPERATIONS)
    assert {re.sub("_(bucket|count|sum)$", "", name) for name in named} == metrics


def test_readme_maps_every_line_of_the_brief_to_code_and_test() -> None:
    rows = re.findall(r"^\| (B\d+) \| (.+?) \| (.+?) \| (.*?) \|$", README, re.MULTILINE)
    assert [number for number, *_ in rows] == [f"B{number}" for number in range(1, 18)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text()
    linked = [(page.parent / link).resolve() for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)]
    named = [ROOT / path for path in re.findall(r"`((?:src|tests|docs|bench|scripts)/[\w/.-]+)`", text)]
    assert [path for path in [*linked, *named] if not path.exists()] == []


def test_every_method_that_a_page_names_is_there() -> None:
    named = {name for page in PAGES for name in re.findall(r"`([A-Z]\w+)\.(\w+)", page.read_text())}
    there = {
        (found.name, method.name)
        for found in classes()
        for method in found.body
        if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert named <= there


def test_every_error_is_in_the_tree_of_errors() -> None:
    drawn = re.findall(r"^[│├└─ ]*(\w+)", str(errors.__doc__).partition("\n\n")[2], re.MULTILINE)
    bases = {found.name: {base.id for base in found.bases if isinstance(base, ast.Name)} for found in classes()}
    raised = {"HubbubError"}
    while more := {name for name, those in bases.items() if those & raised} - raised:
        raised |= more
    assert set(drawn) == raised


def test_code_keeps_to_the_words() -> None:
    forbidden = re.compile(r"class \w*(Channel|Broadcaster|Manager|Hub|Broker|Payload|Visitor|Member|Account)\b")
    modules = {"utils", "helpers", "common", "manager", "base", "core"}
    sources = list((ROOT / "src").rglob("*.py"))
    assert [str(file) for file in sources if file.stem in modules or forbidden.search(file.read_text())] == []
