import os

import pytest
from helpers import overlapping, same_as_plain

START = "import os, threading, time, socket, tempfile, pty, signal\n"
LATER = START + "def later(call, *args): threading.Timer(0.1, call, args).start()\n"
CHILD = START + "def child(): return os.posix_spawn('/bin/sleep', ['sleep', '0.1'], os.environ)\n"

WAITS = {
    "read": (LATER, "r, w = os.pipe(); later(os.write, w, b'x'); assert os.read(r, 9) == b'x'"),
    "read to the end": (LATER, "r, w = os.pipe(); later(os.close, w); assert os.read(r, 9) == b''"),
    "readv": (
        LATER,
        "r, w = os.pipe(); later(os.write, w, b'xy'); assert os.readv(r, [bytearray(1), bytearray(1)]) == 2",
    ),
    "read of a socket": (
        LATER,
        "a, b = socket.socketpair(); later(b.send, b'x'); assert os.read(a.fileno(), 9) == b'x'",
    ),
    "read of a terminal": (LATER, "m, s = pty.openpty(); later(os.write, m, b'x\\n'); assert os.read(s, 9) == b'x\\n'"),
    "read of an eventfd": (LATER, "e = os.eventfd(0); later(os.eventfd_write, e, 7); assert os.read(e, 8)[0] == 7"),
    "write": (
        LATER + "def drain(r):\n    left = 200000\n    while left: left -= len(os.read(r, 65536))\n",
        "r, w = os.pipe(); later(drain, r); assert os.write(w, bytes(200000)) == 200000",
    ),
    "writev": (
        LATER,
        "r, w = os.pipe(); os.write(w, bytes(65536)); later(os.read, r, 65536)\n    assert os.writev(w, [b'a', b'bc']) == 3",
    ),
    "write to a socket": (
        LATER + "def drain(s):\n    left = 1 << 20\n    while left: left -= len(s.recv(65536))\n",
        "a, b = socket.socketpair(); later(drain, b); assert os.write(a.fileno(), bytes(1 << 20)) == 1 << 20",
    ),
    "write to a terminal": (
        LATER + "def drain(m):\n    left = 90000\n    while left: left -= len(os.read(m, 65536))\n",
        "import tty; m, s = pty.openpty(); tty.setraw(s); later(drain, m); assert os.write(s, bytes(90000)) == 90000",
    ),
    "sendfile": (
        LATER + "def drain(s):\n    left = 1 << 20\n    while left: left -= len(s.recv(65536))\n",
        "a, b = socket.socketpair(); f = tempfile.TemporaryFile(); f.truncate(1 << 20); later(drain, b)\n"
        "    assert os.sendfile(a.fileno(), f.fileno(), 0, 1 << 20) == 1 << 20",
    ),
    "open of a FIFO": (
        LATER,
        "path = tempfile.mktemp(); os.mkfifo(path); later(os.open, path, os.O_WRONLY); os.open(path, os.O_RDONLY)",
    ),
    "wait": (CHILD, "child(); pid, status = os.wait(); assert status == 0"),
    "wait3": (CHILD, "child(); pid, status, usage = os.wait3(0); assert status == 0 and usage.ru_maxrss"),
    "wait4": (CHILD, "pid = child(); assert os.wait4(pid, 0)[:2] == (pid, 0)"),
    "waitpid": (CHILD, "pid = child(); assert os.waitpid(pid, 0) == (pid, 0)"),
    "waitpid of any": (CHILD, "child(); assert os.waitpid(-1, 0)[1] == 0"),
    "waitpid of a group": (CHILD, "child(); assert os.waitpid(0, 0)[1] == 0"),
    "waitpid of a stop": (
        CHILD + "def stop(pid): time.sleep(0.1); os.kill(pid, signal.SIGSTOP)\n",
        "pid = os.posix_spawn('/bin/sleep', ['sleep', '9'], os.environ)\n"
        "    threading.Thread(target=stop, args=(pid,)).start()\n"
        "    assert os.WIFSTOPPED(os.waitpid(pid, os.WUNTRACED)[1])\n"
        "    os.kill(pid, signal.SIGKILL); os.waitpid(pid, 0)",
    ),
    "waitid": (CHILD, "pid = child(); assert os.waitid(os.P_PID, pid, os.WEXITED).si_pid == pid"),
    "waitid without reaping": (
        CHILD,
        "pid = child(); assert os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT).si_pid == pid; os.waitpid(pid, 0)",
    ),
    "waitid by pidfd": (
        CHILD,
        "pid = child(); fd = os.pidfd_open(pid); os.waitid(os.P_PIDFD, fd, os.WEXITED); os.close(fd)",
    ),
    "system": (START, "assert os.system('sleep 0.1; exit 3') == 3 << 8"),
    "popen": (START, "assert os.popen('sleep 0.1; echo x').read() == 'x\\n'"),
    "spawnv": (START, "assert os.spawnv(os.P_WAIT, '/bin/sleep', ['sleep', '0.1']) == 0"),
    "spawnlp": (START, "assert os.spawnlp(os.P_WAIT, 'sleep', 'sleep', '0.1') == 0"),
    "posix_spawnp": (START, "pid = os.posix_spawnp('sleep', ['sleep', '0.1'], os.environ); os.waitpid(pid, 0)"),
    "fork": (
        START,
        "pid = os.fork()\n    if not pid: time.sleep(0.1); os._exit(4)\n    assert os.waitpid(pid, 0) == (pid, 4 << 8)",
    ),
    "forkpty": (
        START,
        "pid, fd = os.forkpty()\n    if not pid: time.sleep(0.1); os.write(1, b'hello'); os._exit(0)\n"
        "    assert os.read(fd, 9) == b'hello'; os.waitpid(pid, 0)",
    ),
}


