// A field that finds leads by the beginning of their id: type, arrow keys, Enter.
import { ApiError, get, part } from "../lib/api.js";
import { h } from "../lib/dom.js";
import { scoped } from "../lib/routes.js";
import { say } from "../lib/say.js";
import { label } from "../lib/words.js";
import { shortened } from "./small.js";

const WAIT_MS = 120;
let fields = 0;

/** `chosen(lead_id)` is called with what was picked or typed. It looks after its own inside. */
export function leadSearch({ name, placeholder, chosen, value = "", clears = false }) {
  const number = ++fields;
  const list = h("ul.found", {
    id: `found-${number}`,
    role: "listbox",
    "aria-label": "Leads found",
    hidden: true,
  });
  const input = h("input", {
    id: `find-${number}`,
    type: "search",
    role: "combobox",
    value,
    placeholder,
    "aria-label": name,
    autocomplete: "off",
    spellcheck: "false",
    "aria-expanded": "false",
    "aria-controls": list.id,
    "aria-autocomplete": "list",
  });
  const box = { input, list, leads: [], at: -1, timer: 0, asked: 0, chosen, clears };
  input.oninput = () => {
    clearTimeout(box.timer);
    box.timer = setTimeout(() => find(box), WAIT_MS);
  };
  input.onkeydown = (event) => key(event, box);
  input.onblur = () => setTimeout(() => close(box), WAIT_MS);
  input.onfocus = () => input.select();
  return h("div.search", { "data-own": true }, input, list);
}

async function find(box) {
  const typed = box.input.value.trim(),
    number = ++box.asked;
  if (!typed) return close(box);
  let leads;
  try {
    leads = (await get(scoped(`leads?q=${part(typed)}`))).leads;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return say(error.message);
  }
  if (number !== box.asked || document.activeElement !== box.input) return;
  box.leads = leads;
  box.at = -1;
  draw(box);
  say(leads.length ? `${leads.length} found` : "No lead begins so");
}

function draw(box) {
  const items = box.leads.map((lead, index) =>
    h(
      "li",
      {
        id: `${box.list.id}-${index}`,
        role: "option",
        "aria-selected": String(index === box.at),
        onpointerdown: (event) => {
          event.preventDefault();
          choose(box, lead.lead_id);
        },
      },
      h("bdi", { title: lead.lead_id }, shortened(lead.lead_id)),
      h("span.muted", {}, lead.outcome ? label(lead.outcome) : ""),
    ),
  );
  box.list.replaceChildren(
    ...(items.length ? items : [h("li.none", {}, "No lead begins so in the last day.")]),
  );
  box.list.hidden = false;
  box.input.setAttribute("aria-expanded", "true");
  if (box.at >= 0) {
    box.input.setAttribute("aria-activedescendant", `${box.list.id}-${box.at}`);
    items[box.at].scrollIntoView({ block: "nearest" });
  } else box.input.removeAttribute("aria-activedescendant");
}

function key(event, box) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && box.leads.length) {
    event.preventDefault();
    box.at = (box.at + step + box.leads.length) % box.leads.length;
    draw(box);
  } else if (event.key === "Enter") {
    const typed = box.input.value.trim();
    const found = box.leads[box.at]?.lead_id ?? typed;
    if (!found) return;
    event.preventDefault();
    choose(box, found);
  } else if (event.key === "Escape") {
    if (box.list.hidden) box.input.blur();
    close(box);
  }
}

function choose(box, leadId) {
  box.input.value = box.clears ? "" : leadId;
  clearTimeout(box.timer);
  box.asked++;
  close(box);
  box.chosen(leadId);
}

function close(box) {
  box.list.hidden = true;
  box.leads = [];
  box.at = -1;
  box.input.setAttribute("aria-expanded", "false");
  box.input.removeAttribute("aria-activedescendant");
}
