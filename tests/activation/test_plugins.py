"""Plugins: real distributions, built by setuptools' own format of an installed package, on the path of a child."""

import zipfile

import pytest
from helpers import python


def install(folder, name, entry_points, source):
    """A distribution as an installer leaves it behind."""
    info = folder / f"{name}-1.5.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.5\n")
    (info / "entry_points.txt").write_text(entry_points)
    (folder / f"{name}.py").write_text(source)


def run(folder, code, **options):
    done = python("-c", code, env={"PYTHONPATH": str(folder)}, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


EVERY = "\n".join(
    f"[lazypatch.plugins.{name}]\nmine = hears:hear\n"
    for name in ("will_patch_all", "will_patch_module", "did_patch_module", "did_patch_builtins", "did_patch_all")
)


def test_plugins_of_every_group_hear_what_subscribers_hear(tmp_path):
    install(tmp_path, "hears", EVERY, "heard = []\ndef hear(event): heard.append(repr(event))")
    out = run(
        tmp_path,
        "import lazypatch, lazypatch.events as e; mine = []; e.subscribers.append(lambda event: mine.append(repr(event)))\n"
        "lazypatch.patch_all()\nimport socket, subprocess, hears\nassert hears.heard == mine, (hears.heard, mine)\n"
        "print(len(mine), *mine)",
    )
    assert "<WillPatchAll>" in out
    assert "<DidPatchModule socket>" in out
    assert "<DidPatchModule subprocess>" in out


def test_subscribers_come_before_plugins(tmp_path):
    install(tmp_path, "hears", EVERY, "def hear(event): print('plugin', event)")
    code = "import lazypatch, lazypatch.events as e; e.subscribers.append(lambda event: print('subscriber', event))\n"
    lines = run(tmp_path, f"{code}lazypatch.patch_time()").splitlines()
    assert lines == [f"{who} {what}" for what in ("<WillPatchModule time>", "<DidPatchModule time>")
                     for who in ("subscriber", "plugin")]  # fmt: skip


@pytest.mark.parametrize("group", ["will_patch_all", "did_patch_module", "did_patch_builtins"])
def test_a_plugin_that_raises_is_named_and_nothing_stays_patched(tmp_path, group):
    install(tmp_path, "breaks", f"[lazypatch.plugins.{group}]\nmine = breaks:hear\n", "def hear(event): 1 / 0")
    out = run(
        tmp_path,
        "import lazypatch, time, os, sys; before = dict(vars(os)), time.sleep, list(sys.meta_path)\n"
        "try: lazypatch.patch_all()\n"
        "except lazypatch.PatchError as error: print(error)\n"
        "assert (dict(vars(os)), time.sleep, list(sys.meta_path)) == before",
    )
    assert f"plugin mine = breaks:hear of breaks 1.5 (group lazypatch.plugins.{group}) failed: ZeroDivisionError" in out


def test_a_plugin_may_veto(tmp_path):
    install(
        tmp_path,
        "vetoes",
        "[lazypatch.plugins.will_patch_all]\nmine = vetoes:hear\n",
        "from lazypatch.events import DoNotPatch\ndef hear(event): raise DoNotPatch",
    )
    assert run(tmp_path, "import lazypatch; print(lazypatch.patch_all())") == "False\n"


def test_without_plugins_reading_entry_points_loads_nothing(tmp_path):
    install(tmp_path, "other", "[console_scripts]\nother = other:main\n", "")
    code = "import lazypatch.auto, sys; print(*[n for n in ('importlib.metadata', 'lazypatch.base.events', 'zipfile') if n in sys.modules])"
    assert run(tmp_path, code) == "\n"


def test_plugins_in_a_zip_file_are_found(tmp_path):
    folder = tmp_path / "folder"
    install(
        folder, "zipped", "[lazypatch.plugins.did_patch_all]\nmine = zipped:hear\n", "def hear(event): print('heard')"
    )
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for path in folder.rglob("*"):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    assert run(tmp_path / "all.zip", "import lazypatch.auto") == "heard\n"


def test_plugins_on_a_path_that_came_later_are_found(tmp_path):
    install(
        tmp_path, "late", "[lazypatch.plugins.did_patch_module]\nmine = late:hear\n", "def hear(event): print(event)"
    )
    code = (
        f"import lazypatch, sys; lazypatch.patch_time(); sys.path.append({str(tmp_path)!r}); lazypatch.patch_builtins()"
    )
    done = python("-c", code)
    assert (done.stdout, done.stderr) == ("<DidPatchModule builtins>\n", "")


def wheel(folder, name, files):
    """Build a wheel (PEP 427) of these files, name -> text, and return its path."""
    info = f"{name}-2.dist-info"
    files = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 2\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": files["entry_points.txt"],
    }
    files[f"{info}/RECORD"] = "".join(f"{file},,\n" for file in [*files, f"{info}/RECORD"])
    path = folder / f"{name}-2-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
    return path


def test_the_example_of_a_driver_is_patched_by_a_plugin_when_it_is_imported(tmp_path):
    """A distribution with a plugin, built and installed, patches a driver at the driver's import."""
    plugin = """
import lazypatch

def wait(connection): pass

def patch_driver(event):
    lazypatch.when_imported("driver", lambda driver: driver.set_wait_callback(wait))
"""
    files = {
        "entry_points.txt": "[lazypatch.plugins.did_patch_builtins]\ndriver = driver_plugin:patch_driver\n",
        "driver.py": "def set_wait_callback(function): global wait; wait = function\nwait = None\n",
        "driver_plugin.py": plugin,
    }
    site = tmp_path / "site"
    options = ("-q", "--no-deps", "--no-index", "--disable-pip-version-check", "--target", str(site))
    done = python("-m", "pip", "install", *options, str(wheel(tmp_path, "driver_plugin", files)))
    assert done.returncode == 0, done.stderr
    out = run(
        site,
        "import lazypatch.auto, sys; assert 'driver' not in sys.modules\nimport driver, driver_plugin\n"
        "print(driver.wait is driver_plugin.wait)",
    )
    assert out == "True\n"