@pytest.mark.parametrize("name", WAITS)
def test_two_waits_overlap(name):
    start, wait = WAITS[name]
    overlapping(f"{start}\ndef wait():\n    {wait}")


COMPARED = {
    "read": """
        import os, sys
        r, w = os.pipe()
        os.write(w, b"abc")
        show(os.read, r, 2), show(os.read, r, 2), show(os.read, w, 1), show(os.write, r, b"x"), show(os.writev, r, [b"x"])
        os.close(w)
        show(os.read, r, 2)
        for arguments in [(-1, 1), ("x", 1), (r, -1), (w, 1), (r, "x"), (1000, 1)]:
            show(os.read, *arguments)
        with open(sys.executable, "rb") as file:
            show(os.read, file.fileno(), 4), show(os.readv, file.fileno(), [bytearray(3)])
        show(os.readv, r, [bytearray(3)]), show(os.readv, -1, [])
        os.set_blocking(r, False)
        r, w = os.pipe()
        os.set_blocking(r, False)
        show(os.read, r, 1), show(os.readv, r, [bytearray(3)])
    """,
    "write": """
        import os, signal, tempfile
        r, w = os.pipe()
        show(os.write, w, b"abc"), show(os.write, w, bytearray(b"de")), show(os.writev, w, [b"f", memoryview(b"gh")])
        show(os.read, r, 99), show(os.write, w, b""), show(os.write, w, "text"), show(os.write, -1, b"")
        show(os.write, w, memoryview(b"0123456789")[::2]), show(os.writev, w, ["x"]), show(os.write, "x", b"")
        os.close(r)
        show(os.write, w, b"x"), show(os.write, w, bytes(100000))
        r, w = os.pipe()
        os.set_blocking(w, False)
        show(os.write, w, bytes(100000)), show(os.write, w, b"x")
        with tempfile.TemporaryFile() as file:
            show(os.write, file.fileno(), bytes(100000)), show(os.writev, file.fileno(), [b"x", b"y"])
    """,
    "sendfile": """
        import os, socket, tempfile
        a, b = socket.socketpair()
        with tempfile.TemporaryFile() as file, tempfile.TemporaryFile() as copy:
            file.write(bytes(range(100)))
            file.flush()
            show(os.sendfile, a.fileno(), file.fileno(), 90, 50), show(b.recv, 99)
            show(os.sendfile, copy.fileno(), file.fileno(), 0, 50), show(os.sendfile, a.fileno(), file.fileno(), 0, 0)
            show(os.sendfile, a.fileno(), -1, 0, 1), show(os.sendfile, -1, file.fileno(), 0, 1)
            file.seek(10)
            show(os.sendfile, a.fileno(), file.fileno(), None, 5), show(b.recv, 99), show(file.tell)
    """,
    "open": """
        import os, tempfile
        for path, flags in [("/dev/null", os.O_RDWR), ("/no such", os.O_RDONLY), (7.5, os.O_RDONLY), ("/etc", os.O_WRONLY)]:
            show(lambda: os.fstat(os.open(path, flags)).st_rdev)
        fifo = tempfile.mkdtemp() + "/fifo"
        os.mkfifo(fifo)
        show(lambda: os.get_blocking(os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)))
        folder = os.open("/etc", os.O_RDONLY)
        show(lambda: os.fstat(os.open("passwd", os.O_RDONLY, dir_fd=folder)).st_size > 0)
        show(os.open, "/dev/null", "x"), show(os.open, "a\\0b", 0)
    """,
    "wait": """
        import os, signal
        for call in [lambda: os.wait(), lambda: os.wait3(0), lambda: os.waitpid(-1, 0), lambda: os.wait4(1, 0),
                     lambda: os.waitpid(1, 0), lambda: os.waitid(os.P_ALL, 0, os.WEXITED), lambda: os.waitpid(0, 0)]:
            show(call)
        def run(*command):
            return os.posix_spawn(command[0], command, os.environ)
        pid = run("/bin/sh", "-c", "exit 3")
        found = os.waitpid(pid, 0)
        print(found == (pid, 3 << 8), os.waitstatus_to_exitcode(found[1]))
        show(os.waitpid, pid, 0)
        pid = run("/bin/sh", "-c", "kill -9 $$")
        print(os.waitstatus_to_exitcode(os.wait()[1]))
        pid = run("/bin/sleep", "9")
        show(os.waitpid, pid, os.WNOHANG), show(os.waitid, os.P_PID, pid, os.WEXITED | os.WNOHANG)
        os.kill(pid, signal.SIGSTOP)
        print(os.WSTOPSIG(os.waitpid(pid, os.WUNTRACED)[1]))
        os.kill(pid, signal.SIGCONT)
        found = os.waitid(os.P_PID, pid, os.WCONTINUED | os.WEXITED)
        print(found.si_code == os.CLD_CONTINUED)
        os.kill(pid, signal.SIGTERM)
        found = os.waitid(os.P_PID, pid, os.WEXITED)
        print(found.si_status, found.si_code == os.CLD_KILLED, found.si_pid == pid)
        show(os.waitpid, "x", 0), show(os.waitpid, 1, "x"), show(os.waitid, 77, 0, os.WEXITED), show(os.wait3, "x")
    """,
    "system": """
        import os
        show(os.system, "exit 5"), show(os.system, b"true"), show(os.system, 7), show(os.system, "kill -9 $$")
        os.environ["FROM_PARENT"] = "yes"
        show(os.system, 'test "$FROM_PARENT" = yes')
        pipe = os.popen("cat; exit 2", "w")
        pipe.write("through\\n")
        show(pipe.close)
        show(os.popen("echo x; exit 1").read), show(os.popen, 7)
        show(os.spawnv, os.P_WAIT, "/bin/false", ["false"]), show(os.spawnlp, os.P_WAIT, "no such", "no such")
    """,
}


