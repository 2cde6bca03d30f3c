"""The command line: run a script, module or command with the standard library patched.

The program finds ``sys.argv``, ``sys.path[0]`` and ``__main__`` as the interpreter itself would have set them, and
its exit status, output and tracebacks are the same. The Python programs that it starts are switched on like itself.
"""

from __future__ import annotations

import sys

from lazypatch.activation.activate import patch_all
from lazypatch.activation.environment import VARIABLE, spell
from lazypatch.base.settings import SETTINGS, alone, resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from types import TracebackType
    from typing import Any, NoReturn

USAGE = (
    "python -m lazypatch [options] (script | directory | zip file | -m module | -c command | run program) [arguments]"
)


def main() -> None:
    """Read the options, patch, and become the program."""
    options = _parse(sys.argv[1:])
    if options.plan:
        _print_plan(_flags(options))
        return
    if options.is_launch:
        _launch(options)
    if options.verbose:
        _tell_all()
    _tell_children(options)
    patch_all(**_flags(options))
    try:
        if options.c is not None:
            _run_command(options.c[0], options.c[1:])
        elif options.m is not None:
            _run_module(options.m[0], options.m[1:])
        else:
            _run_path(options.program[0], options.program[1:])
    except SystemExit:
        raise
    except BaseException as error:
        _report(error)
        raise


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = _parser()
    options = parser.parse_args(arguments)
    options.is_launch = options.program[:1] == ["run"]
    if options.is_launch or options.program[:1] == ["--"]:
        del options.program[0]
    if not (options.program or options.m or options.c or options.plan):
        parser.error("what is to run? give a script, -m module, -c command or run program")
    return options


def _parser() -> argparse.ArgumentParser:
    import argparse  # lazy: only the command line needs it

    parser = argparse.ArgumentParser("python -m lazypatch", USAGE, __doc__.splitlines()[0], allow_abbrev=False)  # type: ignore[union-attr]
    for setting in SETTINGS:
        names = parser.add_mutually_exclusive_group()
        names.add_argument(f"--{setting.name}", dest=setting.name, action="store_true", default=None, help=setting.help)
        names.add_argument(f"--no-{setting.name}", dest=setting.name, action="store_false", help="leave it out")
    parser.add_argument(
        "--verbose", action="store_true", help="say on standard error what is patched, when and by whom"
    )
    parser.add_argument(
        "--no-children", action="store_true", help="leave the Python programs that it starts as they are"
    )
    parser.add_argument("--plan", action="store_true", help="print every name that would be replaced, and run nothing")
    parser.add_argument("--version", action="version", version=f"lazypatch {_version()}")
    parser.add_argument("-m", nargs=argparse.REMAINDER, metavar="module", help="run a module, like python -m")
    parser.add_argument("-c", nargs=argparse.REMAINDER, metavar="command", help="run a command, like python -c")
    parser.add_argument("program", nargs=argparse.REMAINDER, help="a script, directory or zip file and its arguments")
    return parser


def _given(options: argparse.Namespace) -> dict[str, bool]:
    return {s.name: getattr(options, s.name) for s in SETTINGS if getattr(options, s.name) is not None}


def _flags(options: argparse.Namespace) -> dict[str, bool]:
    """``--x`` alone patches just x; ``--no-x`` leaves x out."""
    return alone(_given(options))


def _tell_children(options: argparse.Namespace) -> None:
    """Children inherit the environment, and ``lazypatch.pth`` looks at it."""
    import os  # lazy: loaded anyway

    os.environ[VARIABLE] = "0" if options.no_children else spell(_given(options))


def _launch(options: argparse.Namespace) -> NoReturn:
    from lazypatch.activation.launch import run  # lazy: only the subcommand needs it

    run(options.program, _given(options), not options.no_children)


def _version() -> str:
    return f"{sys.modules['lazypatch'].__version__} (Python {sys.version.split()[0]})"


