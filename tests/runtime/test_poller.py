import pytest


@pytest.mark.fresh
def test_systems_without_epoll_do_with_poll():
    from lazypatch.runtime import poller

    poller.Poller = poller.PollPoller
    import os
    import socket
    import threading

    left, right = socket.socketpair()
    reader, writer = os.pipe()
    data, received = bytes(1 << 22), []

    def receive():
        while sum(map(len, received)) < len(data):
            received.append(right.recv(1 << 16))
        right.sendall(b"done")

    thread = threading.Thread(target=receive)
    thread.start()
    left.sendall(data)
    assert left.recv(100) == b"done"
    thread.join()
    threading.Timer(0.01, os.write, [writer, b"x"]).start()
    assert os.read(reader, 1) == b"x"
    left.settimeout(0.01)
    for _ in range(5):
        try:
            left.recv(1)
        except TimeoutError:
            continue
        raise AssertionError
    assert type(__import__("lazypatch.runtime.hub").runtime.hub.get_hub().poller) is poller.PollPoller
