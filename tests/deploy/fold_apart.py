"""Says what the core that it finds on its path makes of the same input, a line for each piece.

Run by ``test_compiled_core.py`` once with the compiled core and once with the plain one; the
lines must be the same. Each is a name and a digest of every decision, every changelog record and
every next deadline. Arguments: how many random sequences, how many of them with events that
raise, a file of inbox records (partition, tab, value).
"""

from __future__ import annotations

import hashlib
import random
import sys
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec
from auditor import everything, plain
from happenings import begin, next_event
from world import World

from router.core.model.events import Event, Facts, LeadEvent, Tick
from router.core.shard import Shard
from router.core.state.lead_codec import JSON_PACKING, Packing
from router.core.state.records import fact_values
from router.core_form import core_form
from router.intake.wire.codec import decode_event
from tests.bench.leads import SALES_ORGS
from tests.bench.workers.decide import new_shard

encode = msgspec.json.encode
EVENTS = 40
BENCHMARK_BEGINS_MS = 1_800_000_000_000
TICK_EVERY, LEAP_MS = 250, 600_000  # deadlines fall due, too


def main(sequences: int, failing: int, inbox: Path) -> None:
    print(core_form())
    for seed in range(sequences):
        print(f"sequence {seed}: {fold(seed)}")
    sprung = 0
    for seed in range(sequences, sequences + failing):
        digest, raised = fold_with_failures(seed)
        sprung += raised
        print(f"sequence {seed} with events that raise: {digest}")
    assert sprung > 10 * failing, f"only {sprung} events raised"
    print(f"benchmark leads: {fold_benchmark(inbox)}")


class Digest:
    """Of what a shard said, in order."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def see(self, shard: Shard, decided: list[Any]) -> list[tuple[str, object | None]]:
        """Take all that an event has led to; returns the changelog's records."""
        said = [plain(decided), shard.next_due_ms(), shard.take_new_reps()]
        self._digest.update(encode(said))
        changes = shard.take_changes()
        for key, value in changes:
            kept = value if isinstance(value, bytes) else encode(value)
            self._digest.update(key.encode() + b"\0" + kept + b"\0")
        return changes

    def __str__(self) -> str:
        return self._digest.hexdigest()


def numbers(seed: int) -> list[int]:
    rng = random.Random(seed)
    return [rng.randrange(1 << 96) for _ in range(EVENTS)]


def fold(seed: int) -> Digest:
    """A random sequence; every third goes on after a restart."""
    drawn, digest = numbers(seed), Digest()
    world = begin(drawn[0])
    for place, number in enumerate(drawn):
        if seed % 3 == 0 and place == EVENTS // 2:
            world.restart()
        decided = world.feed(next_event(number, world))
        world.keep(digest.see(world.shard, decided))
    return digest


class InjectedError(BaseException):
    """Raised from the middle of a decision; nothing that is taken for a fault of one lead."""


class Trap:
    """Raises at the n-th look at anything that was :meth:`set_in`.

    Functions of a compiled core cannot be replaced, but what arrives and is kept, events and
    roster entries, are plain objects in both: they raise when they are read.
    """

    def __init__(self) -> None:
        self.looks, self.raises_at, self.open = 0, 0, False
        self._kinds: dict[type, type] = {}

    def arm(self, raises_at: int) -> None:
        self.looks, self.raises_at, self.open = 0, raises_at, True

    def close(self, facts: Facts) -> tuple[Any, ...]:
        """What packs a lead calls this: the event is decided by then."""
        self.open = False
        return fact_values(facts)

    def set_in(self, entity: object) -> None:
        kind = type(entity)
        if kind not in self._kinds.values():
            trapped = self._kinds.setdefault(kind, self._trapped(kind))
            object.__setattr__(entity, "__class__", trapped)

    def _trapped(self, kind: type) -> type:
        def look(entity: object, name: str) -> Any:
            self.looks += self.open
            if self.open and self.looks == self.raises_at:
                raise InjectedError
            return object.__getattribute__(entity, name)

        return type(kind.__name__, (kind,), {"__slots__": (), "__getattribute__": look})


def fold_with_failures(seed: int) -> tuple[Digest, int]:
    """Events that raise first, and then do not: they leave no trace. Also how many raised."""
    drawn, digest, trap, raised = numbers(seed), Digest(), Trap(), 0
    world, spared = begin_with(trap, drawn[0]), begin_with(trap, drawn[0])
    for number in drawn:
        event = next_event(number, world)
        spared.now_ms = world.now_ms
        trap_all(trap, spared)
        expected = plain(spared.feed(trapped(trap, event)))
        for raises_at in (*points(trap.looks, number), 0):
            decided = feed(world, trapped(trap, event), trap, raises_at)
            if decided is not None:  # fewer looks were needed here, where less is remembered
                break
            raised += 1
        assert plain(decided) == expected, f"sequence {seed}: a failed event left a trace"
        digest.see(world.shard, decided)
    assert everything(world.shard) == everything(spared.shard)
    return digest, raised


def begin_with(trap: Trap, number: int) -> World:
    """As ``begin``, on a shard that closes the trap when it packs."""
    world, packing = begin(number), Packing(JSON_PACKING.encode, JSON_PACKING.decode, trap.close)
    world.shard = Shard(0, world.shard.sales_orgs, world.shard._read_policy, packing)
    for offset, (at_ms, event) in enumerate(world.log):
        world.shard.apply("main", event, timestamp_ms=at_ms, offset=offset)
    return world


def points(looks: int, number: int) -> Iterator[int]:
    """Where to fail: near the end, and somewhere."""
    if looks > 1:
        yield looks
        yield 1 + number % looks


def trapped(trap: Trap, event: Event) -> Any:
    copy = deepcopy(event)
    if isinstance(copy, LeadEvent):
        trap.set_in(copy.facts)
    trap.set_in(copy)
    trap.arm(0)
    return copy


def trap_all(trap: Trap, world: World) -> None:
    for rep in world.org.rep_numbers:
        trap.set_in(rep.profile)


def feed(world: World, event: Any, trap: Trap, raises_at: int) -> list[Any] | None:
    """None if it raised; then the shard is as it was, in every detail."""
    trap_all(trap, world)
    before, changed = everything(world.shard), list(world.shard._journal.changed)
    trap.arm(raises_at)
    try:
        return world.feed(event)
    except InjectedError:
        world.log.pop()
        trap.open = False
        assert everything(world.shard) == before
        assert list(world.shard._journal.changed) == changed
        return None


def fold_benchmark(inbox: Path) -> Digest:
    """The benchmark's roster, accounts, policies and leads."""
    shards = [new_shard(partition) for partition in range(len(SALES_ORGS))]
    digest, now_ms = Digest(), BENCHMARK_BEGINS_MS
    for number, line in enumerate(inbox.read_bytes().splitlines()):
        partition, _, value = line.partition(b"\t")
        shard = shards[int(partition)]
        events: list[Event] = [decode_event(value)]
        now_ms += 1
        if number % TICK_EVERY == 0:
            now_ms += LEAP_MS
            events.append(Tick(now_ms))
        for event in events:
            decided = shard.apply(
                shard.sales_orgs[0], event, timestamp_ms=now_ms, offset=shard.next_offset
            )
            digest.see(shard, decided)
    return digest


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
