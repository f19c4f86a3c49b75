"""Who can take a lead now: bitmasks over permanent rep numbers, true until a known time.

Computed from state and time alone, so it is the same after a restore. Between two boundaries of
time only an assignment or a release changes it, one bit at a time.
"""

from __future__ import annotations

from router.core.compiled.compiled_policy import CompiledPolicy
from router.core.compiled.limits import CAPS, DAY, HOUR, NO_LOAD, OPEN, Limit, in_order, lines_of
from router.core.compiled.rep_masks import FAR_MS, Availability
from router.core.model.assignment import Exclusion
from router.core.model.channels import CHANNELS
from router.core.model.events import ALL_CHANNELS
from router.core.model.lead import Lead
from router.core.model.rep import Load, Rep
from router.core.model.work_schedule import DAY_MS, HOUR_MS, local_day, next_local_midnight_ms
from router.core.state.sales_org import SalesOrg


def available(org: SalesOrg, compiled: CompiledPolicy, now_ms: int) -> Availability:
    """The masks at ``now_ms``, computed anew when a boundary of time has passed.

    ``until_ms`` depends on state and time alone, wherever between two boundaries it is asked.
    """
    current = compiled.availability
    if current is None or now_ms >= current.until_ms:
        current = Availability(hour=now_ms // HOUR_MS)
        _lay_down_limits(current, compiled, org.rep_numbers, now_ms)
        for rep in org.rep_numbers:
            _look_at(current, compiled, rep, now_ms)
        compiled.availability = current
    current.day, current.hour = now_ms // DAY_MS, now_ms // HOUR_MS
    return current


def _lay_down_limits(
    masks: Availability, compiled: CompiledPolicy, reps: list[Rep], now_ms: int
) -> None:
    """Make the table of limits, with the most for each rep; nobody has reached one yet."""
    policy = compiled.policy
    table: dict[tuple[Exclusion, str, str | None], Limit] = {}
    pools = _limits_of_pools(compiled)
    is_paced = bool(policy.sla)  # without clocks nobody says when a lead is taken up
    for rep in reps:
        new = now_ms < new_until_ms(compiled, rep)
        if is_paced:
            masks.pacing.most[rep.number] = policy.backlog.unaccepted
        for channel in CHANNELS:
            own = [masks.pacing] if is_paced else []
            for exclusion, measure, where, source, most in lines_of(policy, rep, channel, new=new):
                key = (exclusion, where, source)
                if key not in table:
                    table[key] = Limit(exclusion, measure, where, source)
                table[key].most[rep.number] = most
                own.append(table[key])
            own += [each for each in pools if each.channel == channel and rep.number in each.most]
            masks.limits_of[channel].append(own)
    limits = [*table.values(), *pools]
    for channel in CHANNELS:
        masks.limits[channel] = in_order(
            [each for each in limits if each.channel in {channel, ALL_CHANNELS}]
        )
    if any(limit.measure == HOUR for limit in limits):
        masks.until_ms = (now_ms // HOUR_MS + 1) * HOUR_MS


def _limits_of_pools(compiled: CompiledPolicy) -> list[Limit]:
    """Return how many leads a pool's rotation gives each of its members, whoever they are."""
    found: list[Limit] = []
    for table in compiled.pool_by_id.values():
        for name, measure, _ in CAPS:
            most = getattr(table.pool.at_most, name, None)
            if most is not None:
                limit = Limit(Exclusion.POOL_CAP, measure, table.channel, pool_id=table.pool_id)
                limit.most = dict.fromkeys([member.number for member in table.members], most)
                found.append(limit)
    return found


def _look_at(masks: Availability, compiled: CompiledPolicy, rep: Rep, now_ms: int) -> None:
    bit, profile = 1 << rep.number, rep.profile
    masks.today.append(local_day(profile.utc_offsets, now_ms))
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
    """Say for each of the rep's limits in the channel whether it is reached."""
    today, hour = masks.today[rep.number], masks.hour
    for limit in masks.limits_of[channel][rep.number]:
        limit.note(rep, load, today, hour)


def places_left(masks: Availability, rep: Rep, channel: str) -> int | None:
    """Return how many more leads of today the rep's limits allow; None without one for a day."""
    left: int | None = None
    load, today = rep.loads.get(channel) or NO_LOAD, masks.today[rep.number]
    for limit in masks.limits_of[channel][rep.number]:
        if limit.measure == DAY and limit.source is None:
            still = max(0, limit.most[rep.number] - limit.counted(rep, load, today, masks.hour))
            left = still if left is None else min(left, still)
    return left


def has_places_tomorrow(masks: Availability, rep: Rep, channel: str) -> bool:
    """Whether a new day brings the rep leads: they are capped by day, and not full of open ones."""
    by_day = False
    for limit in masks.limits_of[channel][rep.number]:
        if limit.measure == OPEN and limit.reached >> rep.number & 1:
            return False
        by_day |= limit.measure == DAY and limit.source is None
    return by_day


def is_present(masks: Availability, rep: Rep) -> bool:
    """On the roster, started, and free of leave."""
    return not (masks.left | masks.not_started | masks.time_off) >> rep.number & 1


def has_room(
    masks: Availability, rep: Rep, channel: str, lead: Lead, *, urgent: bool = False
) -> bool:
    """Whether the rep's limits in ``channel`` allow this lead; of an urgent one the day's do."""
    barred = masks.barred(channel, lead.facts.lead_source, urgent=urgent)
    return not barred >> rep.number & 1
