"""``_thread``."""

import pytest


@pytest.mark.fresh
def test_start_new_thread_returns_the_ident_that_the_thread_has():
    import _thread
    import time

    seen = []
    ident = _thread.start_new_thread(lambda *a, **k: seen.append((_thread.get_ident(), a, k)), (1,), {"b": 2})
    time.sleep(0.01)
    assert seen == [(ident, (1,), {"b": 2})]


@pytest.mark.fresh
def test_bad_arguments_of_start_new_thread():
    import _thread

    for args in [(1, ()), (print, []), (print, (), [])]:
        try:
            _thread.start_new_thread(*args)
        except TypeError:
            continue
        raise AssertionError(args)


@pytest.mark.fresh
def test_an_uncaught_exception_is_reported_like_natively():
    import subprocess
    import sys

    program = """if 1:
        import _thread, time
        import sys
        def fails(): 1 / 0
        reported = []
        def report(what): sys.__unraisablehook__(what); reported.append(1)
        sys.unraisablehook = report
        _thread.start_new_thread(fails, ())
        while not reported: time.sleep(0.01)
    """
    outputs = []
    for first in ("", "import lazypatch.auto\n"):
        done = subprocess.run([sys.executable, "-c", first + program], capture_output=True, text=True)
        lines = done.stderr.splitlines()
        outputs.append((lines[0].split(" at 0x")[0], lines[1], lines[-1]))
    assert outputs[0] == outputs[1]


@pytest.mark.fresh
def test_count_counts_threads():
    import _thread
    import time

    before = _thread._count()
    _thread.start_new_thread(time.sleep, (0.05,))
    assert _thread._count() == before + 1
    time.sleep(0.08)
    assert _thread._count() == before


@pytest.mark.fresh
def test_the_main_thread_keeps_its_ident():
    import _thread

    from lazypatch import get_original

    assert _thread.get_ident() == get_original("_thread", "get_ident")()


@pytest.mark.fresh
def test_interrupt_main_from_a_thread_raises_in_the_main_thread():
    import _thread
    import time

    _thread.start_new_thread(_thread.interrupt_main, ())
    try:
        time.sleep(10)
    except KeyboardInterrupt:
        pass
    else:
        raise AssertionError("no KeyboardInterrupt")
