import pytest
from helpers import same_as_plain


@pytest.mark.fresh
def test_several_loops_run_at_once_each_in_a_thread():
    import asyncio
    import threading
    import time

    seen = []

    async def main(number):
        loop = asyncio.get_running_loop()
        for _ in range(5):
            await asyncio.sleep(0.01)
            assert asyncio.get_running_loop() is loop
            assert asyncio.current_task().get_name() == f"main {number}"
        seen.append(loop)

    async def named(number):
        asyncio.current_task().set_name(f"main {number}")
        await main(number)

    begin = time.monotonic()
    threads = [threading.Thread(target=lambda n=n: asyncio.run(named(n))) for n in range(20)]
    for thread in threads:
        thread.start()
    asyncio.run(named("here"))
    for thread in threads:
        thread.join()
    assert len({id(loop) for loop in seen}) == len(seen) == 21
    assert time.monotonic() - begin < 0.5


@pytest.mark.fresh
def test_a_thread_without_a_loop_sees_none():
    import asyncio
    import threading
    import time

    found = []

    def look():
        for _ in range(5):
            try:
                found.append(asyncio.get_running_loop())
            except RuntimeError as error:
                found.append(str(error))
            time.sleep(0.01)

    async def main():
        thread = threading.Thread(target=look)
        thread.start()
        await asyncio.sleep(0.03)
        time.sleep(0.01)  # a blocking call in a coroutine
        thread.join()
        assert asyncio.get_running_loop() is not None

    asyncio.run(main())
    assert found == ["no running event loop"] * 5


@pytest.mark.fresh
def test_a_blocking_call_in_one_loop_leaves_another_running():
    import asyncio
    import threading
    import time

    ticks, over = [], []

    async def tick():
        while not over:
            ticks.append(1)
            await asyncio.sleep(0.005)

    thread = threading.Thread(target=lambda: asyncio.run(tick()))
    thread.start()

    async def main():
        time.sleep(0.1)
        over.append(1)

    asyncio.run(main())
    thread.join()
    assert len(ticks) > 8


@pytest.mark.fresh
def test_executors_wake_the_loop_at_once():
    import asyncio
    import concurrent.futures
    import socket
    import threading
    import time

    async def main():
        loop = asyncio.get_running_loop()
        begin = time.monotonic()
        assert await asyncio.to_thread(lambda: (time.sleep(0.02), "done")[1]) == "done"
        assert await loop.run_in_executor(None, threading.current_thread) is not threading.current_thread()
        found = await loop.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)
        assert found[0][4] == ("127.0.0.1", 80)
        future = concurrent.futures.Future()
        threading.Timer(0.02, future.set_result, ("set",)).start()
        assert await asyncio.wrap_future(future) == "set"
        threading.Timer(0.02, loop.call_soon_threadsafe, (event.set,)).start()
        await event.wait()
        assert time.monotonic() - begin < 1, "woken by the timer only"

    async def guarded():
        await asyncio.wait_for(main(), 5)

    event = asyncio.Event()
    asyncio.run(guarded())


