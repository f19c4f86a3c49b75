// The policy that decides now, word for word, and those before it.
import { part } from "../lib/api.js";
import { h } from "../lib/dom.js";
import { count, time } from "../lib/format.js";
import { to } from "../lib/routes.js";
import { head } from "../parts/small.js";
import { table } from "../parts/table.js";

export const policy = {
  id: "policy",
  name: "Policy",
  letter: "p",
  title: ([id, version]) => (version ? `Policy ${id}, version ${version}` : "Policy"),
  paths: ([id, version]) =>
    version
      ? { one: `policies/${part(id)}/${part(version)}`, policies: "policies" }
      : { policies: "policies" },
  missing: ["one"],
  draw({ one, policies: { at, in_force: now, next, history } }, ui) {
    if (one) return [head("Policy", at), back(), former(one)];
    return [
      head("Policy", at),
      now
        ? inForce(now)
        : h(
            "p.nothing",
            { key: "none" },
            "No policy decides yet, and leads are held: lead-router policy publish policy.yaml",
          ),
      next
        ? h(
            "p",
            { key: "next" },
            `Next: ${next.id}, version ${next.version}, from `,
            time(next.since),
          )
        : null,
      h(
        "section.card",
        { key: "history", "aria-label": "History" },
        h("h2", {}, "History"),
        table({
          id: "history",
          caption: "Policies, the newest first",
          columns: COLUMNS,
          rows: history,
          rowKey: (each) => `${each.id} ${each.version}`,
          ui,
          even: true,
          order: { key: "published", down: true },
          nothing: "Nothing was published yet.",
        }),
      ),
    ];
  },
};

function inForce({ id, version, since, title, text }) {
  return h(
    "section.card",
    { key: "now", "aria-label": "In force" },
    h(
      "div.card-head",
      {},
      h(
        "h2",
        {},
        "In force: ",
        h("bdi", {}, title && title !== id ? title : id),
        `, version ${version}`,
      ),
      h("span.note", {}, "since ", time(since)),
    ),
    text
      ? h("pre", { tabindex: "0", "aria-label": "The policy as it was published" }, text)
      : h("p.muted", {}, "Its text is not in the topic: see the file that was published."),
  );
}

function back() {
  return h(
    "p.note",
    { key: "back" },
    h("a", { href: to("policy") }, "The policy in force, and all versions"),
  );
}

function former({ missing, id, version, published_at: published, since, text }) {
  if (missing) return h("p.nothing", { key: "missing", role: "alert" }, missing);
  return h(
    "section.card",
    { key: "former", "aria-label": "As it was published" },
    h(
      "div.card-head",
      {},
      h("h2", {}, h("bdi", {}, id), `, version ${version}`),
      h("span.note", {}, "published ", time(published), ", from ", time(since)),
    ),
    text
      ? h("pre", { tabindex: "0", "aria-label": "The policy as it was published" }, text)
      : h("p.muted", {}, "It was published without its text."),
  );
}

const COLUMNS = [
  {
    key: "id",
    label: "Policy",
    cell: (each) => h("a", { href: to("policy", each.id, each.version) }, h("bdi", {}, each.id)),
  },
  {
    key: "version",
    label: "Version",
    number: true,
    sort: (each) => each.version,
    cell: (each) => count(each.version),
  },
  {
    key: "published",
    label: "Published",
    number: true,
    sort: (each) => each.published_at ?? null,
    cell: (each) => time(each.published_at),
  },
  {
    key: "since",
    label: "In force since",
    number: true,
    sort: (each) => each.since ?? null,
    cell: (each) => time(each.since),
  },
  {
    key: "decisions",
    label: "Decisions today",
    number: true,
    sort: (each) => each.decisions_today,
    cell: (each) => count(each.decisions_today),
  },
];
