"""Opt-out fields of common systems, and a consent that is no object: as consents of the contract.

They say no where they are ticked, and nothing where they are not; what cannot be read holds the
lead. ``do_not_route`` that cannot be read does so too.
"""

from __future__ import annotations

import re
from typing import Any, Final

from router.core.model.events import HeldConsent, ReadProblem
from router.intake.normalise.consent import opt_out_of, read_consent, read_truth
from router.intake.wire.field_readers import is_nothing
from router.intake.wire.findings import Findings

_ALL: Final = ("email", "phone", "sms")
_WHERE: Final = ("contact", "consent", "custom")
_DAY: Final = re.compile(r"\d{4}-\d\d?-\d\d?\b.*|\d{1,2}[./]\d{1,2}[./]\d{2,4}\b.*")
"""The day on which somebody opted out says that they did."""


def with_opt_outs(body: dict[str, Any], findings: Findings) -> dict[str, Any]:
    """``body`` with what its opt-out fields say among its consents; itself if they say nothing."""
    said: dict[str, HeldConsent] = {}
    for part in (body, *(body.get(name) for name in _WHERE)):
        if isinstance(part, dict):
            _read_opt_outs(part, said, findings)
    consent = body.get("consent")
    if not isinstance(consent, dict) and not is_nothing(consent):
        _read_blanket(consent, said, findings)
        consent = {}
    elif not said:
        return body
    stated = dict(consent) if isinstance(consent, dict) else {}
    for channel, word in said.items():
        if read_consent(stated.get(channel)) != "denied":
            stated[channel] = word
    return {**body, "consent": stated}


def _read_opt_outs(part: dict[str, Any], said: dict[str, HeldConsent], findings: Findings) -> None:
    for name, value in part.items():
        is_own = name == "do_not_route"
        channels = ("email", "phone") if is_own else opt_out_of(name)
        if not channels or is_nothing(value):
            continue
        truth = read_truth(value)
        if truth == "unreadable" and not is_own and _is_refusal(value):
            truth = "yes"
        if truth == "unreadable":
            findings.note(name if is_own else "consent", ReadProblem.NOT_UNDERSTOOD)
            _add(said, channels, "unreadable")
        elif truth == "yes" and not is_own:
            _add(said, channels, "denied")


def _is_refusal(value: object) -> bool:
    """Whether an opt-out field says it in words or by a day: ``opted out``, ``2026-01-31``."""
    if read_consent(value) == "denied":
        return True
    return isinstance(value, str) and _DAY.fullmatch(value.strip()) is not None


def _add(said: dict[str, HeldConsent], channels: tuple[str, ...], word: HeldConsent) -> None:
    for channel in channels:
        if said.get(channel) != "denied":
            said[channel] = word


def _read_blanket(value: object, said: dict[str, HeldConsent], findings: Findings) -> None:
    """A no to everything is one; a yes to nothing in particular allows nothing that was refused."""
    findings.note("consent", ReadProblem.WRONG_TYPE)
    word = read_consent(value)
    if word in {"denied", "unreadable"}:
        _add(said, _ALL, word)