@pytest.mark.parametrize("name", COMPARED)
def test_results_and_errors_are_the_stdlibs(name):
    same_as_plain(COMPARED[name])


@pytest.mark.fresh
def test_two_readers_of_one_pipe_get_a_byte_each():
    import os
    import threading
    import time

    reader, writer = os.pipe()
    got = []
    threads = [threading.Thread(target=lambda: got.append(os.read(reader, 1))) for _ in range(2)]
    for thread in threads:
        thread.start()
    time.sleep(0.01)
    os.write(writer, b"a")
    time.sleep(0.01)
    assert got == [b"a"]
    os.write(writer, b"b")
    for thread in threads:
        thread.join()
    assert got == [b"a", b"b"]


@pytest.mark.fresh
def test_close_is_the_systems_and_ends_a_read_at_once():
    import os
    import threading

    import lazypatch

    assert lazypatch.get_original("os", "close") is os.close
    for _ in range(100):
        reader, writer = os.pipe()
        got = []
        thread = threading.Thread(target=lambda r=reader, g=got: g.append(os.read(r, 1)))
        thread.start()
        os.close(writer)
        thread.join()
        assert got == [b""]
        os.close(reader)


@pytest.mark.fresh
def test_a_descriptor_that_was_closed_under_a_wait_serves_the_next_file():
    import os
    import threading
    import time

    reader, writer = os.pipe()
    threading.Thread(target=os.read, args=(reader, 1), daemon=True).start()
    time.sleep(0.01)
    os.close(reader)
    os.close(writer)
    again, writer = os.pipe()
    assert again == reader
    threading.Timer(0.01, os.write, (writer, b"xy")).start()
    assert os.read(again, 1) in (b"x", b"y")


def test_waitpid_can_be_left_to_the_program():
    from helpers import python

    code = "import lazypatch.auto, os, lazypatch; print(lazypatch.get_original('os', 'waitpid') is os.waitpid)"
    assert python("-c", code, env={**os.environ, "LAZYPATCH_NOWAITPID": "1"}).stdout == "True\n"
    assert python("-c", code).stdout == "False\n"


@pytest.mark.fresh
def test_waiting_installs_no_handler_and_disturbs_none():
    import os
    import signal
    import subprocess

    assert signal.getsignal(signal.SIGCHLD) is signal.SIG_DFL
    subprocess.run(["true"], check=True)
    assert signal.getsignal(signal.SIGCHLD) is signal.SIG_DFL
    calls = []
    signal.signal(signal.SIGCHLD, lambda number, frame: calls.append(number))
    assert os.system("true") == 0
    subprocess.run(["true"], check=True)
    assert len(calls) >= 1
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    assert subprocess.Popen(["true"]).wait() == 0
    try:
        os.wait()
    except ChildProcessError:
        pass
    else:
        raise AssertionError


@pytest.mark.fresh
def test_functions_stay_among_those_that_take_a_directorys_descriptor():
    import os
    import shutil

    assert os.open in os.supports_dir_fd
    assert shutil.rmtree.avoids_symlink_attacks
