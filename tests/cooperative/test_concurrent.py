import pytest


@pytest.mark.fresh
def test_an_executors_threads_overlap():
    import time
    from concurrent.futures import ThreadPoolExecutor, as_completed, wait

    begin = time.monotonic()
    with ThreadPoolExecutor(50) as executor:
        futures = [executor.submit(time.sleep, 0.1) for _ in range(50)]
        assert len(wait(futures, 5).done) == 50
        assert sum(1 for _ in as_completed(futures, 5)) == 50
        assert list(executor.map(pow, [1, 2], [2, 2])) == [1, 4]
    assert time.monotonic() - begin < 1


@pytest.mark.fresh(auto=False)
def test_an_executor_with_workers_made_before_activation_goes_on():
    import threading
    import time
    from concurrent.futures import ThreadPoolExecutor

    executor = ThreadPoolExecutor(3)
    assert executor.submit(threading.get_ident).result() != threading.get_ident()
    unused = ThreadPoolExecutor(3)

    import lazypatch.auto

    ticks = []

    def tick():
        while True:
            ticks.append(1)
            time.sleep(0.005)

    threading.Thread(target=tick, daemon=True).start()
    for each in (executor, unused):
        ticks.clear()
        futures = [each.submit(time.sleep, 0.1) for _ in range(6)]
        assert [future.result(5) for future in futures] == [None] * 6
        assert len(ticks) > 10
        time.sleep(0.05)  # idle workers hold nobody up
        assert len(ticks) > 15
        assert each.submit(pow, 2, 5).result(5) == 32
        each.shutdown()
    assert lazypatch.auto


@pytest.mark.fresh(auto=False)
def test_a_native_worker_wakes_a_task():
    import threading
    import time
    from concurrent.futures import ThreadPoolExecutor

    executor = ThreadPoolExecutor(1)
    executor.submit(int).result()

    import lazypatch.auto

    got = []
    threads = [threading.Thread(target=lambda n=n: got.append(executor.submit(pow, n, 2).result(5))) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [n * n for n in range(20)]
    executor.shutdown()
    time.sleep(0)
    assert lazypatch.auto
