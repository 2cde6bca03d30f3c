import pytest


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
