"""Places of dead letters as people write them."""

import pytest

from router.errors import UsageError
from router.kafka.queries.dead_letter_reader import checked_place


def test_a_place_is_a_partition_and_an_offset():
    assert checked_place("2/17") == checked_place("02/017") == "2/17"


@pytest.mark.parametrize("text", ["", "2", "2/", "/17", "-1/2", "2/1/7", "²/1", "1/①"])
def test_what_is_no_place_is_refused_in_one_line(text):
    with pytest.raises(UsageError, match="is no place"):
        checked_place(text)
