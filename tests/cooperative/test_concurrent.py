import pytest
from helpers import same_as_plain


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


def test_results_and_errors_are_the_stdlibs():
    same_as_plain("""
        import time
        from concurrent.futures import Future, ThreadPoolExecutor, wait
        with ThreadPoolExecutor(2, "name", initializer=lambda: None) as executor:
            future = executor.submit(pow, 2, 5)
            show(future.result, 5), show(future.exception), show(future.done), show(future.cancel)
            show(executor.submit(int, "x").result, 5), show(list, executor.map(int, "12"))
            slow = executor.submit(time.sleep, 0.2)
            show(lambda: type(slow.exception(0.01))), show(slow.result, 0.01)
            show(lambda: len(wait([slow], 0.01).not_done)), show(list, executor.map(pow, [1, 2], [3, 4]))
        show(executor.submit, int), show(ThreadPoolExecutor, 0), show(Future().cancel), show(Future().result, 0.01)
        broken = ThreadPoolExecutor(1, initializer=lambda: 1 / 0)
        show(lambda: type(broken.submit(int).exception()).__name__)
    """)
