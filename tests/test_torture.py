"""The short form of `make torture` (tests/torture): a little of each sweep, always the same cases."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "torture"))

import faults  # noqa: E402
import kills  # noqa: E402
from ground import Ground  # noqa: E402
from torture import again  # noqa: E402


def run_all(portfolio, sample):
    ground = Ground(portfolio)
    try:
        cases = list(sample(ground))
        wrong = []
        for case in cases:
            try:
                case.run(ground)
            except AssertionError as failed:
                wrong.append(f"{case.id}: {failed}; again: {again(case.id)}")
        assert cases and not wrong, "\n".join(wrong)
    finally:
        ground.close()


@pytest.mark.long
@pytest.mark.parametrize("sample", kills.SAMPLES, ids=lambda s: s.__name__)
def test_ended_anywhere_it_goes_on_to_the_same_database(sample):
    run_all("kills", sample)


@pytest.mark.long
@pytest.mark.parametrize("half", (0, 1))
def test_a_bad_answer_anywhere_loses_nothing(half):
    run_all("faults", lambda ground: list(faults.sample(ground))[half::2])


def test_one_of_each():
    """For the slow builds of the sanitizers."""
    run_all("kills", lambda ground: list(kills.killed_at_requests(ground))[1::5])
    run_all("faults", lambda ground: list(faults.sample(ground))[3::6])
