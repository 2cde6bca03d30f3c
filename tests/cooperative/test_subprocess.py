import pytest
from helpers import overlapping, same_as_plain

START = "import subprocess, sys, os\nfrom subprocess import PIPE, Popen, DEVNULL\n"
CAT = "['sh', '-c', 'sleep 0.1; cat']"
WAITS = {
    "wait": "assert Popen(['sleep', '0.1']).wait() == 0",
    "wait with timeout": "assert Popen(['sleep', '0.1']).wait(5) == 0",
    "run": "assert subprocess.run(['sleep', '0.1']).returncode == 0",
    "call": "assert subprocess.call('sleep 0.1; exit 3', shell=True) == 3",
    "check_call": "assert subprocess.check_call(['sleep', '0.1']) == 0",
    "check_output": "assert subprocess.check_output('sleep 0.1; echo x', shell=True) == b'x\\n'",
    "getoutput": "assert subprocess.getoutput('sleep 0.1; echo x') == 'x'",
    "communicate": f"assert Popen({CAT}, stdin=PIPE, stdout=PIPE).communicate(b'x' * 300000)[0] == b'x' * 300000",
    "communicate one": f"assert Popen({CAT}, stdin=DEVNULL, stdout=PIPE).communicate() == (b'', None)",
    "communicate text": f"assert Popen({CAT}, stdin=PIPE, stdout=PIPE, text=True).communicate('ä')[0] == 'ä'",
    "read": "assert Popen('sleep 0.1; echo x', shell=True, stdout=PIPE).stdout.read() == b'x\\n'",
    "read unbuffered": "assert Popen('sleep 0.1; echo x', shell=True, stdout=PIPE, bufsize=0).stdout.read(2) == b'x\\n'",
    "readline": "assert Popen('sleep 0.1; echo x; echo y', shell=True, stdout=PIPE).stdout.readline() == b'x\\n'",
    "lines of text": "assert list(Popen('sleep 0.1; echo x; echo y', shell=True, stdout=PIPE, text=True).stdout) == ['x\\n', 'y\\n']",
    "bufsize=1": (
        f"p = Popen({CAT}, stdin=PIPE, stdout=PIPE, text=True, bufsize=1); p.stdin.write('x\\n')\n"
        "    assert p.stdout.readline() == 'x\\n'; p.stdin.close(); p.wait()"
    ),
    "write": f"p = Popen({CAT}, stdin=PIPE, stdout=DEVNULL); p.stdin.write(bytes(300000)); p.stdin.close(); p.wait()",
    "readinto": "b = bytearray(9); assert Popen('sleep 0.1; echo x', shell=True, stdout=PIPE).stdout.readinto1(b) == 2",
    "pipeline": (
        "a = Popen('sleep 0.1; echo x', shell=True, stdout=PIPE); b = Popen(['cat'], stdin=a.stdout, stdout=PIPE)\n"
        "    a.stdout.close(); assert b.communicate()[0] == b'x\\n'; a.wait()"
    ),
    "start_new_session": "assert subprocess.run(['sleep', '0.1'], start_new_session=True).returncode == 0",
    "preexec_fn": "assert subprocess.run(['sleep', '0.1'], preexec_fn=lambda: os.setpgid(0, 0)).returncode == 0",
}


@pytest.mark.parametrize("name", WAITS)
def test_two_waits_overlap(name):
    overlapping(f"{START}\ndef wait():\n    {WAITS[name]}")


