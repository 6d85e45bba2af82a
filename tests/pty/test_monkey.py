"""Test that random keys do not harm cnm-tui. `python -m tests.monkey --keys 100000` runs a longer test."""

import pytest

from tests.monkey.playing import Cage, Wrong, play
from tests.monkey.steps import Resize

pytestmark = pytest.mark.pty

KEYS = 3_000


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_keys_pastes_clicks_and_resizes_do_no_harm(seed: int) -> None:
    played = play(seed, KEYS)

    assert played.keys >= KEYS


def test_the_monkey_tells_an_end_from_a_quit() -> None:
    with Cage() as cage:
        assert cage.do(Resize(100, 30))
        cage.terminal.press("q")
        assert cage.terminal.wait_exit() == 0
        assert not cage.do("j")
    with Cage() as cage:
        cage.terminal.process.kill()
        cage.terminal.process.wait()

        with pytest.raises(Wrong, match="it ended with -9"):
            cage.do("j")
