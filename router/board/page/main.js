// The board: puts the shell, the views and the live events together. Nothing else knows all of them.
import { forget, post } from "./lib/api.js";
import { startTicking } from "./lib/clock.js";
import { Events } from "./lib/events.js";
import { tell } from "./lib/format.js";
import { listenForKeys } from "./lib/keys.js";
import { morphChildren } from "./lib/morph.js";
import { go, here } from "./lib/routes.js";
import { say } from "./lib/say.js";
import { Screen } from "./lib/screen.js";
import { Service } from "./lib/service.js";
import { showHelp } from "./parts/dialogs.js";
import { banner, foot, topBar, viewList } from "./parts/shell.js";
import { downPanel, errorPanel, loadingPanel, tokenPanel } from "./parts/states.js";
import { VIEWS, WHY_NOT } from "./views/all.js";

const SAID = {
  live: "Live again.",
  broker_down: "The broker is down. These are the last numbers.",
  denied: "A right is missing. These are the last numbers.",
  unreachable: "The board does not answer.",
  loading: "Loading.",
  unauthorised: "A token is needed.",
};
const STALE = new Set(["broker_down", "denied", "unreachable"]);
const WITHOUT_NUMBERS = new Set(["starting", "loading", "unauthorised"]);
const node = (id) => document.getElementById(id);

let shown = { view: VIEWS[0], org: null };
const service = new Service(stateChanged);
const screen = new Screen(node("main"), {
  instead,
  drawn,
  troubled: drawShell,
  unauthorised: () => service.ask(),
});
const events = new Events({
  open: () => {
    service.ask();
    screen.refresh();
  },
  changed,
  lost: () => service.ask(),
});

function stateChanged(state) {
  const before = shown.state;
  shown.state = state.state;
  if (before && before !== "starting" && before !== state.state) say(SAID[state.state] ?? "");
  if (state.state === "unauthorised") events.close();
  else if (before === "unauthorised") events.open();
  if (state.state === "live" && before !== "live") screen.refresh();
  drawShell();
  if (before !== state.state || state.state === "loading") screen.draw();
}

function changed({ parts, state }) {
  if (state && state !== service.state.state) service.ask();
  if (document.hidden) shown.missed = true;
  else if (screen.shows(parts ?? [])) screen.refresh();
}

function drawShell() {
  const state = service.state;
  morphChildren(node("top"), topBar(state, { help, redraw: drawShell }).filter(Boolean));
  morphChildren(node("views"), viewList(VIEWS, shown.view.id));
  morphChildren(node("banner"), banner(state, screen));
  morphChildren(node("foot"), foot(state));
  node("main").classList.toggle("stale", screen.hasAnswers && STALE.has(state.state));
}

/** What stands in the view's place, or null if the view itself does. */
function instead({ error, answers }) {
  const state = service.state;
  if (state.state === "unauthorised") return [tokenPanel(enter)];
  if (WITHOUT_NUMBERS.has(state.state) && !(state.state === "starting" && answers))
    return [loadingPanel(state)];
  if (!answers && STALE.has(state.state)) return [downPanel(state)];
  if (answers) return null;
  return [error ? errorPanel(error, () => screen.refresh()) : loadingPanel(state)];
}

function drawn(title) {
  document.title = `${title} · lead-router`;
  drawShell();
}

async function enter(token) {
  try {
    await post("login", { token });
  } catch (error) {
    return error.status === 401
      ? "This is not the token. Look at LEAD_ROUTER_BOARD__TOKEN where lead-router runs."
      : error.message;
  }
  forget();
  await service.ask();
  return null;
}

function navigated() {
  const {
    segments: [name, ...params],
    query,
  } = here();
  const view = name === "why-not" ? WHY_NOT : (VIEWS.find(({ id }) => id === name) ?? VIEWS[0]);
  const first = !shown.query;
  shown = { ...shown, view, query };
  screen.show(view, params);
  drawShell();
  document
    .querySelector("#views [aria-current]")
    ?.scrollIntoView({ block: "nearest", inline: "center" });
  scrollTo(0, 0);
  if (!first) node("main").focus({ preventScroll: true });
}

function help() {
  showHelp([
    [["/"], "find a lead by its id"],
    ...VIEWS.filter(({ letter }) => letter).map(({ letter, name }) => [["g", letter], name]),
    [["↑", "↓"], "from row to row in a table, Enter opens it"],
    [["←", "→"], "from bar to bar in a chart"],
    [["?"], "this help"],
  ]);
}

listenForKeys({
  search: () => node("top").querySelector("input")?.focus(),
  help,
  go: (letter) => {
    const view = VIEWS.find((each) => each.letter === letter);
    if (view) go(view.id);
  },
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden || !shown.missed) return;
  shown.missed = false;
  service.ask();
  screen.refresh();
});
// The part of the address behind `#` names the view, so the skip link must leave it as it is.
document.querySelector(".skip").onclick = (event) => {
  event.preventDefault();
  node("main").focus();
};
addEventListener("hashchange", navigated);
startTicking(tell);
navigated();
service.ask();
events.open();
