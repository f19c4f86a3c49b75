"""Who can take a lead now: bitmasks over permanent rep numbers, true until a known time.

Computed from state and time alone, so it is the same after a restore. Between two boundaries of
time only an assignment or a release changes it, one bit at a time.
"""

from __future__ import annotations

from router.core.compiled.compiled_policy import CompiledPolicy
from router.core.compiled.rep_masks import FAR_MS, Availability, Caps, Totals
from router.core.model.channels import CHANNELS
from router.core.model.events import ALL_CHANNELS, RepCap
from router.core.model.lead import Lead
from router.core.model.policy import Cap
from router.core.model.rep import Load, Rep
from router.core.model.work_schedule import DAY_MS, local_day, next_local_midnight_ms
from router.core.state.sales_org import SalesOrg

NO_CAP = Cap()
NO_OWN_CAP = RepCap()
NO_LOAD = Load()


def available(org: SalesOrg, compiled: CompiledPolicy, now_ms: int) -> Availability:
    """The masks at ``now_ms``, computed anew when a boundary of time has passed.

    ``until_ms`` depends on state and time alone, wherever between two boundaries it is asked.
    """
    current = compiled.availability
    if current is None or now_ms >= current.until_ms:
        policy = compiled.policy
        is_paced = bool(policy.sla)  # without clocks nobody says when a lead is taken up
        current = Availability(unaccepted_max=policy.backlog.unaccepted if is_paced else FAR_MS)
        for rep in org.rep_numbers:
            _look_at(current, compiled, rep, now_ms)
        compiled.availability = current
    current.day = now_ms // DAY_MS
    return current


def _look_at(masks: Availability, compiled: CompiledPolicy, rep: Rep, now_ms: int) -> None:
    bit, profile = 1 << rep.number, rep.profile
    masks.today.append(local_day(profile.utc_offsets, now_ms))
    new = now_ms < new_until_ms(compiled, rep)
    for channel in CHANNELS:
        masks.caps[channel].append(_caps_of(compiled, rep, channel, new=new))
    if (totals := _totals_of(compiled, rep, new=new)) is not None:
        masks.totals[rep.number] = totals
    boundaries = [next_local_midnight_ms(profile.utc_offsets, now_ms)]
    if has_left(rep, now_ms):
        masks.left |= bit
        masks.until_ms = min(masks.until_ms, *boundaries)
        return
    presence = _mark_presence(masks, compiled, rep, now_ms)
    boundaries += presence
    masks.presence_until_ms = min(masks.presence_until_ms, *presence, FAR_MS)
    for channel in CHANNELS:
        window = compiled.schedules[channel][rep.number].window_after(now_ms)
        if window is None or window[0] > now_ms:
            masks.off_duty[channel] |= bit
        if window is not None:
            boundaries.append(window[0] if window[0] > now_ms else window[1])
        note_load(masks, rep, channel, rep.loads.get(channel) or NO_LOAD)
    masks.until_ms = min(masks.until_ms, *boundaries)


def _mark_presence(
    masks: Availability, compiled: CompiledPolicy, rep: Rep, now_ms: int
) -> list[int]:
    """Set the bits of starting, leave and being new; returns the times at which they change."""
    bit, profile = 1 << rep.number, rep.profile
    changes = [time for time in (profile.starts_ms, profile.leaves_ms) if time is not None]
    if profile.starts_ms is not None and profile.starts_ms > now_ms:
        masks.not_started |= bit
    for start, end in profile.time_off:
        if start <= now_ms < end:
            masks.time_off |= bit
        changes += (start, end)
    new_until = new_until_ms(compiled, rep)
    if new_until > now_ms:
        masks.new |= bit
        changes.append(new_until)
    return [time for time in changes if time > now_ms]


def has_left(rep: Rep, now_ms: int) -> bool:
    """Whether the rep is gone for good."""
    leaves_ms = rep.profile.leaves_ms
    return rep.profile.removed or (leaves_ms is not None and leaves_ms <= now_ms)


def is_with_us(rep: Rep, now_ms: int) -> bool:
    """Whether the rep has started and not left; they may be on leave."""
    starts_ms = rep.profile.starts_ms
    return not has_left(rep, now_ms) and (starts_ms is None or starts_ms <= now_ms)


def new_until_ms(compiled: CompiledPolicy, rep: Rep) -> int:
    """When the rep stops being new; 0 without a rule or a starting date."""
    rule = compiled.policy.new_rep
    if rule is None or rep.profile.starts_ms is None:
        return 0
    return rep.profile.starts_ms + rule.first_ms


