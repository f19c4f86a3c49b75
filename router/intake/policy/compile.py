"""A policy file, checked and compiled: :func:`check_policy` and :func:`load_policy`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from router.core.model.policy import Policy
from router.intake.files.problems import FileProblem as PolicyProblem
from router.intake.files.problems import Problems, Spot
from router.intake.policy.checks import check_policy_as_a_whole
from router.intake.policy.codes import minor_per_unit
from router.intake.policy.floods import read_bursts, read_own_domains
from router.intake.policy.names import Draft, gather_names
from router.intake.policy.readers import Reader
from router.intake.policy.scalars import Unit
from router.intake.policy.sections.basics import (
    read_currency,
    read_default_market,
    read_markets,
    read_policy_id,
    read_rates,
)
from router.intake.policy.sections.capacity import read_caps, read_rotation
from router.intake.policy.sections.clocks import read_hours, read_slas
from router.intake.policy.sections.deals import read_products, read_value
from router.intake.policy.sections.economics import read_economics
from router.intake.policy.sections.fallbacks import (
    read_backlog,
    read_handoffs,
    read_nobody_free,
    read_notify,
    read_urgent,
)
from router.intake.policy.sections.lines import read_channel, read_exits
from router.intake.policy.sections.places import ChannelName, read_pools, read_territories
from router.intake.policy.sections.scoring import (
    read_bands,
    read_engagement,
    read_fit,
    read_marketing_scores,
    read_score_section,
)
from router.intake.policy.tree import Mapping as Tree
from router.intake.policy.tree import parse_tree

KEYS = (
    "policy",
    "effective_from",
    "currency",
    "exchange_rates",
    "markets",
    "default_market",
    "products",
    "value",
    "score",
    "before_rotation",
    "channel",
    "economics",
    "territories",
    "pools",
    "rotation",
    "caps",
    "hours",
    "sla",
    "urgent_requests",
    "handoff",
    "nobody_free",
    "backlog",
    "notify",
    "burst_over",
    "own_domains",
)


@dataclass(frozen=True, slots=True)
class CheckedPolicy:
    """What a file comes to: the policy unless a problem is an error, and all problems.

    ``spots`` tells where sections and their entries stand: ``pools``, ``pools.emea-field``.
    """

    policy: Policy | None
    problems: tuple[PolicyProblem, ...]
    spots: Mapping[str, Spot] = field(default_factory=dict)


def load_policy(
    text: str, *, version: int = 1, published_at_ms: int
) -> Policy | list[PolicyProblem]:
    """The policy of ``text``, or everything that is wrong with it, in the order of the file.

    Warnings alone do not forbid a policy; :func:`check_policy` gives them too.
    """
    checked = check_policy(text, version=version, published_at_ms=published_at_ms)
    return checked.policy or list(checked.problems)


def check_policy(text: str, *, version: int = 1, published_at_ms: int) -> CheckedPolicy:
    """The policy of ``text`` and all problems, warnings too.

    Args:
        text: YAML 1.2, at most 200,000 bytes.
        version: the number that this publication gets.
        published_at_ms: when the policy begins unless it says so itself.
    """
    problems = Problems()
    root = parse_tree(text, problems)
    policy = None
    if root is not None:
        draft = Draft(Reader(problems), gather_names(root))
        draft.read.only(root, KEYS, "a policy")
        policy = _compile(draft, root, version, published_at_ms)
        if not problems.has_errors:
            check_policy_as_a_whole(draft, root, policy)
    found = None if problems.has_errors else policy
    return CheckedPolicy(found, tuple(problems.in_order()), _spots(root) if root else {})


def _spots(root: Tree) -> dict[str, Spot]:
    spots: dict[str, Spot] = {}
    for section in root.entries:
        spots[section.key] = section.spot
        inner = section.value
        for entry in inner.entries if isinstance(inner, Tree) else ():
            spots[f"{section.key}.{entry.key}"] = entry.spot
    return spots


def _compile(draft: Draft, root: Tree, version: int, published_at_ms: int) -> Policy:
    currency = read_currency(draft, root)
    draft.read.money = Unit(minor_per_unit(currency), open_top=True)
    markets = read_markets(draft, root)
    score = read_score_section(draft, root.get("score"))
    pools = read_pools(draft, root.get("pools"))
    otherwise: ChannelName = (
        "field" if pools and all(pool.channel == "field" for pool in pools) else "inside"
    )
    channel = read_channel(draft, root.get("channel"), otherwise)
    caps, new_rep = read_caps(draft, root.get("caps"))
    return Policy(
        policy_id=read_policy_id(draft, root),
        version=version,
        effective_from_ms=draft.read.moment(
            root.get("effective_from"), "`effective_from`", published_at_ms
        ),
        currency=currency,
        markets=markets,
        default_market_id=read_default_market(draft, root, markets),
        channel=channel,
        pools=pools,
        exchange_rates_ppm=read_rates(draft, root, currency),
        products=read_products(draft, root.get("products")),
        value=read_value(draft, root.get("value")),
        fit=read_fit(draft, score),
        scores=read_marketing_scores(draft, score),
        engagement=read_engagement(draft, score),
        bands=read_bands(draft, score),
        before_rotation=read_exits(draft, root.get("before_rotation")),
        territories=read_territories(draft, root.get("territories"), markets),
        rotation=read_rotation(draft, root.get("rotation")),
        caps=caps,
        new_rep=new_rep,
        hours=read_hours(draft, root.get("hours")),
        sla=read_slas(draft, root.get("sla")),
        urgent_requests=read_urgent(draft, root.get("urgent_requests")),
        handoffs=read_handoffs(
            draft,
            root.get("handoff"),
            inside_first=any(line.use == "inside_then_field" for line in channel),
        ),
        nobody_free=read_nobody_free(draft, root.get("nobody_free")),
        backlog=read_backlog(draft, root.get("backlog")),
        notify=read_notify(draft, root.get("notify")),
        burst_over=read_bursts(draft, root.get("burst_over")),
        own_domains=read_own_domains(draft, root.get("own_domains")),
        economics=read_economics(draft, root.get("economics"), currency),
    )
