"""The demonstration that comes with the package."""

from helpers import python


def test_it_runs_both_ways_and_prints_the_table():
    done = python("-m", "lazypatch.demo", "60")
    assert done.returncode == 0, done.stderr
    rows = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()[-2:]}
    assert set(rows) == {"plain", "patched"}
    wall, _, threads, memory = rows["patched"]
    assert threads == "1"
    assert int(rows["plain"][2]) > 1
    assert float(wall) < 60 * 0.1, "sixty answers took as long as sixty one after the other"
    assert float(memory) > 0
    assert "60 of 60 pages" in done.stdout
