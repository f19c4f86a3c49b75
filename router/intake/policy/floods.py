"""What keeps floods and one's own people out of rotation: ``burst_over`` and ``own_domains``."""

from __future__ import annotations

import re

from router.core.model.policy import Burst
from router.core.state.bursts import OTHER
from router.intake.normalise.company import read_company_domain
from router.intake.normalise.vocabulary import read_word
from router.intake.policy.names import Draft
from router.intake.policy.scalars import DURATION_MS_MAX, MINUTE_MS, duration_ms
from router.intake.policy.tree import Entry, Tree

_FORM = re.compile(r"([0-9]{1,9})\s+(?:in|per)\s+(.+)")
_WHAT = "`burst_over`"


def read_bursts(draft: Draft, tree: Tree | None) -> tuple[Burst, ...]:
    """How many leads of each source go their way within a time; the rest is held."""
    section = draft.read.mapping(tree, None, _WHAT)
    found = (_burst(draft, entry) for entry in (section.entries if section else ()))
    return tuple(burst for burst in found if burst is not None)


def _burst(draft: Draft, entry: Entry) -> Burst | None:
    written = _FORM.fullmatch(draft.read.text(entry.value, _WHAT))
    per_ms = duration_ms(written[2]) if written else None
    source = read_word(entry.key)
    if written is None or per_ms is None or not MINUTE_MS <= per_ms <= DURATION_MS_MAX:
        form = f"`{{web_form: 60 in 10m, {OTHER}: 200 in 1h}}`, of a minute or longer"
        draft.read.wrong(entry.value, f"write how many leads of a source in which time: {form}")
        return None
    return Burst(source or OTHER, int(written[1]), per_ms)


def read_own_domains(draft: Draft, tree: Tree | None) -> tuple[str, ...]:
    """The company's own mail domains, with all that is below them."""
    found: list[str] = []
    for item in draft.read.one_or_more(tree):
        text = draft.read.text(item, "a domain")
        domain = read_company_domain(text) if text else None
        if isinstance(domain, str):
            found.append(domain)
        elif text:
            draft.read.wrong(item, f"`{text}` is no domain of one company: write ourfirm.com")
    return tuple(dict.fromkeys(found))
