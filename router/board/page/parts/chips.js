// Filters of a list of leads, kept in the address: a link to `#/leads?reason=all_at_cap` is a filter.
import { h } from "../lib/dom.js";
import { here, toFiltered } from "../lib/routes.js";
import { label } from "../lib/words.js";

export const FILTERS = ["outcome", "reason", "pool", "rep", "source", "band"];
const NAMES = {
  outcome: "Outcome",
  reason: "Reason",
  pool: "Pool",
  rep: "Rep",
  source: "Source",
  band: "Band",
};
const WORDS = new Set(["outcome", "reason", "source", "band"]);

/** What the address asks for: `{reason: "all_at_cap"}`. */
export function filters(names = FILTERS) {
  const { query } = here();
  return Object.fromEntries(
    names.filter((name) => query.get(name)).map((name) => [name, query.get(name)]),
  );
}

/** The same as the end of an address of the API. */
export function asQuery(found) {
  return Object.entries(found)
    .map(([name, value]) => `&${name}=${encodeURIComponent(value)}`)
    .join("");
}

/** A value as the way to all leads that have it. */
export function filterLink(name, value, shown = null, view = "leads") {
  if (value === null || value === undefined || value === "") return "–";
  return h(
    "a",
    { href: toFiltered([view], { [name]: value }) },
    shown ?? (WORDS.has(name) ? label(value) : h("bdi", {}, value)),
  );
}

/** A list to choose from for each of `names`, with the values that `rows` have, and a chip for each
 * that is set, which takes it away. `shown` gives a value its words. */
export function chips(view, names, rows, valueOf, shown = (_, value) => value) {
  const set = filters(names);
  const words = (name, value) => (WORDS.has(name) ? label(value) : shown(name, value));
  const without = (name) => toFiltered([view], { ...set, [name]: null });
  return h(
    "div.filters",
    { key: "filters", role: "group", "aria-label": "Show only" },
    names
      .filter((name) => !set[name])
      .map((name) => choice(view, name, set, valuesOf(rows, name, valueOf), words)),
    Object.entries(set).map(([name, value]) =>
      h(
        "a.chip",
        { key: `chip:${name}`, href: without(name), "aria-label": `${NAMES[name]}: show all again` },
        `${NAMES[name]}: `,
        h("bdi", {}, words(name, value)),
        h("span", { "aria-hidden": "true" }, " ×"),
      ),
    ),
  );
}

function valuesOf(rows, name, valueOf) {
  const found = new Set(rows.map((row) => valueOf(row, name)).filter(Boolean));
  return [...found].sort();
}

function choice(view, name, set, values, words) {
  return h(
    "select.chip",
    {
      key: `choice:${name}`,
      "aria-label": NAMES[name],
      disabled: !values.length,
      onchange: (event) => {
        if (event.target.value)
          location.hash = toFiltered([view], { ...set, [name]: event.target.value });
      },
    },
    h("option", { value: "", selected: true }, NAMES[name]),
    values.map((value) => h("option", { key: value, value }, words(name, value))),
  );
}
