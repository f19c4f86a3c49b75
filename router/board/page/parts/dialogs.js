// Questions and help over the page: the browser's own dialog keeps the focus inside and gives it back.
import { h } from "../lib/dom.js";
import { recall, remember } from "../lib/memory.js";

/** Ask before something is done; resolves to whether it was confirmed. */
export function confirmed({ title, text, action }) {
  return new Promise((resolve) => {
    const dialog = open(title, [
      h("p", {}, text),
      h(
        "div.row",
        {},
        h(
          "button",
          { type: "button", "data-first": true, onclick: () => dialog.close("") },
          "Cancel",
        ),
        h("button.primary", { type: "button", onclick: () => dialog.close("yes") }, action),
      ),
    ]);
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"));
  });
}

/** The keys, and the switch for those who use other programs' single keys, such as speech. */
export function showHelp(rows) {
  if (document.querySelector("dialog[open]")) return;
  const box = h("input", {
    type: "checkbox",
    checked: singleKeys(),
    onchange: (event) => remember("keys", event.target.checked ? null : "off"),
  });
  const dialog = open("Keyboard", [
    h(
      "dl.keys",
      {},
      rows.map(([keys, words]) => [
        h(
          "dt",
          {},
          keys.map((key, index) => [index ? " " : "", h("kbd", {}, key)]),
        ),
        h("dd", {}, words),
      ]),
    ),
    h("label.row", {}, box, "Single-key shortcuts"),
    h(
      "div.row",
      {},
      h("button", { type: "button", "data-first": true, onclick: () => dialog.close() }, "Close"),
    ),
  ]);
}

/** Whether keys without a modifier do anything. */
export function singleKeys() {
  return recall("keys") !== "off";
}

function open(title, children) {
  const dialog = h(
    "dialog",
    { "aria-labelledby": "dialog-title" },
    h("div.stack", {}, h("h2", { id: "dialog-title" }, title), children),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector("[data-first]")?.focus();
  return dialog;
}
