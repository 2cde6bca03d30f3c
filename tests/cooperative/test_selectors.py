import pytest


@pytest.mark.fresh
def test_every_selector_cooperates():
    import selectors
    import socket
    import threading

    for name in ("SelectSelector", "PollSelector", "EpollSelector", "DefaultSelector"):
        here, there = socket.socketpair()
        with here, there, getattr(selectors, name)() as selector:
            selector.register(here, selectors.EVENT_READ, "data")
            assert selector.select(0) == []
            assert selector.select(0.01) == []
            thread = threading.Timer(0.01, there.send, [b"x"])
            thread.start()
            ((key, events),) = selector.select()
            assert (key.data, events) == ("data", selectors.EVENT_READ)
            thread.join()


@pytest.mark.patched
def test_selectors_that_were_imported_first_cooperate():
    import selectors
    import socket

    from helpers import assert_overlaps

    quiet, other = socket.socketpair()

    def wait(kind):
        with kind() as selector:
            selector.register(quiet, selectors.EVENT_READ)
            assert selector.select(0.05) == []

    for kind in (selectors.SelectSelector, selectors.PollSelector, selectors.EpollSelector):
        assert_overlaps(lambda kind=kind: wait(kind), 0.05)
    quiet.close()
    other.close()
