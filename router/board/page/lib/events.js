// Server-sent events: which parts have changed. Reconnects by itself, ever more patiently.
const FIRST_MS = 1_000;
const LAST_MS = 30_000;

/** Listens until `close()`; `on.open()`, `on.changed({parts, state, at})`, `on.lost(wait_ms)`. */
export class Events {
  #on;
  #source = null;
  #timer = 0;
  #wait_ms = FIRST_MS;

  constructor(on) {
    this.#on = on;
  }

  open() {
    this.close();
    const source = new EventSource("api/events");
    this.#source = source;
    source.onopen = () => {
      this.#wait_ms = FIRST_MS;
      this.#on.open();
    };
    source.addEventListener("changed", (event) => {
      const changed = parsed(event.data);
      if (changed) this.#on.changed(changed);
    });
    source.onerror = () => this.#lost();
  }

  close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  #lost() {
    this.close();
    const wait_ms = this.#wait_ms * (0.75 + Math.random() / 2); // not all pages at once
    this.#wait_ms = Math.min(LAST_MS, this.#wait_ms * 2);
    this.#timer = setTimeout(() => this.open(), wait_ms);
    this.#on.lost(wait_ms);
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null; // the next one is at most half a second away
  }
}
