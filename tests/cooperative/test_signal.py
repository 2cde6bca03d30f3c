import pytest
from helpers import overlapping, python, same_as_plain


@pytest.mark.fresh
def test_handlers_come_back_as_they_were_given():
    import signal

    def handler(number, frame):
        pass

    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.signal(signal.SIGINT, handler) is signal.default_int_handler
    assert signal.getsignal(signal.SIGINT) is handler
    assert signal.signal(signal.SIGINT, signal.SIG_DFL) is handler
    assert signal.signal(signal.SIGINT, signal.default_int_handler) is signal.SIG_DFL
    for wrong in (None, "x"):
        try:
            signal.signal(signal.SIGINT, wrong)
        except TypeError:
            continue
        raise AssertionError(wrong)


@pytest.mark.fresh
def test_what_a_handler_raises_while_a_task_runs_is_raised_in_the_main_task():
    import os
    import signal
    import threading
    import time

    class Alarm(Exception):
        pass

    def handler(number, frame):
        raise Alarm

    signal.signal(signal.SIGUSR1, handler)
    survived = []

    def work():
        os.kill(os.getpid(), signal.SIGUSR1)
        time.sleep(0)
        survived.append(True)

    thread = threading.Thread(target=work)
    try:
        thread.start()
        time.sleep(5)
    except Alarm:
        thread.join()
    else:
        raise AssertionError("the handler's exception was lost")
    assert survived == [True]


@pytest.mark.fresh
def test_an_exception_never_loses_a_ready_task():
    import _thread
    import signal
    import threading
    import time

    class Alarm(Exception):
        pass

    def handler(number, frame):
        raise Alarm

    signal.signal(signal.SIGALRM, handler)
    counts = [0, 0, 0]
    stop = []

    def spin(index):
        while not stop:
            counts[index] += 1
            time.sleep(0)

    threads = [threading.Thread(target=spin, args=(index,)) for index in range(3)]
    for thread in threads:
        thread.start()
    assert _thread.get_ident()
    alarms, end = 0, time.monotonic() + 0.7
    while time.monotonic() < end:
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.0007)
            while True:
                time.sleep(0)
        except Alarm:
            alarms += 1
    before = list(counts)
    time.sleep(0.02)
    assert alarms > 20
    assert all(now > then for now, then in zip(counts, before)), "a task was lost"
    stop.append(True)
    for thread in threads:
        thread.join()


WAITING = {
    "sleep": "time.sleep(5)",
    "lock": "lock.acquire()",
    "rlock in another thread": "held.wait(); rlock.acquire()",
    "event": "threading.Event().wait()",
    "condition": "c = threading.Condition(); c.acquire(); c.wait()",
    "queue": "queue.Queue().get()",
    "simple queue": "queue.SimpleQueue().get()",
    "recv": "a.recv(1)",
    "accept": "listener.accept()",
    "join": "forever.join()",
    "select": "select.select([a], [], [])",
    "poll": "p = select.poll(); p.register(a); p.modify(a, select.POLLIN); p.poll()",
    "epoll": "e = select.epoll(); e.register(a, select.EPOLLIN); e.poll()",
    "os.read": "os.read(r, 1)",
    "waitpid": "os.waitpid(os.posix_spawn('/bin/sleep', ['sleep', '5'], os.environ), 0)",
    "communicate": "subprocess.Popen(['sleep', '5'], stdout=subprocess.PIPE).communicate()",
    "getaddrinfo": "lazypatch.offload(lazypatch.get_original('time', 'sleep'), 1)",
    "pause": "signal.pause()",
}


@pytest.mark.parametrize("name", WAITING)
@pytest.mark.parametrize("busy", [False, True], ids=["others idle", "others busy"])
def test_what_a_handler_raises_ends_the_main_tasks_wait(name, busy):
    code = f"""
import lazypatch.auto, lazypatch
import os, queue, select, signal, socket, subprocess, threading, time
class Alarm(Exception): pass
def handler(number, frame):
    assert threading.current_thread() is threading.main_thread()
    assert frame.f_code.co_filename == "<string>" or "/lazypatch/" not in frame.f_code.co_filename
    raise Alarm
signal.signal(signal.SIGALRM, handler)
lock = threading.Lock(); lock.acquire(); rlock = threading.RLock(); held = threading.Event()
def hold():
    with rlock: held.set(); time.sleep(9)
threading.Thread(target=hold, daemon=True).start()
forever = threading.Thread(target=time.sleep, args=(9,), daemon=True); forever.start()
a, b = socket.socketpair(); listener = socket.create_server(("127.0.0.1", 0)); r, w = os.pipe()
def spin():
    while True: time.sleep(0)
if {busy}: threading.Thread(target=spin, daemon=True).start()
signal.setitimer(signal.ITIMER_REAL, 0.05)
try:
    {name == "pause" and "signal.pause()" or WAITING[name]}
except Alarm:
    os._exit(7)
"""
    done = python("-c", code, limit=4)
    assert done.returncode == 7, done.stderr


