"""``python -m lazypatch.demo [pages]``: the same threaded program, plain and patched, side by side.

The program is of plain ``urllib``, ``ThreadPoolExecutor`` and ``http.server``: it fetches pages from a local server,
which it runs itself and which answers each request after 100 ms, with as many threads as there are pages. It runs
twice, in two interpreters of their own; needs no network and nothing else installed.
"""

from __future__ import annotations

import subprocess
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PAGES = 300
DELAY = 0.1  # seconds the server takes for an answer


def program(pages: int) -> None:
    """The program: fetch all pages, telling how far it is, and print what that took on the last line."""
    import time
    import urllib.request
    from concurrent.futures import ThreadPoolExecutor, as_completed

    server = _serve()
    address = f"http://127.0.0.1:{server.server_address[1]}/"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def fetch(number: int) -> int:
        with opener.open(f"{address}{number}", timeout=60) as page:
            return len(page.read())

    begin, threads = time.perf_counter(), 0
    with ThreadPoolExecutor(pages) as pool:
        futures = [pool.submit(fetch, number) for number in range(pages)]
        for done, future in enumerate(as_completed(futures), 1):
            future.result()
            if done % 10 == 0 or done == pages:
                threads = max(threads, _status("Threads"))
                print(f"progress {done}", flush=True)
    wall = time.perf_counter() - begin
    server.shutdown()
    print(f"result {wall:.3f} {time.process_time():.3f} {threads} {_status('VmHWM') / 1024:.1f}", flush=True)


def _serve() -> Any:
    """Start the server in a thread and return it."""
    import time
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
    from socketserver import TCPServer
    from threading import Thread

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            time.sleep(DELAY)
            body = f"page {self.path}\n".encode() * 20
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 1024
        daemon_threads = True

        def server_bind(self) -> None:  # without asking for the host's name: there may be no network
            TCPServer.server_bind(self)

    server = Server(("127.0.0.1", 0), Page)
    Thread(target=server.serve_forever, daemon=True).start()
    return server


def _status(field: str) -> int:
    """A number from /proc/self/status; 0 on systems without it."""
    try:
        with open("/proc/self/status") as status:
            for line in status:
                if line.startswith(field + ":"):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


def _run(kind: str, pages: int) -> list[str]:
    """Run the program in a new interpreter, showing its progress; returns the figures."""
    command = [sys.executable, "-m", "lazypatch"] if kind == "patched" else [sys.executable]
    command += ["-m", "lazypatch.demo", "--program", str(pages)]
    figures: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            word, _, rest = line.strip().partition(" ")
            if word == "progress":
                print(f"\r{kind:8} {rest:>5} of {pages} pages", end="", flush=True)
            else:
                figures = rest.split()
    print()
    if child.returncode or not figures:
        raise SystemExit(f"the {kind} run failed with exit status {child.returncode}")
    return figures


def main() -> None:
    """Run both and print the table."""
    if sys.argv[1:2] == ["--program"]:
        program(int(sys.argv[2]))
        return
    pages = int(sys.argv[1]) if len(sys.argv) > 1 else PAGES
    print(f"{pages} pages over {pages} threads, from a server that takes {DELAY * 1000:.0f} ms for each")
    rows = {kind: _run(kind, pages) for kind in ("plain", "patched")}
    print(f"\n{'':8} {'wall s':>8} {'CPU s':>8} {'native threads':>15} {'peak MB':>8}")
    for kind, (wall, cpu, threads, memory) in rows.items():
        print(f"{kind:8} {wall:>8} {cpu:>8} {threads:>15} {memory:>8}")


if __name__ == "__main__":
    main()
