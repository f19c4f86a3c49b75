// One rep: how they stand, and their day by the hour.
import { h } from "../lib/dom.js";
import { count, span, time } from "../lib/format.js";
import { to } from "../lib/routes.js";
import { dayByHour } from "../parts/charts.js";
import { facts, head, tags } from "../parts/small.js";

/** `all` are the reps of the answer, `hours` the series of this one. */
export function repPage(repId, { at, reps: all }, hours, ui, { status, ofCap }) {
  const rep = all.find((each) => each.rep_id === repId);
  const title = head(["Rep ", h("bdi", {}, repId)], at);
  if (!rep)
    return [
      title,
      h("p.nothing", { key: "missing", role: "alert" }, `There is no rep ${repId} any more.`),
    ];
  return [
    title,
    h(
      "section.card",
      { key: "now", "aria-label": "Now" },
      facts([
        ["Name", rep.name ? h("bdi", {}, rep.name) : null],
        ["Status", status(rep)],
        ["Pools", tags(rep.pools)],
        ["Open", ofCap(rep, rep.open, "open")],
        ["Today", ofCap(rep, rep.today, "per_day")],
        ["Accepts in", span(rep.accepted_p50_s)],
        ["Missed today", count(rep.missed_today)],
        ["Last lead", rep.last_assigned_at ? time(rep.last_assigned_at) : null],
      ]),
      h("p.note", {}, h("a", { href: to("why-not", repId) }, "Why not this rep?")),
    ),
    h(
      "section.card",
      { key: "day", "aria-label": "The day by the hour" },
      dayByHour({ id: "day", title: "Decisions that name them, each hour", hours, name: repId, ui }),
    ),
  ];
}
