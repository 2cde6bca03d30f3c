import pytest
from helpers import overlapping, same_as_plain

START = "import io, os, pty, tempfile, threading, socket\ndef later(call, *args): threading.Timer(0.1, call, args).start()\n"
WAITS = {
    "fdopen": "r, w = os.pipe(); later(os.write, w, b'line\\n'); assert os.fdopen(r).readline() == 'line\\n'",
    "open by number": "r, w = os.pipe(); later(os.close, w); assert open(r, 'rb').read() == b''",
    "io.open": "r, w = os.pipe(); later(os.write, w, b'ab'); assert io.open(r, 'rb', 0).read(9) == b'ab'",
    "write": "r, w = os.pipe(); os.write(w, bytes(65536)); later(os.read, r, 65536); open(w, 'wb', 0).write(b'x')",
    "flush": "r, w = os.pipe(); os.write(w, bytes(65536)); f = open(w, 'wb'); f.write(b'x'); later(os.read, r, 65536); f.flush()",
    "FIFO": (
        "path = tempfile.mktemp(); os.mkfifo(path); later(lambda: open(path, 'w').write('line\\n'))\n"
        "    assert open(path).readline() == 'line\\n'"
    ),
    "terminal": "m, s = pty.openpty(); later(os.write, m, b'line\\n'); assert open(s, 'rb', closefd=False).readline() == b'line\\n'",
    "makefile": "a, b = socket.socketpair(); later(b.send, b'line\\n'); assert a.makefile().readline() == 'line\\n'",
}


@pytest.mark.parametrize("name", WAITS)
def test_two_waits_overlap(name):
    overlapping(f"{START}\ndef wait():\n    {WAITS[name]}")


def test_results_and_errors_are_the_stdlibs():
    same_as_plain("""
        import builtins, io, os, pickle, tempfile, warnings
        warnings.simplefilter("ignore")
        for arguments in [("/no such",), ("/etc",), ("/dev/null", "q"), ("/dev/null", "rw"), (7.5,), (-1,), (1000,), ("a\\0b",)]:
            show(open, *arguments)
        for mode, buffering in [("rb", 0), ("r", 0), ("rb", 1), ("rb", 5), ("r", 1), ("rU", -1), ("w", -1), ("r+", -1),
                                ("xb", -1), ("a", -1), ("rbt", -1), ("", -1), ("r+b", 0), ("w+b", -1), ("ab", 3)]:
            def pipe():
                fds = os.pipe()
                file = open(fds[0 if "r" in mode else 1], mode, buffering)
                return file, type(file), getattr(file, "buffer", None), file.mode, file.name, getattr(file, "line_buffering", 0)
            show(pipe)
        r, w = os.pipe()
        show(open, r, "rb", encoding="utf-8"), show(open, r, newline="x"), show(open, r, encoding="no such"), show(os.fstat, r)
        file = tempfile.NamedTemporaryFile()
        show(lambda: type(open(file.name, "r+b"))), show(lambda: open(file=file.name, mode="w").write("x")), show(os.path.getsize, file.name)
        show(lambda: open("/dev/null", "rb").raw), show(lambda: open("/dev/urandom", "rb").read(3)[:0])
        print(open is io.open, builtins.open is open, pickle.loads(pickle.dumps(open)) is not None, open.__name__)
        class Keeps:
            open = open
        show(lambda: Keeps().open(file.name).read())
        with open(w, "w") as text, open(r) as other:
            text.write("one\\ntwo\\n")
            text.flush()
            print(other.readline(), other.name == r, text)
        show(text.write, "x"), show(other.read)
        r, w = os.pipe()
        os.set_blocking(r, False)
        file = open(r, "rb")
        show(file.read), show(file.read, 5), show(file.readline), show(file.raw.read), show(file.raw.readall)
        os.write(w, b"abc")
        show(file.read, 5), show(file.peek)
        print(open(r, "rb", 0).fileno() == r)
    """)


@pytest.mark.fresh
def test_regular_files_are_the_interpreters_own():
    import io
    import sys

    import lazypatch

    with open(sys.executable, "rb") as file:
        assert type(file.raw) is io.FileIO
        assert type(file) is io.BufferedReader
    with open("/dev/null", "rb", 0) as file:
        assert type(file) is io.FileIO
    assert lazypatch.get_original("io", "open").__name__ == "open"
    assert lazypatch.is_object_patched("io", "open")
