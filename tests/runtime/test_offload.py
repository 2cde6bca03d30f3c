import threading
import time

import pytest

from lazypatch import Timeout, offload, spawn
from lazypatch.runtime import offload as module


def test_it_returns_the_result_and_passes_arguments():
    assert offload(divmod, 7, 2) == (3, 1)
    assert offload(dict, a=1) == {"a": 1}


def test_it_raises_what_the_call_raises():
    with pytest.raises(ZeroDivisionError):
        offload(lambda: 1 / 0)


def test_the_call_runs_in_another_native_thread():
    assert offload(threading.get_ident) != threading.get_ident()


def test_other_tasks_run_meanwhile():
    barrier = threading.Barrier(2, timeout=10)
    tasks = [spawn(offload, barrier.wait) for _ in range(2)]
    assert sorted(task.get(10) for task in tasks) == [0, 1]


def test_many_calls_share_a_bounded_number_of_workers():
    tasks = [spawn(offload, time.sleep, 0.001) for _ in range(200)]
    for task in tasks:
        task.get(10)
    assert 1 <= module.pool.size <= module.LIMIT


def test_a_limit_ends_the_wait_and_the_worker_serves_on():
    with pytest.raises(TimeoutError), Timeout(0.005):
        offload(time.sleep, 0.05)
    assert offload(int) == 0


@pytest.mark.fresh(auto=False)
def test_idle_workers_end():
    import time

    from lazypatch.runtime import offload

    offload.IDLE = 0.01
    offload.offload(int)
    deadline = time.monotonic() + 10
    while offload.pool.size and time.monotonic() < deadline:
        time.sleep(0.005)
    assert offload.pool.size == 0
    assert offload.offload(int) == 0
