// A lead's story: every decision about it, in the words of `lead-router explain`.
import { part } from "../lib/api.js";
import { h } from "../lib/dom.js";
import { counted, localTimes, money, time, turns } from "../lib/format.js";
import { go, to } from "../lib/routes.js";
import { label } from "../lib/words.js";
import { asQuery, chips, FILTERS, filters } from "../parts/chips.js";
import { leadsTable } from "../parts/leads_table.js";
import { leadSearch } from "../parts/lead_search.js";
import { copyButton, facts, head, sentence } from "../parts/small.js";

const LISTED = 200;
const COLUMN_OF = { pool: "pool_id", rep: "rep_id" };

export const lead = {
  id: "leads",
  name: "Leads",
  letter: "l",
  title: ([id]) => (id ? `Lead ${id}` : "Leads"),
  paths: ([id]) =>
    id
      ? { told: `leads/${part(id)}`, known: `leads/${part(id)}/facts` }
      : { recent: `leads?limit=${LISTED}${asQuery(filters())}` },
  missing: ["told", "known"],
  draw({ told, known, recent }, ui) {
    if (!told) return [head("Leads", recent.at), find(), listed(recent.leads, ui)];
    if (told.missing)
      return [
        head("A lead's story"),
        find(),
        h("p.nothing", { key: "missing", role: "alert" }, told.missing),
      ];
    return [
      title(told),
      now(told),
      leftOut(told),
      warned(told),
      h("div.columns", { key: "beside" }, reports(told), knownFacts(known)),
      h("ol.story", { key: "story" }, told.decisions.map(decision)),
    ];
  },
};

/** Leads of the last day, by the filters in the address. */
function listed(rows, ui) {
  return h(
    "section.card.stack",
    { key: "listed", "aria-label": "Leads of the last day" },
    h(
      "div.card-head",
      {},
      h("h2", {}, "Decided in the last day"),
      h("span.note", {}, rows.length < LISTED ? counted(rows.length, "lead") : `the last ${LISTED}`),
    ),
    chips(
      "leads",
      FILTERS,
      rows,
      (row, name) => row[COLUMN_OF[name] ?? name],
      (name, value) => rows.find((row) => name === "rep" && row.rep_id === value)?.name ?? value,
    ),
    h("div", { key: "rows" }, leadsTable(rows, ui, { nothing: "No such lead in the last day." })),
  );
}

/** What intake could not read, and took as not given. */
function warned({ warnings = [] }) {
  if (!warnings.length) return null;
  return h(
    "p.note.warn",
    { key: "warned" },
    "Not read, and taken as not given: ",
    h(
      "bdi",
      {},
      warnings.map(({ field, problem }) => `${field} (${label(problem).toLowerCase()})`).join(", "),
    ),
  );
}

function knownFacts({ facts: known = {}, engagement } = {}) {
  const rows = Object.entries(known).map(([name, value]) => [
    label(name.replace(/_minor$/, "")),
    said(name, value, known),
  ]);
  if (engagement)
    rows.push(["Engagement", [`${turns(engagement.points_milli)} points, `, time(engagement.at)]]);
  if (!rows.length) return null;
  return h(
    "section.card",
    { key: "facts", "aria-label": "What is known" },
    h("h2", {}, "What is known"),
    facts(rows),
  );
}

function said(name, value, known) {
  if (name.endsWith("_minor")) return money(value, known[name.replace("_minor", "_currency")]);
  if (name.endsWith("_currency")) return null;
  if (value !== null && typeof value === "object")
    return h(
      "bdi",
      {},
      Object.entries(value)
        .map(([key, one]) => `${key}: ${one}`)
        .join(", "),
    );
  return h("bdi", {}, String(value));
}

/** What reps and the CRM said of it in the last day, and what came of nothing. */
function reports({ reports: told = [], ignored }) {
  if (!told.length && !ignored) return null;
  return h(
    "section.card",
    { key: "reports", "aria-label": "Reports" },
    h("h2", {}, "Reports"),
    told.length
      ? h(
          "ul.reports",
          {},
          told.map((each, place) =>
            h(
              "li",
              { key: place },
              h("span", {}, label(each.feedback_type)),
              each.rep_id ? h("a", { href: to("reps", each.rep_id) }, h("bdi", {}, each.name)) : null,
              each.actor ? h("span.muted", {}, "by ", h("bdi", {}, each.actor)) : null,
              h("span.when", {}, time(each.at)),
            ),
          ),
        )
      : null,
    ignored ? h("p.note.warn", { dir: "auto" }, localTimes(ignored.text)) : null,
  );
}

function find() {
  return h(
    "section.card",
    { key: "find" },
    h("h2", {}, "Find a lead"),
    leadSearch({
      name: "Find a lead by its id, here",
      placeholder: "the beginning of its id",
      chosen: (id) => go("leads", id),
    }),
  );
}

function title({ at, lead_id: id }) {
  return h(
    "div.head",
    { key: "head" },
    h(
      "h1",
      { tabindex: "-1" },
      "Lead ",
      h("bdi", {}, id),
      " ",
      copyButton(id, "Copy the lead's id"),
    ),
    at ? h("span.as-of", {}, "as of ", time(at)) : null,
  );
}

function leftOut({ lead_id: id, left_out: { decisions, reports } }) {
  const parts = [];
  if (decisions) parts.push(counted(decisions, "older decision"));
  if (reports) parts.push(counted(reports, "older report"));
  if (!parts.length) return null;
  return h(
    "p.note",
    { key: "left-out" },
    `Left out here: ${parts.join(" and ")}.`,
    decisions ? [" All of it is told by ", h("code", {}, `lead-router explain ${id}`), "."] : null,
  );
}

function now({ lead_id: id, now: standing, decisions }) {
  const last = decisions.at(-1);
  if (!last) return h("p.nothing", { key: "now" }, "Nothing has been decided about this lead.");
  return h(
    "section.card",
    { key: "now", "aria-label": "Now" },
    h("p.answer", { dir: "auto" }, sentence(last.headline)),
    standing ? h("p", { dir: "auto" }, standing) : null,
    h(
      "p.note",
      {},
      `Decided ${decisions.length === 1 ? "once" : counted(decisions.length, "time")}, last `,
      time(last.decided_at),
      ". ",
      h("a", { href: to("why-not", last.decision?.rep_id ?? "", id) }, "Why not another rep?"),
      last.decision?.rep_id
        ? [" ", h("a", { href: to("reps", last.decision.rep_id) }, "The rep's page")]
        : null,
    ),
  );
}

function decision(each) {
  return h(
    "li",
    { key: each.assignment_id },
    h("span.swatch", {
      class: /^[a-z_]+$/.test(each.outcome) ? each.outcome : "",
      title: label(each.outcome),
    }),
    h(
      "h2",
      {},
      h("span", { dir: "auto" }, `${each.sequence}. ${sentence(each.headline)}`),
      h("span.when", {}, time(each.decided_at)),
    ),
    h(
      "div.card",
      {},
      h(
        "dl.facts",
        {},
        each.rows.map((row) => [h("dt", {}, row.label), h("dd", { dir: "auto" }, localTimes(row.text))]),
      ),
      h(
        "details",
        {},
        h("summary", {}, "The event itself"),
        h("pre", { tabindex: "0" }, JSON.stringify(each.decision, null, 2)),
      ),
    ),
  );
}
