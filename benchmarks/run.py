"""Runs the workloads side by side under several runtimes and compares the CPU time of an operation.

``python benchmarks/run.py [--rounds N] [--runtimes plain,lazypatch,gevent,eventlet] [--json FILE] [NAME...]``

Every round runs each workload under each runtime in turn, so that whatever else the machine does falls on all alike.
Reported are medians over the rounds and the ratio gevent/lazypatch. For servers the CPU time is that of the server's
process; the load comes from a C program, compiled here, or from wrk.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
ACTIVATE = {
    "plain": "pass",
    "lazypatch": "import lazypatch.auto",
    "gevent": "from gevent import monkey; monkey.patch_all()",
    "eventlet": "import warnings; warnings.simplefilter('ignore'); import eventlet; eventlet.monkey_patch()",
}
REQUESTS = 60_000
IDLE = 5_000
PROGRAM = "{}; import sys, runpy; sys.path.insert(0, {!r}); sys.argv = {!r}; runpy.run_path({!r}, run_name='__main__')"


def command(runtime, workload, *arguments):
    """The command line that runs a workload under a runtime."""
    path = str(HERE / f"{workload}.py")
    return [sys.executable, "-c", PROGRAM.format(ACTIVATE[runtime], str(HERE), [path, *arguments], path)]


def workload(name):
    """A workload that measures itself: yields name and seconds per operation."""

    def run(runtime):
        output = subprocess.run(command(runtime, name), check=True, capture_output=True, text=True).stdout
        for line in output.splitlines():
            row = json.loads(line)
            yield row["name"], row["seconds"]

    return run


def start(name, *extra):
    """The whole CPU time of an interpreter that runs a workload, less that of a bare one."""

    def run(runtime):
        yield name, whole(runtime, *extra) - (whole("plain", "activate") if extra == ("activate",) else 0)

    return run


def whole(runtime, script):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(5):
        subprocess.run(command(runtime, script), check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / 5


def late(runtime):
    """Activation after everything was imported: the program switches lazypatch on by itself."""
    if runtime == "lazypatch":
        yield from workload("late")("plain")


def echo(connections, *timeout):
    """The echo server under load."""
    name = f"echo, {connections} connections" + (", with a timeout" if timeout else "")

    def run(runtime):
        with server(runtime, "echo", *timeout) as process:
            before = cpu(process)
            subprocess.run([loader(), process.port, str(connections), str(REQUESTS), "64"], check=True)
            yield name, (cpu(process) - before) / REQUESTS

    return run


def http(runtime):
    """The HTTP server under wrk, if that is installed."""
    if shutil.which("wrk") is None:
        return
    with server(runtime, "http_server") as process:
        before = cpu(process)
        url = f"http://127.0.0.1:{process.port}/"
        output = subprocess.run(["wrk", "-t1", "-c50", "-d3s", url], check=True, capture_output=True, text=True).stdout
        requests = next(int(line.split()[0]) for line in output.splitlines() if "requests in" in line)
        yield "http.server, 50 connections", (cpu(process) - before) / requests


def idle(runtime):
    """Memory of the echo server for each connection that does nothing."""
    if runtime == "plain":
        return
    with server(runtime, "echo") as process:
        before = memory(process)
        load = subprocess.Popen([loader(), process.port, str(IDLE), "0", "1"], stdin=-1, stdout=-1)
        assert load.stdout.readline() == b"open\n"
        yield "memory of an idle connection", (memory(process) - before) / IDLE
        load.communicate()


class server:
    """A server in a process of its own: ``port`` is where it listens."""

    def __init__(self, runtime, *arguments):
        self.command = command(runtime, *arguments)

    def __enter__(self):
        resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.port = self.process.stdout.readline().strip()
        return self

    def __exit__(self, *exc):
        self.process.kill()
        self.process.communicate()


def cpu(server):
    """Seconds of CPU time that a server has taken so far: proc(5)."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(server):
    """Resident memory of a server, in bytes."""
    pages = Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def loader():
    """The path of the load generator, compiled if it is not yet."""
    path = Path(tempfile.gettempdir(), f"lazypatch-load-{os.getpid()}")
    if not path.exists():
        subprocess.run(["cc", "-O2", "-o", path, HERE / "load.c"], check=True)
    return str(path)


WORKLOADS = {
    "activate": start("activation", "activate"),
    "imports": start("activate, then imports", "imports"),
    "late": late,
    "echo50": echo(50),
    "echo500": echo(500),
    "echo50timeout": echo(50, "30"),
    "echo500timeout": echo(500, "30"),
    "http": http,
    "switch": workload("switch"),
    "locks": workload("locks"),
    "threads": workload("threads"),
    "children": workload("children"),
    "queues": workload("queues"),
    "sleepers": workload("sleepers"),
    "idle": idle,
}


def measure(names, runtimes, rounds):
    """Run everything; returns name -> runtime -> list of values."""
    results = {}
    for number in range(rounds):
        for name in names:
            for runtime in runtimes:
                print(f"\rround {number + 1} of {rounds}: {name} {runtime:20}", end="", file=sys.stderr, flush=True)
                try:
                    for row, value in WORKLOADS[name](runtime):
                        results.setdefault(row, {}).setdefault(runtime, []).append(value)
                except subprocess.CalledProcessError as error:
                    print(f"\n{name} under {runtime} failed: {error}", file=sys.stderr)
    print(file=sys.stderr)
    return results


def table(results, runtimes):
    """Lines of text: medians in microseconds (bytes for memory), and gevent's over lazypatch's."""
    yield f"{'':34}" + "".join(f"{runtime:>12}" for runtime in runtimes) + "  gevent/lazypatch"
    for row, values in results.items():
        medians = {runtime: statistics.median(found) for runtime, found in values.items()}
        scale = 1 if row.startswith("memory") else 1e6
        cells = (f"{medians[runtime] * scale:12.2f}" if runtime in medians else f"{'-':>12}" for runtime in runtimes)
        both = medians.get("gevent"), medians.get("lazypatch")
        ratio = f"{both[0] / both[1]:18.2f}" if all(both) else ""
        yield f"{row:34}" + "".join(cells) + ratio


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[[], *WORKLOADS], help="workloads; default: all")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runtimes", default="plain,lazypatch,gevent", help=f"of {', '.join(ACTIVATE)}")
    parser.add_argument("--json", type=Path, help="also write all values into this file")
    options = parser.parse_args()
    runtimes = options.runtimes.split(",")
    results = measure(options.names or WORKLOADS, runtimes, options.rounds)
    print("\n".join(table(results, runtimes)))
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps({"python": sys.version, "results": results}, indent=1))


if __name__ == "__main__":
    main()