@pytest.mark.fresh
def test_a_handler_may_block_join_and_acquire():
    import os
    import queue
    import signal
    import threading
    import time

    lock, did = threading.Lock(), []

    def handler(number, frame):
        thread = threading.Thread(target=lambda: (time.sleep(0.01), did.append("thread")))
        thread.start()
        thread.join()
        with lock:
            did.append("lock")
        did.append(queue.Queue.__name__ and items.get())

    def hold():
        with lock:
            time.sleep(0.05)
        items.put("item")

    items = queue.Queue()
    holder = threading.Thread(target=hold)
    holder.start()
    signal.signal(signal.SIGUSR1, handler)
    threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGUSR1)).start()
    begin = time.monotonic()
    time.sleep(0.2)
    assert 0.19 < time.monotonic() - begin < 0.4
    assert did == ["thread", "lock", "item"]
    holder.join()


@pytest.mark.fresh
def test_an_event_set_by_a_handler_ends_a_wait():
    import os
    import signal
    import threading

    event = threading.Event()
    signal.signal(signal.SIGUSR1, lambda number, frame: event.set())
    threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGUSR1)).start()
    assert event.wait(5)
    event.clear()
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    signal.signal(signal.SIGALRM, lambda number, frame: event.set())
    assert event.wait()


@pytest.mark.fresh
def test_ctrl_c_gets_through_to_a_waiting_main_task_while_another_computes():
    import os
    import signal
    import threading

    stop = []

    def compute():
        os.kill(os.getpid(), signal.SIGINT)
        while not stop:
            pass

    thread = threading.Thread(target=compute)
    try:
        thread.start()
        thread.join()
    except KeyboardInterrupt:
        stop.append(True)
    else:
        raise AssertionError
    thread.join()


@pytest.mark.fresh
def test_handlers_belong_to_the_main_thread():
    import signal
    import threading

    errors = []

    def work():
        for call in (lambda: signal.signal(signal.SIGUSR1, print), lambda: signal.set_wakeup_fd(-1)):
            try:
                call()
            except ValueError as error:
                errors.append(str(error))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    rest = "only works in main thread of the main interpreter"
    assert errors == [f"signal {rest}", f"set_wakeup_fd {rest}"]


@pytest.mark.fresh
def test_a_signal_for_a_thread_is_sent_to_its_native_thread():
    import signal
    import threading

    calls = []
    signal.signal(signal.SIGUSR1, lambda number, frame: calls.append(number))

    def work():
        signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert calls == [signal.SIGUSR1]


@pytest.mark.fresh
def test_the_wakeup_descriptor_gets_the_numbers():
    import os
    import select
    import signal
    import socket
    import threading

    a, b = socket.socketpair()
    b.setblocking(False)
    assert signal.set_wakeup_fd(b.fileno(), warn_on_full_buffer=False) == -1
    signal.signal(signal.SIGUSR1, lambda number, frame: None)
    threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGUSR1)).start()
    assert select.select([a], [], [], 5)[0] == [a]
    assert a.recv(9) == bytes([signal.SIGUSR1])
    assert signal.set_wakeup_fd(-1) == b.fileno()
    signal.siginterrupt(signal.SIGUSR1, False)


BLOCKED = """
import os, signal, threading, time
numbers = [signal.SIGUSR1, signal.SIGUSR2]
signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
def later():
    number = numbers.pop()
    threading.Timer(0.1, os.kill, (os.getpid(), number)).start()
    return number
"""
OVERLAPPING = {
    "sigwait": (BLOCKED, "number = later(); assert signal.sigwait([number]) is number"),
    "sigwaitinfo": (BLOCKED, "number = later(); assert signal.sigwaitinfo({number}).si_pid == os.getpid()"),
    "sigtimedwait": (BLOCKED, "assert signal.sigtimedwait({signal.SIGUSR1}, 0.1) is None"),
    "pause": (
        "import os, signal, threading\nsignal.signal(signal.SIGUSR1, lambda n, f: None)\n",
        "threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1)).start(); signal.pause()",
    ),
}


@pytest.mark.parametrize("name", OVERLAPPING)
def test_two_waits_overlap(name):
    start, wait = OVERLAPPING[name]
    overlapping(f"{start}\ndef wait():\n    {wait}")


