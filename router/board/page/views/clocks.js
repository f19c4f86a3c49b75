// Deadlines: about to expire, and missed today.
import { h } from "../lib/dom.js";
import { count, time, until } from "../lib/format.js";
import { to } from "../lib/routes.js";
import { head, leadLink, rep } from "../parts/small.js";
import { table } from "../parts/table.js";

const KINDS = { accept: "Accept", contact: "First contact" };

export const clocks = {
  id: "clocks",
  name: "Clocks",
  letter: "c",
  title: () => "Clocks",
  paths: () => ({ clocks: "clocks" }),
  draw({ clocks: { at, soon, missed } }, ui) {
    return [
      head("Clocks", at),
      list(
        "soon",
        "Due within half an hour",
        soon,
        ui,
        [DUE],
        { key: "due", down: false },
        "No clock is due within half an hour.",
      ),
      list(
        "missed",
        "Missed today",
        missed,
        ui,
        [{ ...DUE, cell: (row) => time(row.due) }, MISSED],
        { key: "at", down: true },
        "No clock was missed today.",
      ),
    ];
  },
};

const DUE = {
  key: "due",
  label: "Due",
  number: true,
  sort: (row) => (row.due ? Date.parse(row.due) : null),
  cell: (row) => [time(row.due), h("span.under-cell", {}, until(row.due))],
};
const MISSED = {
  key: "at",
  label: "Missed at",
  number: true,
  sort: (row) => Date.parse(row.at),
  cell: (row) => time(row.at),
};
const WHO = [
  { key: "lead", label: "Lead", sort: (row) => row.lead_id, cell: (row) => leadLink(row.lead_id) },
  {
    key: "rep",
    label: "Rep",
    sort: (row) => row.name ?? row.rep_id,
    cell: (row) => (row.rep_id ? rep(row, to("reps", row.rep_id)) : "–"),
  },
  {
    key: "kind",
    label: "Clock",
    sort: (row) => row.kind,
    cell: (row) => KINDS[row.kind] ?? row.kind,
  },
];

function list(key, title, rows, ui, times, order, nothing) {
  return h(
    "section.card",
    { key, "aria-label": title },
    h("div.card-head", {}, h("h2", {}, title), h("span.note", {}, count(rows.length))),
    table({
      id: key,
      caption: title,
      columns: [...WHO, ...times],
      rows,
      rowKey: (row) => `${row.lead_id} ${row.kind} ${row.due}`,
      ui,
      even: true,
      order,
      nothing,
    }),
  );
}
