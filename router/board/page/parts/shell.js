// The frame around every view: name, state, search, sales org, theme, list of views, banner, foot.
import { h, svg } from "../lib/dom.js";
import { since, span, time, zone } from "../lib/format.js";
import { go, inOrg, here, to } from "../lib/routes.js";
import { isDark, switchTheme } from "../lib/theme.js";
import { leadSearch } from "./lead_search.js";

const STATES = {
  starting: ["plain", "Connecting"],
  loading: ["warn", "Loading"],
  live: ["good", "Live"],
  broker_down: ["bad", "Broker down"],
  denied: ["bad", "Right missing"],
  unreachable: ["bad", "No answer"],
  unauthorised: ["plain", "Token needed"],
};
const LAG_SHOWN_S = 5;
let search = null;

/** The top bar; the search field is made once and stays. */
export function topBar(state, { help, redraw }) {
  search ??= leadSearch({
    name: "Find a lead by its id",
    placeholder: "Find a lead: id",
    chosen: (lead) => go("leads", lead),
    clears: true,
  });
  return [
    h("a.brand", { key: "brand", href: to("overview") }, "lead-router"),
    statePill(state),
    h("span.spring", { key: "spring" }),
    keyedSearch(state),
    orgs(state.sales_orgs),
    iconButton(
      "theme",
      isDark() ? "Switch to light" : "Switch to dark",
      [
        svg("circle", { cx: 8, cy: 8, r: 5.5 }),
        svg("path.solid", { d: "M8 2.5a5.5 5.5 0 0 0 0 11z" }),
      ],
      () => {
        switchTheme();
        redraw();
      },
    ),
    iconButton(
      "help",
      "Keyboard shortcuts",
      [
        svg("circle", { cx: 8, cy: 8, r: 6.2 }),
        svg("path", { d: "M6.2 6.3a1.9 1.9 0 1 1 2.7 1.7c-.6.3-.9.7-.9 1.3v.2M8 11.7v.1" }),
      ],
      help,
    ),
  ];
}

function keyedSearch(state) {
  if (state.state === "unauthorised") return null;
  search.key = "search";
  return search;
}

function statePill(state) {
  const [tint, words] = STATES[state.state] ?? ["plain", state.state];
  const late = state.state === "live" && state.lag_s > LAG_SHOWN_S;
  return h(
    `span.pill.${late ? "warn" : tint}`,
    {
      key: "state",
      id: "state",
      title:
        state.lag_s === undefined || state.lag_s === null
          ? null
          : `${span(state.lag_s)} behind the broker`,
    },
    late ? `${span(state.lag_s)} behind` : words,
  );
}

function orgs(names) {
  if (!names || names.length < 2) return null;
  const shown = here().query.get("sales_org") ?? names[0];
  return h(
    "select",
    {
      key: "org",
      "aria-label": "Sales org",
      onchange: (event) => {
        location.hash = inOrg(event.target.value);
      },
    },
    names.map((name) => h("option", { value: name, selected: name === shown }, name)),
  );
}

function iconButton(key, name, shapes, onclick) {
  return h(
    "button.icon",
    { key, type: "button", title: name, "aria-label": name, onclick },
    svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, shapes),
  );
}

/** The list of views; `shown` is the id of the present one. */
export function viewList(views, shown) {
  return [
    h(
      "ul",
      {},
      views.map((view) =>
        h(
          "li",
          { key: view.id },
          h(
            "a",
            { href: to(view.id), "aria-current": view.id === shown ? "page" : null },
            view.name,
          ),
        ),
      ),
    ),
  ];
}

/** What is wrong while the last numbers stay. */
export function banner(state, { hasAnswers, trouble }) {
  if (!hasAnswers) return [];
  if (state.state === "broker_down") {
    return [
      h(
        "div.banner.bad",
        { role: "alert" },
        h("strong", {}, "The broker is down"),
        h(
          "span",
          {},
          "since ",
          time(state.since),
          " (",
          since(state.since),
          "). These are the last numbers; they go on by themselves when it answers.",
        ),
      ),
    ];
  }
  if (state.state === "denied") {
    return [
      h(
        "div.banner.bad",
        { role: "alert" },
        h("strong", {}, "The board may not read"),
        h("span", {}, state.why, ". These are the last numbers; they go on when it is given."),
      ),
    ];
  }
  if (state.state === "unreachable") {
    return [
      h(
        "div.banner.bad",
        { role: "alert" },
        h("strong", {}, "The board does not answer"),
        h(
          "span",
          {},
          "since ",
          time(state.since),
          ". These are the last numbers. Is `lead-router run --roles streams` running?",
        ),
      ),
    ];
  }
  if (!trouble) return [];
  return [
    h(
      "div.banner",
      { role: "alert" },
      h("strong", {}, "These numbers are not renewed"),
      h("span", {}, trouble),
    ),
  ];
}

/** The foot of the page. */
export function foot(state) {
  return [
    h("span", {}, state.version ? `lead-router ${state.version}` : "lead-router"),
    state.state === "live"
      ? h(
          "span",
          {},
          state.lag_s < 1 ? "Up to date with the broker" : `${span(state.lag_s)} behind the broker`,
        )
      : null,
    state.bootstrap_servers ? h("span", {}, `Kafka at ${state.bootstrap_servers}`) : null,
    state.unreadable ? h("span.bad", {}, `${state.unreadable} records could not be read`) : null,
    h("span", {}, `Times are local: ${zone()}; hover for UTC`),
  ].filter(Boolean);
}
