"""Each flag and each function patches what it says and nothing else."""

import json

import pytest
from helpers import python

from lazypatch.base.settings import SETTINGS

REPLACED = """
import json, sys, importlib
from lazypatch.cooperative import INDEX
from lazypatch.patching.module import patched
for target in INDEX:
    try: importlib.import_module(target)
    except ImportError: pass
names = []
for target, entry in patched.items():
    for each in entry.replaced:
        assert each.is_in(), each.name
        names.append(f"{target}.{each.name}")
print(json.dumps(sorted(names)))
"""


def replaced(*lines):
    done = python("-c", "\n".join(["import lazypatch", *lines, REPLACED]))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def planned(*options):
    """name -> flag, as the command line tells."""
    done = python("-m", "lazypatch", *options, "--plan")
    assert done.returncode == 0, done.stderr
    return {name: flag for name, flag, _ in (line.split() for line in done.stdout.splitlines())}


WHOLE = {setting.name: setting.part_of or setting.name for setting in SETTINGS}
EVERYTHING = planned()
PLAN = {**EVERYTHING, **planned("--sys")}
PARTS = {"threading": "thread", "_threading_local": "thread", "logging": "thread", "waitpid": "os",
         "stdin": "sys", "stdout": "sys", "stderr": "sys"}  # fmt: skip


def whole(flag):
    return PARTS.get(flag) or WHOLE[flag]


@pytest.mark.parametrize("flag", [setting.name for setting in SETTINGS if setting.part_of is None])
def test_an_option_alone_patches_exactly_its_rows_of_the_plan(flag, tmp_path):
    (tmp_path / "script.py").write_text(REPLACED)
    done = python("-m", "lazypatch", f"--{flag}", str(tmp_path / "script.py"), cwd="/")
    assert done.returncode == 0, done.stderr
    expected = sorted(name for name, under in PLAN.items() if whole(under) == flag)
    assert expected
    assert json.loads(done.stdout) == expected


@pytest.mark.parametrize("flag", [setting.name for setting in SETTINGS if setting.default])
def test_an_option_with_no_leaves_exactly_its_rows_of_the_plan_out(flag):
    remaining = planned(f"--no-{flag}")
    gone = {name for name, under in EVERYTHING.items() if flag in (under, whole(under))}
    assert gone
    assert set(remaining) == set(EVERYTHING) - gone


@pytest.mark.parametrize(
    ("call", "flags"),
    [
        ("patch_builtins()", {"builtins"}),
        ("patch_dns()", {"dns"}),
        ("patch_os()", {"os", "waitpid"}),
        ("patch_queue()", {"queue"}),
        ("patch_select()", {"select", "aggressive"}),
        ("patch_select(aggressive=False)", {"select"}),
        ("patch_signal()", {"signal"}),
        ("patch_socket()", {"socket", "dns"}),
        ("patch_socket(dns=False, aggressive=False)", {"socket"}),
        ("patch_ssl()", {"ssl"}),
        ("patch_subprocess()", {"subprocess"}),
        ("patch_sys()", {"stdin", "stdout", "stderr"}),
        ("patch_sys(stdin=False)", {"stdout", "stderr"}),
        ("patch_thread()", {"thread", "threading", "_threading_local", "Event"}),
        ("patch_thread(Event=False, logging=False)", {"thread", "threading", "_threading_local"}),
        ("patch_thread(threading=False, Event=False)", {"thread", "_threading_local"}),
        ("patch_thread(_threading_local=False)", {"thread", "threading", "Event"}),
        ("patch_time()", {"time"}),
        ("patch_all(sys=True)", {*WHOLE, *PARTS}),
        ("patch_all(Event=False, aggressive=False)", {*WHOLE, *PARTS} - {"Event", "aggressive", "sys", "stdin", "stdout", "stderr"}),
    ],
)  # fmt: skip
def test_a_function_patches_exactly_what_it_says(call, flags):
    assert replaced(f"lazypatch.{call}") == sorted(name for name, under in PLAN.items() if under in flags)


def test_the_signature_of_patch_all_is_the_promised_one():
    import inspect

    import lazypatch

    parameters = inspect.signature(lazypatch.patch_all).parameters
    words = "socket dns time select thread os ssl httplib subprocess sys aggressive Event builtins signal queue kwargs"
    assert list(parameters) == words.split()
    for setting in SETTINGS:
        assert parameters[setting.name].default is setting.default, setting.name
    assert parameters["httplib"].default is False


def test_one_function_after_the_other_adds_just_the_rest():
    both = replaced("lazypatch.patch_socket(dns=False)", "import socket", "lazypatch.patch_dns()")
    assert both == replaced("lazypatch.patch_socket()")
    code = "import lazypatch, lazypatch.events as e, socket\nlazypatch.patch_socket(dns=False)\n"
    code += "e.subscribers.append(lambda event: print(event, getattr(event, 'target_item_names', '')))\nlazypatch.patch_dns()"
    lines = python("-c", code).stdout.splitlines()
    assert [line.split(">")[0] for line in lines] == ["<WillPatchModule socket", "<DidPatchModule socket"]
    assert "getaddrinfo" in lines[0]
    assert "recv" not in lines[0]


