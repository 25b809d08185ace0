"""libcurl is loaded by the first sync and by nothing else (core/curl_late.h), and a missing one is told."""
import pathlib
import subprocess

import pytest

from conftest import BUILD
from crm import Crm
from dashboard import Dashboard
from product import Product
from test_manners import RECENT, wait_for


@pytest.fixture
def product(tmp_path):
    with Crm(seed=3, merchants=4, per_batch=2, line_items=4, rate_limit=0) as crm:
        yield Product(tmp_path, crm, api_requests_per_minute=0, sync_history_start=RECENT)


@pytest.fixture
def without(product, tmp_path):
    """The product where no libcurl can be loaded: an empty file stands before the real one."""
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / "libcurl.so.4").touch()
    product.set(LD_LIBRARY_PATH=folder)
    return product


def loads_libcurl(product, *args):
    """Whether the dynamic loader, asked to tell what it does, names libcurl."""
    product.set(LD_DEBUG="files")
    told = product.run(*args, expect=None)[1]
    assert "libsqlite3" in told
    return "libcurl.so" in told


def maps_libcurl(dashboard):
    return "libcurl.so" in pathlib.Path(f"/proc/{dashboard.pid}/maps").read_text()


def completed(product):
    return product.value("SELECT count(*) FROM sync_jobs WHERE status = 'completed'")


def test_only_a_sync_loads_libcurl(product):
    for command in ("--version", "help", "status", "history", "failed", "config"):
        assert not loads_libcurl(product, command), command
    assert loads_libcurl(product, "sync", "initial") and product.code == 0
    assert not loads_libcurl(product, "status")


def test_a_dashboard_loads_libcurl_with_its_first_sync(product):
    product.sync("initial")
    with Dashboard(product) as d:
        assert not maps_libcurl(d)
        for count in (2, 3):
            d.press("s")
            d.keys("i")
            wait_for(lambda: completed(product) == count)
            d.see("initial +completed").idle()
            assert maps_libcurl(d)
        d.quit()


def test_a_missing_libcurl_is_told(without):
    assert "Now " in without.run("status")[0]
    _, err = without.run("sync", "initial", expect=3)
    assert "cannot load libcurl (Debian package libcurl4): " in err and "libcurl.so.4" in err
    without.env.pop("LD_LIBRARY_PATH")
    assert without.sync("initial")["status"] == "completed"  # and it has let go of the run lock
    assert without.value("SELECT count(*) FROM sync_jobs") == 1


def test_a_dashboard_without_libcurl_says_so_and_goes_on(without):
    with Dashboard(without, cols=140) as d:
        for _ in range(2):
            d.press("s")
            d.keys("i").see(r"cannot load libcurl \(Debian package libcurl4\)").idle()
        d.quit()


def test_libcurl_finds_no_function_of_ours():
    """It would call them in place of its own, were they exported."""
    exported = subprocess.run(["nm", "-D", "--defined-only", BUILD / "ipsync"], capture_output=True,
                              text=True, check=True).stdout
    assert " curl_" not in exported
