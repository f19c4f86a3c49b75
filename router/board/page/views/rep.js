// One rep: how they stand, their hours and territories, the leads open with them, and their day.
import { h } from "../lib/dom.js";
import { count, counted, roughMoney, span, time, until } from "../lib/format.js";
import { to } from "../lib/routes.js";
import { label } from "../lib/words.js";
import { dayByHour } from "../parts/charts.js";
import { filterLink } from "../parts/chips.js";
import { copyButton, facts, leadLink, tags } from "../parts/small.js";
import { table } from "../parts/table.js";

/** `told` is the answer about the rep, `hours` the series of theirs. */
export function repPage(repId, { at, rep, missing, leads, count: open }, hours, ui, { status, ofCap }) {
  const title = heading(repId, at);
  if (!rep)
    return [
      title,
      h(
        "p.nothing",
        { key: "missing", role: "alert" },
        missing ?? `There is no rep ${repId} any more.`,
      ),
    ];
  return [
    title,
    h("div.columns", { key: "about" }, standing(repId, rep, status, ofCap), person(rep)),
    openLeads(leads, open, rep, ui),
    h(
      "section.card",
      { key: "day", "aria-label": "The day by the hour" },
      dayByHour({ id: "day", title: "Decisions that name them, each hour", hours, name: repId, ui }),
    ),
  ];
}

function heading(repId, at) {
  return h(
    "div.head",
    { key: "head" },
    h(
      "h1",
      { tabindex: "-1" },
      "Rep ",
      h("bdi", {}, repId),
      " ",
      copyButton(repId, "Copy the rep's id"),
    ),
    at ? h("span.as-of", {}, "as of ", time(at)) : null,
  );
}

function standing(repId, rep, status, ofCap) {
  return h(
    "section.card",
    { key: "now", "aria-label": "Now" },
    facts([
      ["Name", rep.name ? h("bdi", {}, rep.name) : null],
      ["Status", status(rep)],
      ["Open", ofCap(rep, rep.open, "open")],
      ["Today", ofCap(rep, rep.today, "per_day")],
      ["Accepts in", span(rep.accepted_p50_s)],
      ["Missed today", count(rep.missed_today)],
      ["Last lead", rep.last_assigned_at ? time(rep.last_assigned_at) : null],
    ]),
    h(
      "p.note",
      {},
      h("a", { href: to("why-not", repId) }, "Why not this rep?"),
      " ",
      filterLink("rep", repId, "Leads of the last day"),
    ),
  );
}

function person(rep) {
  return h(
    "section.card",
    { key: "person", "aria-label": "On the roster" },
    facts([
      ["Role", rep.role ? h("bdi", {}, [rep.role, rep.seniority].filter(Boolean).join(", ")) : null],
      ["Channels", rep.channels.map(label).join(", ")],
      ["Pools", tags(rep.pools)],
      ["Territories", tags(rep.territories)],
      ["Languages", tags(rep.languages)],
      ["Skills", tags(rep.skills)],
      ["Hours", rep.hours ? h("bdi", {}, String(rep.hours)) : "as the policy says"],
      ["Time zone", rep.time_zone ? h("bdi", {}, String(rep.time_zone)) : "UTC"],
    ]),
  );
}

const COLUMNS = [
  { key: "lead", label: "Lead", sort: (row) => row.lead_id, cell: (row) => leadLink(row.lead_id) },
  {
    key: "pool",
    label: "Pool",
    sort: (row) => row.pool_id,
    cell: (row) => filterLink("pool", row.pool_id),
  },
  {
    key: "territory",
    label: "Territory",
    sort: (row) => row.territory_id,
    cell: (row) => h("bdi", {}, row.territory_id ?? "–"),
  },
  { key: "band", label: "Band", sort: (row) => row.band, cell: (row) => filterLink("band", row.band) },
  {
    key: "value",
    label: "Worth",
    number: true,
    sort: (row) => row.value_expected_minor,
    cell: (row) => roughMoney(row.value_expected_minor, row.value_currency),
  },
  {
    key: "due",
    label: "Due",
    number: true,
    sort: (row) => Date.parse(row.accept_by ?? row.contact_by ?? "") || null,
    cell: due,
  },
  {
    key: "since",
    label: "Has it since",
    number: true,
    sort: (row) => Date.parse(row.since),
    cell: (row) => time(row.since),
  },
];

function due(row) {
  const [what, at] = row.accept_by ? ["accept ", row.accept_by] : ["contact ", row.contact_by];
  return at ? [h("span.unit", {}, what), until(at)] : "–";
}

function openLeads(leads, open, rep, ui) {
  return h(
    "section.card",
    { key: "leads", "aria-label": "Open leads" },
    h("div.card-head", {}, h("h2", {}, "Open leads"), h("span.note", {}, counted(open, "lead"))),
    table({
      id: "rep-leads",
      caption: `Leads that ${rep.name || rep.rep_id} has`,
      columns: COLUMNS,
      rows: leads,
      rowKey: (row) => row.lead_id,
      ui,
      order: { key: "since", down: true },
      nothing: "No lead is open with them.",
    }),
  );
}