def note_load(masks: Availability, rep: Rep, channel: str, load: Load) -> None:
    """Set or clear the rep's cap bits of one channel; of all where caps count over all of them."""
    totals = masks.totals.get(rep.number) if masks.totals else None
    if totals is None:
        _note_channel(masks, rep, channel, load)
    else:
        left = left_of(totals, rep, masks.today[rep.number])
        bit = 1 << rep.number
        for each in CHANNELS:
            masks.day_full[each] &= ~bit
            masks.open_full[each] &= ~bit
            _note_channel(masks, rep, each, rep.loads.get(each) or NO_LOAD)
            masks.day_full[each] |= bit if left[0] is not None and left[0] <= 0 else 0
            masks.open_full[each] |= bit if left[1] is not None and left[1] <= 0 else 0
    unaccepted = 0
    for each_load in rep.loads.values():
        unaccepted += each_load.unaccepted
    bit, before = 1 << rep.number, masks.unaccepted
    masks.unaccepted = before | bit if unaccepted >= masks.unaccepted_max else before & ~bit


def left_of(totals: Totals, rep: Rep, today: int) -> Totals:
    """Return what the caps over all channels leave: today's leads, and open ones."""
    per_day, open_max = totals
    loads = rep.loads.values()
    given = sum(load.day_count for load in loads if load.day == today)
    return (
        None if per_day is None else per_day - given,
        None if open_max is None else open_max - sum(load.open for load in loads),
    )


def places_left(masks: Availability, rep: Rep, channel: str) -> int | None:
    """Return how many more leads of today the rep's caps allow; None without one for a day."""
    per_day = masks.caps[channel][rep.number][0]
    totals = masks.totals.get(rep.number) if masks.totals else None
    over_all = None if totals is None else left_of(totals, rep, masks.today[rep.number])[0]
    if per_day is None:
        return over_all
    load = rep.loads.get(channel) or NO_LOAD
    left = per_day - (load.day_count if load.day == masks.today[rep.number] else 0)
    return max(0, left if over_all is None else min(left, over_all))


def _note_channel(masks: Availability, rep: Rep, channel: str, load: Load) -> None:
    number = rep.number
    per_day, open_max, sources = masks.caps[channel][number]
    bit = 1 << number
    today = load.day == masks.today[number]
    if per_day is not None:
        full = (load.day_count if today else 0) >= per_day
        before = masks.day_full[channel]
        masks.day_full[channel] = before | bit if full else before & ~bit
    if open_max is not None:
        before = masks.open_full[channel]
        masks.open_full[channel] = before | bit if load.open >= open_max else before & ~bit
    for source, at_most in sources:
        count = (load.day_sources or {}).get(source, 0) if today else 0
        before = masks.source_full.get((channel, source), 0)
        after = before | bit if count >= at_most else before & ~bit
        masks.source_full[channel, source] = after


def _caps_of(compiled: CompiledPolicy, rep: Rep, channel: str, *, new: bool) -> Caps:
    """The caps of a rep in a channel; the rep's own win, in it or over all channels."""
    cap = compiled.policy.caps.get(channel, NO_CAP)
    own = rep.profile.caps.get(channel, NO_OWN_CAP)
    over_all = rep.profile.caps.get(ALL_CHANNELS, NO_OWN_CAP)
    per_day, open_max, sources = own.per_day, own.open, cap.per_day_from
    if per_day is None and over_all.per_day is None:
        per_day = cap.per_day
    if open_max is None and over_all.open is None:
        open_max = cap.open
    if new and (rule := compiled.policy.new_rep):
        per_day = _scaled(per_day, rule.permille)
        open_max = _scaled(open_max, rule.permille)
        sources = tuple((name, _scaled(most, rule.permille) or 0) for name, most in sources)
    return per_day, open_max, sources


def _totals_of(compiled: CompiledPolicy, rep: Rep, *, new: bool) -> Totals | None:
    """The rep's caps over all channels; None without any."""
    own = rep.profile.caps.get(ALL_CHANNELS)
    if own is None:
        return None
    if new and (rule := compiled.policy.new_rep):
        return _scaled(own.per_day, rule.permille), _scaled(own.open, rule.permille)
    return own.per_day, own.open


def _scaled(cap: int | None, permille: int) -> int | None:
    return max(1, cap * permille // 1000) if cap else cap  # a cap of 0 stays 0


def is_present(masks: Availability, rep: Rep) -> bool:
    """On the roster, started, and free of leave."""
    return not (masks.left | masks.not_started | masks.time_off) >> rep.number & 1


def has_room(
    masks: Availability, rep: Rep, channel: str, lead: Lead, *, beyond_day_cap: bool = False
) -> bool:
    """Whether the rep's caps in ``channel`` allow this lead."""
    full = masks.open_full[channel]
    if not beyond_day_cap:
        full |= masks.day_full[channel]
        full |= masks.source_full.get((channel, lead.facts.lead_source or ""), 0)
    return not full >> rep.number & 1
