// Who has what, who is free, and the way to "why not me".
import { part } from "../lib/api.js";
import { h } from "../lib/dom.js";
import { ago, count, span, time } from "../lib/format.js";
import { go, to } from "../lib/routes.js";
import { label } from "../lib/words.js";
import { leadSearch } from "../parts/lead_search.js";
import { alarm, byHand, head, rep as named, tags } from "../parts/small.js";
import { table } from "../parts/table.js";
import { repPage } from "./rep.js";

const STATUS = { active: "calm", away: "warn", not_started: "plain", left: "plain" };

export const reps = {
  id: "reps",
  name: "Reps",
  letter: "r",
  title: ([rep]) => (rep ? `Rep ${rep}` : "Reps"),
  paths: ([rep]) =>
    rep
      ? { rep: `reps/${part(rep)}`, hours: `series?by=rep&step=hour&name=${part(rep)}` }
      : { reps: "reps" },
  missing: ["rep"],
  draw({ reps: seen, rep: one, hours }, ui, [rep]) {
    if (rep) return repPage(rep, one, hours, ui, { status, ofCap });
    const { at, reps: all } = seen;
    const shown = all.filter((rep) => matches(rep, ui.filter ?? ""));
    return [
      head("Reps", at),
      whyNotForm(all, ui),
      h(
        "section.card.stack",
        { key: "reps", "aria-label": "All reps" },
        h(
          "div.form",
          { key: "filter" },
          h(
            "label.field",
            {},
            h("span", {}, "Show only"),
            h("input", {
              type: "search",
              placeholder: "name, id, pool, channel or status",
              oninput: (event) => {
                ui.filter = event.target.value;
                ui.redraw();
              },
            }),
          ),
          h("span.note", {}, `${count(shown.length)} of ${count(all.length)}`),
        ),
        h(
          "div",
          { key: "rows" },
          table({
            id: "reps",
            caption: "Reps",
            columns: COLUMNS,
            rows: shown,
            rowKey: (rep) => rep.rep_id,
            ui,
            order: { key: "name", down: false },
            nothing: all.length
              ? "Nobody matches."
              : "The roster is empty: lead-router roster apply roster.csv",
          }),
        ),
      ),
    ];
  },
};

function matches(rep, typed) {
  const sought = typed.trim().toLowerCase();
  return (
    !sought ||
    [rep.rep_id, rep.name, rep.role, label(rep.status), ...rep.channels, ...rep.pools].some(
      (text) =>
        String(text ?? "")
          .toLowerCase()
          .includes(sought),
    )
  );
}

/** Over the channels; null where there is no number in any, as of places without a cap. */
function sum(numbers) {
  const known = Object.values(numbers ?? {}).filter((number) => number !== null);
  return known.length ? known.reduce((before, number) => before + number, 0) : null;
}

function status(rep) {
  const off = rep.status === "active" && rep.on_duty === false;
  return [
    h(
      `span.pill.${off ? "plain" : (STATUS[rep.status] ?? "plain")}`,
      {},
      off ? "Off duty" : label(rep.status),
    ),
    rep.away_until ? h("span.under-cell", {}, "until ", time(rep.away_until)) : null,
    byHand(rep.away_by),
  ];
}

function ofCap(rep, held, cap) {
  const limit = sum(
    Object.fromEntries(
      Object.entries(rep.caps ?? {}).map(([channel, caps]) => [channel, caps[cap] ?? null]),
    ),
  );
  return [count(sum(held)), limit ? h("span.unit", {}, ` of ${count(limit)}`) : null];
}

function ofRep(rep) {
  return named(rep, to("reps", rep.rep_id));
}

const COLUMNS = [
  { key: "name", label: "Rep", sort: (rep) => rep.name || rep.rep_id, cell: ofRep },
  { key: "status", label: "Status", tight: true, sort: (rep) => rep.status, cell: status },
  { key: "pools", label: "Pools", cell: (rep) => tags(rep.pools) },
  {
    key: "open",
    label: "Open",
    number: true,
    sort: (rep) => sum(rep.open),
    cell: (rep) => ofCap(rep, rep.open, "open"),
  },
  {
    key: "today",
    label: "Today",
    number: true,
    sort: (rep) => sum(rep.today),
    cell: (rep) => ofCap(rep, rep.today, "per_day"),
  },
  {
    key: "free",
    label: "Free places",
    number: true,
    sort: (rep) => sum(rep.places_free),
    cell: (rep) => count(sum(rep.places_free)),
  },
  {
    key: "accepted",
    label: "Accepts in",
    number: true,
    sort: (rep) => rep.accepted_p50_s,
    cell: (rep) => span(rep.accepted_p50_s),
  },
  {
    key: "missed",
    label: "Missed today",
    number: true,
    sort: (rep) => rep.missed_today,
    cell: (rep) => alarm(rep.missed_today),
  },
  {
    key: "last",
    label: "Last lead",
    number: true,
    sort: (rep) => rep.last_assigned_at ?? null,
    cell: (rep) => ago(rep.last_assigned_at),
  },
  {
    key: "ask",
    label: "",
    tight: true,
    cell: (rep) =>
      h(
        "a",
        { href: to("why-not", rep.rep_id), "aria-label": `Why not ${rep.name || rep.rep_id}?` },
        "Why not?",
      ),
  },
];

/** Pick a rep and a lead, get the answer. */
export function whyNotForm(all, ui, rep = null, lead = "") {
  ui.rep ??= rep;
  const ask = (leadId) => {
    if (ui.rep && leadId) go("why-not", ui.rep, leadId);
  };
  const search = leadSearch({ name: "The lead", placeholder: "its id", value: lead, chosen: ask });
  return h(
    "section.card",
    { key: "why-not", "aria-label": "Why not me?" },
    rep ? null : h("h2", {}, "Why not me?"),
    h(
      "form.form",
      {
        onsubmit: (event) => {
          event.preventDefault();
          ask(event.currentTarget.querySelector("input").value.trim());
        },
      },
      h(
        "label.field",
        {},
        h("span", {}, "Rep"),
        h(
          "select",
          {
            onchange: (event) => {
              ui.rep = event.target.value;
            },
          },
          h("option", { value: "", selected: !ui.rep }, "Choose a rep"),
          sortedByName(all).map((each) =>
            h(
              "option",
              { key: each.rep_id, value: each.rep_id, selected: each.rep_id === ui.rep },
              each.name ? `${each.name} (${each.rep_id})` : each.rep_id,
            ),
          ),
        ),
      ),
      h("div.field", {}, h("span", { "aria-hidden": "true" }, "Lead"), search),
      h("button.primary", { type: "submit" }, "Ask"),
    ),
  );
}

function sortedByName(all) {
  return [...all].sort((one, other) =>
    (one.name || one.rep_id).localeCompare(other.name || other.rep_id),
  );
}
