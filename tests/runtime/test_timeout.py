import time

import pytest

from lazypatch import Timeout, sleep, spawn


def test_a_block_that_ends_in_time_is_left_alone():
    with Timeout(10):
        sleep(0)


def test_none_is_no_limit():
    with Timeout(None):
        sleep(0.001)


def test_a_block_that_waits_too_long_raises():
    begin = time.monotonic()
    with pytest.raises(TimeoutError, match=r"did not end within 0\.005 seconds"), Timeout(0.005):
        sleep(5)
    assert time.monotonic() - begin < 2


def test_except_exception_inside_the_block_does_not_swallow_it():
    with pytest.raises(TimeoutError), Timeout(0.005):
        try:
            sleep(5)
        except Exception:
            pass


def test_the_outer_of_two_limits_ends_both_blocks():
    reached = []
    with pytest.raises(TimeoutError), Timeout(0.005):
        with Timeout(5):
            sleep(5)
        reached.append(True)
    assert reached == []


def test_the_inner_of_two_limits_leaves_the_outer_block_going():
    with Timeout(5):
        with pytest.raises(TimeoutError), Timeout(0.005):
            sleep(5)
        sleep(0)


def test_only_the_task_of_the_block_is_interrupted():
    other = spawn(sleep, 0.02)
    with pytest.raises(TimeoutError), Timeout(0.005):
        sleep(5)
    assert other.get(10) is None


def test_an_error_of_the_block_comes_out_unchanged():
    with pytest.raises(KeyError), Timeout(5):
        raise KeyError


@pytest.mark.parametrize("seconds", [-1, float("nan")])
def test_a_limit_that_makes_no_sense_is_refused(seconds):
    with pytest.raises(ValueError, match="not negative"):
        Timeout(seconds)


def test_a_timeout_serves_one_block_at_a_time():
    limit = Timeout(5)
    with limit, pytest.raises(RuntimeError, match="in use"), limit:
        pass
