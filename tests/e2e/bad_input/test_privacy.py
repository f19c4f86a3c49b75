"""What is personal stays in the topics that hold originals; secrets stay nowhere at all."""

import asyncio

import pytest

from router.kafka.topics.topic_specs import topic_specs
from tests.e2e.bad_input.company import encoded, lead, write_company
from tests.e2e.bad_input.program import RunningRouter, environment, must
from tests.e2e.bad_input.topics import Board, Sent

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(120)]

TOKENS = (b"zyxwina", b"qvortrup", b"1717273747", b"vexmoor", b"quibblewort")
"""First name, last name and mailbox, phone, street, and a word of a message; lower case."""

PERSON = {
    "contact": {
        "first_name": "Zyxwina",
        "last_name": "Qvortrup",
        "email": "zyxwina.qvortrup@firm.example",
        "phone": "+49 1717 273747",
        "job_title": "Assistant of Zyxwina Qvortrup",
        "language": "Qvortrup",
        "message": "Quibblewort",
    },
    "company": {"name": "Firm", "domain": "zyxwina.qvortrup@firm.example"},
    "location": {"country": "DE", "street": "Vexmoor 1"},
    "campaign": {"term": "Quibblewort", "content": "Zyxwina", "click_id": "1717273747"},
    "custom": {
        "full_name": "Zyxwina Qvortrup",
        "notes": "Quibblewort",
        "anything": "+49 1717 273747",
        "reply_to": "zyxwina.qvortrup@firm.example",
        "prose": "Quibblewort " * 20,
    },
    "external_ids": {"crm": "zyxwina.qvortrup@firm.example"},
    "message": "Quibblewort from Zyxwina",
}
HEADERS = (("x-from", b"zyxwina.qvortrup@firm.example"), ("baggage", b"name=Zyxwina"))
KEY = b"zyxwina.qvortrup@firm.example"
BAD = (
    b'{"contact": {"first_name": "Zyxwina"',
    encoded({"contact": PERSON["contact"]}),
    encoded(lead("zyxwina.qvortrup@firm.example", **PERSON)),
    encoded(lead("lead-9") | {"occurred_at": "Zyxwina", "sales_org": "Qvortrup"}),
    encoded(lead("lead-9") | {"event_type": "Zyxwina"}),
)
NAMED = (
    encoded(lead("lead-9") | {"contact": "Zyxwina Qvortrup"}),
    encoded(lead("lead-9") | {"test": "Zyxwina", "consent": {"Zyxwina": "Qvortrup"}}),
)
"""Values that cost their field alone."""
GARBAGE = (encoded(PERSON), b'{"kind":"lead","lead_id":"Zyxwina"', b'{"kind":"Qvortrup"}')


async def test_what_is_personal_is_only_in_the_leads_and_the_dead_letters(topics_ready, tmp_path):
    env = environment(topics_ready, LEAD_ROUTER_LOG_LEVEL="debug", LEAD_ROUTER_LOG_FORMAT="json")
    board = Board(topics_ready)
    names = board.names
    write_company(tmp_path)
    async with RunningRouter(env, tmp_path) as router:
        board.router = router
        await must(env, "roster", "apply", tmp_path / "roster.csv")
        await must(env, "policy", "publish", tmp_path / "policy.yaml")
        await board.send(list(leads_and_garbage(names)))
        await board.assignments(4 + 1)  # and lead-9
        await board.send(list(answers(names)))
        await board.assignments(5 + 1)  # of one person, so all but the first are merged
        await board.read_count(names.dead_letters, len(BAD) + len(GARBAGE))
        said = await asyncio.gather(must(env, "explain", "lead-1"), must(env, "status"))
        assert router.is_running
        assert await router.stop() == 0
    assert not tokens_in(router.output.encode()), router.output
    assert "message_set" not in router.output  # whole responses in aiokafka's own debug
    assert not [text for text in said if tokens_in(text.encode())]
    originals = {names.leads, names.dead_letters, names.feedback}
    for topic in [spec.name for spec in topic_specs(topics_ready)]:
        ours = [record for record in await board.read(topic) if not is_our_garbage(record, names)]
        found = [record for record in ours if tokens_in(bytes_of(record))]
        assert bool(found) == (topic in originals), (topic, found[:1])
    for record in await board.read(names.dead_letters):
        own = [text for name, text in record.headers if not name.startswith("original.")]
        assert not tokens_in(b" ".join(own)), record.headers


def leads_and_garbage(names):
    """Leads full of personal data, good and bad, and garbage in the inbox."""
    for number in range(4):
        yield Sent(names.leads, KEY, encoded(lead(f"lead-{number}", **PERSON)), HEADERS)
    for value in (*BAD, *NAMED):
        yield Sent(names.leads, KEY, value, HEADERS)
    for value in GARBAGE:
        yield Sent(names.inbox, b"main", value, HEADERS)


def answers(names):
    """What a CRM says of each lead."""
    for number in range(4):
        answer = {
            "event_id": f"answer-{number}",
            "lead_id": f"lead-{number}",
            "feedback_type": "lost",
            "occurred_at": "2026-01-05T10:00:00Z",
            "reason": "Quibblewort said Zyxwina Qvortrup",
            "comment": "Quibblewort",
        }
        yield Sent(names.feedback, KEY, encoded(answer), HEADERS)


def is_our_garbage(record, names):
    """What this test has put into the inbox itself."""
    return record.topic == names.inbox and record.value in GARBAGE


def bytes_of(record):
    """Key, value and headers of a record."""
    headers = [name.encode() + b" " + (text or b"") for name, text in record.headers]
    return b" ".join([record.key or b"", record.value or b"", *headers])


def tokens_in(text):
    """Which personal tokens are in ``text``, in any case and with digits set apart or not."""
    folded = text.lower()
    packed = folded.replace(b" ", b"").replace(b"-", b"")
    return [token for token in TOKENS if token in folded or token in packed]
