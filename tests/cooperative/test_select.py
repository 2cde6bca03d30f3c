import pytest


@pytest.mark.patched
def test_waits_overlap_on_everything_that_waits():
    import select
    import socket

    from helpers import assert_overlaps

    quiet, other = socket.socketpair()

    def poll():
        poller = select.poll()
        poller.register(quiet, select.POLLIN)
        assert poller.poll(50) == []

    def epoll():
        with select.epoll() as poller:
            poller.register(quiet, select.EPOLLIN)
            assert poller.poll(0.05) == []

    for wait in (poll, epoll, lambda: select.select([quiet], [], [], 0.05), lambda: select.select([], [], [], 0.05)):
        assert_overlaps(wait, 0.05)
    quiet.close()
    other.close()


@pytest.mark.fresh
def test_data_that_arrives_ends_each_wait():
    import select
    import socket
    import threading

    def poll(sock):
        poller = select.poll()
        poller.register(sock, select.POLLIN)
        return poller.poll()

    def epoll(sock):
        with select.epoll() as poller:
            poller.register(sock, select.EPOLLIN)
            return poller.poll()

    for wait in (poll, epoll, lambda sock: select.select([sock], [], [])[0]):
        here, there = socket.socketpair()
        with here, there:
            thread = threading.Timer(0.01, there.send, [b"x"])
            thread.start()
            assert wait(here)
            thread.join()


@pytest.mark.fresh
def test_what_the_kernel_reports_comes_back_unchanged():
    import select
    import socket

    here, there = socket.socketpair()
    poller = select.poll()
    poller.register(here, select.POLLIN)
    there.close()
    assert poller.poll() == [(here.fileno(), select.POLLIN | select.POLLHUP)]

    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    server, _ = listener.accept()
    server.send(b"!", socket.MSG_OOB)
    urgent = select.poll()
    urgent.register(client, select.POLLPRI)
    assert urgent.poll() == [(client.fileno(), select.POLLPRI)]
    assert select.select([], [], [client]) == ([], [], [client])


@pytest.mark.fresh(auto=False)
def test_bad_arguments_raise_what_the_originals_raise():
    import os
    import select

    closed = os.dup(0)
    os.close(closed)

    def cases():
        yield lambda: select.select([], [], [], -1)
        yield lambda: select.select([], [], [], "x")
        yield lambda: select.select(1, [], [])
        yield lambda: select.select(["x"], [], [])
        yield lambda: select.select([-1], [], [])
        yield lambda: select.select([closed], [], [])
        yield lambda: select.poll().poll("x")
        yield lambda: select.poll().register("x")
        yield lambda: select.poll().modify(1, 1)
        yield lambda: select.poll().unregister(1)
        yield lambda: select.epoll().register(closed)
        yield lambda: select.epoll().poll("x")
        yield lambda: select.epoll(0)
        yield lambda: type(select.poll())()

    def outcomes():
        found = []
        for case in cases():
            try:
                found.append(case())
            except Exception as error:
                found.append((type(error), str(error)))
        return found

    native = outcomes()
    import lazypatch.auto

    for before, after in zip(native, outcomes()):
        assert before == after, (before, after)
    assert lazypatch


@pytest.mark.fresh
def test_an_epoll_object_has_the_rest_of_its_interface():
    import select
    import socket

    with select.epoll() as poller:
        here, there = socket.socketpair()
        poller.register(here, select.EPOLLIN)
        there.send(b"x")
        same = select.epoll.fromfd(poller.fileno())
        assert same.poll(1) == poller.poll(1, 5) == [(here.fileno(), select.EPOLLIN)]
        poller.modify(here, select.EPOLLOUT)
        assert poller.poll() == [(here.fileno(), select.EPOLLOUT)]
        poller.unregister(here)
        assert poller.poll(0) == []
    assert poller.closed
    try:
        poller.poll(0)
    except ValueError:
        pass
    else:
        raise AssertionError


@pytest.mark.fresh
def test_a_polling_object_serves_one_at_a_time():
    import select
    import threading
    import time

    poller = select.poll()
    poller.register(threading.current_thread() and 0, 0)
    thread = threading.Thread(target=poller.poll, args=(50,))
    thread.start()
    time.sleep(0.01)
    try:
        poller.poll(10)
    except RuntimeError as error:
        assert str(error) == "concurrent poll() invocation"
    else:
        raise AssertionError
    thread.join()


@pytest.mark.fresh
def test_a_loop_in_which_something_is_always_ready_starves_nobody():
    import select
    import socket
    import threading

    a, b = socket.socketpair()
    b.send(b"x")
    done = []
    thread = threading.Thread(target=done.append, args=(1,))
    poll, epoll = select.poll(), select.epoll()
    poll.register(a, select.POLLIN)
    epoll.register(a, select.EPOLLIN)
    for look in (lambda: select.select([a], [], []), poll.poll, epoll.poll):
        thread = threading.Thread(target=lambda: done.append(1))
        thread.start()
        while not done:
            look()
        done.clear()
