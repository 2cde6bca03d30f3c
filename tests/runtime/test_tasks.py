import gc
import sys
import threading
import weakref

import pytest

import lazypatch
from lazypatch import TaskKilled, sleep, spawn
from lazypatch.runtime.tasks import Detached


def test_get_returns_what_the_function_returned():
    assert spawn(lambda a, *, b: a + b, 1, b=2).get(10) == 3


def test_get_raises_what_the_function_raised():
    with pytest.raises(ZeroDivisionError):
        spawn(lambda: 1 / 0).get(10)


def test_get_and_join_give_up_after_their_timeout():
    task = spawn(sleep, 5)
    assert not task.join(0.005)
    with pytest.raises(TimeoutError):
        task.get(0.005)
    task.kill()


def test_several_tasks_join_one():
    task = spawn(sleep, 0.005)
    assert all(each.get(10) for each in [spawn(task.join) for _ in range(3)])


def test_a_task_does_not_join_itself():
    task = spawn(lambda: task.join())
    with pytest.raises(RuntimeError, match="cannot join current task"):
        task.get(10)


def test_kill_raises_in_the_task_where_it_waits():
    caught = []

    def work():
        try:
            sleep(10)
        except TaskKilled:
            caught.append(True)
            raise

    task = spawn(work)
    sleep(0)
    task.kill()
    with pytest.raises(TaskKilled):
        task.get(10)
    assert caught == [True]


def test_kill_takes_an_exception_of_ones_own():
    task = spawn(sleep, 10)
    sleep(0)
    task.kill(KeyError("x"))
    with pytest.raises(KeyError):
        task.get(10)


def test_a_task_killed_before_it_began_never_begins():
    ran = []
    task = spawn(ran.append, 1)
    task.kill()
    task.join(10)
    assert ran == []


def test_killing_an_ended_task_does_nothing():
    task = spawn(int)
    task.join(10)
    task.kill()
    assert task.get(10) == 0


def test_a_parked_task_is_never_collected():
    ended = []

    def work():
        sleep(0.01)
        ended.append(True)

    spawn(work)
    gc.collect()
    sleep(0.03)
    assert ended == [True]


def test_an_ended_task_leaves_nothing_behind():
    class Thing:
        pass

    thing = Thing()
    reference = weakref.ref(thing)
    task = spawn(lambda thing: None, thing)
    del thing
    task.join(10)
    gc.collect()
    assert reference() is None


def test_tasks_tells_who_waits_for_what():
    lock = lazypatch.runtime.locks.Lock()
    lock.acquire()

    def named():
        lock.acquire()

    task = spawn(named)
    sleep(0)
    (report,) = [report for report in lazypatch.tasks() if report.task is task]
    assert report.name.endswith("named")
    assert report.waits_for == "lock"
    assert report.since > 0
    assert any(function == "named" for _, _, function in report.stack)
    lock.release()
    task.join(10)
    assert task not in [report.task for report in lazypatch.tasks()]


def test_an_exception_in_a_detached_task_is_reported(monkeypatch):
    seen = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: seen.append(unraisable.exc_value))
    Detached(lambda: 1 / 0, (), {}).join(10)
    assert [type(error) for error in seen] == [ZeroDivisionError]


def test_system_exit_in_a_detached_task_is_silent(monkeypatch):
    seen = []
    monkeypatch.setattr(sys, "unraisablehook", seen.append)
    Detached(sys.exit, (1,), {}).join(10)
    assert seen == []


def test_idents_are_the_tasks_own_and_the_main_greenlets_is_native():
    from lazypatch.runtime.identity import get_ident

    first, second = spawn(get_ident), spawn(get_ident)
    idents = {first.get(10), second.get(10), get_ident()}
    assert len(idents) == 3
    assert get_ident() == threading.get_ident()


@pytest.mark.fresh(auto=False)
def test_tasks_that_start_one_after_another_do_not_stack_up():
    import sys

    import lazypatch

    depths = []

    def work():
        frame, depth = sys._getframe(), 0
        lazypatch.sleep(0)
        while frame is not None:
            frame, depth = frame.f_back, depth + 1
        depths.append(depth)
        lazypatch.sleep(0.001)

        def deep(n):
            return n and deep(n - 1)

        deep(800)  # of the limit of 1,000

    tasks = [lazypatch.spawn(work) for _ in range(3000)]
    for task in tasks:
        task.get()
    assert len(depths) == 3000
