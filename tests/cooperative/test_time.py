import pytest


@pytest.mark.patched
def test_sleep_overlaps():
    import time

    from helpers import assert_overlaps

    assert_overlaps(lambda: time.sleep(0.1))


@pytest.mark.parametrize("seconds", [-1, float("nan"), "1", None, 1j, -0.001], ids=str)
def test_bad_arguments_raise_what_the_original_raises(seconds):
    import time

    from lazypatch import sleep

    with pytest.raises((ValueError, TypeError)) as native:
        time.sleep(seconds)
    with pytest.raises(native.type) as ours:
        sleep(seconds)
    assert str(ours.value) == str(native.value)


@pytest.mark.fresh
def test_sleep_is_no_method_of_a_class_that_keeps_it():
    import time

    class Waits:
        sleep = time.sleep

    assert Waits().sleep(0) is None


@pytest.mark.fresh
def test_whole_numbers_and_fractions_are_taken():
    import time

    class Index:
        def __index__(self):
            return 0

    begin = time.monotonic()
    time.sleep(True)
    assert time.monotonic() - begin >= 1
    time.sleep(Index())


@pytest.mark.fresh
def test_ctrl_c_ends_a_sleep_of_the_main_thread():
    import _thread
    import threading
    import time

    def interrupt():
        time.sleep(0.02)
        _thread.interrupt_main()

    thread = threading.Thread(target=interrupt)
    thread.start()
    begin = time.monotonic()
    try:
        time.sleep(10)
    except KeyboardInterrupt:
        assert time.monotonic() - begin < 5
    else:
        raise AssertionError("no KeyboardInterrupt")
    thread.join()
