"""Folds the story and keeps what the core says of it: a hash for each block, and counts.

A block is :data:`BLOCK` events. Of each the decisions, the changelog and the deadlines are hashed
apart, and every block by itself, so that a difference says where it begins and what it is in.
What an event changes is taken in the order of keys: it is one transaction.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from tests.golden.company import companies
from tests.golden.core_names import Policy, Shard
from tests.golden.story import SEED, Answer, Arrival, story

RECORDED = Path(__file__).with_name("recorded.json")
EVENTS = 20_000
BLOCK = 500
RESTART_EVERY = 3_100
DIGITS = 16

_encoder = msgspec.json.Encoder(order="sorted")
Line = Callable[[str], object]


def make_record(events: int = EVENTS, line: Line | None = None) -> dict[str, Any]:
    """Return the record of the first ``events``; ``line`` is given each thing that is hashed."""
    fold, told = _Fold(line), story(SEED, EVENTS)
    arrival = next(told)
    while fold.offset < events:
        arrival = told.send(fold.take(arrival))
    counts = {name: dict(sorted(of.items())) for name, of in sorted(fold.counts.items())}
    return {"blocks": fold.blocks, "counts": counts}


def read_record() -> dict[str, Any]:
    """The record that was committed."""
    found: dict[str, Any] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return found


def write_record(record: dict[str, Any]) -> None:
    """Commit to a record: a line for each block, so that a change of it can be read."""
    blocks = ",\n".join("  " + json.dumps(block) for block in record["blocks"])
    counts = json.dumps(record["counts"], indent=1)
    RECORDED.write_text(f'{{"blocks": [\n{blocks}\n],\n"counts": {counts}}}\n', encoding="utf-8")


def new_shard() -> Shard:
    """A shard that knows nothing yet."""
    return Shard(0, tuple(companies()), lambda plain: msgspec.convert(plain, Policy))


class _Fold:
    def __init__(self, line: Line | None) -> None:
        self.shard, self.offset = new_shard(), 0
        self.blocks: list[dict[str, str | int]] = []
        self.counts: dict[str, Counter[str]] = {}
        self._changelog: dict[str, bytes] = {}
        self._line = line
        self._digests = _new_digests()

    def take(self, arrival: Arrival) -> Answer:
        """Apply a record, hash what came of it, and say what there is to hear."""
        decided = self._apply(arrival)
        due_ms = self.shard.next_due_ms()
        for decision in decided:
            self._see("decisions", _encoder.encode(decision))
        self._see("decisions", _encoder.encode([self.shard.take_new_reps(), self._faults()]))
        self._see("deadlines", b"%d" % (due_ms or -1))
        if arrival.event.kind == "tick":
            self._see("deadlines", b"work %d" % (self.shard.next_work_ms() or -1))
        self._keep_changes()
        self.offset += 1
        if self.offset % BLOCK == 0:
            self._end_block()
        if self.offset % RESTART_EVERY == 0:
            self._restart()
        return Answer(decided, due_ms)

    def _apply(self, arrival: Arrival) -> list[Any]:
        sales_org, event, at_ms = arrival
        self._count("events", event.kind)
        for name in ("event_type", "feedback_type", "command"):
            if hasattr(event, name):
                self._count(name, getattr(event, name))
        try:
            decided = self.shard.apply(sales_org, event, timestamp_ms=at_ms, offset=self.offset)
        except Exception as error:  # noqa: BLE001  # what route would make a dead letter
            self.shard.skip(timestamp_ms=at_ms, offset=self.offset)
            self._count("dead_letters", type(error).__name__)
            self._see("decisions", b"dead letter")
            return []
        for decision in decided:
            self._count_decision(decision)
        return decided

    def _faults(self) -> list[tuple[str, str]]:
        faults = self.shard.take_faults()
        for _, kind in faults:
            self._count("isolated", kind)
        return faults

    def _count(self, name: str, what: str) -> None:
        self.counts.setdefault(name, Counter())[str(what)] += 1

    def _count_decision(self, decision: Any) -> None:
        for name in ("outcome", "reason", "notify"):
            if name in decision:
                self._count(name, decision[name])
        for reason in decision.get("candidates", {}).get("excluded", ()):
            self._count("exclusion", reason)
        for passed in decision.get("passed_over", ()):
            self._count("exclusion", passed["why"])
        for name in decision:
            self._count("field", name)

    def _keep_changes(self) -> None:
        for key, value in sorted(self.shard.take_changes(), key=lambda change: change[0]):
            kept = value if isinstance(value, bytes) or value is None else _encoder.encode(value)
            self._count("changelog", key.partition("/")[0] + (" tombstone" if kept is None else ""))
            self._see("changelog", key.encode() + b" " + (b"-" if kept is None else kept))
            if kept is None:
                self._changelog.pop(key, None)
            else:
                self._changelog[key] = kept

    def _see(self, what: str, said: bytes) -> None:
        self._digests[what].update(said + b"\n")
        if self._line is not None:
            self._line(f"{self.offset} {what} {said.decode()}\n")

    def _end_block(self) -> None:
        hashes = {name: digest.hexdigest()[:DIGITS] for name, digest in self._digests.items()}
        self.blocks.append({"until": self.offset, **hashes})
        self._digests = _new_digests()

    def _restart(self) -> None:
        """Go on with a shard that knows nothing but the changelog."""
        self.shard = new_shard()
        for key, kept in self._changelog.items():
            value = kept if key.startswith("lead/") else msgspec.json.decode(kept)
            self.shard.restore(key, value)
        for _ in self.shard.restoring():
            pass


def _new_digests() -> dict[str, Any]:
    return {name: hashlib.sha256() for name in ("decisions", "changelog", "deadlines")}
