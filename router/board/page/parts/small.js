// Small pieces: figures, tags, outcomes, ids, headings.
import { h, svg } from "../lib/dom.js";
import { count, time } from "../lib/format.js";
import { to } from "../lib/routes.js";
import { say } from "../lib/say.js";

const ID_SHOWN = 22;
const NAME_SHOWN = 40;
const SAID_FOR_MS = 1_500;

/** The head of a view: its title, and the time of its newest record. */
export function head(title, at) {
  return h(
    "div.head",
    { key: "head" },
    h("h1", { tabindex: "-1" }, title),
    at ? h("span.as-of", {}, "as of ", time(at)) : null,
  );
}

/** One figure with its label; `href` makes it a way to the view behind it. */
export function tile({ label: name, figure, unit, under, href, alarm, text }) {
  return h(
    href ? "a.tile" : "div.tile",
    { key: name, href },
    h("span.label", {}, name),
    h(
      "span.figure",
      { class: [alarm ? "bad" : "", text ? "text" : ""].join(" "), title: text ? figure : null },
      figure,
      unit ? h("span.unit", {}, unit) : null,
    ),
    h("span.under", {}, under),
  );
}

/** Ids side by side. */
export function tags(names) {
  return names?.length
    ? h(
        "span.tags",
        {},
        names.map((name) => h("bdi.tag", { key: name }, name)),
      )
    : null;
}

/** A rep: the name, a way to `href` if there is one, and the id under it. */
export function rep({ rep_id: repId, name }, href = null) {
  const named = h(
    "bdi.name",
    { title: name && name.length > NAME_SHOWN ? name : null },
    name || repId,
  );
  return h(
    "span",
    {},
    href ? h("a", { href }, named) : named,
    name && name !== repId ? h("span.under-cell", {}, id(repId, "the rep's id")) : null,
  );
}

/** A count; nothing to worry about is quiet. */
export function alarm(number) {
  return h("span", { class: number ? "bad" : "muted" }, count(number));
}

/** An id, its middle left out if it is long; then there is a button that copies all of it. */
export function id(text, kind = "id") {
  if (text === null || text === undefined) return null;
  if (text.length <= ID_SHOWN) return h("span.id", {}, h("bdi", {}, text));
  return h(
    "span.id-copy",
    {},
    h("span.id", { title: text }, h("bdi", {}, shortened(text))),
    copyButton(text, `Copy ${kind}`),
  );
}

/** A lead's id as the way to its story. */
export function leadLink(leadId) {
  const link = h(
    "a.id",
    { href: to("leads", leadId), title: leadId.length > ID_SHOWN ? leadId : null },
    h("bdi", {}, shortened(leadId)),
  );
  return leadId.length > ID_SHOWN
    ? h("span.id-copy", {}, link, copyButton(leadId, "Copy the lead's id"))
    : link;
}

export function shortened(text) {
  const letters = [...text];
  return letters.length <= ID_SHOWN
    ? text
    : `${letters.slice(0, 12).join("")}…${letters.slice(-8).join("")}`;
}

export function copyButton(text, name) {
  return h(
    "button.icon.small",
    {
      type: "button",
      title: name,
      "aria-label": name,
      onclick: (event) => copy(event, text, name),
    },
    svg(
      "svg",
      { viewBox: "0 0 16 16", "aria-hidden": "true" },
      svg("rect", { x: 5.5, y: 5.5, width: 8, height: 8, rx: 1.5 }),
      svg("path", { d: "M10.5 5.5v-2a1 1 0 0 0-1-1h-6a1 1 0 0 0-1 1v6a1 1 0 0 0 1 1h2" }),
    ),
  );
}

async function copy(event, text, name) {
  event.stopPropagation();
  const button = event.currentTarget;
  const done = await written(text);
  const said = done ? "Copied" : "This browser forbids copying: select the text instead";
  button.title = said;
  say(said);
  setTimeout(() => {
    button.title = name;
    say("");
  }, SAID_FOR_MS);
}

async function written(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // no permission, or a page without https
  }
}

/** Who did it by hand, and why; nothing where nobody did. */
export function byHand(command) {
  if (!command) return null;
  const { actor, reason } = command;
  return h("span.under-cell", { dir: "auto" }, reason ? `by ${actor}: ${reason}` : `by ${actor}`);
}

/** With a capital, as a heading has it. */
export function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A term and what it is, in two columns. */
export function facts(rows) {
  const known = rows.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return known.length
    ? h(
        "dl.facts",
        {},
        known.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
      )
    : null;
}
