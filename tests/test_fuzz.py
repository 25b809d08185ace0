"""The fuzzers (tests/fuzz/) over their seeds, in the build under test: what they once found stays
found. `make fuzz` goes on from there."""

import pathlib
import subprocess

import pytest

from conftest import BUILD, ROOT

TIME_LIMIT_S = 120
FOLDER = pathlib.Path(ROOT, "tests", "fuzz")
NAMES = sorted(source.stem for source in FOLDER.glob("fuzz_*.c"))


@pytest.mark.parametrize("name", NAMES)
def test_seeds(name, tmp_path):
    seeds = FOLDER / "seeds" / name.removeprefix("fuzz_")
    run = subprocess.run(
        [BUILD / "replay" / name, seeds],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=TIME_LIMIT_S,
        check=False,
    )
    end = "\n".join(run.stdout.splitlines()[-40:])
    assert run.returncode == 0, f"{name} ended with {run.returncode}, at the last seed named:\n{end}"
    assert run.stdout.endswith(f"{len(list(seeds.iterdir()))} inputs\n")