@pytest.mark.fresh
def test_coroutines_are_started_from_other_threads():
    import asyncio
    import threading

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def double(number):
        await asyncio.sleep(0.01)
        return number * 2

    futures = [asyncio.run_coroutine_threadsafe(double(n), loop) for n in range(5)]
    assert [future.result(5) for future in futures] == [0, 2, 4, 6, 8]
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.mark.fresh
def test_a_server_and_clients_in_threads_and_loops():
    import asyncio
    import socket
    import threading

    ready, address = threading.Event(), []

    async def echo(reader, writer):
        while line := await reader.readline():
            writer.write(line)
            await writer.drain()
        writer.close()

    async def serve():
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        address.append(server.sockets[0].getsockname())
        stop.append((asyncio.get_running_loop(), done := asyncio.Event()))
        ready.set()
        await done.wait()
        server.close()

    stop, got = [], []
    server = threading.Thread(target=lambda: asyncio.run(serve()))
    server.start()
    ready.wait()

    def blocking():
        with socket.create_connection(address[0]) as sock, sock.makefile("rw") as file:
            for number in range(3):
                file.write(f"{number}\n")
                file.flush()
                got.append(file.readline())

    async def client():
        reader, writer = await asyncio.open_connection(*address[0])
        writer.write(b"async\n")
        got.append((await reader.readline()).decode())
        writer.close()

    threads = [threading.Thread(target=blocking) for _ in range(3)]
    threads += [threading.Thread(target=lambda: asyncio.run(client())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stop[0][0].call_soon_threadsafe(stop[0][1].set)
    server.join()
    assert sorted(got) == sorted(["0\n", "1\n", "2\n", "async\n"] * 3)


@pytest.mark.fresh
def test_generators_belong_to_the_loop_in_which_they_began():
    import asyncio
    import threading

    closed = []

    async def numbers(loop):
        try:
            for number in range(99):
                yield number
                await asyncio.sleep(0.001)
        finally:
            closed.append(asyncio.get_running_loop() is loop)

    async def main():
        iterator = numbers(asyncio.get_running_loop())
        async for number in iterator:
            if number == 5:
                break
        await asyncio.sleep(0.002)

    threads = [threading.Thread(target=lambda: asyncio.run(main())) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert closed == [True] * 5


@pytest.mark.fresh
def test_subprocesses_and_signals():
    import asyncio
    import os
    import signal
    import threading
    import time

    ticks = []

    def tick():
        while True:
            ticks.append(1)
            time.sleep(0.01)

    threading.Thread(target=tick, daemon=True).start()

    async def main():
        loop = asyncio.get_running_loop()
        child = await asyncio.create_subprocess_exec(
            "sh", "-c", "sleep 0.05; cat; exit 3", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        assert await child.communicate(b"x" * 100000) == (b"x" * 100000, None)
        assert child.returncode == 3
        got = asyncio.Event()
        loop.add_signal_handler(signal.SIGUSR1, got.set)
        threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        await asyncio.wait_for(got.wait(), 5)
        loop.remove_signal_handler(signal.SIGUSR1)
        reader, writer = os.pipe()
        stream = asyncio.StreamReader()
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(reader, "rb")
        )
        threading.Timer(0.02, os.write, (writer, b"line\n")).start()
        assert await stream.readline() == b"line\n"
        transport.close()

    asyncio.run(main())
    assert len(ticks) > 3


@pytest.mark.fresh
def test_a_runner_is_interrupted_by_ctrl_c():
    import asyncio
    import os
    import signal
    import threading

    async def main():
        threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGINT)).start()
        await asyncio.sleep(5)

    try:
        with asyncio.Runner() as runner:
            runner.run(main())
    except KeyboardInterrupt:
        pass
    else:
        raise AssertionError
    with asyncio.Runner() as runner:
        assert runner.run(asyncio.sleep(0, "again")) == "again"


def test_results_and_errors_are_the_stdlibs():
    same_as_plain("""
        import asyncio
        async def nested():
            show(asyncio.run, None)
            coroutine = asyncio.sleep(0)
            show(asyncio.run, coroutine)
            coroutine.close()
            show(asyncio.new_event_loop().run_until_complete, asyncio.Future())
            show(lambda: type(asyncio.get_running_loop()).__name__)
            return 1
        show(asyncio.run, nested()), show(asyncio.get_running_loop), show(asyncio.run, asyncio.sleep(0, "x"))
        async def fails():
            raise ValueError("x")
        show(asyncio.run, fails()), show(asyncio.run, asyncio.wait_for(asyncio.sleep(9), 0.01))
        async def gather():
            return await asyncio.gather(*(asyncio.to_thread(pow, n, 2) for n in range(5)))
        show(asyncio.run, gather())
    """)


@pytest.mark.fresh
def test_a_loop_that_never_waits_starves_nobody():
    import asyncio
    import threading

    done = []

    class Busy(asyncio.SelectorEventLoop):
        def _process_events(self, events):
            self._ready.append(asyncio.Handle(int, (), self))

    async def main():
        while not done:
            await asyncio.sleep(0)

    threading.Thread(target=done.append, args=(1,)).start()
    loop = Busy()
    loop._selector.select = lambda timeout: []
    loop.run_until_complete(main())
    loop.close()
