"""The demo's programs, with small scripts for them: started, watched, stopped, and named when they fail."""

import os
import signal
import socket
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.processes import (
    ProgramFailed,
    Programs,
    find_program,
    free_port,
    uninterrupted,
    wait_until,
)

FOREVER = "import time\nprint('up', flush=True)\ntime.sleep(600)"
STUBBORN = """\
    import signal, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print('up', flush=True)
    time.sleep(600)
"""
LISTENING = """\
    import socket, sys
    server = socket.create_server(('127.0.0.1', int(sys.argv[1])))
    while True:
        server.accept()[0].close()
"""


@pytest.fixture(name="programs")
def programs_of_this_test(tmp_path: Path) -> Iterator[Programs]:
    with Programs(tmp_path / "logs", {"FLAVOUR": "plain"}) as programs:
        yield programs


def script(text: str, *arguments: str) -> list[str]:
    """A command that runs a Python text."""
    return [sys.executable, "-c", textwrap.dedent(text), *arguments]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def says_up(programs: Programs, log: Path) -> None:
    """Return once the program has written its line."""
    wait_until(lambda: "up" in log.read_text(), what="up", seconds=60, check=programs.check, every_s=0.01)


def test_a_program_runs_with_the_environment_and_a_log(programs: Programs, tmp_path: Path) -> None:
    program = programs.start("flavour", script("import os; print(os.environ['FLAVOUR'])"))
    assert program.process.wait(60) == 0
    assert program.log == tmp_path / "logs/flavour.log"
    assert program.last_words() == "plain"


def test_ctrl_c_at_the_terminal_does_not_reach_a_program(programs: Programs) -> None:
    process = programs.start("apart", script(FOREVER)).process
    assert os.getpgid(process.pid) == process.pid != os.getpgid(0)


def test_leaving_stops_all_the_last_started_first(tmp_path: Path) -> None:
    record = tmp_path / "record"
    text = f"""
        import signal, sys, time
        def end(*_):
            with open({str(record)!r}, "a") as file:
                file.write(sys.argv[1] + " ")
            sys.exit()
        signal.signal(signal.SIGTERM, end)
        print("up", flush=True)
        time.sleep(600)
    """
    with Programs(tmp_path, {}) as programs:
        started = [programs.start(name, script(text, name)) for name in ("one", "two", "three")]
        for program in started:
            says_up(programs, program.log)
    assert record.read_text() == "three two one "
    assert not any(alive(program.process.pid) for program in started)


def test_an_error_stops_all_as_well(tmp_path: Path) -> None:
    programs = Programs(tmp_path, {})
    process = programs.start("forever", script(FOREVER)).process
    with pytest.raises(ValueError, match="on the way"), programs:
        raise ValueError("on the way")
    assert not alive(process.pid)


def test_one_that_does_not_listen_is_killed(programs: Programs) -> None:
    program = programs.start("stubborn", script(STUBBORN))
    says_up(programs, program.log)
    programs.stop("stubborn", patience_s=0.2)
    assert program.process.returncode == -signal.SIGKILL


def test_one_that_ended_is_named_with_its_last_words(programs: Programs) -> None:
    programs.start("well", script(FOREVER))
    lines = "; ".join(f"print({number})" for number in range(20))
    gone = programs.start("ill", script(f"{lines}; raise SystemExit(3)"))
    gone.process.wait(60)
    with pytest.raises(ProgramFailed) as failed:
        programs.check()
    first, *rest = str(failed.value).splitlines()
    assert first == f"ill ended with exit code 3; its log is {gone.log}:"
    assert rest == [str(number) for number in range(12, 20)]


def test_one_that_said_nothing_is_named_so(programs: Programs) -> None:
    programs.start("silent", script("raise SystemExit(1)")).process.wait(60)
    with pytest.raises(ProgramFailed, match=r"silent ended with exit code 1; [^\n]*\n\(it said nothing\)"):
        programs.check()


def test_one_that_is_still_ending_is_waited_for(programs: Programs) -> None:
    """It ends only after a first look has found it alive."""
    dying = programs.start("dying", script(FOREVER)).process
    programs.check()
    end = threading.Timer(0.2, dying.kill)
    end.start()
    with pytest.raises(ProgramFailed, match="dying ended with exit code -9;"):
        programs.check(patience_s=60)
    end.join()


def test_ones_that_live_are_not_waited_for_longer_than_said(programs: Programs) -> None:
    living = programs.start("forever", script(FOREVER))
    programs.check(patience_s=0.1)
    assert living.process.poll() is None


