// Leads that wait: why, how long, and which, the most valuable first.
import { h } from "../lib/dom.js";
import { count, roughMoney, since, span, until } from "../lib/format.js";
import { label } from "../lib/words.js";
import { bars } from "../parts/bars.js";
import { asQuery, chips, filterLink, filters } from "../parts/chips.js";
import { head, leadLink } from "../parts/small.js";
import { table } from "../parts/table.js";

const FIRST = 200;
const MORE = 1000;

export const backlog = {
  id: "backlog",
  name: "Backlog",
  letter: "b",
  title: () => "Backlog",
  paths: (_, ui) => ({
    backlog: `backlog?limit=${ui.limit ?? FIRST}${asQuery(filters(CHIPS))}`,
    overview: "overview",
  }),
  draw({ backlog: seen, overview }, ui) {
    if (!seen.count)
      return [
        head("Backlog", seen.at),
        h("p.nothing", {}, "Nobody waits: every lead has an owner, or is closed."),
      ];
    return [head("Backlog", seen.at), summary(seen, overview.backlog), leads(seen, ui)];
  },
};

function summary(seen, { oldest_since: oldest, by_reason: reasons }) {
  return h(
    "div.columns",
    { key: "summary" },
    h(
      "section.card",
      {},
      h(
        "div.card-head",
        {},
        h("h2", {}, "By reason"),
        h("span.note", {}, `${count(seen.count)} waiting, the oldest `, since(oldest)),
      ),
      bars(
        reasons.map((each) => ({
          key: each.reason,
          label: filterLink("reason", each.reason, null, "backlog"),
          amount: each.count,
          tint: "warn",
          shown: [count(each.count), h("span.unit", {}, " oldest "), since(each.oldest_since)],
        })),
      ),
    ),
    h("section.card", {}, h("div.card-head", {}, h("h2", {}, "By age")), bars(ages(seen.ages))),
  );
}

/** `ages` have an upper edge each, and each lead is counted once; the last has no edge. */
function ages(steps) {
  return steps.map(({ under_s: under, count: number }, index) => ({
    key: index,
    label: ageSpan(steps[index - 1]?.under_s, under),
    amount: number,
    tint: "warn",
    shown: count(number),
  }));
}

function ageSpan(from, under) {
  if (under === null || under === undefined) return `over ${span(from)}`;
  return from ? `${span(from)} to ${span(under)}` : `under ${span(under)}`;
}

const COLUMNS = [
  {
    key: "lead",
    label: "Lead",
    sort: (lead) => lead.lead_id,
    cell: (lead) => leadLink(lead.lead_id),
  },
  {
    key: "reason",
    label: "Reason",
    sort: (lead) => label(lead.reason),
    cell: (lead) => filterLink("reason", lead.reason, null, "backlog"),
  },
  {
    key: "pool",
    label: "Pool",
    sort: (lead) => lead.pool_id,
    cell: (lead) => filterLink("pool", lead.pool_id, null, "backlog"),
  },
  {
    key: "territory",
    label: "Territory",
    sort: (lead) => lead.territory_id,
    cell: (lead) => h("bdi", {}, lead.territory_id ?? "–"),
  },
  {
    key: "score",
    label: "Score",
    number: true,
    sort: (lead) => lead.score_total,
    cell: (lead) => [
      count(lead.score_total),
      lead.band ? h("span.unit", {}, ` ${lead.band}`) : null,
    ],
  },
  {
    key: "value",
    label: "Worth",
    number: true,
    sort: (lead) => lead.value_expected_minor,
    cell: (lead) => roughMoney(lead.value_expected_minor, lead.value_currency),
  },
  {
    key: "since",
    label: "Waits",
    number: true,
    sort: (lead) => -Date.parse(lead.since),
    cell: (lead) => since(lead.since),
  },
  {
    key: "deadline",
    label: "Until nurture",
    number: true,
    sort: (lead) => (lead.deadline ? Date.parse(lead.deadline) : null),
    cell: (lead) => until(lead.deadline),
  },
];

const CHIPS = ["reason", "pool", "source", "band"];

function leads(seen, ui) {
  const part = seen.leads.length < seen.found;
  const some = seen.found < seen.count;
  return h(
    "section.card",
    { key: "leads", "aria-label": "Waiting leads" },
    h(
      "div.card-head",
      {},
      h("h2", {}, "Waiting leads"),
      h(
        "span.note",
        {},
        part
          ? `the ${count(seen.leads.length)} most valuable of ${count(seen.found)}`
          : `all ${count(seen.found)}`,
        some ? ` of ${count(seen.count)} that wait` : "",
      ),
    ),
    chips("backlog", CHIPS, seen.leads, (lead, name) => lead[name === "pool" ? "pool_id" : name]),
    table({
      id: "backlog",
      caption: "Waiting leads, the most valuable first",
      columns: COLUMNS,
      rows: seen.leads,
      rowKey: (lead) => lead.lead_id,
      ui,
      order: { key: "value", down: true },
      nothing: "None of those that wait.",
    }),
    part && (ui.limit ?? FIRST) < MORE
      ? h(
          "p",
          { key: "more" },
          h(
            "button",
            {
              type: "button",
              onclick: () => {
                ui.limit = MORE;
                ui.refresh();
              },
            },
            `Read ${count(Math.min(MORE, seen.found))} of them`,
          ),
        )
      : null,
  );
}
