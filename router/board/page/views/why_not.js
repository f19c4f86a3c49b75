// Why a rep did not get a lead: the answer to each decision about it.
import { part } from "../lib/api.js";
import { h } from "../lib/dom.js";
import { time } from "../lib/format.js";
import { head, leadLink, sentence } from "../parts/small.js";
import { whyNotForm } from "./reps.js";

export const whyNot = {
  id: "reps",
  name: "Why not",
  title: ([rep, lead]) => (lead ? `Why not ${rep}: ${lead}` : "Why not me?"),
  paths: ([rep, lead]) => ({
    reps: "reps",
    ...(rep && lead ? { told: `leads/${part(lead)}/why-not/${part(rep)}` } : {}),
  }),
  missing: ["told"],
  draw({ reps, told }, ui, [rep, lead]) {
    return [
      head("Why not me?", told?.at ?? reps.at),
      whyNotForm(reps.reps, ui, rep, lead),
      told ? answer(told, lead) : null,
    ];
  },
};

function answer({ missing, rep_id: rep, name, answers }, lead) {
  if (missing) return h("p.nothing", { key: "answer", role: "alert" }, missing);
  return h(
    "section.stack",
    { key: "answer", "aria-live": "polite" },
    h("h2", {}, "Why ", h("bdi", {}, name || rep), " did not get ", leadLink(lead)),
    answers.length
      ? h(
          "ol.story",
          {},
          answers.map((each) =>
            h(
              "li",
              { key: each.sequence },
              h("span.swatch.closed", { "aria-hidden": "true" }),
              h(
                "h3",
                {},
                h("span", { dir: "auto" }, `${each.sequence}. ${sentence(each.headline)}`),
                h("span.when", {}, time(each.decided_at)),
              ),
              h("p.card.answer", { dir: "auto" }, each.why),
            ),
          ),
        )
      : h("p.nothing", {}, "Nothing has been decided about this lead."),
  );
}
