"""Several commands in one round trip."""

import pytest
import redis

from capacity.connection import Link, client


def test_several_commands_are_answered_in_their_order() -> None:
    link = Link(client)

    assert link.many(("ECHO", "a"), ("ECHO", "b")) == [b"a", b"b"]


def test_what_an_error_leaves_unread_is_no_answer_to_the_next_command() -> None:
    link = Link(client)

    with pytest.raises(redis.ResponseError):
        link.many(("ECHO", "a"), ("NOSUCH",), ("ECHO", "b"))

    assert link("ECHO", "c") == b"c"
