// The two ways a lead can take, inside and field sales, and the pools of each.
import { h } from "../lib/dom.js";
import { count, span } from "../lib/format.js";
import { to } from "../lib/routes.js";
import { label } from "../lib/words.js";
import { byHand, head, tile } from "../parts/small.js";
import { table } from "../parts/table.js";

export const flows = {
  id: "flows",
  name: "Flows",
  letter: "f",
  title: () => "Field and inside flows",
  paths: () => ({ flows: "flows" }),
  draw({ flows: { at, channels } }, ui) {
    return [
      head("Field and inside flows", at),
      channels.length
        ? channels.map((channel) => flow(channel, ui))
        : h("p.nothing", {}, "No channel has had a lead today, and no rep is in one."),
    ];
  },
};

function flow(channel, ui) {
  const name = label(channel.sales_channel);
  return h(
    "section.stack",
    { key: channel.sales_channel, "aria-label": name },
    h("h2", {}, name),
    h(
      "div.tiles.six",
      {},
      tile({
        label: "Assigned today",
        figure: count(channel.assigned_today),
        under: `${count(channel.open)} open`,
      }),
      tile({
        label: "Backlog",
        figure: count(channel.backlog),
        under: channel.backlog ? "wait for a place" : "nobody waits",
        href: to("backlog"),
      }),
      speed("To assignment at once", channel.speed.at_once),
      speed("To acceptance", channel.speed.acceptance),
      speed("To first contact", channel.speed.first_contact),
      tile({
        label: "Clocks missed today",
        figure: count(channel.missed_today),
        under: "accept or contact",
        href: to("clocks"),
        alarm: channel.missed_today > 0,
      }),
    ),
    h("div.card", {}, pools(channel, ui)),
  );
}

function speed(name, { count: number, p50_s, p95_s }) {
  return tile({
    label: `${name}, median`,
    figure: number ? span(p50_s) : "–",
    under: number ? `95 %: ${span(p95_s)}` : "none yet today",
  });
}

function pools(channel, ui) {
  const columns = [
    {
      key: "pool",
      label: "Pool",
      sort: (row) => row.pool_id,
      cell: (row) => [
        h("a", { href: to("pools") }, h("bdi", {}, row.pool_id)),
        row.paused ? [" ", h("span.pill.warn", {}, "Paused"), byHand(row.paused_by)] : null,
      ],
    },
    {
      key: "market",
      label: "Market",
      sort: (row) => row.market,
      cell: (row) => h("bdi", {}, row.market ?? "–"),
    },
    {
      key: "assigned",
      label: "Assigned today",
      number: true,
      sort: (row) => row.assigned_today,
      cell: (row) => count(row.assigned_today),
    },
    {
      key: "open",
      label: "Open",
      number: true,
      sort: (row) => row.open,
      cell: (row) => count(row.open),
    },
    {
      key: "members",
      label: "Reps",
      number: true,
      sort: (row) => row.members,
      cell: (row) => count(row.members),
    },
    {
      key: "free",
      label: "Free places",
      number: true,
      sort: (row) => row.places_free,
      cell: (row) => count(row.places_free),
    },
  ];
  return table({
    id: `pools-${channel.sales_channel}`,
    caption: `Pools of ${label(channel.sales_channel)}`,
    columns,
    rows: channel.pools,
    rowKey: (row) => row.pool_id,
    ui,
    even: true,
    order: { key: "pool", down: false },
    nothing: "The policy has no pool in this channel.",
  });
}
