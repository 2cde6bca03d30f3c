"""PYTHONSTARTUP: a prompt beside which the other tasks run. Real terminals, real prompts."""

import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import time

import pytest
from installed import CLEAN

TICK = (
    "import threading, time; ticks = []",
    "t = threading.Thread(target=lambda: [ticks.append(time.sleep(0.01)) for _ in range(10**6)], daemon=True)",
    "t.start()",
)
IDLE = 0.6  # seconds of typing nothing
ASK = "print('tick' + 's:', len(ticks), t.native_id == threading.get_native_id())"
BASIC = {"PYTHON_BASIC_REPL": "1"}
NATIVE = {"TERM": "xterm", "HOME": "/nonexistent"}


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, command, env):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(command[0], command, env)
        self.seen = ""

    def type(self, line):
        os.write(self.fd, line.encode() + b"\r")

    def until(self, pattern, limit=10):
        """Read until ``pattern``, a regular expression, comes; returns the match."""
        end = time.monotonic() + limit
        while not (match := re.search(pattern, self.seen)):
            assert select.select([self.fd], [], [], max(0, end - time.monotonic()))[0], (
                f"no {pattern!r} in {self.seen!r}"
            )
            try:
                self.seen += os.read(self.fd, 4096).decode(errors="replace")
            except OSError:
                raise AssertionError(f"it has ended, without {pattern!r}: {self.seen!r}") from None
        self.seen = self.seen[match.end() :]
        return match

    def close(self):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


@pytest.fixture
def startup(installed):
    return {"PYTHONSTARTUP": installed.out("-m", "lazypatch.install", "--startup-file").strip()}


@pytest.fixture
def terminal(installed, startup):
    made = []

    def start(*arguments, env=None, executable=None):
        command = [executable or installed.python, *map(str, arguments)]
        made.append(Terminal(command, {**CLEAN, **NATIVE, **startup, **(env or {})}))
        return made[-1]

    yield start
    for each in made:
        each.close()


def start_ticking(terminal, prompt):
    """A prompt that is drawn anew at each key looks like the next one: so wait for what the last line prints."""
    for line in (*TICK, "print('tick' + 'ing')"):
        terminal.until(prompt)
        terminal.type(line)
    terminal.until("ticking")
    terminal.until(prompt)


def ticks_while_idle(terminal, prompt):
    start_ticking(terminal, prompt)
    time.sleep(IDLE)
    terminal.type(ASK)
    match = terminal.until(r"ticks: (\d+) (\w+)\r")
    assert match[2] == "True", "the thread is a native one"
    return int(match[1])


@pytest.mark.parametrize("env", [{}, BASIC], ids=["prompt", "basic prompt"])
@pytest.mark.parametrize("how", ["plain", "-i", "dumb terminal", "typed"])
def test_tasks_run_while_the_prompt_waits(terminal, tmp_path, env, how):
    """``-i`` with a script does not read PYTHONSTARTUP; there it is the variable, or an import."""
    (tmp_path / "script.py").write_text("import time\n")
    (tmp_path / "importing.py").write_text("import lazypatch.auto\n")
    if how == "plain":
        session = terminal(env=env)
    elif how == "dumb terminal":
        session = terminal(env={**env, "TERM": "dumb"})
    elif how == "-i":
        session = terminal("-i", tmp_path / "script.py", env={**env, "LAZYPATCH": "1"})
    else:
        session = terminal("-i", tmp_path / "importing.py", env={**env, "PYTHONSTARTUP": ""})
    assert ticks_while_idle(session, ">>> ") > IDLE / 0.02


@pytest.mark.parametrize("env", [{}, BASIC], ids=["prompt", "basic prompt"])
def test_ctrl_c_at_the_prompt_is_the_prompts(terminal, env):
    session = terminal(env=env)
    start_ticking(session, ">>> ")
    time.sleep(0.2)
    os.write(session.fd, b"abandoned\x03")
    session.until("KeyboardInterrupt")
    session.until(">>> ")
    time.sleep(0.3)  # what is typed while the prompt sets the terminal up anew is lost, as ever
    session.type("print('still' + ' there', len(ticks) > 5)")
    session.until("still there True")


def test_ctrl_c_stops_what_waits(terminal):
    session = terminal()
    session.until(">>> ")
    session.type("import threading; threading.Event().wait()")
    time.sleep(0.3)
    os.write(session.fd, b"\x03")
    session.until("KeyboardInterrupt")
    session.until(">>> ")


def test_the_namespace_of_the_prompt_is_empty(terminal):
    session = terminal()
    session.until(">>> ")
    session.type("print('names:', *[name for name in dir() if not name.startswith('__')], 'end'); __doc__")
    session.until("names: end\r")


def test_lazypatch_0_leaves_the_prompt_alone(terminal):
    session = terminal(env={"LAZYPATCH": "0"})
    session.until(">>> ")
    session.type("import sys; print('loaded' + ':', 'lazypatch.activation.activate' in sys.modules)")
    session.until("loaded: False")


def test_ipython(terminal, tmp_path):
    env = {"IPYTHONDIR": str(tmp_path), "HOME": str(tmp_path), "TERM": "dumb"}
    session = terminal("-m", "IPython", "--colors=NoColor", "--no-banner", env=env)
    assert ticks_while_idle(session, r"In \[\d+\]: ") > IDLE / 0.02


def test_a_session_through_a_pipe(installed, startup):
    """No terminal: the C library reads lines from a pipe, and must not read ahead of what the hook sees."""
    command = [installed.python, "-i"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env={**CLEAN, **startup}, text=True, **pipes) as process:
        process.stdin.write("\n".join([*TICK, "print('begun', flush=True)", ""]))
        process.stdin.flush()
        assert process.stdout.readline() == "begun\n"
        time.sleep(IDLE)
        process.stdin.write(f"{ASK}\n1 + 1\n")
        process.stdin.flush()
        name, count, is_one_thread = process.stdout.readline().split()
        assert (name, is_one_thread) == ("ticks:", "True")
        assert int(count) > IDLE / 0.02
        assert process.stdout.readline() == "2\n"
        process.stdin.close()
        assert process.wait() == 0
