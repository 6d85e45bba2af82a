"""Test that no generated broken reply makes cnm-tui crash.

The command `python -m tests.api.generated_replies` sends many more replies.
"""

import pytest

from tests.api.generated_replies import generated, outcome, replying

pytestmark = pytest.mark.slow

SEEDS = range(400)


def test_every_generated_reply_is_an_answer_or_a_failure_with_a_name() -> None:
    with replying() as server:
        became = {outcome(server, seed) for seed in SEEDS}

    assert not [name for name in became if name.startswith("unforeseen")]
    assert {"answer", "UnexpectedReply", "ReplyNotJson", "ServiceFailed", "ReplyTruncated"} <= became


def test_a_seed_gives_the_same_reply_each_time() -> None:
    assert [generated(seed) for seed in range(20)] == [generated(seed) for seed in range(20)]
    assert len({b"".join(generated(seed)) for seed in SEEDS}) > 390
