"""Consent in the words of common systems: what cannot be read is never a yes."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from router.core.model.events import HeldConsent
from router.intake.normalise.spelling import plain
from router.intake.normalise.text import PLACEHOLDERS

Truth = Literal["yes", "no", "unreadable"]

_YES = frozenset(
    [
        "true",
        "yes",
        "y",
        "1",
        "on",
        "t",
        "x",
        "checked",
        "ja",
        "j",
        "oui",
        "si",
        "sim",
        "da",
        "tak",
        "ok",
        "okay",
        "wahr",
        "vrai",
    ]
)
_NO = frozenset(
    [
        "false",
        "no",
        "n",
        "0",
        "off",
        "f",
        "unchecked",
        "nein",
        "non",
        "nao",
        "nie",
        "falsch",
        "faux",
    ]
)
_GRANTED = frozenset(
    (_YES - {"x", "checked"})
    | {
        "granted",
        "grant",
        "given",
        "allowed",
        "allow",
        "accepted",
        "accept",
        "agreed",
        "agree",
        "approved",
        "consented",
        "consent given",
        "confirmed",
        "opt in",
        "optin",
        "opted in",
        "double opt in",
        "confirmed opt in",
        "subscribed",
        "subscribe",
        "zugestimmt",
        "erteilt",
        "eingewilligt",
        "accorde",
        "accepte",
        "aceptado",
    }
)
_DENIED = frozenset(
    _NO
    | {
        "denied",
        "deny",
        "refused",
        "refuse",
        "declined",
        "decline",
        "rejected",
        "reject",
        "revoked",
        "withdrawn",
        "withdrew",
        "forbidden",
        "blocked",
        "suppressed",
        "objected",
        "never",
        "opt out",
        "optout",
        "opted out",
        "unsubscribed",
        "unsubscribe",
        "not subscribed",
        "not granted",
        "not given",
        "not allowed",
        "no consent",
        "do not contact",
        "do not call",
        "do not email",
        "dnc",
        "complained",
        "complaint",
        "spam",
        "abgelehnt",
        "verweigert",
        "widerrufen",
        "abgemeldet",
        "refusee",
        "rechazado",
    }
)
_UNKNOWN = frozenset(
    {
        "unknown",
        "not specified",
        "unspecified",
        "not asked",
        "not set",
        "not stated",
        "no answer",
        "not applicable",
        "pending",
        "unbekannt",
        "inconnu",
        "undefined",
        "null",
        "n a",
    }
)


def read_consent(value: object) -> HeldConsent:
    """The consent that ``value`` states; ``unreadable`` holds the lead until somebody says it."""
    if isinstance(value, bool):
        return "granted" if value else "denied"
    if isinstance(value, int) and value in (0, 1):
        return "granted" if value else "denied"
    return _of_word(value) if isinstance(value, str) else "unreadable"


@lru_cache(maxsize=1_024)
def _of_word(text: str) -> HeldConsent:
    word = plain(text)
    if word in _GRANTED:
        return "granted"
    if word in _DENIED:
        return "denied"
    if word in _UNKNOWN or text.strip().casefold() in PLACEHOLDERS - {"none"}:
        return "unknown"
    return "unreadable"


def read_truth(value: object) -> Truth:
    """Whether a box is ticked: ``true``, ``Yes``, ``1``, ``x``; or that nobody can tell."""
    if isinstance(value, bool | int | float):
        return "yes" if value == 1 else "no" if value == 0 else "unreadable"
    word = plain(value) if isinstance(value, str) else ""
    return "yes" if word in _YES else "no" if word in _NO else "unreadable"


OPT_OUTS: dict[str, tuple[str, ...]] = {
    name: channels
    for names, channels in (
        (
            "optout optedout hasoptedout donotcontact unsubscribed globalunsubscribe alloptout",
            ("email", "phone", "sms"),
        ),
        (
            "emailoptout emailoptedout hasoptedoutofemail optoutemail optedoutofemail",
            ("email",),
        ),
        (
            "hsemailoptout donotemail unsubscribedfromemail emailunsubscribed isunsubscribed",
            ("email",),
        ),
        (
            "phoneoptout phoneoptedout donotcall donotphone calloptout nocalls dnc optoutphone",
            ("phone",),
        ),
        ("smsoptout smsoptedout donotsms donottext optoutsms textoptout", ("sms",)),
    )
    for name in names.split()
}
"""Fields of common systems that say no where they are ticked, by their letters alone."""


def opt_out_of(name: str) -> tuple[str, ...]:
    """The channels that a field such as ``HasOptedOutOfEmail`` or ``do_not_call`` is about."""
    return OPT_OUTS.get("".join(filter(str.isalnum, name.casefold())), ())
