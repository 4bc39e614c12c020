"""Every dashboard there is, and the files that are committed: their JSON and Grafana's provisioning."""

from pathlib import Path

from dashboards import energy, fleet, operations, repairs, savings
from dashboards.board import Board, render
from dashboards.provisioning import PROVISIONING

HERE = Path(__file__).parent


def boards() -> tuple[Board, ...]:
    """The dashboards, in the order of a bureau's own report."""
    return (energy.board(), savings.board(), repairs.board(), fleet.board(), operations.board())


def files() -> dict[str, str]:
    """Path below this folder to the text that belongs there."""
    generated = {f"generated/{board.uid}.json": render(board) for board in boards()}
    return generated | {f"provisioning/{name}": text for name, text in PROVISIONING.items()}


def build(folder: Path = HERE) -> list[str]:
    """Write every file below `folder` and remove dashboards that are no longer; returns the paths written."""
    texts = files()
    for stale in _present(folder) - texts.keys():
        (folder / stale).unlink()
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return sorted(texts)


def differences(folder: Path = HERE) -> list[str]:
    """One line for each file that is missing, stale or not of this version; empty when all agree."""
    texts, present = files(), _present(folder)
    lines = [f"{name}: missing" for name in texts.keys() - present]
    lines += [f"{name}: not written by this version" for name in present - texts.keys()]
    for name in texts.keys() & present:
        if (folder / name).read_text(encoding="utf-8") != texts[name]:
            lines.append(f"{name}: differs from the code")
    return sorted(lines)


def _present(folder: Path) -> set[str]:
    found = [*folder.glob("generated/*.json"), *folder.glob("provisioning/*/*.yaml")]
    return {path.relative_to(folder).as_posix() for path in found}
