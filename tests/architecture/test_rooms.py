"""What the import contracts cannot say: who reads the environment, and that nothing imports the command."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("collectors", "services", "dashboards", "simulators")
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
FORBIDDEN_NAMES = {"utils", "helpers", "manager", "common", "misc", "base"}


def _imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def test_there_is_something_to_check() -> None:
    assert len(MODULES) > 40


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_never_imports_the_command_or_the_tests(path: Path) -> None:
    assert not {name for name in _imports(path) if name.split(".")[0] in {"kilowitness", "tests"}}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_what_it_is_and_is_named_by_a_noun(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert path.stem not in FORBIDDEN_NAMES


def test_product_code_reads_the_environment_only_through_settings() -> None:
    readers = {
        str(path.relative_to(ROOT))
        for path in MODULES
        if path.parts[len(ROOT.parts)] != "simulators"
        and any(word in path.read_text(encoding="utf-8") for word in ("os.environ", "os.getenv"))
    }
    assert readers == set()


def test_pure_modules_know_no_framework_and_no_database() -> None:
    pure = {
        "services/metering": ("channels", "model", "registers", "gauges"),
        "services/timeseries": ("schema", "line_protocol"),
        "services/mv": ("model", "daylight", "baseline", "uncertainty/error_model", "accounting", "gates"),
        "services/savings": ("contract/model", "money/charge", "settlement/document"),
        "services/repairs": ("model", "sla", "figures"),
        "services/fleet": ("model", "trips", "fuel", "usage"),
        "services/indicators": ("coefficients", "indicators"),
        "collectors": ("screening", "times"),
    }
    edges = {"fastapi", "sqlalchemy", "httpx2", "asyncio", "sqlite3", "paho"}
    for room, names in pure.items():
        for name in names:
            found = {module.split(".")[0] for module in _imports(ROOT / room / f"{name}.py")}
            assert not found & edges, f"{room}/{name}.py imports {found & edges}"
