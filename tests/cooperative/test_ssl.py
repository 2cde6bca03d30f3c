import contextlib

import certificates
import pytest

pytestmark = pytest.mark.patched


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("certificates")
    certificates.make(path)
    return path


@pytest.fixture
def contexts(folder):
    import ssl

    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(folder / "server.pem")
    return server, ssl.create_default_context(cafile=folder / "ca.pem")


@contextlib.contextmanager
def connection(contexts, **options):
    """A TLS connection, both ends of which are in this process: yields client and server."""
    import socket
    import threading

    server_context, client_context = contexts
    with socket.create_server(("127.0.0.1", 0)) as listener:
        left = socket.create_connection(listener.getsockname())
        right, _ = listener.accept()
    accepted = []

    def accept():
        accepted.append(server_context.wrap_socket(right, server_side=True))

    thread = threading.Thread(target=accept)
    thread.start()
    with client_context.wrap_socket(left, server_hostname="localhost", **options) as client:
        thread.join()
        with accepted[0] as server:
            yield client, server


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_data_passes_while_others_run(contexts, version):
    import ssl
    import threading

    for context in contexts:
        context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, version)
    with connection(contexts) as (client, server):
        assert client.version() == version.replace("_", ".").replace("v1.", "v1.")
        data, received = bytes(range(256)) * 20_000, []

        def receive():
            while sum(map(len, received)) < len(data):
                received.append(server.recv(1 << 16))

        thread = threading.Thread(target=receive)
        thread.start()
        client.sendall(data)
        thread.join()
        assert b"".join(received) == data
        client.write(b"ping")
        assert server.read(4) == b"ping"
        buffer = bytearray(4)
        server.send(b"pong")
        assert client.recv_into(buffer) == 4
        assert buffer == b"pong"


def test_waits_overlap(contexts):
    from helpers import assert_overlaps

    def wait(sock):
        with pytest.raises(TimeoutError, match="The read operation timed out"):
            sock.recv(1)

    with connection(contexts) as (client, server):
        for sock in (client, server):
            sock.settimeout(0.05)
        ends = [client, server]
        assert_overlaps(lambda: wait(ends.pop()), 0.05)


def test_many_handshakes_over_tcp_at_once(contexts):
    import socket
    import threading

    server_context, client_context = contexts
    with server_context.wrap_socket(socket.create_server(("127.0.0.1", 0), backlog=100), server_side=True) as listener:

        def serve():
            for _ in range(20):
                connected, _ = listener.accept()
                with connected:
                    connected.sendall(connected.recv(100).upper())

        def client(number):
            raw = socket.create_connection(listener.getsockname())
            with client_context.wrap_socket(raw, server_hostname="localhost") as sock:
                sock.sendall(f"client {number}".encode())
                answers.append(sock.recv(100))

        answers = []
        threads = [threading.Thread(target=serve)]
        threads += [threading.Thread(target=client, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(answers) == sorted(f"CLIENT {number}".encode() for number in range(20))


def test_a_handshake_times_out(contexts):
    import socket

    left, right = socket.socketpair()
    left.settimeout(0.02)
    with pytest.raises(TimeoutError, match="handshake operation timed out"):
        contexts[1].wrap_socket(left, server_hostname="localhost")
    left.close()
    right.close()


def test_connecting_through_the_tls_socket(contexts):
    import socket
    import threading

    with contexts[0].wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True) as listener:
        accepted = []
        thread = threading.Thread(target=lambda: accepted.append(listener.accept()[0]))
        thread.start()
        with contexts[1].wrap_socket(socket.socket(), server_hostname="localhost") as client:
            client.connect(listener.getsockname())
            thread.join()
            client.send(b"x")
            assert accepted[0].recv(1) == b"x"
            accepted[0].close()


def test_server_names_and_client_certificates(contexts, folder):
    import ssl

    server_context, client_context = contexts
    names = []
    server_context.sni_callback = lambda sock, name, context: names.append(name)
    server_context.verify_mode = ssl.CERT_REQUIRED
    server_context.load_verify_locations(folder / "ca.pem")
    client_context.load_cert_chain(folder / "client.pem")
    with connection(contexts) as (client, server):
        client.send(b"x")
        server.recv(1)
        subject = dict(pair for (pair,) in server.getpeercert()["subject"])
        assert subject["commonName"] == "client"
    assert names == ["localhost"]


def test_a_wrong_name_fails_the_handshake(contexts):
    import socket
    import ssl
    import threading

    left, right = socket.socketpair()

    def accept():
        with contextlib.suppress(OSError):
            contexts[0].wrap_socket(right, server_side=True)

    thread = threading.Thread(target=accept)
    thread.start()
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        contexts[1].wrap_socket(left, server_hostname="wrong.example")
    thread.join()
    left.close()
    right.close()


def test_unwrap_leaves_a_plain_socket(contexts):
    import threading

    with connection(contexts) as (client, server):
        plain = []
        thread = threading.Thread(target=lambda: plain.append(server.unwrap()))
        thread.start()
        ours = client.unwrap()
        thread.join()
        ours.sendall(b"plain")
        assert plain[0].recv(5) == b"plain"
        with pytest.raises(ValueError, match="No SSL wrapper"):
            client.unwrap()


def test_the_end_of_the_stream_is_seen(contexts):
    with connection(contexts) as (client, server):
        server.sendall(b"last words")
        assert client.recv(100) == b"last words"
        server.close()
        assert client.recv(100) == b""


def test_a_non_blocking_socket_says_what_it_wants(contexts):
    import ssl

    with connection(contexts) as (client, _server):
        client.setblocking(False)
        with pytest.raises(ssl.SSLWantReadError):
            client.recv(1)


def test_contexts_made_at_any_time_take_every_setting(contexts):
    import ssl

    for context in (EARLY, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)):
        assert isinstance(context, ssl.SSLContext)
        context.options |= ssl.OP_NO_TICKET
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.maximum_version = ssl.TLSVersion.TLSv1_3
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    server_context, _ = contexts
    with connection((server_context, EARLY)) as (client, server):
        client.send(b"x")
        assert server.recv(1) == b"x"


def test_memory_bio_and_ssl_object_are_untouched(contexts):
    import ssl

    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = contexts[1].wrap_bio(incoming, outgoing, server_hostname="localhost")
    assert type(tls) is ssl.SSLObject
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    assert outgoing.read()


import ssl  # noqa: E402

EARLY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
