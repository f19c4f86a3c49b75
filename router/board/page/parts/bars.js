// A list of lengths: what, a bar, how many.
import { h, svg } from "../lib/dom.js";

/** `rows` are `[{key, label, amount, shown, beside?, tint?}]`. */
export function bars(rows, nothing) {
  if (!rows.length) return h("p.nothing", {}, nothing);
  const most = Math.max(1, ...rows.map(({ amount }) => amount));
  return h(
    "ul.bars",
    {},
    rows.map(({ key, label, amount, shown, tint }) =>
      h(
        "li",
        { key },
        h("span", {}, label),
        h(
          "div.track",
          { "aria-hidden": "true" },
          h(`div.fill${tint ? `.${tint}` : ""}`, { css: { width: `${(amount / most) * 100}%` } }),
        ),
        h("span.amount", {}, shown),
      ),
    ),
  );
}

/** How far a share is from what is due: a bar from the middle, to the right if more is due. */
export function lagBar(milli, most) {
  const length = Math.min(50, (Math.abs(milli) / Math.max(most, 1)) * 50);
  return svg(
    "svg.lag",
    { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect.rail", { width: 100, height: 10 }),
    svg(`rect.${milli > 0 ? "behind" : "ahead"}`, {
      x: milli > 0 ? 50 : 50 - length,
      width: length,
      height: 10,
    }),
    svg("line.middle", { x1: 50, x2: 50, y1: 0, y2: 10 }),
  );
}
