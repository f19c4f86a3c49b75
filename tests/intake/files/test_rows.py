"""Rows of messy tables: each that cannot be read is named, and hides no other."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.intake.files.problems import Problems
from router.intake.files.rows import read_rows


def rows_of(text):
    problems = Problems(at_most=10_000)
    rows = list(read_rows(io.StringIO(text, newline=""), problems))
    return rows, [(each.line, each.message.rpartition(": ")[0]) for each in problems.found]


BAD_ROWS = ['5,"The "Big" Co"', '5,"never closed', '5,a"b"\x00', '5,"closed"too late']


@pytest.mark.parametrize("bad", BAD_ROWS[:2] + BAD_ROWS[3:])
@pytest.mark.parametrize("place", [0, 4, 9])
def test_a_bad_quote_names_its_row_and_all_others_are_read(bad, place):
    good = [f'{number},"Acme, {number}"' for number in range(10)]
    lines = [*good[:place], bad, *good[place:]]
    rows, told = rows_of("\n".join(lines) + "\n")
    assert [cells for _, cells in rows] == [[str(n), f"Acme, {n}"] for n in range(10)]
    assert [line for line, _ in told] == [place + 1]


def test_a_cell_may_hold_lines_and_rows_are_named_by_their_first():
    rows, told = rows_of('a,b\n1,"two\nlines"\n2,c\n')
    assert rows == [(1, ["a", "b"]), (2, ["1", "two\nlines"]), (4, ["2", "c"])]
    assert told == []


def test_the_delimiter_is_that_of_the_first_line_outside_quotes():
    rows, _ = rows_of('\n\n"a,b,c";d\n1;2\n')
    assert rows[-1][1] == ["1", "2"]
    assert rows[-2][1] == ["a,b,c", "d"]


def test_a_file_of_nothing_but_bad_rows_is_given_up_with_what_is_left():
    rows, told = rows_of('"a"b\n' * 1_200)
    assert rows == []
    assert (len(told), told[-1][0]) == (1_001, 1_001)


@given(st.lists(st.sampled_from([*BAD_ROWS, "1,2", '"x","y"', "", '"', '""",']), max_size=12))
def test_every_line_is_read_or_told(lines):
    text = "\n".join(lines)
    rows, told = rows_of(text)
    starts = [line for line, _ in rows]
    assert starts == sorted(set(starts))
    assert not set(starts) & {line for line, _ in told}
    assert all(1 <= line <= len(lines) for line in [*starts, *(line for line, _ in told)])
