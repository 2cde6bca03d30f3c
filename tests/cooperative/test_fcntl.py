import pytest
from helpers import python, same_as_plain

START = """
import fcntl, os, struct, subprocess, sys, tempfile
CHILD = "import fcntl, sys, time; f = open(sys.argv[1], 'r+'); fcntl.{}(f, fcntl.LOCK_EX); print(flush=True); time.sleep(0.1)"
def held(kind):
    path = tempfile.mktemp(); open(path, "w").close()
    subprocess.Popen([sys.executable, "-c", CHILD.format(kind), path], stdout=subprocess.PIPE).stdout.readline()
    return open(path, "r+")
files = {kind: [held(kind), held(kind)] for kind in KINDS}
"""
WAITS = {
    "flock": "fcntl.flock(files['flock'].pop(), fcntl.LOCK_EX)",
    "lockf": "fcntl.lockf(files['lockf'].pop(), fcntl.LOCK_EX)",
    "fcntl": "fcntl.fcntl(files['lockf'].pop(), fcntl.F_SETLKW, struct.pack('hhqqi', fcntl.F_WRLCK, 0, 0, 0, 0))",
}


@pytest.mark.parametrize("name", WAITS)
def test_two_waits_overlap(name):
    _check("lockf" if name == "fcntl" else name, WAITS[name])


def _check(kind, wait):
    """A child holds each lock for a tenth of a second; both waits and a ticker go on at once."""
    code = START.replace("KINDS", repr([kind]))
    code += f"""
import threading, time
ticks = []
def tick():
    while True: ticks.append(1); time.sleep(0.005)
threading.Thread(target=tick, daemon=True).start()
def wait():
    {wait}
threads = [threading.Thread(target=wait) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert len(ticks) > 3, ticks
"""
    done = python("-c", "import lazypatch.auto\n" + code)
    assert done.returncode == 0, done.stderr


def test_results_and_errors_are_the_stdlibs():
    same_as_plain("""
        import fcntl, os, tempfile
        one, two = tempfile.NamedTemporaryFile(), None
        two = open(one.name)
        show(fcntl.flock, one, fcntl.LOCK_EX), show(fcntl.flock, two, fcntl.LOCK_SH | fcntl.LOCK_NB)
        show(fcntl.flock, one, fcntl.LOCK_UN), show(fcntl.flock, two, fcntl.LOCK_SH), show(fcntl.flock, -1, fcntl.LOCK_EX)
        show(fcntl.lockf, one, fcntl.LOCK_EX, 10, 0, 0), show(fcntl.lockf, two, fcntl.LOCK_EX), show(fcntl.lockf, one, 0)
        show(fcntl.fcntl, one, fcntl.F_GETFD), show(fcntl.fcntl, one, fcntl.F_SETFD, 0), show(fcntl.fcntl, one, 9999)
        show(fcntl.flock, "x", 1), show(fcntl.flock, one, "x"), show(fcntl.fcntl, one, fcntl.F_GETFD, "x" * 2000)
    """)
