"""Late activation under programs that run other programs, which have imported a great deal before."""

import zipfile
from pathlib import Path

import pytest
from helpers import python

import lazypatch

SCRIPT = """
import threading, time
from time import sleep
lock = threading.Lock()
import lazypatch
lazypatch.patch_all()
seen, natives = [], set()

def work(number):
    sleep(0.02)
    with lock:
        seen.append(number)
    natives.add(threading.get_native_id())

threads = [threading.Thread(target=work, args=(number,)) for number in range(5)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("result", len(seen), natives == {threading.get_native_id()}, flush=True)
"""


@pytest.fixture
def script(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        ("-m", "pdb", "-c", "continue", "-c", "quit", "script.py"),
        ("-m", "coverage", "run", "script.py"),
        ("-m", "trace", "--count", "--coverdir", "covers", "script.py"),
        ("-m", "cProfile", "script.py"),
        ("-m", "IPython", "--quick", "--colors=NoColor", "script.py"),
        ("-m", "debugpy", "--listen", "127.0.0.1:0", "script.py"),
        ("-i", "script.py"),
        ("-X", "dev", "script.py"),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_a_program_cooperates_under(script, command):
    done = python(*command, cwd=script)
    assert "result 5 True" in done.stdout, done.stderr
    assert "LatePatchWarning" not in done.stderr


@pytest.mark.fresh(auto=False)
def test_a_tracer_that_was_set_for_threads_before_stays_with_them():
    import sys
    import threading
    import time

    def trace(frame, event, arg):
        return None

    threading.settrace(trace)
    import lazypatch

    lazypatch.patch_all()
    seen = []
    thread = threading.Thread(target=lambda: (time.sleep(0.01), seen.append(sys.gettrace())), name="traced")
    thread.start()
    time.sleep(0)
    assert sys.gettrace() is None, "the thread waits, and its tracer with it"
    thread.join()
    assert seen == [trace]


def test_a_zip_application_cooperates(script):
    root = Path(lazypatch.__file__).parent
    with zipfile.ZipFile(script / "app.pyz", "w") as archive:
        archive.writestr("__main__.py", "import http.client, queue, ssl\n" + SCRIPT)
        for path in root.rglob("*.py"):
            archive.write(path, path.relative_to(root.parent))
    code = "import lazypatch; print(lazypatch.__file__)"
    done = python("app.pyz", cwd=script)
    assert done.stdout == "result 5 True\n", done.stderr
    place = python("-c", f"import sys; sys.path.insert(0, 'app.pyz')\n{code}", cwd=script).stdout
    assert place.startswith("app.pyz") or "/app.pyz/" in place
