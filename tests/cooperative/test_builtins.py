import os
import pty
import sys

import pytest
from helpers import TICK, late, python, run_with_pipe, same_as_plain


def test_input_lets_others_run():
    out = run_with_pipe(
        "print(repr(input('prompt> ')), len(ticks) > 5); print(repr(input()), len(ticks) > 15)", "one\n", "two\n"
    )
    assert out == "prompt> 'one' True\n'two' True\n"


def test_input_from_a_terminal():
    pid, master = pty.fork()
    if not pid:
        code = f"{TICK}print('ready')\nprint(repr(input('> ')), len(ticks) > 5)"
        os.execv(sys.executable, [sys.executable, "-c", code])
    out = b""
    while b"> " not in out:
        out += os.read(master, 999)
    late(lambda part: os.write(master, part), b"line\n")
    out = b"> "
    while b"True" not in out and b"False" not in out:
        out += os.read(master, 999)
    os.waitpid(pid, 0)
    os.close(master)
    assert out.endswith((b"'line' True\r\n", b"'line' True"))
    assert out.startswith(b"> ")


@pytest.mark.parametrize("text", ["one\ntwo", "", "one", "\n"])
def test_input_is_like_the_original(text):
    same_as_plain("show(input, 'a> '), show(input), show(input, 7)", input=text)
    done = python("-c", TICK + "print(input('a> '))", input=text)
    plain = python("-c", "print(input('a> '))", input=text)
    assert (done.returncode, done.stdout) == (plain.returncode, plain.stdout)
    assert done.stderr.splitlines()[-1:] == plain.stderr.splitlines()[-1:]


def test_open_is_that_of_io():
    code = "import lazypatch.auto, io; print(open is io.open, open('/dev/null').read() == '')"
    assert python("-c", code).stdout == "True True\n"
