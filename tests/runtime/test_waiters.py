import os
import time

import pytest

from lazypatch.runtime.tasks import spawn
from lazypatch.runtime.waiters import Waiter, deadline_of, wait_descriptor, withdraw


def test_a_waiter_that_was_woken_first_does_not_wait():
    waiter = Waiter("test")
    waiter.wake()
    assert waiter.wait()


def test_a_deadline_ends_the_wait():
    begin = time.monotonic()
    assert not Waiter("test").wait(begin + 0.01)
    assert time.monotonic() - begin >= 0.01


def test_a_task_wakes_a_waiter_before_its_deadline():
    waiter = Waiter("test")
    spawn(waiter.wake)
    assert waiter.wait(time.monotonic() + 10)


def test_waking_twice_is_waking_once():
    waiter = Waiter("test")
    spawn(waiter.wake)
    spawn(waiter.wake)
    assert waiter.wait()
    assert not Waiter("test").wait(time.monotonic() + 0.01)


def test_release_tells_a_condition_that_the_waiter_has_given_up():
    waiter = Waiter("test")
    waiter.wait(0)
    with pytest.raises(RuntimeError):
        waiter.release()


def test_withdraw_says_who_took_the_waiter_out():
    queue = [1, 2]
    assert withdraw(queue, 1)
    assert not withdraw(queue, 1)


def test_negative_timeouts_mean_never():
    assert deadline_of(None) is None
    assert deadline_of(-1) is None
    assert deadline_of(5) == pytest.approx(time.monotonic() + 5, abs=1)


@pytest.fixture
def pipe():
    ends = os.pipe()
    yield ends
    for fd in ends:
        os.close(fd)


def test_a_descriptor_becomes_readable(pipe):
    reader, writer = pipe
    spawn(os.write, writer, b"x")
    assert wait_descriptor(reader, deadline=time.monotonic() + 10)


def test_a_descriptor_does_not_become_readable_in_time(pipe):
    assert not wait_descriptor(pipe[0], deadline=time.monotonic() + 0.01)


def test_an_empty_pipe_is_writable(pipe):
    assert wait_descriptor(pipe[1], write=True, deadline=time.monotonic() + 10)


def test_several_tasks_wait_for_one_descriptor(pipe):
    reader, writer = pipe
    tasks = [spawn(wait_descriptor, reader) for _ in range(3)]
    spawn(os.write, writer, b"x")
    for task in tasks:
        assert task.get(10)


def test_nothing_watches_the_descriptor_afterwards(pipe):
    reader, writer = pipe
    os.write(writer, b"x")
    for _ in range(3):
        assert wait_descriptor(reader)


def test_a_regular_file_cannot_be_waited_for(tmp_path):
    with open(tmp_path / "file", "w") as file, pytest.raises(PermissionError):
        wait_descriptor(file.fileno())


def test_a_closed_descriptor_is_a_bad_one():
    fd = os.dup(0)
    os.close(fd)
    with pytest.raises(OSError, match="Bad file descriptor"):
        wait_descriptor(fd)
