"""Draws the map of imports between the parts of Hubbub and fails on any way that the design does not allow."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import hubbub

SOURCE = Path(hubbub.__file__).parent
ROOT = Path(__file__).parent.parent.parent
DESIGN = ROOT / "docs/design.md"

# Which parts each part may import, besides itself. A part is a package or a module right below `hubbub`.
ALLOWED = {
    "__init__": set(),
    "__main__": {"cli"},
    "cli": {"collector", "errors", "processes", "settings"},
    "processes": {"assembly", "errors", "logs", "metrics", "reach", "settings", "store", "supervisor", "workers"},
    "workers": {"errors", "metrics"},
    "assembly": {"bus", "collector", "errors", "reach", "room", "settings", "store", "supervisor", "vitals", "web"},
    "store": {"room", "errors"},
    "bus": {"metrics", "room", "errors"},
    "web": {"metrics", "reach", "room", "errors"},
    "room": {"errors", "metrics"},
    "supervisor": {"errors", "metrics"},
    "vitals": {"metrics"},
    "collector": set(),
    "reach": set(),
    "metrics": set(),
    "settings": {"errors"},
    "logs": set(),
    "errors": set(),
}


def modules(source: Path) -> dict[str, Path]:
    """Return the file of each module, named as it is imported."""
    paths = {path: path.relative_to(source.parent).with_suffix("").parts for path in source.rglob("*.py")}
    return {".".join(parts).removesuffix(".__init__"): path for path, parts in paths.items()}


def imports(module: str, text: str, known: set[str]) -> Iterator[str]:
    """Yield the modules of this package that a module imports, wherever in the file it does."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively: write the whole name"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                if whole in known or node.module in known:
                    yield whole if whole in known else str(node.module)


def draw(source: Path) -> dict[str, set[str]]:
    """Return what each module imports."""
    found = modules(source)
    return {module: set(imports(module, path.read_text(), set(found))) for module, path in found.items()}


def part(module: str) -> str:
    """Return the part that a module belongs to."""
    return [*module.split("."), "__init__"][1]


def forbidden(drawn: dict[str, set[str]]) -> list[str]:
    """Return the edges that the design does not allow, as a person would say them."""
    return [
        f"{module} must not import {target}"
        for module, targets in sorted(drawn.items())
        for target in sorted(targets)
        if part(target) != part(module) and part(target) not in ALLOWED.get(part(module), set())
    ]


def ways(drawn: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return which other parts each part imports."""
    found: dict[str, set[str]] = {}
    for module, targets in drawn.items():
        found.setdefault(part(module), set()).update({part(target) for target in targets} - {part(module)})
    return found


def show(drawn: dict[str, set[str]]) -> str:
    """Return the map of the parts, one line for each."""
    return "\n".join(f"{name} → {', '.join(sorted(to)) or 'nothing'}" for name, to in sorted(ways(drawn).items()))


def test_imports_go_only_where_the_design_allows() -> None:
    drawn = draw(SOURCE)
    print(show(drawn))  # noqa: T201 as pytest shows it on failure
    assert not forbidden(drawn)


def test_design_knows_every_part_and_allows_nothing_that_nobody_needs() -> None:
    assert ways(draw(SOURCE)) == ALLOWED


def test_page_on_the_design_draws_every_way_but_those_to_the_errors() -> None:
    shown: dict[str, set[str]] = {}
    for begins, ends in re.findall(r"^ +([\w& ]+?) --> ([\w& ]+)$", DESIGN.read_text(), re.MULTILINE):
        for begin in begins.split(" & "):
            shown.setdefault(begin, set()).update(ends.split(" & "))
    drawn = {name: to - {"errors"} for name, to in ALLOWED.items() if name != "__main__"}
    assert shown == {name: to for name, to in drawn.items() if to}


def test_every_package_that_is_imported_is_declared() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {name.partition("[")[0] for name in declared}
    nodes = [node for path in SOURCE.rglob("*.py") for node in ast.walk(ast.parse(path.read_text()))]
    wanted = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    wanted |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    foreign = {name.partition(".")[0] for name in wanted} - sys.stdlib_module_names - {SOURCE.name}
    makers = packages_distributions()
    assert {
        name for name in foreign if not names & {maker.lower().replace("_", "-") for maker in makers[name]}
    } == set()


def test_no_two_modules_import_each_other() -> None:
    TopologicalSorter(draw(SOURCE)).prepare()  # raises CycleError, which names the cycle


@pytest.mark.parametrize(
    ("path", "text", "complaint"),
    [
        ("room/room.py", "from hubbub.web.app import make_app", "hubbub.room.room must not import hubbub.web.app"),
        ("web/app.py", "import hubbub.store.log", "hubbub.web.app must not import hubbub.store.log"),
        (
            "web/app.py",
            "def f():\n from hubbub.bus import postgres",
            "hubbub.web.app must not import hubbub.bus.postgres",
        ),
        ("errors.py", "from hubbub import logs", "hubbub.errors must not import hubbub.logs"),
        ("new.py", "from hubbub.errors import Refused", "hubbub.new must not import hubbub.errors"),
    ],
)
def test_map_shows_a_way_that_is_not_allowed(tmp_path: Path, path: str, text: str, complaint: str) -> None:
    for place in ("store/log.py", "bus/postgres.py", "web/app.py", "logs.py", "errors.py", path):
        file = tmp_path / "hubbub" / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    file.write_text(text)
    assert forbidden(draw(tmp_path / "hubbub")) == [complaint]
