// The view that is shown: asks for its answers, draws them, asks again when its parts have changed.
import { ApiError, get } from "./api.js";
import { morphChildren } from "./morph.js";
import { scoped } from "./routes.js";
import { settle } from "../parts/table.js";

// An answer within this time needs no word about waiting.
const PATIENCE_MS = 250;

/** `on.drawn(title)`, `on.unauthorised()`. A view is `{id, title(params), paths(params, ui), missing?, draw(answers, ui, params)}`. */
export class Screen {
  ui = {};
  #main;
  #on;
  #view = null;
  #params = [];
  #answers = null;
  #error = null;
  #asked = 0;
  #asking = null;
  #again = false;
  #frame = "";

  constructor(main, on) {
    this.#main = main;
    this.#on = on;
  }

  /** Change to a view; what `ui` held belonged to the one before. */
  show(view, params) {
    this.#view = view;
    this.#params = params;
    this.#answers = null;
    this.#error = null;
    this.#frame = "";
    this.ui = { redraw: () => this.draw(), refresh: () => this.refresh() };
    this.#main.replaceChildren();
    this.#main.setAttribute("aria-busy", "true");
    setTimeout(() => {
      if (this.#view === view && !this.#answers && !this.#error) this.draw();
    }, PATIENCE_MS);
    return this.refresh();
  }

  /** Whether one of `parts`, as `/api/events` names them, is shown. */
  shows(parts) {
    const names = new Set(parts.map((name) => name.replaceAll("_", "-")));
    return this.#paths().some(([, path]) => names.has(path.split(/[/?]/)[0]));
  }

  /** Whether there are numbers to look at. */
  get hasAnswers() {
    return this.#answers !== null;
  }

  /** Why the numbers that are shown are not renewed, in one line; or null. */
  get trouble() {
    return this.#answers && this.#error?.status ? this.#error.line : null;
  }

  /**
   * Ask again; several wishes for the same while it is under way are one. When something else is
   * wanted by now, what is under way is not waited for, and its answer is not shown any more.
   */
  async refresh() {
    if (this.#asking !== null && this.#asking === this.#wanted()) {
      this.#again = true;
      return;
    }
    const number = ++this.#asked;
    try {
      do {
        this.#again = false;
        this.#asking = this.#wanted();
        await this.#ask(number);
      } while (this.#again && number === this.#asked);
    } finally {
      if (number === this.#asked) this.#asking = null;
    }
  }

  /** What is asked for, as text: the view, the pages turned in it and the sales org. */
  #wanted() {
    return JSON.stringify([this.#view?.id, this.#paths().map(([, path]) => scoped(path))]);
  }

  async #ask(number) {
    const view = this.#view,
      asked = this.#asking;
    const found = await outcome(this.#paths(), view.missing);
    if (number !== this.#asked) return;
    if (asked !== this.#wanted()) {
      this.#again = true;
      return;
    }
    if (found.status === 401) return this.#on.unauthorised();
    if (found.answers && this.#answers && !this.#error && same(found.answers, this.#answers))
      return;
    const was = this.trouble;
    // Numbers that were there stay while nothing new comes; the banner says so. What is gone, is not shown.
    if (found.answers || found.status === 404) this.#answers = found.answers;
    this.#error = found.answers ? null : found;
    this.draw();
    if (this.trouble !== was) this.#on.troubled();
  }

  #paths() {
    return this.#view ? Object.entries(this.#view.paths(this.#params, this.ui)) : [];
  }

  /** Draw what is known; `frame(nodes)` of the shell may put a state in its place. */
  draw() {
    const view = this.#view;
    if (!view) return;
    const nodes =
      this.#on.instead({
        view,
        params: this.#params,
        error: this.#error,
        answers: this.#answers,
      }) ?? view.draw(this.#answers, this.ui, this.#params);
    morphChildren(this.#main, nodes.flat(Infinity).filter(Boolean));
    settle(this.#main);
    this.#main.setAttribute("aria-busy", String(!this.#answers && !this.#error));
    if (this.#frame !== view.id) {
      this.#frame = view.id;
      this.#on.drawn(view.title(this.#params));
    }
  }
}

/** An answer that has not changed is the same object as before. */
function same(answers, before) {
  return Object.keys(answers).every((name) => answers[name] === before[name]);
}

/** A name in `missing` may be unknown to the board: its answer is then `{missing: line}`. */
async function outcome(paths, missing = []) {
  try {
    const answers = await Promise.all(
      paths.map(async ([name, path]) => [name, await answer(path, missing.includes(name))]),
    );
    return { answers: Object.fromEntries(answers), status: 200 };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { answers: null, status: error.status, line: error.message };
  }
}

async function answer(path, mayBeMissing) {
  try {
    return await get(scoped(path));
  } catch (error) {
    if (!mayBeMissing || error.status !== 404) throw error;
    return { missing: error.message };
  }
}
