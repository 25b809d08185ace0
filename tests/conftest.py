"""What every test shares: where the programs are, and the suite's closing line.

IPSYNC_BUILD names the folder of the build under test (`make test` sets it; default `build`).
IPSYNC_TEST_SHORT=1 leaves out the tests marked `long`; the sanitizer runs of .ci/run use it.
"""

import os
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("IPSYNC_BUILD", ROOT / "build")).resolve()


def pytest_configure(config):
    config.addinivalue_line("markers", "long: takes seconds; left out by IPSYNC_TEST_SHORT=1")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """The long ones first: what is short fills the gaps between them."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    if os.environ.get("IPSYNC_TEST_SHORT", "") not in ("", "0"):
        for item in items:
            if item.get_closest_marker("long"):
                item.add_marker(pytest.mark.skip(reason="IPSYNC_TEST_SHORT"))


@pytest.fixture(scope="session")
def build():
    """The folder with ipsync, crm-sim and unit/."""
    return BUILD


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    """The last line of a run, alone and plain, for people and scripts alike."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or config.option.collectonly:
        return

    def count(*kinds):
        return sum(len(reporter.stats.get(kind, ())) for kind in kinds)

    line = f"{count('passed', 'xpassed')} passed, {count('failed', 'error')} failed"
    skipped = count("skipped", "xfailed")
    if skipped:
        line += f", {skipped} skipped"
    reporter.ensure_newline()
    reporter.write_line(line)
