"""The cost of a freed place with so many leads waiting, without Kafka.

20 territories, 10 languages, 50 reps at their cap of one open lead: 200 classes. Each round ends a
lead of the next rep, lets a tick place the best that the rep may have, and has another lead come
instead, which is not measured. Prints which core it runs and one JSON line: freed places by
CPU-second and their microseconds (a report and a tick), bytes of memory a waiting lead, and CPU
seconds of a restore. Arguments: leads that wait, freed places.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import time

import msgspec

from router.core.model.events import Facts, Feedback, LeadEvent, PolicyPublished, RosterEntry, Tick
from router.core.model.policy import Policy
from router.core.shard import Shard
from router.core.state.records import record_of
from router.core.state.sales_org import SalesOrg
from router.core_form import core_form
from router.intake.policy import load_policy
from router.kafka.topics.changelog import MESSAGE_PACKING

ORG, START_MS = "org", 1_800_000_000_000
TERRITORIES, LANGUAGES, REPS = 20, 10, 50
POLICY = """\
policy: waiting
currency: EUR
territories:
{territories}
pools:
  inside: {{channel: inside, match: [territory, language]}}
before_rotation: []
caps: {{inside: {{open: 1}}}}
hours: {{inside: {{on_duty: "daily 00:00-24:00", holidays: none}}}}
backlog: {{order: value, at_most: 30d}}
"""


class Room:
    """A shard whose reps are all full, and leads that wait for them."""

    def __init__(self, count: int) -> None:
        self.shard = new_shard()
        self.offset, self.numbers, self.cpu_s = 0, 0, 0.0
        for number in range(REPS):
            self.apply(rep(number))
        lines = "\n".join(
            f"  t{number}: {{when: {{custom.region: r{number}}}}}" for number in range(TERRITORIES)
        )
        policy = load_policy(POLICY.format(territories=lines), published_at_ms=START_MS, version=1)
        self.apply(PolicyPublished(policy))
        self.held = [self.first_of(number) for number in range(REPS)]
        for _ in range(count):
            self.arrive()
        self.apply(Tick(START_MS))
        self.shard.take_changes()

    def apply(self, event: object) -> list[dict]:
        self.offset += 1
        return self.shard.apply(ORG, event, timestamp_ms=START_MS, offset=self.offset)

    def lead(self, territory: int, language: int) -> LeadEvent:
        self.numbers += 1
        number = self.numbers
        facts = Facts(
            language=f"l{language}",
            custom={"region": f"r{territory}"},
            expected_value_minor=1 + number * 7_919 % 1_000_003,
            expected_value_currency="EUR",
        )
        return LeadEvent(f"e{number}", "submitted", f"lead-{number:08}", START_MS, facts)

    def first_of(self, number: int) -> str:
        """A lead that only this rep is to hold: each takes the first of the reps who are free."""
        (decision,) = self.apply(self.lead(number % TERRITORIES, number % LANGUAGES))
        assert decision["outcome"] == "assigned"
        return decision["rep_id"] + "/" + decision["lead_id"]

    def arrive(self) -> None:
        number = self.numbers
        territory, language = number % TERRITORIES, number // TERRITORIES % LANGUAGES
        (decision,) = self.apply(self.lead(territory, language))
        assert decision["outcome"] == "queued", decision

    def free_one(self) -> None:
        """One lead ends, and the rep who had it gets the best of those that wait for them."""
        lead_id = self.held.pop(0).partition("/")[2]
        report = Feedback(f"f{self.offset}", "lost", lead_id, START_MS)
        began_s = time.process_time()
        self.apply(report)
        (decision,) = self.apply(Tick(START_MS))
        self.cpu_s += time.process_time() - began_s
        self.held.append(decision["rep_id"] + "/" + decision["lead_id"])
        self.arrive()


def new_shard() -> Shard:
    return Shard(0, [ORG], lambda plain: msgspec.convert(plain, Policy), MESSAGE_PACKING)


def rep(number: int) -> RosterEntry:
    """Each serves four territories, and speaks every language."""
    territories = [f"t{(number + step) % TERRITORIES}" for step in (0, 5, 10, 15)]
    languages = [f"l{language}" for language in range(LANGUAGES)]
    return RosterEntry(f"rep-{number:02}", ["inside"], territories=territories, languages=languages)


def main(count: int, places: int) -> None:
    print(f"core={core_form()}")
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    room = Room(count)
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    gc.collect()
    gc.freeze()
    for _ in range(places // 10):
        room.free_one()
    room.cpu_s = 0.0
    for _ in range(places):
        room.free_one()
    figures = {
        "client_cpu_per_s": places / room.cpu_s,
        "freed_place_us": 1e6 * room.cpu_s / places,
        "waiting": count,
        "classes": len(room.shard.orgs[ORG].room),
        "bytes_a_lead": 1024 * (peak_kb - before_kb) / count,
        "events": places,
        "restore_s": restore_s(room.shard),
    }
    print(json.dumps(figures))


def restore_s(shard: Shard) -> float:
    """CPU seconds of rebuilding what is derived, in a shard that has the records."""
    restored = new_shard()
    org = shard.orgs[ORG]
    for lead_id in org.leads:
        restored.restore(f"lead/{ORG}/{lead_id}", org.leads._packed[lead_id])
    for rep_id in org.reps:
        for kind in ("rep", "load"):
            restored.restore(f"{kind}/{ORG}/{rep_id}", record(org, kind, rep_id))
    began_s = time.process_time()
    for _ in restored.restoring():
        pass
    return time.process_time() - began_s


def record(org: SalesOrg, kind: str, entity_id: str) -> object:
    return msgspec.json.decode(msgspec.json.encode(record_of(org, kind, entity_id)))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
