// Everything at a glance.
import { h } from "../lib/dom.js";
import { count, since, span, time } from "../lib/format.js";
import { to } from "../lib/routes.js";
import { label } from "../lib/words.js";
import { bars } from "../parts/bars.js";
import { filterLink } from "../parts/chips.js";
import { leadsTable } from "../parts/leads_table.js";
import { head, tile } from "../parts/small.js";
import { table } from "../parts/table.js";
import { emptyPanel } from "../parts/states.js";
import { decisionsOverTime, pathsOfSplit, withPools } from "./decisions_over_time.js";

const RECENT = 10;
const WARNINGS = 12;

export const overview = {
  id: "overview",
  name: "Overview",
  letter: "o",
  title: () => "Overview",
  paths: (_, ui) => ({
    overview: "overview",
    recent: `leads?limit=${RECENT}`,
    ...pathsOfSplit(ui),
  }),
  draw({ overview: seen, recent, poolMinutes, poolHours }, ui) {
    if (isEmpty(seen)) return [emptyPanel()];
    return [
      head("Overview", seen.at),
      today(seen),
      decisionsOverTime(withPools(seen, poolMinutes, poolHours), ui),
      h("div.columns", { key: "below" }, speeds(seen.speed), reasons(seen.backlog)),
      warnings(seen.warnings ?? []),
      recentLeads(recent.leads),
    ];
  },
};

function isEmpty(seen) {
  return (
    !seen.today.decisions &&
    !seen.backlog.count &&
    !seen.open.leads &&
    !seen.dead_letters.today &&
    seen.hours.every((hour) => !total(hour.by_outcome))
  );
}

function total(counts) {
  return Object.values(counts ?? {}).reduce((sum, number) => sum + number, 0);
}

function today({
  today: { decisions, by_outcome: by, by_channel: channels },
  backlog,
  open,
  clocks,
  dead_letters: letters,
  policy,
}) {
  const owned = (by.assigned ?? 0) + (by.reassigned ?? 0) + (by.handed_off ?? 0);
  return h(
    "section.tiles",
    { key: "today", "aria-label": "Today" },
    tile({
      label: "Decisions today",
      figure: count(decisions),
      under:
        Object.entries(channels)
          .map(([name, number]) => `${count(number)} ${name}`)
          .join(", ") || "none yet",
      href: to("flows"),
    }),
    tile({
      label: "With an owner today",
      figure: count(owned),
      under: `${count(by.handed_off ?? 0)} handed off, ${count(by.reassigned ?? 0)} moved`,
      href: to("reps"),
    }),
    tile({
      label: "Backlog",
      figure: count(backlog.count),
      under: backlog.count ? ["oldest waits ", since(backlog.oldest_since)] : "nobody waits",
      href: to("backlog"),
    }),
    tile({
      label: "Open leads",
      figure: count(open.leads),
      under: "accepted or offered",
      href: to("reps"),
    }),
    tile({
      label: "Free places",
      figure: count(open.places_free_on_duty),
      under: `of reps on duty; ${count(open.places_free)} with those off duty`,
      href: to("reps"),
    }),
    tile({
      label: "Clocks missed today",
      figure: count(clocks.missed_today),
      under: `${count(clocks.soon)} due within half an hour`,
      href: to("clocks"),
      alarm: clocks.missed_today > 0,
    }),
    tile({
      label: "Dead letters today",
      figure: count(letters.today),
      under: letters.today ? "look, repair, send again" : "everything was understood",
      href: to("dead-letters"),
      alarm: letters.today > 0,
    }),
    tile({
      label: "Policy in force",
      figure: policy ? `${policy.id} v${policy.version}` : "none",
      text: true,
      under: policy ? ["since ", time(policy.since)] : "publish one to begin",
      href: to("policy"),
    }),
  );
}

const SPEEDS = [
  ["at_once", "Lead to assignment, at once"],
  ["after_wait", "Lead to assignment, after waiting"],
  ["acceptance", "Assignment to acceptance"],
  ["first_contact", "Assignment to first contact"],
];

/** What intake could not read today: a form that was changed shows here first. */
function warnings(rows) {
  if (!rows.length) return null;
  return h(
    "section.card",
    { key: "warnings", "aria-label": "Fields that could not be read" },
    h(
      "div.card-head",
      {},
      h("h2", {}, "Fields that could not be read"),
      h("span.note", {}, "today, by source; each counts as not given"),
    ),
    bars(
      rows.slice(0, WARNINGS).map((each) => ({
        key: `${each.source} ${each.field} ${each.problem}`,
        label: [
          h("bdi", {}, each.field),
          h("span.unit", {}, ` ${label(each.problem).toLowerCase()}, from `),
          each.source ? filterLink("source", each.source) : "no source",
        ],
        amount: each.leads,
        tint: "warn",
        shown: count(each.leads),
      })),
    ),
  );
}

function recentLeads(rows) {
  return h(
    "section.card",
    { key: "recent", "aria-label": "Recent leads" },
    h(
      "div.card-head",
      {},
      h("h2", {}, "Recent leads"),
      h("a.note", { href: to("leads") }, "All of the last day"),
    ),
    leadsTable(rows, null, { few: true, nothing: "None in the last day." }),
  );
}

function speeds(speed) {
  const columns = [
    { key: "what", label: "From, to", cell: ([, name]) => name },
    { key: "p50", label: "Median", number: true, cell: ([key]) => span(speed[key].p50_s) },
    { key: "p95", label: "95 in 100", number: true, cell: ([key]) => span(speed[key].p95_s) },
    { key: "count", label: "Leads", number: true, cell: ([key]) => count(speed[key].count) },
  ];
  return h(
    "section.card",
    { key: "speed", "aria-label": "Speed" },
    h("div.card-head", {}, h("h2", {}, "How fast"), h("span.note", {}, "last day")),
    table({
      id: "speed",
      caption: "Speed of the last day",
      columns,
      rows: SPEEDS,
      rowKey: ([key]) => key,
    }),
  );
}

function reasons(backlog) {
  if (!backlog.count)
    return h(
      "section.card",
      { key: "reasons" },
      h("h2", {}, "Why leads wait"),
      h("p.nothing", {}, "Nobody waits."),
    );
  return h(
    "section.card",
    { key: "reasons" },
    h(
      "div.card-head",
      {},
      h("h2", {}, "Why leads wait"),
      h("a.note", { href: to("backlog") }, "All of the backlog"),
    ),
    bars(
      backlog.by_reason.map((each) => ({
        key: each.reason,
        label: filterLink("reason", each.reason, null, "backlog"),
        amount: each.count,
        tint: "warn",
        shown: [count(each.count), h("span.unit", {}, " oldest "), since(each.oldest_since)],
      })),
    ),
  );
}
