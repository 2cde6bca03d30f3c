import subprocess
import sys
import time

import pytest
from helpers import TICK, python, run_with_pipe


def test_lines_and_bytes_of_a_pipe_let_others_run():
    code = (
        "import sys; print(repr(sys.stdin.readline()), len(ticks) > 5); print(sys.stdin.buffer.read(), len(ticks) > 15)"
    )
    assert run_with_pipe(code, "line\n", "rest") == "'line\\n' True\nb'rest' True\n"


def test_iteration_over_a_pipe():
    code = "import sys\nfor line in sys.stdin: print(repr(line))\nprint(len(ticks) > 15)"
    assert run_with_pipe(code, "one\n", "two\nthree") == "'one\\n'\n'two\\n'\n'three'\nTrue\n"


def test_output_to_a_pipe_that_nobody_reads_lets_others_run():
    code = (
        f"{TICK}import sys\nsys.stdout.write('x' * 200_000)\nsys.stdout.flush()\n"
        "sys.stderr.write(f'{len(ticks) > 5} {sys.stdout.name} {sys.stderr.name}')"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        time.sleep(0.4)
        assert len(process.stdout.read()) == 200_000
        assert process.stderr.read() == "True <stdout> <stderr>"


@pytest.mark.parametrize("options", [(), ("-u",)])
def test_what_is_printed_is_what_is_printed_without(options):
    code = "print('a\\nb'); import sys; sys.stdout.write('c'); sys.stdout.buffer.write(b'd'); print('é', file=sys.stderr)\n"
    code += "print(sys.stdout.encoding, sys.stdout.errors, sys.stdout.line_buffering, sys.stdout.write_through)\n"
    code += "print(sys.stdin.read().encode())"
    plain = python(*options, "-c", code, input="x\r\ny\n")
    ours = python(*options, "-c", f"import lazypatch; lazypatch.patch_all(sys=True)\n{code}", input="x\r\ny\n")
    assert (ours.stdout, ours.stderr) == (plain.stdout, plain.stderr)
    assert plain.stdout


def test_output_stays_in_order_and_the_interpreter_exits_cleanly():
    code = "import lazypatch; lazypatch.patch_all(sys=True)\nimport sys, threading, time\n"
    code += "def work(n): print('out', n); time.sleep(0); print('err', n, file=sys.stderr)\n"
    code += "for n in range(3): threading.Thread(target=work, args=(n,)).start()"
    done = python("-c", code, stderr=-2)
    assert done.returncode == 0
    assert sorted(done.stdout.splitlines()) == sorted(f"{kind} {n}" for kind in ("out", "err") for n in range(3))
    assert [line[-1] for line in done.stdout.splitlines() if line.startswith("out")] == ["0", "1", "2"]


@pytest.mark.parametrize("given", [True, False])
def test_it_is_patched_only_if_asked_for(given):
    code = (
        f"import sys; first = sys.stdin\nimport lazypatch; lazypatch.patch_all(sys={given}); print(sys.stdin is first)"
    )
    assert python("-c", code, stdin=-1).stdout == f"{not given}\n"


def test_a_file_or_nothing_as_standard_input_stays():
    code = "import lazypatch, sys; first = sys.stdin; lazypatch.patch_all(sys=True); print(sys.stdin is first)"
    assert python("-c", code).stdout == "True\n"
    with open(__file__) as file:
        assert python("-c", code, stdin=file).stdout == "True\n"