def warnings_of(code):
    watch = "import warnings, lazypatch\nwarnings.simplefilter('always', lazypatch.PatchWarning)\n"
    done = python("-c", watch + code)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_what_goes_badly_together_is_warned_of_at_the_users_line():
    assert "<string>:3: PatchWarning: signal=True with os=False" in warnings_of("lazypatch.patch_all(os=False)")
    assert "<string>:3: PatchWarning: ssl without socket" in warnings_of("lazypatch.patch_all(socket=False)")
    assert "<string>:3: PatchWarning: patch_ssl() without patch_socket()" in warnings_of("lazypatch.patch_ssl()")
    assert warnings_of("lazypatch.patch_socket(); lazypatch.patch_ssl()") == ""
    assert warnings_of("lazypatch.patch_all(os=False, signal=False)") == ""


def test_a_keyword_that_nobody_hears_is_warned_of():
    assert "got mylib_x, which it does not know" in warnings_of("lazypatch.patch_all(mylib_x=1)")
    assert warnings_of("import lazypatch.events as e; e.subscribers.append(id)\nlazypatch.patch_all(mylib_x=1)") == ""


def test_httplib_is_an_error_with_a_remedy():
    code = "import lazypatch, time; sleep = time.sleep\ntry: lazypatch.patch_all(httplib=True)\n"
    code += "except lazypatch.PatchError as error: print(error)\nassert time.sleep is sleep"
    assert "http.client, which cooperates through socket and ssl" in python("-c", code).stdout


@pytest.mark.fresh(auto=False)
def test_without_threading_its_threads_and_locks_stay_native():
    import _thread

    import lazypatch

    lazypatch.patch_thread(threading=False)
    native = lazypatch.get_original("_thread", "LockType")
    import threading

    assert type(threading.Lock()) is native
    assert type(_thread.allocate_lock()) is not native
    idents = []
    thread = threading.Thread(target=lambda: idents.append(threading.get_native_id()))
    thread.start()
    thread.join()
    assert idents != [threading.get_native_id()]


ALONE = {
    "patch_time()": "time.sleep(0.01)",
    "patch_dns()": "socket.getaddrinfo('localhost', 80)",
    "patch_queue()": "q = queue.Queue(); threading.Timer(0.01, q.put, [1]).start(); assert q.get() == 1;"
    "s = queue.SimpleQueue(); threading.Timer(0.01, s.put, [1]).start(); assert s.get() == 1",
    "patch_select()": "a, b = socket.socketpair(); threading.Timer(0.01, b.send, [b'x']).start();"
    "assert select.select([a], [], [])[0] == [a]; p = select.poll(); p.register(a); assert p.poll()",
    "patch_socket()": "a, b = socket.socketpair(); threading.Timer(0.01, b.send, [b'x']).start(); assert a.recv(1) == b'x'",
    "patch_subprocess()": "assert subprocess.run(['true']).returncode == 0",
    "patch_os()": "assert os.system('exit 3') == 768; r, w = os.pipe(); threading.Timer(0.01, os.write, [w, b'x']).start();"
    "assert os.read(r, 1) == b'x'",
    "patch_builtins()": "r, w = os.pipe(); threading.Timer(0.01, os.write, [w, b'x']).start(); assert open(r, 'rb', 0).read(1) == b'x'",
    "patch_signal()": "seen = []; signal.signal(signal.SIGUSR1, lambda *_: seen.append(1));"
    "threading.Timer(0.01, os.kill, [os.getpid(), signal.SIGUSR1]).start(); signal.pause(); assert seen",
    "patch_thread()": "e = threading.Event(); threading.Timer(0.01, e.set).start(); assert e.wait()",
    "patch_sys()": "print('x')",
}


@pytest.mark.parametrize("call", ALONE)
@pytest.mark.parametrize("when", ["before", "after"])
def test_each_works_alone_beside_native_threads(call, when):
    imports = "import os, queue, select, signal, socket, subprocess, threading, time, lazypatch\n"
    lines = [imports, f"lazypatch.{call}"] if when == "after" else [f"import lazypatch; lazypatch.{call}", imports]
    body = ALONE[call].replace("; ", "\n").replace(";", "\n")
    body = "\n".join(f"    {line}" for line in body.splitlines())
    threads = "done = []\nthreads = [threading.Thread(target=lambda: (work(), done.append(1))) for _ in range(2)]\n"
    threads += "for thread in threads: thread.start()\nfor thread in threads: thread.join()\nassert len(done) == 2\n"
    threads = "" if call == "patch_signal()" else threads
    code = "\n".join([*lines, f"def work():\n{body}\nwork()", threads, "print('done')"])
    done = python("-c", f"import faulthandler; faulthandler.enable()\n{code}")
    assert (done.returncode, done.stdout.split()[-1:], done.stderr) == (0, ["done"], "")
