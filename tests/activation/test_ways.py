"""Whichever way it is switched on: once, before the program's first line, and as lazily as by ``import lazypatch.auto``."""

import pytest

CODE = (
    "import sys; loaded = set(sys.modules); import lazypatch.activation.requests as requests; "
    "print(len(requests.active), *sorted(loaded))"
)
ON = {"LAZYPATCH": "1"}
OWN = {"lazypatch.activation.environment"}
CHAIN = OWN | {"lazypatch.activation.chain", "sitecustomize"}
TARGETS = {"socket", "ssl", "select", "selectors", "threading", "subprocess", "queue", "logging", "asyncio", "signal"}


def by_first_import(environment):
    return environment.out("-c", f"import lazypatch.auto; {CODE}")


def by_variable(environment):
    return environment.out("-c", CODE, env=ON)


def by_start_file(environment):
    """Both kinds of start files, where both are read."""
    environment.run("-m", "lazypatch.install", "--start")
    return environment.out("-c", CODE, env=ON)


def by_sitecustomize(environment):
    environment.out("-m", "lazypatch.install", "--sitecustomize")
    return environment.out("-c", CODE)


def by_pythonpath(environment):
    return environment.out("-c", CODE, env={"PYTHONPATH": environment.site / "lazypatch" / "activation" / "bootstrap"})


def by_launcher(environment):
    done = environment.run(environment.folder / "bin" / "lazypatch", "run", environment.python, "-c", CODE)
    return done.stdout + done.stderr


def by_several(environment):
    environment.out("-m", "lazypatch.install", "--sitecustomize")
    path = environment.site / "lazypatch" / "activation" / "bootstrap"
    return environment.out("-c", CODE, env={**ON, "PYTHONPATH": path})


def by_prompt(environment, code=CODE, startup=None):
    startup = startup or environment.out("-m", "lazypatch.install", "--startup-file").strip()
    return environment.run("-q", "-i", input=f"{code}\n", env={"PYTHONSTARTUP": startup}).stdout


WAYS = {
    by_variable: OWN,
    by_start_file: OWN,
    by_sitecustomize: CHAIN,
    by_pythonpath: CHAIN,
    by_launcher: OWN,
    by_several: CHAIN,
}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_once_before_the_program_and_lazily(environment, way):
    _, *as_by_import = by_first_import(environment).split()
    number, *loaded = way(environment).split()
    assert number == "1"
    own = {name for name in loaded if name.startswith(("lazypatch", "sitecustomize"))}
    assert own - set(as_by_import) <= WAYS[way]
    assert not TARGETS & (set(loaded) - set(as_by_import))


def test_the_first_import_itself(environment):
    _, *plain = environment.out("-c", "import sys; print(1, *sys.modules)").split()
    number, *loaded = by_first_import(environment).split()
    assert number == "1"
    assert not TARGETS & (set(loaded) - set(plain))


def test_a_prompt(environment, tmp_path):
    """Python's own prompt loads a great deal, so the measure is one with another file for PYTHONSTARTUP.

    Its hook takes ctypes, which loads threading in 3.14.
    """
    (tmp_path / "empty.py").write_text("")
    number, *loaded = by_prompt(environment).split()
    assert number == "1"
    plain = by_prompt(environment, "import sys, ctypes; print(*sys.modules)", tmp_path / "empty.py").split()
    assert not TARGETS & (set(loaded) - set(plain))


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_nothing_is_left_behind(environment, way):
    way(environment)
    environment.run("-m", "lazypatch.install", "--sitecustomize", "--uninstall")
    environment.run("-m", "lazypatch.install", "--start", "--uninstall")
    environment.pip("uninstall", "--quiet", "--yes", "lazypatch")
    assert environment.files() == environment.before