def test_results_and_errors_are_the_stdlibs():
    same_as_plain("""
        import os, subprocess
        from subprocess import PIPE, Popen
        show(subprocess.run, ["sh", "-c", "echo out; echo err >&2; exit 3"], capture_output=True)
        show(subprocess.run, ["no such"]), show(subprocess.run, ["false"], check=True), show(subprocess.run, [], timeout=1)
        try:
            subprocess.run(["sleep", "9"], timeout=0.05)
        except subprocess.TimeoutExpired as error:
            print(error.cmd, 0 < error.timeout <= 0.05)
        show(subprocess.run, "kill -9 $$", shell=True)
        show(subprocess.run, ["cat"], input="text", text=True, capture_output=True)
        show(subprocess.run, ["cat"], input=b"x" * 200000, stdout=PIPE)
        show(subprocess.run, ["true"], cwd="/no such"), show(subprocess.run, ["true"], user=-1)
        show(subprocess.run, ["true"], preexec_fn=lambda: 1 / 0), show(Popen, ["true"], bufsize="x")
        child = Popen(["sleep", "9"])
        show(child.poll), show(child.wait, 0), show(child.wait, 0.01), show(child.wait, -1)
        child.terminate()
        show(child.wait), show(child.wait), show(child.poll), show(child.communicate)
        child = Popen(["sh", "-c", "read line; echo got $line"], stdin=PIPE, stdout=PIPE, text=True)
        show(child.communicate, timeout=0.01)
        show(child.communicate, "line\\n", timeout=9)
        with Popen(["cat"], stdin=PIPE, stdout=PIPE) as child:
            print(*(repr(f).replace(str(f.fileno()), 'N') for f in (child.stdin, child.stdout, child.stdout.raw)), type(child.stdout), child.stdout.mode)
            print(child.stdout.isatty(), child.stdout.readable(), child.stdout.seekable(), child.stdin.fileno() > 2)
            show(child.stdout.seek, 0), show(child.stdout.write, b""), show(child.stdin.read), show(child.stdin.write, 7)
            show(child.stdin.write, b"one\\ntwo\\n"), show(child.stdin.flush), show(child.stdout.readline)
            show(child.stdout.peek), show(child.stdout.read1), show(child.stdin.close), show(child.stdout.read)
            show(child.stdin.write, b"x")
        show(child.stdout.read)
        with Popen(["true"], stdin=PIPE) as child:
            child.wait()
            show(child.stdin.write, b"x" * 100000)
            show(child.stdin.close)
        print(subprocess.Popen.__mro__, subprocess.Popen.__module__)
    """)


@pytest.mark.fresh
def test_two_threads_share_a_pipes_file():
    import subprocess
    import threading

    child = subprocess.Popen("for i in 1 2 3 4; do sleep 0.02; echo $i; done", shell=True, stdout=subprocess.PIPE)
    lines = []
    threads = [
        threading.Thread(target=lambda: lines.extend(child.stdout.readline() for _ in range(2))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(lines) == [b"1\n", b"2\n", b"3\n", b"4\n"]
    child.wait()
    child.stdout.close()


@pytest.mark.fresh
def test_many_short_children_leave_no_zombie_and_no_descriptor():
    import os
    import subprocess
    import threading

    before = len(os.listdir("/proc/self/fd"))
    codes = []

    def work():
        for _ in range(3):
            codes.append(subprocess.run(["/bin/true"], stdout=subprocess.PIPE).returncode)

    threads = [threading.Thread(target=work) for _ in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [0] * 180
    assert len(os.listdir("/proc/self/fd")) <= before + 2  # the hub's
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        pass
    else:
        raise AssertionError("a child is left")


@pytest.mark.fresh
def test_a_child_reaped_by_somebody_else():
    import os
    import subprocess
    import threading

    child = subprocess.Popen(["sleep", "0.05"])
    waits = []
    thread = threading.Thread(target=lambda: waits.append(child.wait()))
    thread.start()
    os.waitpid(child.pid, 0)
    thread.join()
    assert waits == [0]  # the stdlib does not know the status either


@pytest.mark.fresh
def test_children_without_pidfd():
    import os

    del os.pidfd_open
    import subprocess
    import time

    begin = time.monotonic()
    assert subprocess.run(["sleep", "0.05"]).returncode == 0
    assert os.waitpid(os.spawnlp(os.P_NOWAIT, "sleep", "sleep", "0.05"), 0)[1] == 0
    assert 0.1 <= time.monotonic() - begin < 0.3
    try:
        subprocess.run(["sleep", "1"], timeout=0.05)
    except subprocess.TimeoutExpired:
        pass
    else:
        raise AssertionError


@pytest.mark.fresh
def test_popen_inside_an_executors_thread():
    import subprocess
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as executor:
        codes = list(
            executor.map(lambda n: subprocess.run(["sh", "-c", f"exit {n}"], preexec_fn=int).returncode, range(9))
        )
    assert codes == list(range(9))
