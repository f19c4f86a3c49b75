"""A role at work on one partition, whose frames come by proxies, and what is sent to it."""

from __future__ import annotations

import asyncio
import json
import time

from router.settings import Settings
from tests.kafka.conftest import Deployment
from tests.network.frames import Api
from tests.network.holds import Hold, Wanted, write
from tests.network.journal import Entry, Event
from tests.network.outcome import differences, is_done
from tests.network.proxy import Network

SMALL_BATCH_BYTES = 4_500
LEADS = 40
WITHIN_S = 60.0


class Proxied(Deployment):
    """A deployment whose roles reach the brokers by proxies, and we directly."""

    def __init__(self, settings: Settings, network: Network) -> None:
        """``settings`` are those past the proxies."""
        super().__init__(settings)
        kafka = settings.kafka.model_copy(
            update={"bootstrap_servers": network.cluster.proxied_servers}
        )
        self.proxied = settings.model_copy(update={"kafka": kafka})

    def run(self, *roles, settings=None, **options):
        """Start roles that know of the proxies only."""
        return super().run(*roles, settings=settings or self.proxied, **options)


class Scene:
    """One role, intake or route, fed with leads of one partition.

    A test makes batches so small (``SMALL_BATCH_BYTES``) that a transaction takes many Produce
    requests, also on one broker: a transaction in one request cannot be committed halfway.
    """

    def __init__(self, deployment: Proxied, network: Network, role: str) -> None:
        """Nothing runs yet."""
        self.deployment, self.network, self.role = deployment, network, role
        topics = deployment.topics
        self.transactional_id = f"{topics.inbox if role == 'route' else topics.leads}-0"
        self.output = topics.assignments if role == "route" else topics.inbox
        self.lead_ids: list[str] = []
        self.endings: list[str] = []
        self.running: tuple[asyncio.Task[None], asyncio.Event] | None = None

    @property
    def restores(self) -> int:
        """How often route has taken its memory from the changelog; never in intake."""
        return sum(fold.partition == 0 for fold in self.deployment.folds)

    def start(self) -> None:
        """Run the role."""
        self.running = self.deployment.run(self.role)

    def of(self, api: Api) -> Wanted:
        """Whether a request is such a write of this role on this partition."""
        return write(api, self.transactional_id)

    async def feed(self, wave: str, count: int = LEADS) -> None:
        """Send leads, in one batch."""
        fresh = [f"{wave}-{number}" for number in range(count)]
        self.lead_ids += fresh
        if self.role == "route":
            await self.deployment.submit(*fresh, quantity=1_000)
        else:
            await self.deployment.write(
                self.deployment.topics.leads, [(None, _lead(lead_id)) for lead_id in fresh]
            )

    async def until_done(self) -> None:
        """Wait until the position behind all that was fed is committed.

        A role that ends meanwhile is started again, as a supervisor would; ``endings`` says why.
        """
        deadline_s = time.monotonic() + WITHIN_S
        while not await is_done(self.deployment, self.role):
            if self.running is not None and self.running[0].done():
                self.endings.append(str(self.running[0].exception()))
                self.start()
            assert time.monotonic() < deadline_s, f"never done; endings: {self.endings}"
            await asyncio.sleep(0.05)

    def hold_amidst(self) -> Hold:
        """Hold the transaction that comes next between two Produce requests; returns the hold.

        The first has been answered, so that some of the output can be committed without the rest.
        """
        entries = self.network.journal.entries
        since = len(entries)
        produce = self.of(Api.PRODUCE)

        def comes_second(request) -> bool:
            return produce(request) and any(map(self._is_taken, entries[since:]))

        return self.network.hold(comes_second)

    def _is_taken(self, entry: Entry) -> bool:
        return (
            entry.event is Event.ANSWERED
            and entry.api is Api.PRODUCE
            and not entry.errors
            and self.output in entry.topics
            and (entry.transactional_id or "").endswith(self.transactional_id)
        )

    async def differences(self) -> list[str]:
        """Stop the role and compare."""
        assert self.running is not None
        await self.deployment.stop(self.running)
        return await differences(self.deployment, self.lead_ids, self.role)


def _lead(lead_id: str) -> bytes:
    """A lead of which a batch holds few."""
    event = {
        "event_id": f"event-{lead_id}",
        "event_type": "submitted",
        "lead_id": lead_id,
        "occurred_at": "2026-01-01T00:00:00Z",
        "custom": {f"field_{number}": "x" * 100 for number in range(12)},
    }
    return json.dumps(event).encode()
