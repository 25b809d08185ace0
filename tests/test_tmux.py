"""A second opinion: the dashboard in tmux, which is a terminal of its own with its own idea of widths."""
import os
import shutil
import subprocess
import time

import pytest

from crm import Crm
from product import IPSYNC, Product

pytestmark = pytest.mark.skipif(not shutil.which("tmux"), reason="tmux is not installed")
TITLES = ("Active syncs", "History", "Error log", "Analytics", "Schedule")


class Tmux:
    def __init__(self, product, rows, cols, *args):
        self.name = f"ipsync-test-{os.getpid()}-{product.folder.name}"
        env = {**product.env, "TERM": "xterm-256color", "TMUX": ""}
        self.run("-f", "/dev/null", "new-session", "-d", "-x", str(cols), "-y", str(rows), IPSYNC, *args, env=env)
        self.run("set", "-g", "remain-on-exit", "on")

    def run(self, *args, env=None):
        done = subprocess.run(["tmux", "-L", self.name, *args], capture_output=True, text=True, env=env,
                              timeout=30, encoding="utf-8")
        assert done.returncode == 0, done.stderr
        return done.stdout

    def text(self):
        return self.run("capture-pane", "-p").split("\n")

    def see(self, *words, seconds=30):
        end = time.monotonic() + seconds
        while not all(any(w in row for row in self.text()) for w in words):
            assert time.monotonic() < end, "\n".join(self.text())
            time.sleep(0.05)
        return self.text()

    def ended(self, seconds=30):
        """Waits for its end; the exit status, "" where tmux has missed it."""
        end = time.monotonic() + seconds
        while self.run("display-message", "-p", "#{pane_dead}").strip() != "1":
            assert time.monotonic() < end, "\n".join(self.text())
            time.sleep(0.05)
        return self.run("display-message", "-p", "#{pane_dead_status}").strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["tmux", "-L", self.name, "kill-server"], capture_output=True, check=False)


def assert_boxes_stand(rows, cols):
    """No row with a border ends anywhere but in the last column."""
    boxed = [row for row in rows if row[:1] in ("│", "┌", "└")]
    assert boxed and all(len(row) == cols and row[-1] in "│┐┘" for row in boxed), "\n".join(boxed)


@pytest.mark.parametrize("rows, cols", [(24, 80), (40, 120), (60, 200)])
def test_the_titles_and_the_borders(tmp_path, rows, cols):
    with Crm(merchants=20, rate_limit=0) as crm:
        product = Product(tmp_path, crm)
        product.set(api_requests_per_minute=0, sync_history_start="2026-09-01")
        with Tmux(product, rows, cols, "--start", "initial") as t:
            seen = t.see(*TITLES, "completed")
            # Names in several scripts are wide, combining, right to left; here they are only counted.
            if cols < 200:
                assert_boxes_stand(seen[:-1], cols)
            t.run("send-keys", "z")
            t.see("zoomed")
            t.run("send-keys", "z", "q")
            assert t.ended() in ("0", "")
