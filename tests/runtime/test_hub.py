import pytest
from helpers import python


@pytest.mark.fresh(auto=False)
def test_each_native_thread_has_a_hub_of_its_own():
    import threading

    from lazypatch.runtime.hub import get_hub

    assert get_hub() is get_hub()
    others = []
    thread = threading.Thread(target=lambda: others.append(get_hub()))
    thread.start()
    thread.join()
    assert others[0] is not get_hub()


@pytest.mark.fresh(auto=False)
def test_a_hubs_descriptors_go_with_its_thread():
    import os
    import threading

    from lazypatch.runtime.hub import get_hub

    get_hub()

    def descriptors():
        return set(os.listdir("/proc/self/fd"))

    before = len(descriptors())
    for _ in range(3):
        thread = threading.Thread(target=get_hub)
        thread.start()
        thread.join()
    assert len(descriptors()) == before


@pytest.mark.fresh(auto=False)
def test_sleep_zero_gives_each_ready_task_a_turn_in_order():
    import lazypatch

    order = []

    def work(name):
        for _ in range(3):
            order.append(name)
            lazypatch.sleep(0)

    tasks = [lazypatch.spawn(work, name) for name in "abc"]
    for task in tasks:
        task.join()
    assert "".join(order) == "abcabcabc"


@pytest.mark.fresh(auto=False)
def test_tasks_that_always_yield_do_not_keep_timers_from_coming_due():
    import lazypatch

    done = []

    def spin():
        while not done:
            lazypatch.sleep(0)

    tasks = [lazypatch.spawn(spin) for _ in range(5)]
    lazypatch.sleep(0.01)
    done.append(True)
    for task in tasks:
        task.join()


@pytest.mark.fresh(auto=False)
def test_another_native_thread_wakes_a_sleeping_hub():
    import threading
    import time

    from lazypatch.runtime.waiters import Waiter

    waiter = Waiter("test")

    def wake():
        time.sleep(0.05)
        waiter.wake()

    threading.Thread(target=wake).start()
    assert waiter.wait()


@pytest.mark.fresh
def test_a_signal_handler_that_wakes_a_task_ends_the_sleep_of_the_loop():
    import signal
    import threading

    event = threading.Event()
    signal.signal(signal.SIGALRM, lambda *_: event.set())
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    assert event.wait(10)


@pytest.mark.fresh
def test_a_finalizer_that_blocks_inside_the_loop_passes_the_role_on():
    import gc
    import threading
    import time

    lock = threading.Lock()
    finalized = []

    class Blocks:
        def __del__(self):
            with lock:
                time.sleep(0.01)
                finalized.append(True)

    def hold():
        with lock:
            time.sleep(0.05)

    holder = threading.Thread(target=hold)
    holder.start()
    time.sleep(0.01)

    from lazypatch.runtime import hub as module

    hub = module.get_hub()
    turn = type(hub)._turn
    loop = hub.loop

    def collecting(self):
        if not finalized:
            cycle = Blocks()
            cycle.itself = cycle
            del cycle
            type(self)._turn = turn
            gc.collect()
        turn(self)

    type(hub)._turn = collecting
    time.sleep(0.02)
    holder.join()
    time.sleep(0.05)
    assert finalized == [True]
    assert hub.loop is not loop


@pytest.mark.fresh
def test_a_wait_for_nothing_lets_ctrl_c_through():
    import os
    import signal
    import threading

    from lazypatch import get_original

    def interrupt():
        get_original("time", "sleep")(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    get_original("_thread", "start_new_thread")(interrupt, ())
    try:
        threading.Lock().__class__
        event = threading.Event()
        event.wait()
    except KeyboardInterrupt:
        pass
    else:
        raise AssertionError("no KeyboardInterrupt")


@pytest.mark.fresh
def test_the_child_of_a_fork_has_a_fresh_hub():
    import os
    import threading
    import time

    def sleeper():
        time.sleep(0.01)
        ran.append(os.getpid())

    ran = []
    threading.Thread(target=sleeper).start()
    time.sleep(0)
    pid = os.fork()
    if not pid:
        time.sleep(0.03)
        os._exit(len(ran))  # the other thread did not come along
    time.sleep(0.03)
    assert ran == [os.getpid()]
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


@pytest.mark.limit(60)
def test_native_threads_that_wait_at_the_end_of_the_interpreter_do_no_harm():
    """It ends them amid their waits, wherever they are."""
    program = """
import threading, time
event = threading.Event()
def poll():
    while True:
        event.wait(0.001)
for _ in range(3):
    threading.Thread(target=poll, daemon=True).start()
import lazypatch
lazypatch.patch_all()
time.sleep(0.02)
"""
    assert [python("-c", program).returncode for _ in range(10)] == [0] * 10
