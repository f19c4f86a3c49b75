// Topics, and what waits in them for each step.
import { h } from "../lib/dom.js";
import { ago, count, counted } from "../lib/format.js";
import { head } from "../parts/small.js";
import { table } from "../parts/table.js";

export const topics = {
  id: "topics",
  name: "Topics and lag",
  letter: "t",
  title: () => "Topics and lag",
  paths: () => ({ topics: "topics" }),
  draw({ topics: { at, topics: all, lags } }, ui) {
    const waiting = lags.reduce((sum, lag) => sum + lag.waiting, 0);
    return [
      head("Topics and lag", at),
      h(
        "section.card",
        { key: "lags", "aria-label": "Lag" },
        h(
          "div.card-head",
          {},
          h("h2", {}, "Lag"),
          h("span.note", {}, waiting ? `${counted(waiting, "record")} waiting` : "nothing waits"),
        ),
        table({
          id: "lags",
          caption: "Records that wait for each step",
          columns: LAGS,
          rows: byTopic(lags),
          rowKey: (lag) => `${lag.step} ${lag.topic}`,
          ui,
          even: true,
          order: { key: "waiting", down: true },
          nothing: "No step has read anything yet: lead-router run",
        }),
      ),
      h(
        "section.card",
        { key: "topics", "aria-label": "Topics" },
        h("h2", {}, "Topics"),
        table({
          id: "topics",
          caption: "Topics",
          columns: TOPICS,
          rows: all,
          rowKey: (topic) => topic.topic,
          ui,
          even: true,
          order: { key: "topic", down: false },
          nothing: "There are no topics yet: lead-router topics apply",
        }),
      ),
    ];
  },
};

/** One row for each step and topic: the sum over its partitions, and the one where most waits. */
function byTopic(lags) {
  const found = new Map();
  for (const { step, topic, partition, waiting } of lags) {
    const key = `${step} ${topic}`;
    const row = found.get(key) ?? { step, topic, partitions: 0, waiting: 0, most: 0, where: null };
    row.partitions += 1;
    row.waiting += waiting;
    if (waiting > row.most) Object.assign(row, { most: waiting, where: partition });
    found.set(key, row);
  }
  return [...found.values()];
}

const LAGS = [
  { key: "step", label: "Step", sort: (lag) => lag.step, cell: (lag) => lag.step },
  {
    key: "topic",
    label: "Topic",
    sort: (lag) => lag.topic,
    cell: (lag) => h("bdi", {}, lag.topic),
  },
  {
    key: "partitions",
    label: "Partitions",
    number: true,
    sort: (lag) => lag.partitions,
    cell: (lag) => count(lag.partitions),
  },
  {
    key: "most",
    label: "Most in one partition",
    number: true,
    sort: (lag) => lag.most,
    cell: (lag) => (lag.most ? [count(lag.most), h("span.unit", {}, ` in ${lag.where}`)] : "–"),
  },
  {
    key: "waiting",
    label: "Records waiting",
    number: true,
    sort: (lag) => lag.waiting,
    cell: (lag) => h("span", { class: lag.waiting ? "warn" : "muted" }, count(lag.waiting)),
  },
];
const TOPICS = [
  {
    key: "topic",
    label: "Topic",
    sort: (topic) => topic.topic,
    cell: (topic) => h("bdi", {}, topic.topic),
  },
  {
    key: "partitions",
    label: "Partitions",
    number: true,
    sort: (topic) => topic.partitions,
    cell: (topic) => count(topic.partitions),
  },
  {
    key: "records",
    label: "Records",
    number: true,
    sort: (topic) => topic.records,
    cell: (topic) => count(topic.records),
  },
  {
    key: "newest",
    label: "Newest",
    number: true,
    sort: (topic) => topic.newest_at ?? null,
    cell: (topic) => ago(topic.newest_at),
  },
];
