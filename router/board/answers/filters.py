"""Which leads a list shows: by what stands in the address, such as ``?reason=all_at_cap``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from router.board.projection.backlog import Last
from router.board.projection.sales_org import OrgProjection
from router.board.projection.standing import Standing
from router.core.model.assignment import Outcome


@dataclass(frozen=True, slots=True)
class Filter:
    """None is any. ``source`` is known of leads that wait or are with a rep."""

    outcome: str | None = None
    reason: str | None = None
    pool: str | None = None
    rep: str | None = None
    source: str | None = None
    band: str | None = None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Filter:
        """Return what a query asks for; an empty value is any."""
        return cls(**{each.name: query.get(each.name) or None for each in fields(cls)})

    @property
    def key(self) -> tuple[str, ...]:
        """Return it as part of the key under which an answer is kept."""
        return tuple(f"{each.name}={getattr(self, each.name) or ''}" for each in fields(self))

    def holds(self, org: OrgProjection, lead_id: str, last: Last | None) -> bool:
        """Whether a lead is wanted; of one whose last decision is not known only if any is."""
        if self == ANY:
            return True
        standing = org.standings.leads.get(lead_id)
        asked = (
            (self.outcome, last.outcome if last else None),
            (self.reason, last.reason if last else None),
            (self.pool, pool_of(last, standing)),
            (self.rep, rep_of(last)),
            (self.source, standing.source if standing else None),
            (self.band, band_of(last, standing)),
        )
        return all(want is None or want == has for want, has in asked)


ANY = Filter()
_OVER = frozenset({Outcome.CLOSED, Outcome.MERGED})


def rep_of(last: Last | None) -> str | None:
    """Return the rep who has the lead; None if it has ended."""
    return last.rep_id if last is not None and last.outcome not in _OVER else None


def pool_of(last: Last | None, standing: Standing | None) -> str | None:
    """Return the pool as route has it now; else as it was decided."""
    if standing is not None:
        return standing.pool_id
    return last.pool_id if last is not None else None


def band_of(last: Last | None, standing: Standing | None) -> str | None:
    """Return the band of the score, as :func:`pool_of`."""
    if standing is not None:
        return standing.band
    return last.band if last is not None else None
