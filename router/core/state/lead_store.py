"""Leads at rest: packed as their changelog records, unpacked while an event works on them.

Most leads are decided once and rarely heard of again. As objects they take 2.4 kB each, packed
0.4 kB, and bytes are nothing that the garbage collector would have to look at. A lead is packed at
the end of the event that changed it, while the processor still has it at hand: packing a
transaction's leads all at once takes twice as long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from router.core.model.lead import Lead

_ABSENT: object = object()

Packed = list[tuple[str, "bytes | None"]]


class LeadStore:
    """A mapping of lead ids to leads.

    Until :meth:`rest` a lead is one object, however often it is asked for. What was not
    touched by then is forgotten: its packed form still stands.
    """

    __slots__ = ("_awake", "_changed", "_pack", "_packed", "_touched", "_unpack")

    def __init__(self, pack: Callable[[Lead], bytes], unpack: Callable[[bytes], Lead]) -> None:
        """Start empty; ``unpack`` undoes ``pack``."""
        self._pack, self._unpack = pack, unpack
        self._packed: dict[str, bytes] = {}
        self._awake: dict[str, Lead | None] = {}  # None: gone, though packed still
        self._touched: dict[str, None] = {}  # by the event in hand
        self._changed: dict[str, None] = {}  # since the last `take_changes`

    def get(self, lead_id: str) -> Lead | None:
        """The lead, or None."""
        lead = self._awake.get(lead_id)
        if lead is not None:
            return lead
        packed = self._packed.get(lead_id)
        if packed is None or lead_id in self._awake:
            return None
        lead = self._unpack(packed)
        self._awake[lead_id] = lead
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
        if lead_id in self._packed:
            self._awake[lead_id] = None
        else:
            del self._awake[lead_id]
        return lead

    def touch(self, lead_id: str) -> bool:
        """Say that the event in hand changes the lead; whether that is news."""
        if lead_id in self._touched:
            return False
        self._touched[lead_id] = None
        return True

    def untouch(self, lead_id: str) -> None:
        """The event in hand does not change the lead after all."""
        self._touched.pop(lead_id, None)

    def pack_touched(self) -> Packed:
        """The leads that the event in hand touched, packed; None for those that are gone.

        Raises:
            Exception: one of them cannot be packed.
        """
        awake = self._awake
        packed: Packed = []
        for lead_id in self._touched:
            if lead_id in awake:
                lead = awake[lead_id]
                packed.append((lead_id, None if lead is None else self._pack(lead)))
        return packed

    def rest(self, packed: Packed) -> None:
        """The event is done: keep what it touched as it was packed, and let go of all objects."""
        for lead_id, value in packed:
            self.restore(lead_id, value)
            self._changed[lead_id] = None
        self.forget()

    def forget(self) -> None:
        """Let go of all objects: whatever the event in hand did to leads has not happened."""
        self._touched.clear()
        self._awake.clear()

    def take_changes(self) -> Packed:
        """Leads changed since the last call, in order of their first change; None: gone."""
        get = self._packed.get
        changes = [(lead_id, get(lead_id)) for lead_id in self._changed]
        self._changed.clear()
        return changes

    def __contains__(self, lead_id: object) -> bool:
        if lead_id in self._awake:
            return self._awake[lead_id] is not None
        return lead_id in self._packed

    def __len__(self) -> int:
        gone = sum(lead is None for lead in self._awake.values())
        return len(self._packed) - gone + len(self._new())

    def __iter__(self) -> Iterator[str]:
        yield from [lead_id for lead_id in self._packed if lead_id in self]
        yield from self._new()

    def _new(self) -> list[str]:
        return [lead_id for lead_id in self._awake if lead_id not in self._packed]

    def values(self) -> Iterator[Lead]:
        """Every lead; those at rest are unpacked for the look only."""
        for lead_id, packed in self._packed.items():
            if lead_id not in self._awake:
                yield self._unpack(packed)
            elif (lead := self._awake[lead_id]) is not None:
                yield lead
        yield from [lead for lead_id in self._new() if (lead := self._awake[lead_id]) is not None]

    def put_right(self, lead: Lead) -> None:
        """Keep a restored lead otherwise than it was packed."""
        self._packed[lead.lead_id] = self._pack(lead)

    def restore(self, lead_id: str, packed: bytes | None) -> None:
        """Take back a packed lead; None removes it."""
        if packed is None:
            self._packed.pop(lead_id, None)
        else:
            self._packed[lead_id] = packed