def _print_plan(flags: dict[str, bool]) -> None:
    from lazypatch.activation.report import plan  # lazy: only the option needs it

    for planned in plan(resolve(flags)):
        print(planned)


def _tell_all() -> None:
    """Print each patch as it happens, and a table at exit."""
    import atexit  # lazy: like the others, only the option needs it

    from lazypatch.activation import report  # lazy: as above
    from lazypatch.base import events  # lazy: as above

    def tell(event: Any) -> None:
        if isinstance(event, events.DidPatchModule):
            state = report.latest(event.module_name)
            print(f"lazypatch: {event.module_name} {state}, {state.names} names, by {state.by}", file=sys.stderr)

    events.subscribers.append(tell)
    atexit.register(lambda: print(f"lazypatch: at exit\n{report.table()}", file=sys.stderr))


def _run_command(command: str, arguments: list[str]) -> None:
    sys.argv[:] = ["-c", *arguments]
    sys.path[0] = ""
    code = compile(command, "<string>", "exec")
    if sys.version_info >= (3, 13):  # so that tracebacks show the lines (Python/pythonrun.c)
        import linecache  # lazy: the interpreter loads it here too

        key = code if sys.version_info >= (3, 14) else "<string>"
        linecache._register_code(key, command, "<string>")  # type: ignore[attr-defined]
    exec(code, vars(_fresh_main(_builtin_importer())))


def _run_module(name: str, arguments: list[str]) -> None:
    import runpy  # lazy: what the interpreter itself uses for -m

    sys.argv[:] = ["-m", *arguments]
    _fresh_main(None)
    runpy._run_module_as_main(name)  # type: ignore[attr-defined]


def _run_path(path: str, arguments: list[str]) -> None:
    import os  # lazy: loaded anyway

    sys.argv[:] = [path, *arguments]
    if os.path.isdir(path) or _is_zip(path):
        import runpy  # lazy: what the interpreter itself uses for directories

        sys.path[0] = os.path.abspath(path)
        _fresh_main(None)
        runpy._run_module_as_main("__main__", False)  # type: ignore[attr-defined]
        return
    try:
        with open(path, "rb") as file:
            source = file.read()
    except OSError as error:
        print(
            f"{sys.executable}: can't open file {os.path.abspath(path)!r}: [Errno {error.errno}] {error.strerror}",
            file=sys.stderr,
        )
        raise SystemExit(2) from None
    sys.path[0] = os.path.dirname(os.path.realpath(path))
    main = _fresh_main(_source_loader(path))
    main.__file__ = os.path.abspath(path)
    if sys.version_info < (3, 15):
        main.__cached__ = None
    exec(compile(source, main.__file__, "exec"), vars(main))


def _is_zip(path: str) -> bool:
    import zipimport  # lazy: only a path needs it

    try:
        zipimport.zipimporter(path)
    except zipimport.ZipImportError:
        return False
    return True


def _source_loader(path: str) -> Any:
    from importlib.machinery import SourceFileLoader  # lazy: loaded anyway

    return SourceFileLoader("__main__", path)


def _builtin_importer() -> Any:
    return sys.modules["sys"].__loader__


def _fresh_main(loader: Any) -> Any:
    """A new ``__main__``, as the interpreter makes it before it runs anything."""
    main: Any = type(sys)("__main__")
    main.__loader__ = loader
    main.__builtins__ = sys.modules["builtins"]
    if sys.version_info < (3, 14):
        main.__annotations__ = {}
    sys.modules["__main__"] = main
    return main


def _report(error: BaseException) -> None:
    """Print the traceback without our own frames, and have the interpreter print none."""
    error.__traceback__ = _own_frames_cut(error.__traceback__)
    sys.excepthook(type(error), error, error.__traceback__)
    sys.excepthook = lambda *_: None


def _own_frames_cut(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None and trace.tb_frame.f_globals.get("__name__") == __name__:
        trace = trace.tb_next
    return trace
