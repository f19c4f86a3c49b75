// The charts of the overview: decisions of each minute and hour, split as somebody chooses.
import { h } from "../lib/dom.js";
import { hourMinute } from "../lib/format.js";
import { label, OUTCOMES } from "../lib/words.js";
import { everyNth, stackedBars } from "../parts/charts.js";

const TINTS = [
  "assigned",
  "handed_off",
  "queued",
  "merged",
  "recalled",
  "reassigned",
  "escalated",
  "closed",
  "nurtured",
];
const SPLITS = {
  outcome: "by_outcome",
  channel: "by_channel",
  market: "by_market",
  pool: "by_pool",
};

/** What the overview does not hold is asked for when somebody chooses it. */
export function pathsOfSplit(ui) {
  return ui.split === "pool"
    ? { poolMinutes: "series?by=pool&step=minute", poolHours: "series?by=pool&step=hour" }
    : {};
}

/** The overview's spans, with those by pool in them once they are there. */
export function withPools(seen, poolMinutes, poolHours) {
  const joined = (spans, pools) =>
    pools
      ? pools.spans.map(({ from, counts }, index) => ({ ...spans[index], from, by_pool: counts }))
      : spans;
  return {
    ...seen,
    minutes: joined(seen.minutes, poolMinutes),
    hours: joined(seen.hours, poolHours),
  };
}

/** Both charts and the choice above them; `ui.split` remembers it. */
export function decisionsOverTime(seen, ui) {
  return h(
    "section.stack",
    { key: "charts", "aria-label": "Decisions over time" },
    split(ui),
    h("div.columns", {}, charts(seen, ui)),
  );
}

function split(ui) {
  const chosen = ui.split ?? "outcome";
  return h(
    "div.row",
    { key: "split" },
    h("h2", { id: "split-name" }, "Decisions by"),
    h(
      "div.choice",
      { role: "group", "aria-labelledby": "split-name" },
      Object.keys(SPLITS).map((name) =>
        h(
          "button",
          {
            key: name,
            type: "button",
            "aria-pressed": String(name === chosen),
            onclick: () => {
              ui.split = name;
              ui.redraw();
              ui.refresh();
            },
          },
          label(name),
        ),
      ),
    ),
  );
}

function charts({ minutes, hours }, ui) {
  const field = SPLITS[ui.split ?? "outcome"];
  const series = seriesOf([...minutes, ...hours], field);
  const chart = (id, title, unit, spans, ticks) =>
    stackedBars({
      id,
      title,
      unit,
      series,
      ticks,
      ui,
      spans: spans.map((each) => ({
        at: each.from,
        name: hourMinute(each.from),
        counts: each[field] ?? {},
      })),
    });
  return [
    chart(
      "minutes",
      "Each minute of the last hour",
      "minute",
      minutes,
      everyNth(minutes.length, 15),
    ),
    chart("hours", "Each hour of the last day", "hour", hours, everyNth(hours.length, 6)),
  ];
}

function seriesOf(spans, field) {
  const seen = new Map();
  for (const span of spans)
    for (const [key, number] of Object.entries(span[field] ?? {}))
      seen.set(key, (seen.get(key) ?? 0) + number);
  const keys = [...seen.keys()].filter((key) => seen.get(key)).sort();
  if (field === "by_outcome")
    return OUTCOMES.filter((key) => keys.includes(key)).map((key) => ({
      key,
      label: label(key),
      tint: key,
    }));
  const named = field === "by_pool" ? (key) => key : label;
  return keys.map((key, index) => ({ key, label: named(key), tint: TINTS[index % TINTS.length] }));
}
