"""`./run`: the one script a newcomer starts, with whatever Python there is."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kilowitness import VERBS

ROOT = Path(__file__).parents[1]
TOOLS = ("bash", "sh", "env", "dirname", "cksum", "tr", "cat", "touch", "mkdir", "chmod", "cp")
NOTES = "notes"
REMEMBERS = f"""#!/bin/sh
# Stands in for Python: notes how it is called, and makes an environment of itself.
echo "$*" >>{NOTES}
case "$1 $2" in
    "-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
    "-m pip") exit "${{PIP_ENDS_WITH:-0}}" ;;
esac
"""
TOO_OLD = "#!/bin/sh\nexit 1\n"
WITHOUT_VENV = '#!/bin/sh\n[ "$1" = -c ]\n'


class Checkout:
    """A fresh copy of what `run` needs, on a machine with nothing but the tools above."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "checkout"
        self.programs = folder / "bin"
        self.folder.mkdir()
        self.programs.mkdir()
        for name in ("run", "pyproject.toml"):
            shutil.copy(ROOT / name, self.folder)
        for name in TOOLS:
            found = shutil.which(name)
            assert found is not None
            (self.programs / name).symlink_to(found)

    def program(self, name: str, text: str) -> Path:
        """Put a script on the machine's PATH."""
        file = self.programs / name
        file.write_text(text)
        file.chmod(0o755)
        return file

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Call the script from another folder."""
        return subprocess.run(
            [self.folder / "run", *arguments],
            cwd=self.programs, env={"PATH": str(self.programs), **environment},
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    def notes(self) -> list[str]:
        """The calls of the Python that remembers, but for the question for its version."""
        lines = (self.folder / NOTES).read_text().splitlines()
        return [line for line in lines if not line.startswith("-c")]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


@pytest.mark.parametrize("script", ["run", ".ci/run", "deploy/first-start", "deploy/entrypoint"])
def test_the_scripts_are_right_by_their_shell_and_may_be_run(script: str) -> None:
    subprocess.run(["bash", "-n", ROOT / script], check=True)
    assert os.access(ROOT / script, os.X_OK)


@pytest.mark.parametrize("python", ["/bin/false", "", "/nowhere/python"])
def test_without_python_it_says_what_is_needed(checkout: Checkout, python: str) -> None:
    done = checkout.run("demo", PYTHON=python)
    assert done.returncode == 1
    assert done.stderr == "run: Python 3.11 or newer is needed; name it with PYTHON=/path/to/python3\n"


def test_a_python_that_is_too_old_is_none(checkout: Checkout) -> None:
    checkout.program("python3", TOO_OLD)
    assert checkout.run("test").stderr.startswith("run: Python 3.11 or newer is needed")
    checkout.program("python3.12", REMEMBERS)
    assert checkout.run("test").returncode == 0


def test_a_python_without_venv_names_the_package(checkout: Checkout) -> None:
    checkout.program("python3", WITHOUT_VENV)
    done = checkout.run("demo")
    assert done.returncode == 1
    assert done.stderr == "run: could not make .venv (on Debian: apt install python3-venv)\n"


def test_the_environment_is_made_once_and_again_when_the_project_changes(checkout: Checkout) -> None:
    checkout.program("python3", REMEMBERS)
    for _ in range(2):
        assert checkout.run("demo", "--verify").returncode == 0
    install = "-m pip install --quiet --disable-pip-version-check --editable .[demo]"
    demo = "-m kilowitness demo --verify"
    assert checkout.notes() == ["-m venv .venv", install, demo, demo]
    with (checkout.folder / "pyproject.toml").open("a") as project:
        project.write("# changed\n")
    checkout.run("demo", "--verify")
    assert checkout.notes()[4:] == [install, demo]


def test_an_installation_that_failed_is_tried_again(checkout: Checkout) -> None:
    checkout.program("python3", REMEMBERS)
    assert checkout.run("demo", PIP_ENDS_WITH="7").returncode == 7
    assert checkout.run("demo").returncode == 0
    assert [note.split()[1] for note in checkout.notes()] == ["venv", "pip", "pip", "kilowitness"]


def test_the_named_python_is_preferred(checkout: Checkout) -> None:
    checkout.program("python3", TOO_OLD)
    named = checkout.program("mine", REMEMBERS)
    assert checkout.run("serve", PYTHON=str(named)).returncode == 0
    assert checkout.notes()[-1] == "-m kilowitness serve"


def test_what_follows_the_verb_is_handed_on_as_it_is(checkout: Checkout) -> None:
    checkout.program("python3", '#!/bin/sh\n[ "$1 $2" = "-m kilowitness" ] && printf "<%s>" "$@"\nexit 0\n')
    (checkout.folder / ".venv/bin").mkdir(parents=True)
    shutil.copy(checkout.programs / "python3", checkout.folder / ".venv/bin/python")
    done = checkout.run("import", "two words.csv", "--dry-run", "*")
    assert done.stdout == "<-m><kilowitness><import><two words.csv><--dry-run><*>"


@pytest.mark.parametrize("arguments", [[], ["help"], ["--help"]])
def test_help_lists_every_verb(checkout: Checkout, arguments: list[str]) -> None:
    real = f'#!/bin/sh\n[ "$2" = pip ] || PYTHONPATH={ROOT} exec {sys.executable} "$@"\n'
    (checkout.folder / ".venv/bin").mkdir(parents=True)
    shutil.copy(checkout.program("python3", real), checkout.folder / ".venv/bin/python")
    done = checkout.run(*arguments)
    assert done.returncode == 0, done.stderr
    first_words = {line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")}
    assert first_words == set(VERBS)
    assert "./run test" in done.stdout
    assert "./run check" in done.stdout