def test_results_and_errors_are_the_stdlibs():
    same_as_plain("""
        import os, signal
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGUSR2])
        for number in (signal.SIGUSR1, signal.SIGUSR2):
            os.kill(os.getpid(), number)
        show(signal.sigwait, {signal.SIGUSR2}), show(lambda: signal.sigwaitinfo([signal.SIGUSR1]).si_signo)
        show(signal.sigtimedwait, [signal.SIGUSR1], 0), show(signal.sigtimedwait, [signal.SIGUSR1], 0.01)
        show(signal.sigtimedwait, [signal.SIGUSR1], -1), show(signal.sigtimedwait, [signal.SIGUSR1], "x")
        show(signal.sigwait, 7), show(signal.sigwait, ["x"]), show(signal.sigwait, [1000]), show(signal.sigwaitinfo, None)
        show(signal.signal, 1000, print), show(signal.signal, signal.SIGKILL, print), show(signal.getsignal, 0)
        show(signal.getsignal, signal.SIGINT), show(signal.set_wakeup_fd, 1000), show(signal.set_wakeup_fd, "x")
        show(signal.pthread_kill, "x", 1), show(signal.signal, signal.SIGUSR1, signal.SIG_IGN)
        show(signal.default_int_handler, signal.SIGINT, None), show(signal.raise_signal, signal.SIGUSR1)
        signal.signal(signal.SIGALRM, lambda number, frame: print(number, frame.f_code.co_name))
        signal.alarm(1)
        show(signal.pause)
    """)


@pytest.mark.fresh
def test_what_blocks_inside_the_loop_passes_its_role_on():
    import gc
    import threading
    import time
    import weakref

    done = []

    class Finalized:
        def __init__(self):
            self.me = self

        def __del__(self):
            time.sleep(0.01)
            done.append("finalizer")

    class Plain:
        pass

    def tick():
        while len(done) < 4:
            Finalized()
            gc.collect()
            time.sleep(0.002)

    threading.Thread(target=tick, daemon=True).start()
    referent = Plain()
    reference = weakref.ref(referent, lambda _: (time.sleep(0.01), done.append("callback")))
    del referent
    time.sleep(0.2)
    assert "callback" in done
    assert done.count("finalizer") >= 3
    assert reference() is None


@pytest.mark.fresh
def test_a_trace_function_may_block():
    import sys
    import threading
    import time

    waits = []

    def trace(frame, event, argument):
        if frame.f_code.co_name == "traced":
            waits.append(event)
            time.sleep(0.001)
        return trace

    def traced():
        time.sleep(0.001)
        return sum(range(3))

    ticks = []
    ticker = threading.Thread(target=lambda: [(time.sleep(0.0005), ticks.append(len(waits))) for _ in range(20)])
    ticker.start()
    threading.settrace(trace)
    thread = threading.Thread(target=traced)
    thread.start()
    thread.join()
    threading.settrace(None)
    ticker.join()
    assert waits == ["call", "line", "line", "return"]
    assert 0 < ticks[len(ticks) // 2] <= 4, "nothing else ran while the trace function waited"
    assert sys.gettrace() is None


@pytest.mark.fresh
def test_each_thread_has_a_mask_of_its_own():
    import os
    import signal
    import threading

    masks, called = [], []

    def work():
        masks.append(signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals()))
        masks.append(signal.SIGUSR1 in signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1]))
        masks.append(signal.SIGUSR1 in signal.pthread_sigmask(signal.SIG_BLOCK, []))
        masks.append(signal.SIGUSR2 in signal.pthread_sigmask(signal.SIG_BLOCK, []))
        for wrong in ((99, []), (signal.SIG_BLOCK, [1000]), (signal.SIG_BLOCK, 7)):
            try:
                signal.pthread_sigmask(*wrong)
            except (OSError, ValueError, TypeError):
                masks.append("error")
        os.kill(os.getpid(), signal.SIGUSR1)

    signal.signal(signal.SIGUSR1, lambda number, frame: called.append(number))
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert masks == [set(), True, False, True, "error", "error", "error"]
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == set()
    assert called == [signal.SIGUSR1]


def test_pause_copied_by_an_early_signal_module_cooperates():
    overlapping(
        """
        import os, signal, threading
        signal.signal(signal.SIGUSR1, lambda *_: None)
        def wait():
            threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1)).start()
            signal.pause()
        """,
        first="import signal, threading\nimport lazypatch.auto",
    )


def test_a_signal_that_comes_while_the_runtime_is_being_loaded_is_handled():
    code = """
import lazypatch.auto, signal, sys
class Interrupts:
    def find_spec(self, name, path=None, target=None):
        hub = sys.modules.get("lazypatch.runtime.hub")
        if hub is not None and not seen:
            assert not hasattr(hub, "here")
            signal.raise_signal(signal.SIGUSR1)
seen = []
signal.signal(signal.SIGUSR1, lambda *_: seen.append(1))
sys.meta_path.insert(0, Interrupts())
import time
time.sleep(0.001)
print(seen)
"""
    done = python("-c", code)
    assert (done.stdout, done.stderr) == ("[1]\n", "")
