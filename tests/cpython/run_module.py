"""Runs one of CPython's own test modules and appends an outcome per test to a file.

``python run_module.py MODULE OUTCOMES {plain,patched} [SKIP...]``: each line of OUTCOMES is ``start``, ``pass``,
``fail``, ``error`` or ``skip`` and the test's id. A test that takes longer than half a minute ends the process with a
traceback of all threads; its line stays at ``start``.
"""

import sys

if sys.argv[3] == "patched":
    import lazypatch.auto  # noqa: F401

import faulthandler
import unittest

LIMIT = 30  # seconds


class Outcomes(unittest.TestResult):
    """Writes each outcome down at once, so that nothing is lost with the process."""

    def __init__(self, path):
        super().__init__()
        self.file = open(path, "a", buffering=1)

    def write(self, word, test):
        self.file.write(f"{word} {test.id()}\n")

    def startTest(self, test):
        super().startTest(test)
        self.failed = None
        faulthandler.dump_traceback_later(LIMIT, exit=True, file=sys.__stderr__)
        self.write("start", test)

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is not None:
            self.failed = "fail"
            print(subtest, self._exc_info_to_string(error, test), file=sys.stderr)

    def addSuccess(self, test):
        self.write(self.failed or "pass", test)

    def addExpectedFailure(self, test, error):
        self.write("pass", test)

    def addUnexpectedSuccess(self, test):
        self.write("fail", test)

    def addSkip(self, test, reason):
        self.write("skip", test)

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.write("fail", test)
        print(test.id(), self._exc_info_to_string(error, test), file=sys.stderr)

    def addError(self, test, error):
        super().addError(test, error)
        self.write("error", test)
        print(test.id(), self._exc_info_to_string(error, test), file=sys.stderr)

    def stopTest(self, test):
        super().stopTest(test)
        if self.failed:
            self.write(self.failed, test)
        faulthandler.cancel_dump_traceback_later()


def tests_of(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from tests_of(item)
        else:
            yield item


def main():
    module, path, _, *skip = sys.argv[1:]
    suite = unittest.defaultTestLoader.loadTestsFromName(module)
    chosen = unittest.TestSuite(test for test in tests_of(suite) if test.id() not in skip)
    chosen.run(Outcomes(path))


if __name__ == "__main__":
    main()
