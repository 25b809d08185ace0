"""Whole syncs of the real engine over a random network, on clocks of their own: tests/torture/.

The same seeds each time, so that what fails here fails everywhere. `make torture-sim` tries others.
"""

import os
import subprocess

from conftest import BUILD

SHORT = os.environ.get("IPSYNC_TEST_SHORT", "") not in ("", "0")
SYNCS = 60 if SHORT else 400
# Each of them broke something once (as the stories are told now; what else was found has unit tests).
FOUND_SOMETHING = (409,)


def simulate(*args):
    """The program's exit code, and what it printed."""
    run = subprocess.run(
        [BUILD / "torture" / "simulate", *map(str, args)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=300,
        check=False,
    )
    return run.returncode, run.stdout


def test_random_faults_end_in_the_right_database():
    code, out = simulate("--seed", 1, "--syncs", SYNCS)
    assert code == 0, out
    assert out.splitlines()[-1].endswith(" passed, 0 failed"), out


def test_what_was_found_before():
    for seed in FOUND_SOMETHING:
        code, out = simulate("--seed", seed)
        assert code == 0, out


def test_a_seed_tells_the_same_story_again():
    stories = []
    for _ in range(2):
        code, out = simulate("--seed", 4, "--verbose")
        assert code == 0, out
        stories.append([line for line in out.splitlines() if "syncs a second" not in line])
    assert len(stories[0]) > 20 and stories[0] == stories[1]
