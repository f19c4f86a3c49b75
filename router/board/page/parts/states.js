// What stands in a view's place while it has nothing to show, and what to do about it.
import { h } from "../lib/dom.js";
import { count } from "../lib/format.js";

export function loadingPanel(state) {
  const { read, total } = state.progress ?? {};
  const known = total > 0;
  const share = known ? Math.min(100, Math.floor((read / total) * 100)) : null;
  return panel(
    "loading",
    known ? `Reading the last day: ${share} %` : "Loading",
    h("progress", { max: 100, value: share, "aria-label": "How much has been read" }),
    h(
      "p",
      {},
      known
        ? `${count(read)} of ${count(total)} records. The numbers appear when all of them are in.`
        : "Asking the board.",
    ),
  );
}

const DOWN = {
  broker_down: [
    "The broker is down",
    "There are no numbers yet. The page goes on by itself when the broker answers.",
    "lead-router doctor",
  ],
  denied: [
    "The board may not read",
    "The page goes on by itself when the right is given.",
    "lead-router doctor --role streams",
  ],
  unreachable: [
    "The board does not answer",
    "Is `lead-router run --roles streams` running? The page goes on by itself when it answers.",
    "lead-router run --roles streams",
  ],
};

export function downPanel(state) {
  const [title, words, command] = DOWN[state.state];
  const why = state.state === "denied" ? `${state.why}. ` : "";
  return panel("down", title, h("p", {}, why + words), h("code", {}, command));
}

export function emptyPanel() {
  return panel(
    "empty",
    "No leads yet",
    h("p", {}, "Nothing has been decided in the last day. Send the first leads:"),
    h("code", {}, "lead-router emit leads.jsonl"),
    h("p", {}, "They appear here within a second."),
  );
}

export function errorPanel(error, again) {
  return panel(
    "error",
    error.status === 404 ? "Not found" : "This did not work",
    h("p", { role: "alert" }, error.line),
    h("button", { type: "button", onclick: again }, "Ask again"),
  );
}

/** Asks for the token; `enter(token)` gives null, or one line that says what is wrong. */
export function tokenPanel(enter) {
  const submit = async (event) => {
    event.preventDefault();
    const form = event.currentTarget,
      field = form.elements.token,
      button = form.querySelector("button");
    button.disabled = true;
    const wrong = await enter(field.value);
    button.disabled = false;
    const said = document.getElementById("token-said");
    if (said) said.textContent = wrong ?? "";
    field.setAttribute("aria-invalid", String(Boolean(wrong)));
    if (wrong) field.select();
  };
  return panel(
    "token",
    "This board asks for a token",
    h(
      "p",
      {},
      "It is the value of LEAD_ROUTER_BOARD__TOKEN; whoever runs lead-router has it. It is asked for once in each browser.",
    ),
    h(
      "form.form",
      { onsubmit: submit, "data-own": true },
      h(
        "div.field",
        {},
        h("label", { for: "token" }, "Token"),
        h("input", {
          id: "token",
          name: "token",
          type: "password",
          autocomplete: "current-password",
          required: true,
          "aria-describedby": "token-said",
        }),
      ),
      h("button.primary", { type: "submit" }, "Open the board"),
    ),
    h("p.bad", { id: "token-said", role: "alert", "data-own": true }),
  );
}

function panel(kind, title, ...children) {
  return h(
    "section.panel",
    { key: `panel:${kind}`, "data-panel": kind },
    h("h1", { tabindex: "-1" }, title),
    children,
  );
}
