"""Logs hold ids only."""

import logging
import sys

import pytest
from aiokafka.errors import ProducerFenced
from hypothesis import given
from hypothesis import strategies as st

from router.telemetry import LibraryNoise, logger, masked, redact, set_up_logging


@pytest.fixture
def root_logger():
    root = logging.getLogger()
    kept = root.handlers[:], root.level
    yield root
    root.handlers[:], root.level = kept


def record_of(name, text):
    return logging.LogRecord(name, logging.WARNING, "file", 1, text, None, None)


def test_names_that_carry_personal_data_are_never_printed():
    event = redact(None, "info", {"event": "lead.seen", "lead_id": "lead-1", "email": "x"})
    assert event == {"event": "lead.seen", "lead_id": "lead-1", "email": "[redacted]"}


@given(st.emails())
def test_an_address_in_any_text_is_masked(address):
    assert "@" not in masked(f"could not parse {address} in the record")


@pytest.mark.parametrize("text", ["+49 30 1234567", "(030) 123-45678 ", "0301234567"])
def test_a_phone_number_in_any_text_is_masked(text):
    assert masked(f"call {text} now").count("[redacted]") == 1


@pytest.mark.parametrize(
    "text",
    [
        "test.routing.inbox-3 offset 1234567",
        "lead-2026.17",
        "127.0.0.1:39059",
        "2026-01-01T00:00:00.000Z",
        "0af7651916cd43dd8448eb211c80319c",
    ],
)
def test_ids_offsets_and_times_are_left(text):
    assert masked(text) == text


def test_the_retry_that_every_transaction_begins_with_is_not_told():
    noise = LibraryNoise()
    expected = "Got error produce response, retrying. Error: ConcurrentTransactions"
    assert not noise.filter(record_of("aiokafka.producer.sender", expected))
    assert noise.filter(record_of("aiokafka.producer.sender", "Cannot send to 1"))
    assert noise.filter(record_of("router.kafka", expected))


def test_what_a_library_repeats_is_told_once_in_a_while():
    noise = LibraryNoise()
    first, again, later = (record_of("aiokafka", "Unable connect") for _ in range(3))
    again.created = first.created + 1
    later.created = first.created + 60
    assert [noise.filter(record) for record in (first, again, later)] == [True, False, True]
    ours = [record_of("router.kafka", "partition.halted") for _ in range(2)]
    assert all(noise.filter(record) for record in ours)


@pytest.mark.parametrize("form", ["console", "json"])
def test_our_events_and_those_of_libraries_come_out_redacted(form, capsys, root_logger):
    set_up_logging(form=form, level="info")
    logger("router.test").info("lead.seen", lead_id="lead-1", why="jane@example.com wrote")
    logging.getLogger("aiokafka.conn").warning("no route to %s", "jane@example.com")
    written = capsys.readouterr().err
    assert "lead-1" in written
    assert written.count("[redacted]") == 2
    assert "jane" not in written


def test_of_fausts_errors_no_traceback_is_shown():
    try:
        int("jane@example.com")
    except ValueError:
        failed = sys.exc_info()
    record = logging.LogRecord("mode.services", logging.ERROR, "x.py", 1, "crashed", (), failed)
    assert LibraryNoise().filter(record)
    assert record.exc_info is None
    ours = logging.LogRecord("router.cli", logging.ERROR, "x.py", 1, "crashed", (), failed)
    assert LibraryNoise().filter(ours)
    assert ours.exc_info == failed


@pytest.mark.parametrize(("error", "is_told"), [(ProducerFenced(), False), (KeyError("x"), True)])
def test_futures_that_aiokafka_keeps_to_itself_are_not_told_of(error, is_told):
    told = (type(error), error, None)
    text = "Future exception was never retrieved"
    record = logging.LogRecord("asyncio", logging.ERROR, "base.py", 1, text, (), told)
    assert LibraryNoise().filter(record) == is_told
