// Topics, and what waits in them for each step.
import { h } from "../lib/dom.js";
import { ago, count } from "../lib/format.js";
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
      h("section.card", { key: "lags", "aria-label": "Lag" }, h("div.card-head", {}, h("h2", {}, "Lag"), h("span.note", {}, waiting ? `${count(waiting)} records wait` : "nothing waits")),
        table({ id: "lags", caption: "Records that wait for each step", columns: LAGS, rows: lags, rowKey: (lag) => `${lag.step} ${lag.topic} ${lag.partition}`, ui, even: true, order: { key: "waiting", down: true }, nothing: "No step has read anything yet: lead-router run" })),
      h("section.card", { key: "topics", "aria-label": "Topics" }, h("h2", {}, "Topics"),
        table({ id: "topics", caption: "Topics", columns: TOPICS, rows: all, rowKey: (topic) => topic.topic, ui, even: true, order: { key: "topic", down: false }, nothing: "There are no topics yet: lead-router topics apply" })),
    ];
  },
};

const LAGS = [
  { key: "step", label: "Step", sort: (lag) => lag.step, cell: (lag) => lag.step },
  { key: "topic", label: "Topic", sort: (lag) => lag.topic, cell: (lag) => h("bdi", {}, lag.topic) },
  { key: "partition", label: "Partition", number: true, sort: (lag) => lag.partition, cell: (lag) => count(lag.partition) },
  { key: "waiting", label: "Records waiting", number: true, sort: (lag) => lag.waiting, cell: (lag) => h("span", { class: lag.waiting ? "warn" : "" }, count(lag.waiting)) },
];
const TOPICS = [
  { key: "topic", label: "Topic", sort: (topic) => topic.topic, cell: (topic) => h("bdi", {}, topic.topic) },
  { key: "partitions", label: "Partitions", number: true, sort: (topic) => topic.partitions, cell: (topic) => count(topic.partitions) },
  { key: "records", label: "Records", number: true, sort: (topic) => topic.records, cell: (topic) => count(topic.records) },
  { key: "newest", label: "Newest", number: true, sort: (topic) => topic.newest_at ?? null, cell: (topic) => ago(topic.newest_at) },
];