def test_a_command_is_run_to_its_end(programs: Programs, tmp_path: Path) -> None:
    programs.run_command("touch", script(f"open({str(tmp_path / 'made')!r}, 'w').close()"))
    assert (tmp_path / "made").exists()
    programs.run("version", "platform", timeout_s=20)
    programs.check()


def test_a_command_that_fails_is_an_error(programs: Programs) -> None:
    with pytest.raises(ProgramFailed, match="broken ended with exit code 7:\nalas"):
        programs.run_command("broken", script("print('alas'); raise SystemExit(7)"))
    programs.check()


def test_a_command_that_takes_too_long_is_an_error_and_stopped(tmp_path: Path) -> None:
    with Programs(tmp_path, {}) as programs:
        with pytest.raises(ProgramFailed, match=r"slow took longer than 0\.2 s"):
            programs.run_command("slow", script(FOREVER), timeout_s=0.2)
        [slow] = programs._running.values()
    assert not alive(slow.process.pid)


def test_a_port_is_waited_for(programs: Programs) -> None:
    port = free_port()
    programs.start("server", script(LISTENING, str(port)))
    programs.wait_for_port(port)
    with socket.create_connection(("127.0.0.1", port)):
        pass


def test_a_port_that_never_opens_is_an_error(programs: Programs) -> None:
    port = free_port()
    with pytest.raises(ProgramFailed, match=rf"nothing listens on port {port} after 0\.2 s"):
        programs.wait_for_port(port, seconds=0.2)


def test_a_server_that_ends_instead_is_named(programs: Programs) -> None:
    programs.start("server", script("raise SystemExit('port taken')"))
    with pytest.raises(ProgramFailed, match=r"server ended with exit code 1;[^\n]*\nport taken"):
        programs.wait_for_port(free_port())


def test_the_preferred_port_is_taken_when_it_is_free() -> None:
    port = free_port()
    assert free_port(port) == port


def test_another_port_is_found_when_it_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        assert free_port(taken) not in {0, taken}


def test_a_server_that_just_ended_gives_its_port_back() -> None:
    """Its last connections linger in TIME_WAIT, which must not send the next demo to another address."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = int(server.getsockname()[1])
        with socket.create_connection(("127.0.0.1", port)) as client:
            server.accept()[0].close()
            assert client.recv(1) == b""
    assert free_port(port) == port


def test_a_program_is_found_on_the_path_or_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "kilowitness-test-program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert find_program(program.name) is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_program(program.name) == str(program)


def test_waiting_ends_with_the_condition() -> None:
    answers = iter([False, False, True])
    checks: list[int] = []
    wait_until(lambda: next(answers), what="it", seconds=60, check=lambda: checks.append(1), every_s=0.01)
    assert checks == [1, 1]


def test_waiting_too_long_is_an_error_that_names_what() -> None:
    with pytest.raises(ProgramFailed, match=r"the moon: not done within 0\.05 s"):
        wait_until(lambda: False, what="the moon", seconds=0.05, check=lambda: None, every_s=0.01)


def test_waiting_ends_when_the_check_fails() -> None:
    def check() -> None:
        raise ProgramFailed("collector ended")

    with pytest.raises(ProgramFailed, match="collector ended"):
        wait_until(lambda: False, what="it", seconds=600, check=check)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_wait_for_the_end_of_the_block(number: signal.Signals) -> None:
    came: list[int] = []
    before = signal.signal(number, lambda which, _frame: came.append(which))
    try:
        with uninterrupted():
            signal.raise_signal(number)
            signal.raise_signal(number)
            assert came == []
        assert came == [number]
        signal.raise_signal(number)
        assert came == [number, number]
    finally:
        signal.signal(number, before)


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """A Ctrl-C interrupts, whoever started these tests or set a handler before."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
def test_an_interrupted_stop_is_a_whole_one(tmp_path: Path) -> None:
    """A Ctrl-C comes each time that a program is being stopped."""

    class Interrupted(Programs):
        def stop(self, name: str, *, patience_s: float = 0.1) -> None:
            os.kill(os.getpid(), signal.SIGINT)
            super().stop(name, patience_s=patience_s)

    programs = Interrupted(tmp_path, {})
    started = [programs.start(name, script(STUBBORN)) for name in ("one", "two")]
    for program in started:
        says_up(programs, program.log)
    with pytest.raises(KeyboardInterrupt):
        programs.stop_all()
    assert not any(alive(program.process.pid) for program in started)
