// The board's JSON: what it answered last is kept with its ETag, so that asking again costs little.
// An answer without one, such as what is in a dead letter, is not kept.
import { heard } from "./clock.js";

const KEPT_MAX = 60;
const PATIENCE_MS = 15_000;
const kept = new Map();

/** What went wrong, in one line for people; `status` is 0 if nothing answered. */
export class ApiError extends Error {
  constructor(status, line) {
    super(line);
    this.status = status;
  }
}

/** The answer to `GET /api/PATH`; the same object as before if nothing has changed. */
export async function get(path) {
  const before = kept.get(path);
  const headers = before ? { "If-None-Match": before.etag } : {};
  const response = await ask(path, { headers });
  if (response.status === 304 && before) return before.body;
  const body = await read(response);
  const etag = response.headers.get("ETag");
  if (etag) keep(path, { etag, body });
  return body;
}

/** The answer to `POST /api/PATH`; the header shows that no other site has sent it. */
export async function post(path, body) {
  return read(
    await ask(path, {
      method: "POST",
      headers: { "X-Requested-With": "lead-router", "Content-Type": "application/json" },
      body: JSON.stringify(body ?? {}),
    }),
  );
}

/** A segment of a path. */
export const part = encodeURIComponent;

/** Forget everything: another sales org, or another person. */
export function forget() {
  kept.clear();
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(`api/${path}`, {
      ...options,
      cache: "no-store",
      credentials: "same-origin",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch {
    throw new ApiError(0, "The board does not answer.");
  }
  heard(response.headers.get("Date"));
  return response;
}

async function read(response) {
  let body = null;
  try {
    body = response.status === 204 ? {} : await response.json();
  } catch {
    // Not JSON: something between us and the board spoke.
  }
  if (!response.ok)
    throw new ApiError(response.status, body?.error ?? `The board answered ${response.status}.`);
  if (body === null)
    throw new ApiError(response.status, "The board's answer could not be read: reload the page.");
  return body;
}

function keep(path, answer) {
  kept.delete(path);
  kept.set(path, answer);
  if (kept.size > KEPT_MAX) kept.delete(kept.keys().next().value);
}
