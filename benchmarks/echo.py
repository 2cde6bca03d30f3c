"""An echo server with a thread for each connection: ``echo.py [TIMEOUT]``. Prints its port."""

import socket
import sys
import threading

TIMEOUT = float(sys.argv[1]) if len(sys.argv) > 1 else None


def echo(connection):
    with connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if TIMEOUT is not None:
            connection.settimeout(TIMEOUT)
        try:
            while data := connection.recv(4096):
                connection.sendall(data)
        except OSError:  # the load has gone
            pass


def serve():
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=echo, args=(connection,), daemon=True).start()


serve()
