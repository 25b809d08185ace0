"""The unit tests in C: each case of each program in the build folder's unit/ is a test here."""

import os
import pathlib
import subprocess

import pytest

from conftest import BUILD, ROOT

TIME_LIMIT_S = 120


def cases():
    """One parameter a case: asks every program that has a source for its list."""
    sources = sorted(pathlib.Path(ROOT, "tests", "unit").glob("test_*.c"))
    for program in (BUILD / "unit" / source.stem for source in sources):
        try:
            listed = subprocess.run(
                [program, "--list"], capture_output=True, text=True, timeout=TIME_LIMIT_S, check=True
            )
            names = listed.stdout.split()
        except (OSError, subprocess.SubprocessError) as why:
            # A program that is missing or broken is a failed test, never a silent gap.
            names = [f"--list ({why})"]
        for name in names:
            yield pytest.param(program, name, id=f"{program.name}:{name}")


@pytest.mark.parametrize("program, name", cases())
def test_unit(program, name, tmp_path):
    # A scratch folder to write in; fixtures are found from the project's root by IPSYNC_SOURCE_DIR.
    run = subprocess.run(
        [program, name],
        cwd=tmp_path,
        env={**os.environ, "IPSYNC_SOURCE_DIR": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=TIME_LIMIT_S,
        check=False,
    )
    assert run.returncode == 0, f"{program.name} {name} ended with {run.returncode}\n{run.stdout}"
