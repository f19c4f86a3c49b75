"""Leads at rest: packed as their changelog records, unpacked while an event works on them.

Most leads are decided once and rarely heard of again. As objects they take 2.4 kB each, packed
0.7 kB, and bytes are nothing that the garbage collector would have to look at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from router.core.state import Lead

_ABSENT: object = object()


class LeadStore:
    """A mapping of lead ids to leads.

    Between two calls of :meth:`put_to_rest` a lead is one object, however often it is asked for.
    What was not said to have changed by then is forgotten: its packed form still stands.
    """

    __slots__ = ("_awake", "_pack", "_packed", "_unpack")

    def __init__(self, pack: Callable[[Lead], bytes], unpack: Callable[[bytes], Lead]) -> None:
        """Start empty; ``unpack`` undoes ``pack``."""
        self._pack, self._unpack = pack, unpack
        self._packed: dict[str, bytes] = {}
        self._awake: dict[str, Lead] = {}

    def get(self, lead_id: str) -> Lead | None:
        """The lead, or None."""
        lead = self._awake.get(lead_id)
        if lead is None and (packed := self._packed.get(lead_id)) is not None:
            lead = self._awake[lead_id] = self._unpack(packed)
        return lead

    def __getitem__(self, lead_id: str) -> Lead:
        lead = self.get(lead_id)
        if lead is None:
            raise KeyError(lead_id)
        return lead

    def __setitem__(self, lead_id: str, lead: Lead) -> None:
        self._awake[lead_id] = lead

    def pop(self, lead_id: str, default: Lead | object | None = _ABSENT) -> Lead | object | None:
        """Take a lead out; ``default`` if it is not there.

        Raises:
            KeyError: it is not there, and there is no default.
        """
        lead = self.get(lead_id)
        if lead is None:
            if default is _ABSENT:
                raise KeyError(lead_id)
            return default
        self._packed.pop(lead_id, None)
        del self._awake[lead_id]
        return lead

    def __contains__(self, lead_id: object) -> bool:
        return lead_id in self._awake or lead_id in self._packed

    def __len__(self) -> int:
        return len(self._packed) + sum(lead_id not in self._packed for lead_id in self._awake)

    def __iter__(self) -> Iterator[str]:
        yield from self._packed
        yield from [lead_id for lead_id in self._awake if lead_id not in self._packed]

    def values(self) -> Iterator[Lead]:
        """Every lead; those at rest are unpacked for the look only."""
        awake = self._awake
        for lead_id, packed in self._packed.items():
            yield awake.get(lead_id) or self._unpack(packed)
        yield from [lead for lead_id, lead in awake.items() if lead_id not in self._packed]

    def restore(self, lead_id: str, packed: bytes | None) -> None:
        """Take back a packed lead; None removes it."""
        if packed is None:
            self._packed.pop(lead_id, None)
        else:
            self._packed[lead_id] = packed

    def put_to_rest(self, changed: Iterable[str]) -> list[tuple[str, bytes | None]]:
        """Pack the ``changed`` leads and let go of all objects.

        Returns the packed leads, None for those that are gone.
        """
        awake, packed = self._awake, self._packed
        found: list[tuple[str, bytes | None]] = []
        for lead_id in changed:
            lead = awake.get(lead_id)
            if lead is not None:
                packed[lead_id] = self._pack(lead)
            found.append((lead_id, packed.get(lead_id)))
        for lead_id, lead in awake.items():
            if lead_id not in packed:  # taken out and put back by an event that was taken back
                packed[lead_id] = self._pack(lead)
        awake.clear()
        return found
