// The state of the service behind the page: `/api/state`, asked for when it may have changed.
import { ApiError, get } from "./api.js";
import { now } from "./clock.js";

const EVERY_MS = 15_000;
const WHILE_LOADING_MS = 700;
const WHILE_AWAY_MS = 3_000;

/** Asks until told to stop; `on(state)` after every answer. `state.state` adds to the contract's
 * values `unreachable` (nothing answers) and `unauthorised` (a token is asked for). */
export class Service {
  state = { state: "starting" };
  #on;
  #timer = 0;
  #asking = false;
  #again = false;

  constructor(on) {
    this.#on = on;
  }

  async ask() {
    if (this.#asking) {
      this.#again = true;
      return;
    }
    this.#asking = true;
    clearTimeout(this.#timer);
    const state = await this.#answer();
    this.#asking = false;
    this.state = state;
    const atOnce = this.#again;
    this.#again = false;
    this.#timer = setTimeout(() => this.ask(), atOnce ? 0 : patience(state.state));
    this.#on(state);
  }

  async #answer() {
    try {
      return await get("state");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 401) return { state: "unauthorised" };
      const before =
        this.state.state === "unreachable" ? this.state.since : new Date(now()).toISOString();
      return { ...this.state, state: "unreachable", since: before, said: error.message };
    }
  }
}

function patience(state) {
  if (state === "loading") return WHILE_LOADING_MS;
  return state === "live" || state === "unauthorised" ? EVERY_MS : WHILE_AWAY_MS;
}
