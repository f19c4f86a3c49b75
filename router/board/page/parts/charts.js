// Bars over time, stacked. The drawing stretches with the page; words stay HTML and keep their size.
// The pointer or the arrow keys read one bar; the same numbers are there as a table.
import { h, svg } from "../lib/dom.js";
import { count, hourMinute } from "../lib/format.js";

const HEIGHT = 100;
const BAR = 0.78;
const STEPS = [1, 1.2, 1.6, 2, 3, 4, 6, 8, 10, 12];

/** `spans` are `[{at, name, counts: {series: number}}]`, oldest first; `series` `[{key, label, tint}]`
 * from the bottom up; `ticks` the indexes whose names stand under the axis; a `small` one stands
 * in a card of others. */
export function stackedBars({ id, title, unit, spans, series, ticks, ui, small }) {
  const totals = spans.map((span) =>
    series.reduce((sum, { key }) => sum + (span.counts[key] ?? 0), 0),
  );
  const top = niceTop(Math.max(1, ...totals));
  const at = ui[`cursor:${id}`] ?? null;
  const move = (next) => {
    ui[`cursor:${id}`] = next;
    ui.redraw();
  };
  const sum = totals.reduce((before, total) => before + total, 0);
  return h(
    small ? "figure.chart.small" : "figure.card.chart",
    { key: id },
    h("div.card-head", {}, h(small ? "h3" : "h2", {}, title), h("span.note", {}, `${count(sum)} in all`)),
    h(
      "div.plot",
      {
        tabindex: "0",
        role: "group",
        "aria-label": `${title}: ${count(sum)} in all. Left and right arrow keys read the bars.`,
        onkeydown: (event) => stepped(event, at, spans.length, move),
        onpointermove: (event) => pointed(event, at, spans.length, move),
        onpointerleave: () => move(null),
        onblur: () => move(null),
      },
      scale(top),
      bars(spans, series, top, at),
    ),
    h(
      "div.axis-x",
      { "aria-hidden": "true" },
      ticks.map((index) => tickX(index, spans)),
    ),
    h(
      "p.readout",
      { "aria-live": at === null ? "off" : "polite" },
      at === null ? totalsRead(spans, totals, unit) : barRead(spans[at], totals[at], series),
    ),
    small ? null : legend(spans, series),
    asTable(title, spans, series, totals),
  );
}

/** A small chart of the last day, of one name of a series by the hour (`/api/series`). */
export function dayByHour({ id, title, hours, name, ui }) {
  const spans = (hours?.spans ?? []).map(({ from, counts }) => ({
    at: from,
    name: hourMinute(from),
    counts: { all: Object.hasOwn(counts, name) ? counts[name] : 0 },
  }));
  if (!spans.length) return null;
  return stackedBars({
    id,
    title,
    unit: "hour",
    spans,
    series: [{ key: "all", label: "Decisions", tint: "assigned" }],
    ticks: everyNth(spans.length, 6),
    ui,
    small: true,
  });
}

/** Indexes of names under the axis: each so many, and the last. */
export function everyNth(length, step) {
  const ticks = [];
  for (let index = 0; index < length - step / 2; index += step) ticks.push(index);
  return length ? [...ticks, length - 1] : [];
}

function niceTop(most) {
  const size = 10 ** Math.floor(Math.log10(most));
  // The line in the middle must stand at a whole number too.
  return STEPS.map((step) => Math.round(step * size)).find(
    (top) => top >= most && (top % 2 === 0 || top === 1),
  );
}

function scale(top) {
  return (top > 1 ? [0, top / 2, top] : [0, top]).map((value) =>
    h(
      "span.tick-y",
      { "aria-hidden": "true", css: { bottom: `${(value / top) * 100}%` } },
      count(value),
    ),
  );
}

function bars(spans, series, top, at) {
  const lines = [0, 0.5, 1].map((share) =>
    svg(share ? "line.grid" : "line.base", {
      x1: 0,
      x2: spans.length,
      y1: HEIGHT * (1 - share),
      y2: HEIGHT * (1 - share),
    }),
  );
  return svg(
    "svg",
    {
      viewBox: `0 0 ${spans.length} ${HEIGHT}`,
      preserveAspectRatio: "none",
      "aria-hidden": "true",
    },
    lines.slice(1),
    at === null
      ? null
      : svg("rect.cursor", { key: "cursor", x: at, y: 0, width: 1, height: HEIGHT }),
    spans.map((span, index) => svg("g", { key: span.at }, stack(span.counts, series, top, index))),
    lines[0],
  );
}

function stack(counts, series, top, index) {
  let under = 0;
  return series.map(({ key, tint }) => {
    const height = ((counts[key] ?? 0) / top) * HEIGHT;
    under += height;
    return height
      ? svg(`rect.bar.${tint}`, { x: index + (1 - BAR) / 2, y: HEIGHT - under, width: BAR, height })
      : null;
  });
}

function tickX(index, spans) {
  const edge = index === 0 ? ".first" : index === spans.length - 1 ? ".last" : "";
  const middle = index === 0 ? 0 : index === spans.length - 1 ? 1 : (index + 0.5) / spans.length;
  return h(`span.tick-x${edge}`, { css: { left: `${middle * 100}%` } }, spans[index].name);
}

function stepped(event, at, length, move) {
  const step = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  move(Math.min(length - 1, Math.max(0, at === null ? length - 1 : at + step)));
}

function pointed(event, at, length, move) {
  const box = event.currentTarget.getBoundingClientRect();
  const next = Math.min(
    length - 1,
    Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * length)),
  );
  if (next !== at) move(next);
}

function totalsRead(spans, totals, unit) {
  const most = Math.max(...totals);
  return most
    ? `Most in one ${unit}: ${count(most)}, at ${spans[totals.indexOf(most)].name}`
    : `None in these ${spans.length} ${unit}s`;
}

function barRead(span, total, series) {
  const parts = series
    .filter(({ key }) => span.counts[key])
    .map(({ key, label }) => `${label} ${count(span.counts[key])}`);
  return `${span.name}: ${count(total)}${parts.length ? ` = ${parts.join(", ")}` : ""}`;
}

function legend(spans, series) {
  const sums = series.map((each) => ({
    ...each,
    sum: spans.reduce((sum, span) => sum + (span.counts[each.key] ?? 0), 0),
  }));
  return h(
    "ul.legend",
    {},
    sums
      .filter(({ sum }) => sum)
      .map(({ key, label, tint, sum }) =>
        h(
          "li",
          { key },
          h(`span.swatch.${tint}`, { "aria-hidden": "true" }),
          h("span", {}, label),
          h("b", {}, count(sum)),
        ),
      ),
  );
}

function asTable(title, spans, series, totals) {
  return h(
    "details",
    {},
    h("summary", {}, "The same as a table"),
    h(
      "div.table-wrap",
      { tabindex: "0", role: "region", "aria-label": `${title}, as a table` },
      h(
        "table",
        {},
        h("caption.unseen", {}, title),
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            ["From", "All", ...series.map(({ label }) => label)].map((name, index) =>
              h("th", { scope: "col", class: index ? "number" : "" }, name),
            ),
          ),
        ),
        h(
          "tbody",
          {},
          spans.map((span, index) =>
            h(
              "tr",
              { key: span.at },
              h("th.tight", { scope: "row" }, span.name),
              h("td.number", {}, count(totals[index])),
              series.map(({ key }) => h("td.number", {}, count(span.counts[key] ?? 0))),
            ),
          ),
        ),
      ),
    ),
  );
}
