"""The best that hindsight could do: a linear program over (lead, rep, day)."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_matrix

from tests.quality.world import DAY_H, DAYS, HOLD_DAYS, WARM_DAYS, World, contribution


def best_in_hindsight(of: World) -> float:
    """Return what the leads after the first days can earn together, each once, caps kept.

    A lead may wait for the beginning of a day within two days; the program is a transport problem,
    so that its relaxation is exact.
    """
    leads = [lead for lead in of.leads if lead.at_h >= WARM_DAYS * DAY_H]
    days = WARM_DAYS + DAYS
    earns: list[float] = []
    rows: list[int] = []
    for place, lead in enumerate(leads):
        came = int(lead.at_h // DAY_H)
        for number, rep in enumerate(of.reps):
            for day in range(came, min(days, came + HOLD_DAYS + 1)):
                at_h = max(lead.at_h, day * DAY_H)
                if at_h - lead.at_h > HOLD_DAYS * DAY_H:
                    continue
                minor = contribution(of, lead, rep, at_h)
                if minor is not None and minor > 0:
                    earns.append(-minor)
                    rows += [place, len(leads) + number * days + day]
    limits = [1] * len(leads) + [rep.per_day for rep in of.reps for _ in range(days)]
    columns = np.repeat(np.arange(len(earns)), 2)
    matrix = coo_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(limits), len(earns)))
    found = linprog(earns, A_ub=matrix.tocsr(), b_ub=limits, bounds=(0, None), method="highs")
    return float(-found.fun)
