import pytest


@pytest.mark.patched
def test_waits_overlap():
    import queue

    from helpers import assert_overlaps

    def get(kind):
        def wait():
            try:
                kind().get(timeout=0.05)
            except queue.Empty:
                pass

        return wait

    for kind in (queue.Queue, queue.LifoQueue, queue.PriorityQueue, queue.SimpleQueue):
        assert_overlaps(get(kind), 0.05)


@pytest.mark.fresh
def test_items_pass_in_order_between_many_threads():
    import queue
    import threading

    for kind in (queue.Queue, queue.SimpleQueue):
        work, done = kind(), kind()

        def serve():
            while (item := work.get()) is not None:
                done.put(item * 2)

        threads = [threading.Thread(target=serve) for _ in range(4)]
        for thread in threads:
            thread.start()
        for number in range(200):
            work.put(number)
        results = [done.get() for _ in range(200)]
        for _ in threads:
            work.put(None)
        for thread in threads:
            thread.join()
        assert sorted(results) == [2 * number for number in range(200)]
        assert work.empty()


@pytest.mark.fresh
def test_a_full_queue_makes_put_wait():
    import queue
    import threading

    items = queue.Queue(maxsize=1)
    items.put(1)
    try:
        items.put(2, timeout=0.01)
    except queue.Full:
        pass
    thread = threading.Thread(target=items.put, args=(2,))
    thread.start()
    assert [items.get(), items.get()] == [1, 2]
    thread.join()


@pytest.mark.fresh
def test_join_waits_for_task_done():
    import queue
    import threading

    items, seen = queue.Queue(), []

    def serve():
        for _ in range(3):
            seen.append(items.get())
            items.task_done()

    for number in range(3):
        items.put(number)
    threading.Thread(target=serve).start()
    items.join()
    assert seen == [0, 1, 2]
    assert items.unfinished_tasks == 0


@pytest.mark.fresh
def test_the_internals_are_the_stdlibs_and_can_be_used():
    import queue
    import threading

    items = queue.Queue()
    assert {"mutex", "not_empty", "not_full", "all_tasks_done", "queue", "maxsize"} <= set(vars(items))
    results = []
    thread = threading.Thread(target=lambda: results.append(items.get()))
    thread.start()
    with items.mutex:  # put by hand
        items.queue.append("by hand")
        items.not_empty.notify()
    thread.join()
    assert results == ["by hand"]

    def wait_by_hand():
        with items.not_empty:
            while not items.queue:
                items.not_empty.wait()
            results.append(items.queue.popleft())

    thread = threading.Thread(target=wait_by_hand)
    thread.start()
    items.put("by put")
    thread.join()
    assert results == ["by hand", "by put"]


@pytest.mark.fresh
def test_subclasses_keep_their_own_methods():
    import queue

    class Unique(queue.Queue):
        def _init(self, maxsize):
            self.queue = set()

        def _put(self, item):
            self.queue.add(item)

        def _get(self):
            return self.queue.pop()

    items = Unique()
    items.put(1)
    items.put(1)
    assert items.qsize() == 1
    assert items.get() == 1
    first = queue.PriorityQueue()
    for number in (3, 1, 2):
        first.put(number)
    assert [first.get() for _ in range(3)] == [1, 2, 3]


@pytest.mark.fresh
def test_shut_down_wakes_and_raises_where_the_version_has_it():
    import queue
    import threading

    if hasattr(queue, "ShutDown"):
        items, seen = queue.Queue(), []

        def get():
            try:
                items.get()
            except queue.ShutDown:
                seen.append(True)

        threads = [threading.Thread(target=get) for _ in range(3)]
        for thread in threads:
            thread.start()
        items.shutdown()
        for thread in threads:
            thread.join()
        assert seen == [True] * 3
        try:
            items.put(1)
        except queue.ShutDown:
            pass
        else:
            raise AssertionError("put after shutdown")


@pytest.mark.fresh
def test_a_task_killed_in_get_leaves_the_item_to_the_next():
    import queue

    import lazypatch

    for kind in (queue.Queue, queue.SimpleQueue):
        items = kind()
        victim, heir = lazypatch.spawn(items.get), lazypatch.spawn(items.get)
        lazypatch.sleep(0)
        items.put("item")  # wakes the victim, which does not run before it is killed
        victim.kill()
        assert heir.get(5) == "item"


@pytest.mark.fresh
def test_native_threads_and_tasks_share_queues():
    import queue
    import threading

    from lazypatch import get_original

    for kind in (queue.Queue, queue.SimpleQueue):
        there, back = kind(), kind()

        def native():
            for _ in range(500):
                back.put(there.get())

        def tasks():
            thread = threading.Thread(target=native)
            thread.start()
            thread.join()
            finished.set()

        finished = threading.Event()
        get_original("_thread", "start_new_thread")(tasks, ())
        for number in range(500):
            there.put(number)
            assert back.get() == number
        finished.wait()


@pytest.mark.fresh
def test_simple_queue_answers_like_the_original():
    import queue
    import threading

    items = queue.SimpleQueue()
    for wrong, error in ((lambda: items.get(timeout=-1), ValueError), (items.get_nowait, queue.Empty)):
        try:
            wrong()
        except error:
            continue
        raise AssertionError(error)
    items.put(1, False, 5)
    items.put_nowait(2)
    assert (items.qsize(), items.empty()) == (2, False)
    assert [items.get(), items.get(block=True, timeout=1)] == [1, 2]
    assert queue.SimpleQueue[int]
    thread = threading.Timer(0.01, items.put, [3])
    thread.start()
    assert items.get(timeout=5) == 3


@pytest.mark.fresh
def test_a_simple_queue_that_is_never_empty_starves_nobody():
    import queue
    import threading

    items, done = queue.SimpleQueue(), []
    items.put(1)
    threading.Thread(target=done.append, args=(1,)).start()
    threading.Thread(target=done.append, args=(2,)).start()
    while len(done) < 2:
        items.put(items.get())
