"""Beside agents that start first, load everything and have threads of their own."""

import json
import os
import sys

import certificates
import pytest
from helpers import python

APP = """
import sys, threading, time
early = [name for name in ("ssl", "threading", "socket") if name in sys.modules]
others = [thread.name for thread in threading.enumerate()]
import lazypatch.auto
import http.server, json, os, ssl, urllib.request

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(0.1)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
    def log_message(self, *args): pass

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("server.pem")
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = ssl.create_default_context(cafile="ca.pem")
answers, natives = [], set()

def work():
    natives.add(threading.get_native_id())
    for _ in range(2):
        with urllib.request.urlopen(f"https://localhost:{server.server_address[1]}/", context=client) as answer:
            answers.append(answer.read())

threads = [threading.Thread(target=work) for _ in range(5)]
begin = time.monotonic()
for thread in threads: thread.start()
for thread in threads: thread.join()
result = {"answers": len(answers), "natives": len(natives), "early": early, "others": others}
result["overlap"] = time.monotonic() - begin < 0.8
print(json.dumps(result), flush=True)
os._exit(0)
"""

AGENT = """
import http.client, queue, ssl, sys, threading, time
from socket import create_connection
from time import sleep

class Finder:
    def find_spec(self, name, path=None, target=None):
        seen.append(name)

class Reports(threading.Thread):
    def run(self):
        while True:
            with condition:
                condition.wait(0.02)
            with lock:
                sleep(0.001)
            try:
                spans.get(timeout=0.01)
            except queue.Empty:
                pass

seen, spans = [], queue.Queue()
condition, lock, local = threading.Condition(), threading.Lock(), threading.local()
context = ssl.create_default_context()
context.check_hostname = False
sys.meta_path.insert(0, Finder())
Reports(name="agent", daemon=True).start()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("agents")
    certificates.make(made)
    (made / "app.py").write_text(APP)
    (made / "agent.py").write_text(AGENT)
    return made


def test_an_https_loop_cooperates_after_an_agent_has_started(folder):
    done = python("-c", "import agent\nexec(open('app.py').read())", cwd=folder)
    assert done.stdout, done.stderr
    result = json.loads(done.stdout)
    assert result == {
        "answers": 10, "natives": 1, "early": ["ssl", "threading", "socket"], "others": ["MainThread", "agent"],
        "overlap": True,
    }  # fmt: skip
    assert done.stderr == ""


def test_an_https_loop_cooperates_under_a_real_agent(folder):
    command = os.path.join(os.path.dirname(sys.executable), "opentelemetry-instrument")
    exporters = {f"OTEL_{kind}_EXPORTER": "console" for kind in ("TRACES", "METRICS", "LOGS")}
    code = "import os, sys; os.execv(sys.argv[1], sys.argv[1:])"
    done = python("-c", code, command, sys.executable, "app.py", cwd=folder, env={**os.environ, **exporters})
    lines = [line for line in done.stdout.splitlines() if line.startswith('{"answers"')]
    assert lines, done.stderr
    result = json.loads(lines[0])
    assert (result["answers"], result["natives"], result["overlap"]) == (10, 1, True)
    assert "threading" in result["early"]
    assert len(result["others"]) > 1, "the agent has threads of its own"
