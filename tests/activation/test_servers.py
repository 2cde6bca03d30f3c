"""Real servers, switched on by the environment: they serve at once, on one native thread for each process."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.request

import pytest
from installed import CLEAN

WAIT = 0.3  # seconds that each request or task takes
MANY = 12
APP = f"""
import os, threading
from time import sleep
from flask import Flask, jsonify

app = Flask(__name__)

@app.get("/")
def index():
    sleep({WAIT})
    return jsonify(pid=os.getpid(), native=threading.get_native_id(), thread=threading.get_ident())
"""
TASKS = f"""
import os, threading, time
from celery import Celery

app = Celery("tasks", broker=os.environ["REDIS"], backend=os.environ["REDIS"])
app.conf.broker_connection_retry_on_startup = True

@app.task
def work():
    time.sleep({WAIT})
    return dict(pid=os.getpid(), native=threading.get_native_id(), thread=threading.get_ident())
"""
SEND = f"""
import json, time
from tasks import work
begin = time.monotonic()
results = [work.delay() for _ in range({MANY})]
answers = [result.get(timeout=15) for result in results]
print(json.dumps([answers, time.monotonic() - begin]))
"""
PROJECT = f"""
import threading, time
import pytest

@pytest.fixture
def many():
    natives = []
    def work():
        time.sleep({WAIT})
        natives.append(threading.get_native_id())
    threads = [threading.Thread(target=work) for _ in range({MANY})]
    for thread in threads: thread.start()
    yield natives
    for thread in threads: thread.join()
    assert set(natives) == {{threading.get_native_id()}}

@pytest.mark.parametrize("number", range(2))
def test_threads(many, number):
    time.sleep({WAIT} * 1.5)
    assert len(many) == {MANY}
"""


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@contextlib.contextmanager
def running(command, folder, port=None, **env):
    """A server until the end of the block, by then it must end on SIGTERM."""
    log = folder / "log"
    environ = {**CLEAN, "PYTHONDONTWRITEBYTECODE": "1", **env}
    with open(log, "wb") as file:
        process = subprocess.Popen(
            [*map(str, command)], cwd=folder, env=environ, stdout=file, stderr=file, start_new_session=True
        )
    try:
        while port is not None:
            assert process.poll() is None, log.read_text()
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.02)
        yield log
        process.terminate()
        assert process.wait(10) in (0, -signal.SIGTERM), log.read_text()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def ask(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=15) as answer:
        return json.load(answer)


def ask_at_once(port):
    """All the answers, and the seconds that they took."""
    ask(port)
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(ask(port))) for _ in range(MANY)]
    begin = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers, time.monotonic() - begin


def check(answers, seconds):
    assert len(answers) == MANY
    assert seconds < WAIT * MANY / 2, "one after the other"
    natives = {(answer["pid"], answer["native"]) for answer in answers}
    assert natives == {(answer["pid"], answer["pid"]) for answer in answers}, "the main one of each process"
    assert len({answer["thread"] for answer in answers}) > 1


@pytest.mark.limit(60)
@pytest.mark.parametrize("workers", [1, 2])
def test_gunicorn_with_gthread(installed, tmp_path, workers):
    (tmp_path / "app.py").write_text(APP)
    port = free_port()
    command = [installed.python, "-m", "gunicorn", "-k", "gthread", "--threads", MANY, "--workers", workers]
    with running([*command, "--bind", f"127.0.0.1:{port}", "app:app"], tmp_path, port, LAZYPATCH="1"):
        check(*ask_at_once(port))


@pytest.mark.limit(60)
def test_flask_run(installed, tmp_path):
    (tmp_path / "app.py").write_text(APP)
    port = free_port()
    launcher = [installed.folder / "bin" / "lazypatch", "run"]
    command = [*launcher, installed.python, "-m", "flask", "run", "--port", port]
    with running(command, tmp_path, port):
        check(*ask_at_once(port))


@pytest.fixture
def redis(tmp_path):
    """The address of a Redis server of Debian's package."""
    server, port = shutil.which("redis-server"), free_port()
    assert server, "install the package redis-server"
    folder = tmp_path / "redis"
    folder.mkdir()
    with running([server, "--port", port, "--save", "", "--dir", folder], folder, port):
        yield f"redis://127.0.0.1:{port}/0"


@pytest.mark.limit(90)
def test_celery_with_threads(installed, tmp_path, redis):
    (tmp_path / "tasks.py").write_text(TASKS)
    command = [installed.python, "-m", "celery", "-A", "tasks", "worker", "-P", "threads", "-c", MANY]
    with running(command, tmp_path, LAZYPATCH="1", REDIS=redis) as log:
        env = {"REDIS": redis, "PYTHONDONTWRITEBYTECODE": "1"}
        installed.out("-c", "from tasks import work; work.delay().get(timeout=25)", cwd=tmp_path, env=env, limit=30)
        check(*json.loads(installed.out("-c", SEND, cwd=tmp_path, env=env, limit=30)))
        assert "Traceback" not in log.read_text()


def test_pytest(installed, tmp_path):
    (tmp_path / "test_project.py").write_text(PROJECT)
    env = {"LAZYPATCH": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    assert "2 passed" in installed.out("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path, env=env)
