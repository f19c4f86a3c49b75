// A lead's story: every decision about it, in the words of `lead-router explain`.
import { part } from "../lib/api.js";
import { h } from "../lib/dom.js";
import { counted, localTimes, time } from "../lib/format.js";
import { go, to } from "../lib/routes.js";
import { label } from "../lib/words.js";
import { leadSearch } from "../parts/lead_search.js";
import { copyButton, facts, head, sentence } from "../parts/small.js";

export const lead = {
  id: "leads",
  name: "A lead's story",
  letter: "l",
  title: ([id]) => (id ? `Lead ${id}` : "A lead's story"),
  paths: ([id]) => (id ? { told: `leads/${part(id)}` } : {}),
  missing: ["told"],
  draw({ told }) {
    if (!told || told.missing)
      return [
        head("A lead's story"),
        find(),
        told ? h("p.nothing", { key: "missing", role: "alert" }, told.missing) : null,
      ];
    return [
      title(told),
      now(told),
      leftOut(told),
      h("ol.story", { key: "story" }, told.decisions.map(decision)),
    ];
  },
};

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
