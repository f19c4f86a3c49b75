// Tables: sorted by their headings, walked with the arrow keys, one tab stop each.
// On a narrow page each row is a card, and the headings' sorting is a list to choose from.
import { h } from "../lib/dom.js";
import { count } from "../lib/format.js";

const STEPS = {
  ArrowDown: 1,
  ArrowUp: -1,
  PageDown: 10,
  PageUp: -10,
  Home: -Infinity,
  End: Infinity,
};
const ROWS_FIRST = 25;
const CONTROLS = "a, button, summary";

/** Columns are `{key, label, cell(row), number?, tight?, wide?, sort?(row)}`, the first names the row.
 * `ui` remembers the order under `id`. */
export function table({
  id,
  caption,
  columns,
  rows,
  rowKey,
  ui,
  order,
  even = false,
  nothing = "Nothing here.",
}) {
  if (!rows.length) return h("p.nothing", {}, nothing);
  const sorting = ui?.[`sort:${id}`] ?? order ?? null;
  const all = sorted(rows, columns, sorting);
  const shown = ui ? all.slice(0, rowsShown(id, all, rowKey, ui)) : all;
  const sort = (next) => {
    ui[`sort:${id}`] = next;
    ui.redraw();
  };
  return [
    ui && columns.some((column) => column.sort) ? narrowSort(id, columns, sorting, sort) : null,
    h(
      "div.table-wrap",
      { key: `wrap:${id}` },
      h(
        "table.cards",
        { role: "table", class: even ? "even" : "", onkeydown: walk, "data-rows": id },
        h("caption.unseen", {}, caption),
        h(
          "thead",
          { role: "rowgroup" },
          h(
            "tr",
            { role: "row" },
            columns.map((column) => heading(column, sorting, sort)),
          ),
        ),
        h(
          "tbody",
          { role: "rowgroup" },
          shown.map((row) => line(row, columns, rowKey)),
        ),
      ),
    ),
    shown.length < all.length ? more(id, shown.length, all.length, ui) : null,
  ];
}

/** How many rows are shown: as many as somebody asked for, and on to the one that they are in. */
function rowsShown(id, all, rowKey, ui) {
  const within = document.activeElement?.closest(`table[data-rows="${id}"] tbody tr`)?.key;
  const place = within === undefined ? -1 : all.findIndex((row) => String(rowKey(row)) === within);
  return Math.max(ui[`rows:${id}`] ?? ROWS_FIRST, place + 1);
}

/** A button for the rows that are not shown, so that a page stays short until somebody asks. */
function more(id, shown, all, ui) {
  const next = Math.min(all, shown * 4);
  return h(
    "p.more",
    { key: `more:${id}` },
    h(
      "button",
      {
        type: "button",
        onclick: () => {
          ui[`rows:${id}`] = next;
          ui.redraw();
        },
      },
      next < all ? `Show ${count(next)} of ${count(all)}` : `Show all ${count(all)}`,
    ),
  );
}

function heading(column, sorting, sort) {
  const active = sorting?.key === column.key;
  return h(
    "th",
    {
      scope: "col",
      role: "columnheader",
      class: [column.number && "number", column.wide && "wide"].filter(Boolean).join(" "),
      "aria-sort": active ? (sorting.down ? "descending" : "ascending") : null,
    },
    column.sort
      ? h(
          "button",
          {
            type: "button",
            onclick: () =>
              sort({ key: column.key, down: active ? !sorting.down : Boolean(column.number) }),
          },
          column.label,
        )
      : column.label,
  );
}

function narrowSort(id, columns, sorting, sort) {
  const choices = columns.filter((column) => column.sort);
  return h(
    "label.field.sort-narrow",
    { key: `sort:${id}` },
    h("span", {}, "Sort by"),
    h(
      "select",
      {
        onchange: (event) =>
          sort({
            key: event.target.value,
            down: Boolean(choices.find(({ key }) => key === event.target.value)?.number),
          }),
      },
      choices.map(({ key, label }) =>
        h("option", { value: key, selected: key === sorting?.key }, label),
      ),
    ),
  );
}

function line(row, columns, rowKey) {
  return h(
    "tr",
    { key: rowKey(row), role: "row", tabindex: "-1" },
    columns.map((column, index) =>
      h(
        index ? "td" : "th",
        {
          scope: index ? null : "row",
          role: index ? "cell" : "rowheader",
          "data-label": column.label,
          class: [column.number && "number", column.tight && "tight", !column.label && "unnamed"]
            .filter(Boolean)
            .join(" "),
        },
        column.cell(row),
      ),
    ),
  );
}

function sorted(rows, columns, sorting) {
  const by = columns.find((column) => column.key === sorting?.key)?.sort;
  if (!by) return rows;
  const up = [...rows].sort((one, other) => compared(by(one), by(other)));
  return sorting.down ? up.reverse() : up;
}

function compared(one, other) {
  const missing = (value) => value === null || value === undefined;
  if (missing(one) || missing(other)) return missing(other) - missing(one);
  return typeof one === "string" ? one.localeCompare(other, "en", { numeric: true }) : one - other;
}

function walk(event) {
  const row = event.target.closest("tbody tr");
  if (!row || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.target === row && event.key === "Enter") {
    row.querySelector(CONTROLS)?.click();
    return;
  }
  const step = STEPS[event.key];
  if (step === undefined || event.target.matches("input, select, textarea")) return;
  event.preventDefault();
  const rows = [...row.parentNode.rows];
  const next = rows[Math.min(rows.length - 1, Math.max(0, rows.indexOf(row) + step))];
  enter(next);
  next.focus();
}

/** Give each table under `root` one row that Tab reaches, and the row's links and buttons with it:
 * the one that somebody is in, otherwise the first. */
export function settle(root) {
  for (const { rows } of root.querySelectorAll("table[data-rows] tbody")) {
    const current = [...rows].find((row) => row.contains(document.activeElement)) ?? rows[0];
    for (const row of rows) if (row !== current) leave(row);
    if (current) enter(current);
  }
}

function enter(row) {
  for (const other of row.parentNode.rows) if (other !== row && other.tabIndex === 0) leave(other);
  row.tabIndex = 0;
  for (const control of row.querySelectorAll(CONTROLS)) control.tabIndex = 0;
}

function leave(row) {
  row.tabIndex = -1;
  for (const control of row.querySelectorAll(CONTROLS)) control.tabIndex = -1;
}

// A click or a touch into a row makes it the current one.
document.addEventListener("focusin", (event) => {
  const row = event.target.closest?.("table[data-rows] tbody tr");
  if (row) enter(row);
});
