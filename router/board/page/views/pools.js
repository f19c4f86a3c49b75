// Fairness: who was due how many turns in each pool today, and who got how many.
import { h } from "../lib/dom.js";
import { count, counted, roughMoney, time, turns } from "../lib/format.js";
import { lagBar } from "../parts/bars.js";
import { to } from "../lib/routes.js";
import { dayByHour } from "../parts/charts.js";
import { head, rep as named } from "../parts/small.js";
import { table } from "../parts/table.js";

export const pools = {
  id: "pools",
  name: "Pools",
  letter: "s",
  title: () => "Pools: fair shares",
  paths: () => ({ pools: "pools", hours: "series?by=pool&step=hour" }),
  draw({ pools: { at, pools: all }, hours }, ui) {
    return [
      head("Pools: fair shares", at),
      h(
        "p.muted",
        { key: "words" },
        "Today's turns, each by the members and weights of its time. Due is a rep's share, by weight, of the leads they could have had; behind: more is due than came, ahead: more came. The prefix lag is how far anybody was ever behind.",
      ),
      all.length
        ? all.map((pool) => shares(pool, hours, ui))
        : h("p.nothing", {}, "No pool has had a turn today."),
    ];
  },
};

function shares(pool, hours, ui) {
  const most = Math.max(1000, ...pool.members.map((rep) => Math.abs(rep.lag_milli)));
  const columns = [
    { key: "name", label: "Rep", sort: (rep) => rep.name || rep.rep_id, cell: inPool },
    {
      key: "slots",
      label: "Places offered",
      number: true,
      sort: (rep) => rep.slots,
      cell: (rep) => count(rep.slots),
    },
    {
      key: "due",
      label: "Turns due",
      number: true,
      sort: (rep) => rep.turns_due_milli,
      cell: (rep) => turns(rep.turns_due_milli),
    },
    {
      key: "got",
      label: "Turns got",
      number: true,
      sort: (rep) => rep.turns_got,
      cell: (rep) => count(rep.turns_got),
    },
    {
      key: "lag",
      label: "Behind or ahead",
      number: true,
      wide: true,
      sort: (rep) => rep.lag_milli,
      cell: (rep) => h("span.tight", {}, words(rep.lag_milli), lagBar(rep.lag_milli, most)),
    },
    {
      key: "worth",
      label: "Worth a place",
      number: true,
      sort: (rep) => rep.worth_per_slot_minor,
      cell: (rep) => roughMoney(rep.worth_per_slot_minor, pool.currency),
    },
  ];
  return h(
    "section.card.stack",
    { key: pool.pool_id, "aria-label": `Pool ${pool.pool_id}` },
    h("div.card-head", {}, h("h2", {}, h("bdi", {}, pool.pool_id)), h("span.note", {}, note(pool))),
    dayByHour({
      id: `day-${pool.pool_id}`,
      title: "Decisions of each hour",
      hours,
      name: pool.pool_id,
      ui,
    }),
    table({
      id: `shares-${pool.pool_id}`,
      caption: `Shares in the pool ${pool.pool_id}`,
      columns,
      rows: pool.members,
      rowKey: (rep) => rep.rep_id,
      ui,
      even: true,
      order: { key: "lag", down: true },
      nothing: "The pool has no member.",
    }),
  );
}

function inPool(rep) {
  const others = rep.other_pools || [];
  return [
    named(rep, to("reps", rep.rep_id)),
    rep.is_member === false ? h("span.under-cell", {}, "no more in the pool") : null,
    others.length
      ? h("span.under-cell", {}, "turns of their own in ", h("bdi", {}, others.join(", ")))
      : null,
  ];
}

function note({ prefix_lag_max: most, turns: number, turns_not_judged: others, since, changes }) {
  return [
    `${counted(number, "turn")}`,
    since ? [" since ", time(since)] : null,
    changes ? `, members or weights changed ${changes === 1 ? "once" : counted(changes, "time")}` : null,
    others ? `, ${count(others)} more cannot be judged` : null,
    `, prefix lag ${turns(most * 1000)} turns`,
  ];
}

function words(milli) {
  if (!milli) return h("span.muted", {}, "even");
  return [turns(Math.abs(milli)), h("span.unit", {}, milli > 0 ? " behind" : " ahead")];
}
