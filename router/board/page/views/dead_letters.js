// Records that could not be understood. What they hold is personal: shown when asked for, one at a
// time, and never kept in the address.
import { ApiError, get, part, post } from "../lib/api.js";
import { h } from "../lib/dom.js";
import { ago, bytes, count } from "../lib/format.js";
import { scoped } from "../lib/routes.js";
import { say } from "../lib/say.js";
import { label } from "../lib/words.js";
import { confirmed } from "../parts/dialogs.js";
import { facts, head } from "../parts/small.js";

const PAGE = 100;
const BASE64 = "base64";

export const deadLetters = {
  id: "dead-letters",
  name: "Dead letters",
  letter: "d",
  title: () => "Dead letters",
  paths: (_, ui) => ({
    letters: `dead-letters?limit=${PAGE}${ui.before ? `&before=${part(ui.before)}` : ""}`,
  }),
  draw({ letters: { at, letters, next } }, ui) {
    ui.opened ??= {};
    ui.sent ??= {};
    return [
      head("Dead letters", at),
      letters.length || ui.before
        ? null
        : h("p.nothing", { key: "none" }, "Everything was understood: there is no dead letter."),
      letters.length
        ? h(
            "p.muted",
            { key: "words" },
            "Newest first. Repair what caused them, then send them again: a lead that comes twice changes nothing.",
          )
        : null,
      h(
        "ul.stack",
        { key: "list" },
        letters.map((letter) => h("li", { key: letter.id }, card(letter, ui))),
      ),
      pages(letters, next, ui),
    ];
  },
};

function pages(letters, next, ui) {
  const turn = (before) => {
    ui.before = before;
    ui.refresh();
  };
  if (!next && !ui.before) return null;
  return h(
    "div.row",
    { key: "pages" },
    ui.before ? h("button", { type: "button", onclick: () => turn(null) }, "Newest") : null,
    next
      ? h("button", { type: "button", onclick: () => turn(next) }, "Older")
      : h("span.muted", {}, "These are the oldest."),
  );
}

function card(letter, ui) {
  const opened = ui.opened[letter.id],
    sent = ui.sent[letter.id];
  return h(
    "article.card.letter",
    { "aria-label": `Dead letter ${letter.id}` },
    h(
      "div",
      {},
      h("h2", {}, label(letter.reason)),
      h("p", { dir: "auto" }, letter.detail),
      h(
        "p.note.letter-place",
        {},
        h("span", {}, ago(letter.at)),
        h("span", {}, letter.step),
        h("span", {}, `${letter.topic}-${letter.partition}, offset ${count(letter.offset)}`),
        h("span", {}, bytes(letter.bytes)),
      ),
    ),
    h(
      "div.row",
      { key: "actions" },
      h(
        "button.small",
        {
          type: "button",
          "aria-expanded": String(Boolean(opened)),
          onclick: () => toggle(letter, ui),
        },
        opened ? "Hide payload" : "Show payload",
      ),
      h(
        "button.small",
        { type: "button", disabled: sent?.done || sent?.busy, onclick: () => redrive(letter, ui) },
        sent?.done ? "Sent again" : "Send again",
      ),
      letter.redriven && !sent ? h("span.note.sent", {}, "was sent again before") : null,
      sent
        ? h("span.note.sent", { role: "status", class: sent.wrong ? "bad" : "" }, sent.said)
        : null,
    ),
    opened ? payload(opened) : null,
  );
}

function payload(opened) {
  if (opened.wrong) return h("p.bad", { key: "payload", role: "alert" }, opened.wrong);
  return h(
    "div.stack",
    { key: "payload" },
    h("p.note", {}, "Personal data: for repair only. This look is logged."),
    facts([
      [
        "Key",
        opened.key === null
          ? null
          : [
              h("code", { dir: "auto" }, opened.key),
              opened.key_encoding === BASE64 ? h("span.unit", {}, " base64") : null,
            ],
      ],
      ...Object.entries(opened.headers ?? {}).map(([name, text]) => [
        name,
        h("code", { dir: "auto" }, String(text)),
      ]),
    ]),
    opened.value === null
      ? h("p.muted", {}, "It has no value.")
      : h("pre", { tabindex: "0", dir: "auto", "aria-label": "Value" }, pretty(opened)),
    opened.encoding === BASE64 ? h("p.note", {}, "It is not text: shown as base64.") : null,
  );
}

function pretty({ value, encoding }) {
  if (encoding === BASE64) return value;
  try {
    return JSON.stringify(JSON.parse(value), null, 2);
  } catch {
    return value; // as it came, then
  }
}

async function toggle(letter, ui) {
  if (ui.opened[letter.id]) {
    delete ui.opened[letter.id];
    return ui.redraw();
  }
  ui.opened[letter.id] = await attempt(() => get(scoped(`dead-letters/${part(letter.id)}`)));
  ui.redraw();
}

async function redrive(letter, ui) {
  const sure = await confirmed({
    title: letter.redriven ? "Send this record once more?" : "Send this record again?",
    text: `${letter.redriven ? "It was sent again before. " : ""}It goes to ${letter.topic} as it was. If what refused it is not repaired, it comes back as a new dead letter.`,
    action: "Send again",
  });
  if (!sure) return;
  ui.sent[letter.id] = { busy: true, said: "Sending" };
  ui.redraw();
  const done = await attempt(() =>
    post(scoped(`dead-letters/${part(letter.id)}/redrive${letter.redriven ? "?again=1" : ""}`)),
  );
  ui.sent[letter.id] = done.wrong
    ? { wrong: true, said: done.wrong }
    : { done: true, said: `Sent to ${done.topic}` };
  say(ui.sent[letter.id].said);
  ui.redraw();
}

async function attempt(ask) {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ApiError) return { wrong: error.message };
    throw error;
  }
}
