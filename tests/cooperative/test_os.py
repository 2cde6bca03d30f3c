import pytest


@pytest.mark.patched
def test_reads_from_pipes_overlap_with_everything():
    import os
    import threading

    reader, writer = os.pipe()
    ticks = []
    thread = threading.Timer(0.02, lambda: (ticks.append(1), os.write(writer, b"data")))
    thread.start()
    assert os.read(reader, 10) == b"data"
    assert ticks == [1]
    os.close(writer)
    assert os.read(reader, 10) == b""


@pytest.mark.fresh
def test_files_and_errors_are_as_ever():
    import os
    import sys

    with open(sys.executable, "rb") as file:
        assert os.read(file.fileno(), 4) == b"\x7fELF"
    for fd, error in ((-1, OSError), ("x", TypeError)):
        try:
            os.read(fd, 1)
        except error:
            continue
        raise AssertionError(fd)


@pytest.mark.fresh
def test_a_non_blocking_pipe_would_block():
    import os

    reader, _ = os.pipe()
    os.set_blocking(reader, False)
    try:
        os.read(reader, 1)
    except BlockingIOError:
        pass
    else:
        raise AssertionError
