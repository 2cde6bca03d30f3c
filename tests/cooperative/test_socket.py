import pytest


@pytest.mark.patched
def test_waits_overlap_on_everything_that_waits():
    import contextlib
    import socket

    from helpers import assert_overlaps

    def limited(call):
        def wait():
            with contextlib.suppress(TimeoutError):
                call()

        return wait

    left, right = socket.socketpair()
    full, reader = socket.socketpair()
    full.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            full.send(bytes(65536))
    listener = socket.create_server(("127.0.0.1", 0))
    datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagram.bind(("127.0.0.1", 0))
    for sock in (left, right, full, listener, datagram):
        sock.settimeout(0.05)
    for call in (
        lambda: left.recv(1),
        lambda: left.recv_into(bytearray(1)),
        lambda: left.recvmsg(1),
        lambda: left.recvmsg_into([bytearray(1)]),
        lambda: datagram.recvfrom(1),
        lambda: datagram.recvfrom_into(bytearray(1)),
        lambda: full.send(b"x"),
        lambda: full.sendall(b"x"),
        lambda: full.sendmsg([b"x"]),
        listener.accept,
    ):
        assert_overlaps(limited(call), 0.05)
    for sock in (left, right, full, reader, listener, datagram):
        sock.close()


@pytest.mark.fresh
def test_an_echo_with_many_clients():
    import socket
    import threading

    listener = socket.create_server(("127.0.0.1", 0), backlog=200)

    def serve():
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=echo, args=(connection,), daemon=True).start()

    def echo(connection):
        with connection:
            while data := connection.recv(4096):
                connection.sendall(data)

    def client(number):
        with socket.create_connection(listener.getsockname()) as sock:
            for round_ in range(20):
                message = f"{number} {round_}".encode()
                sock.sendall(message)
                assert sock.recv(4096) == message
        finished.append(number)

    finished = []
    threading.Thread(target=serve, daemon=True).start()
    threads = [threading.Thread(target=client, args=(number,)) for number in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(finished) == list(range(100))


@pytest.mark.fresh
def test_blocking_timeout_and_non_blocking_modes():
    import socket
    import time

    left, right = socket.socketpair()
    assert (left.gettimeout(), left.getblocking(), left.timeout) == (None, True, None)
    left.settimeout(0.01)
    assert (left.gettimeout(), left.getblocking()) == (0.01, True)
    begin = time.monotonic()
    try:
        left.recv(1)
    except TimeoutError as error:
        assert str(error) == "timed out"
        assert isinstance(error, socket.timeout)
    else:
        raise AssertionError
    assert time.monotonic() - begin >= 0.01
    left.setblocking(False)
    assert (left.gettimeout(), left.getblocking()) == (0.0, False)
    for call in (lambda: left.recv(1), lambda: left.recvfrom(1), lambda: left.recv_into(bytearray(1))):
        try:
            call()
        except BlockingIOError:
            continue
        raise AssertionError
    left.settimeout(5)
    right.send(b"x")
    assert left.recv(1) == b"x"
    left.settimeout(None)
    assert left.timeout is None
    for wrong, error in ((-1, ValueError), ("x", TypeError), (float("nan"), ValueError)):
        try:
            left.settimeout(wrong)
        except error:
            assert left.gettimeout() is None
            continue
        raise AssertionError(wrong)


@pytest.mark.fresh
def test_the_default_timeout_holds():
    import socket

    listener = socket.create_server(("127.0.0.1", 0))
    socket.setdefaulttimeout(0.01)
    with socket.create_connection(listener.getsockname()) as client:
        assert client.gettimeout() == 0.01
        connection, _ = listener.accept()
        assert connection.gettimeout() == 0.01
        try:
            client.recv(1)
        except TimeoutError:
            pass
        else:
            raise AssertionError


@pytest.mark.fresh
def test_connect_refused_and_timed_out():
    import errno
    import socket
    import time

    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
    for call in (lambda: socket.create_connection(address), lambda: socket.socket().connect(address)):
        try:
            call()
        except ConnectionRefusedError as error:
            assert error.errno == errno.ECONNREFUSED
            continue
        raise AssertionError
    assert socket.socket().connect_ex(address) == errno.ECONNREFUSED

    crowded = socket.socket()
    crowded.bind(("127.0.0.1", 0))
    crowded.listen(0)
    waiting = []
    for _ in range(4):  # the backlog is full after a few
        sock = socket.socket()
        sock.setblocking(False)
        sock.connect_ex(crowded.getsockname())
        waiting.append(sock)
    time.sleep(0.01)
    late = socket.socket()
    late.settimeout(0.02)
    try:
        late.connect(crowded.getsockname())
    except TimeoutError as error:
        assert str(error) == "timed out"
    else:
        raise AssertionError
    another = socket.socket()
    another.settimeout(0.02)
    assert another.connect_ex(crowded.getsockname()) == errno.EAGAIN


@pytest.mark.fresh
def test_several_readers_and_acceptors_on_one_socket():
    import socket
    import threading

    left, right = socket.socketpair()
    got = []
    threads = [threading.Thread(target=lambda: got.append(left.recv(1))) for _ in range(5)]
    for thread in threads:
        thread.start()
    for character in b"abcde":
        right.send(bytes([character]))
    for thread in threads:
        thread.join()
    assert sorted(got) == [b"a", b"b", b"c", b"d", b"e"]

    listener = socket.create_server(("127.0.0.1", 0))
    accepted = []
    threads = [threading.Thread(target=lambda: accepted.append(listener.accept()[0])) for _ in range(5)]
    for thread in threads:
        thread.start()
    clients = [socket.create_connection(listener.getsockname()) for _ in range(5)]
    for thread in threads:
        thread.join()
    assert len(accepted) == len(clients) == 5


@pytest.mark.fresh
def test_closing_wakes_those_who_wait():
    import errno
    import socket
    import threading
    import time

    left, right = socket.socketpair()
    listener = socket.create_server(("127.0.0.1", 0))
    errors = []

    def wait(call):
        try:
            call()
        except OSError as error:
            errors.append(error.errno)

    calls = [lambda: left.recv(1)] * 3 + [listener.accept]
    threads = [threading.Thread(target=wait, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    time.sleep(0.01)
    left.close()
    listener.close()
    for thread in threads:
        thread.join()
    assert errors == [errno.EBADF] * 4
    assert right.recv(1) == b""
    for call in (lambda: left.recv(1), lambda: left.send(b""), lambda: left.recvfrom(1), lambda: left.connect("x")):
        try:
            call()
        except OSError as error:
            assert error.errno == errno.EBADF
            continue
        raise AssertionError


@pytest.mark.fresh
def test_a_descriptor_used_again_has_a_clean_record():
    import socket
    import threading

    for _ in range(50):
        left, right = socket.socketpair()
        thread = threading.Thread(target=right.sendall, args=(b"0123456789",))
        thread.start()
        assert left.recv(100) == b"0123456789"
        thread.join()
        left.close()
        right.close()
    left, right = socket.socketpair()
    left.settimeout(0.01)
    left.close()
    fresh = socket.socket()
    assert fresh.gettimeout() is None


@pytest.mark.fresh
def test_garbage_collected_sockets_leave_nothing_behind():
    import gc
    import os
    import socket
    import threading
    import warnings

    from lazypatch.runtime.descriptors import records
    from lazypatch.runtime.hub import get_hub

    warnings.simplefilter("ignore", ResourceWarning)

    def use():
        left, right = socket.socketpair()
        thread = threading.Thread(target=left.recv, args=(1,))
        thread.start()
        right.send(b"x")
        thread.join()

    use()
    gc.collect()
    before = os.listdir("/proc/self/fd"), sum(record is not None for record in records), len(get_hub().watched)
    for _ in range(20):
        use()
    gc.collect()
    assert before == (
        os.listdir("/proc/self/fd"),
        sum(record is not None for record in records),
        len(get_hub().watched),
    )


@pytest.mark.fresh
def test_detach_hands_out_a_descriptor_in_the_mode_that_is_expected():
    import os
    import socket

    for timeout, blocking in ((None, True), (5, False), (0, False)):
        left, right = socket.socketpair()
        right.send(b"xy")
        assert left.recv(1) == b"x"
        left.settimeout(timeout)
        fd = left.detach()
        assert (left.fileno(), os.get_blocking(fd)) == (-1, blocking)
        again = socket.socket(fileno=fd)
        assert again.recv(1) == b"y"
        again.close()


@pytest.mark.fresh
def test_two_objects_may_share_a_descriptor_for_a_moment():
    import socket

    left, right = socket.socketpair()
    left.settimeout(5)
    right.send(b"abc")
    assert left.recv(1) == b"a"
    twin = socket.socket(fileno=left.fileno())
    assert twin.recv(1) == b"b"
    assert left.gettimeout() == 5
    assert left.recv(1) == b"c"
    left.detach()
    right.send(b"d")
    assert twin.recv(1) == b"d"
    twin.close()


@pytest.mark.fresh
def test_datagrams():
    import socket
    import threading

    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def answer():
        for _ in range(3):
            data, address = server.recvfrom(100)
            server.sendto(data.upper(), address)

    thread = threading.Thread(target=answer)
    thread.start()
    for message in (b"a", b"", b"long" * 10):
        client.sendto(message, server.getsockname())
        assert client.recv(100) == message.upper()
    thread.join()
    server.sendto(b"truncated", client.getsockname())
    assert client.recv(4) == b"trun"
    server.sendto(b"next", client.getsockname())
    assert client.recv(100) == b"next"


@pytest.mark.fresh
def test_unix_sockets_and_ancillary_data():
    import os
    import socket
    import tempfile
    import threading

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "socket")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen()
        client = socket.socket(socket.AF_UNIX)
        thread = threading.Thread(target=client.connect, args=(path,))
        thread.start()
        server, _ = listener.accept()
        thread.join()
        reader, writer = os.pipe()
        receiving = []
        thread = threading.Thread(target=lambda: receiving.append(socket.recv_fds(server, 10, 5)))
        thread.start()
        socket.send_fds(client, [b"take it"], [writer])
        thread.join()
        data, (fd,), _, _ = receiving[0]
        assert data == b"take it"
        os.write(fd, b"x")
        assert os.read(reader, 1) == b"x"

        left = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        left.bind(os.path.join(folder, "datagram"))
        right = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        thread = threading.Thread(target=right.sendto, args=(b"datagram", left.getsockname()))
        thread.start()
        assert left.recv(100) == b"datagram"
        thread.join()


@pytest.mark.fresh
def test_peeking_leaves_the_data_and_a_short_read_loses_none():
    import socket
    import threading
    import time

    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    server, _ = listener.accept()
    thread = threading.Timer(0.01, server.send, [b"abc"])
    thread.start()
    assert client.recv(100, socket.MSG_PEEK) == b"abc"
    assert client.recv(100, socket.MSG_PEEK) == b"abc"
    assert client.recv(2) == b"ab"
    assert client.recv(100) == b"c"
    server.send(b"bye")
    server.close()
    time.sleep(0.01)  # data and end-of-file come with one event
    assert [client.recv(100), client.recv(100)] == [b"bye", b""]


@pytest.mark.fresh
def test_urgent_data_does_not_stop_the_stream():
    import socket
    import time

    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    server, _ = listener.accept()
    client.settimeout(5)
    server.send(b"a")
    assert client.recv(10) == b"a"
    server.send(b"before")
    server.send(b"!", socket.MSG_OOB)
    server.send(b"after")
    time.sleep(0.01)
    assert client.recv(100) == b"before"
    assert client.recv(1, socket.MSG_OOB) == b"!"
    assert client.recv(100) == b"after"


@pytest.mark.fresh
def test_dont_wait_does_not_wait():
    import socket

    left, _right = socket.socketpair()
    for call in (
        lambda: left.recv(1, socket.MSG_DONTWAIT),
        lambda: left.recvfrom(1, socket.MSG_DONTWAIT),
        lambda: left.recvmsg(1, 0, socket.MSG_DONTWAIT),
        lambda: left.recv_into(bytearray(1), 1, socket.MSG_DONTWAIT),
    ):
        try:
            call()
        except BlockingIOError:
            continue
        raise AssertionError


@pytest.mark.fresh
def test_200_megabytes_to_a_slow_reader_with_other_tasks_running():
    import hashlib
    import socket
    import threading
    import time

    listener = socket.create_server(("127.0.0.1", 0))
    chunk = bytes(range(256)) * 4096
    sent, received, ticks = hashlib.md5(), hashlib.md5(), []
    data = chunk * 200
    sent.update(data)

    def send():
        with socket.create_connection(listener.getsockname()) as sock:
            sock.sendall(data)

    def tick():
        while sender.is_alive():
            ticks.append(1)
            time.sleep(0.001)

    sender = threading.Thread(target=send)
    sender.start()
    ticker = threading.Thread(target=tick)
    ticker.start()
    connection, _ = listener.accept()
    size = 0
    while block := connection.recv(1 << 20):
        received.update(block)
        size += len(block)
        if size % 7 == 0:
            time.sleep(0.001)
    assert size == len(data) == 200 << 20
    assert received.digest() == sent.digest()
    sender.join()
    ticker.join()
    assert len(ticks) > 20


@pytest.mark.fresh
def test_sendfile_and_makefile_in_all_modes():
    import socket
    import tempfile
    import threading

    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    server, _ = listener.accept()
    data = b"line\n" * 1_000_000
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        results = []
        thread = threading.Thread(target=lambda: results.append(server.sendfile(file)))
        thread.start()
        with client.makefile("rb") as reader:
            assert reader.read(len(data)) == data
        thread.join()
        assert results == [len(data)]
    with server.makefile("rwb", buffering=0) as raw, client.makefile("rw", encoding="ascii", newline="\n") as text:
        raw.write(b"hello\n")
        assert text.readline() == "hello\n"
        text.write("answer\n")
        text.flush()
        assert raw.read(100) == b"answer\n"
    client.settimeout(0.01)
    with client.makefile("rb") as reader:
        for message in ("timed out", "cannot read from timed out object"):
            try:
                reader.readline()
            except OSError as error:
                assert str(error) == message
            else:
                raise AssertionError


@pytest.mark.fresh
def test_ipv6_and_dualstack():
    import socket
    import threading

    if not socket.has_dualstack_ipv6():
        raise SystemExit
    listener = socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    port = listener.getsockname()[1]
    for host in ("127.0.0.1", "::1"):
        accepted = []
        thread = threading.Thread(target=lambda: accepted.append(listener.accept()[0]))
        thread.start()
        with socket.create_connection((host, port)) as client:
            client.send(b"x")
            thread.join()
            assert accepted[0].recv(1) == b"x"


@pytest.mark.fresh
def test_a_busy_connection_does_not_starve_the_others():
    import socket
    import threading
    import time

    busy, feed = socket.socketpair()
    stop, rounds = [], [0]

    def feeder():
        while not stop:
            feed.sendall(bytes(1 << 16))

    def reader():
        while not stop:
            busy.recv(1024)
            rounds[0] += 1

    pairs = [socket.socketpair() for _ in range(100)]
    turns = []

    def wait(sock):
        sock.recv(1)
        turns.append(rounds[0])

    others = [threading.Thread(target=wait, args=(left,)) for left, _ in pairs]
    spinning = [threading.Thread(target=feeder), threading.Thread(target=reader)]
    for thread in [*others, *spinning]:
        thread.start()
    time.sleep(0.05)
    assert rounds[0] > 0
    at = rounds[0]
    for _, right in pairs:
        right.send(b"x")
    for thread in others:
        thread.join()
    stop.append(True)
    assert len(turns) == 100
    assert max(turns) - at < 20_000
    busy.close()
    feed.close()


@pytest.mark.fresh
def test_native_threads_share_a_socket_with_tasks():
    import socket
    import threading

    from lazypatch import get_original

    left, right = socket.socketpair()
    total, finished = [], threading.Semaphore(0)

    def read():
        count = 0
        while data := left.recv(10):
            count += len(data)
        total.append(count)
        finished.release()

    threading.Thread(target=read).start()
    for _ in range(2):
        get_original("_thread", "start_new_thread")(read, ())
    for _ in range(2000):
        right.sendall(b"0123456789")
    right.shutdown(socket.SHUT_WR)
    for _ in range(3):
        finished.acquire()
    assert sum(total) == 20_000


@pytest.mark.fresh
def test_numeric_hosts_are_resolved_on_the_spot():
    import socket

    from lazypatch.runtime.offload import pool

    assert socket.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)[0][4] == ("127.0.0.1", 80)
    assert socket.getaddrinfo("::1", "80", type=socket.SOCK_STREAM)[0][4][:2] == ("::1", 80)
    assert socket.getaddrinfo(None, 0, flags=socket.AI_PASSIVE)
    assert socket.gethostbyname("127.0.0.1") == "127.0.0.1"
    numeric = socket.NI_NUMERICHOST | socket.NI_NUMERICSERV
    assert socket.getnameinfo(("127.0.0.1", 80), numeric) == ("127.0.0.1", "80")
    assert pool.size == 0
    assert socket.gethostbyname("localhost") == "127.0.0.1"
    assert pool.size == 1


@pytest.mark.fresh
def test_names_are_resolved_while_others_run():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        with socket.create_connection(("localhost", listener.getsockname()[1])) as client:
            assert client.getpeername() == listener.getsockname()
        direct = socket.socket()
        direct.connect(("localhost", listener.getsockname()[1]))
    for call in (
        lambda: socket.getaddrinfo("127.0.0.1", 80, family=12345),
        lambda: socket.getaddrinfo("name.invalid", 80),
        lambda: socket.gethostbyname("name.invalid"),
        lambda: socket.create_connection(("name.invalid", 80)),
    ):
        try:
            call()
        except socket.gaierror:
            continue
        raise AssertionError


@pytest.mark.fresh(auto=False)
def test_dns_can_be_left_out():
    import lazypatch

    lazypatch.patch_all(dns=False)

    assert not lazypatch.is_object_patched("socket", "getaddrinfo")
    assert lazypatch.is_object_patched("socket", "socket")


@pytest.mark.patched
def test_sockets_and_classes_that_were_there_first_cooperate():
    import socket
    import threading

    assert Early.recv is socket.socket.recv
    assert isinstance(EARLY[0], socket.socket)
    thread = threading.Timer(0.01, EARLY[1].send, [b"x"])
    thread.start()
    assert EARLY[0].recv(1) == b"x"
    EARLY[0].settimeout(0.01)
    try:
        EARLY[0].recv(1)
    except TimeoutError:
        pass
    else:
        raise AssertionError


def test_error_numbers_are_this_systems():
    import errno

    from lazypatch.cooperative import socket as cooperative
    from lazypatch.runtime import descriptors

    for name in ("EAGAIN", "EINTR", "EINPROGRESS"):
        assert getattr(cooperative, name) == getattr(errno, name)
    assert descriptors.EBADF == errno.EBADF


import atexit  # noqa: E402
import socket  # noqa: E402

EARLY = socket.socketpair()
atexit.register(lambda: [sock.close() for sock in EARLY])


class Early(socket.socket):
    pass
