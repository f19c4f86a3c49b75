// Leads of the last day, the last decided first.
import { h } from "../lib/dom.js";
import { ago } from "../lib/format.js";
import { to } from "../lib/routes.js";
import { label } from "../lib/words.js";
import { filterLink } from "./chips.js";
import { leadLink, rep } from "./small.js";
import { table } from "./table.js";

const COLUMNS = [
  { key: "lead", label: "Lead", sort: (row) => row.lead_id, cell: (row) => leadLink(row.lead_id) },
  {
    key: "outcome",
    label: "Outcome",
    tight: true,
    sort: (row) => label(row.outcome),
    cell: (row) =>
      h(
        "span.outcome",
        {},
        h("span.swatch", { class: /^[a-z_]+$/.test(row.outcome ?? "") ? row.outcome : "" }),
        label(row.outcome ?? "none"),
      ),
  },
  {
    key: "rep",
    label: "Rep",
    sort: (row) => row.name ?? row.rep_id,
    cell: (row) => (row.rep_id ? rep(row, to("reps", row.rep_id)) : "–"),
  },
  {
    key: "reason",
    label: "Reason",
    sort: (row) => label(row.reason),
    cell: (row) => filterLink("reason", row.reason),
  },
  {
    key: "pool",
    label: "Pool",
    sort: (row) => row.pool_id,
    cell: (row) => filterLink("pool", row.pool_id),
  },
  {
    key: "source",
    label: "Source",
    sort: (row) => row.source,
    cell: (row) => filterLink("source", row.source),
  },
  { key: "band", label: "Band", sort: (row) => row.band, cell: (row) => filterLink("band", row.band) },
  {
    key: "decided",
    label: "Decided",
    number: true,
    sort: (row) => Date.parse(row.decided_at),
    cell: (row) => ago(row.decided_at),
  },
];

/** `few` is a list without headings to sort by, for a view that is about more than this. */
export function leadsTable(rows, ui, { few = false, nothing = "No lead was decided." } = {}) {
  return table({
    id: few ? "recent" : "leads",
    caption: "Leads, the last decided first",
    columns: few ? COLUMNS.map(({ sort, ...column }) => column) : COLUMNS,
    rows,
    rowKey: (row) => row.lead_id,
    ui,
    order: few ? null : { key: "decided", down: true },
    nothing,
  });
}
