// The server's clock, as its answers tell it: this machine's may be wrong, and ages would be too.
const TRUSTED_MS = 2_000;
const EVERY_MS = 1_000;
let ahead_ms = 0;

/** Take in the `Date` of an answer; it has whole seconds, so small differences mean nothing. */
export function heard(date) {
  const told_ms = Date.parse(date ?? "");
  if (Number.isNaN(told_ms)) return;
  const difference_ms = told_ms - Date.now();
  if (Math.abs(difference_ms - ahead_ms) > TRUSTED_MS) ahead_ms = difference_ms;
}

/** Now, in milliseconds since 1970. */
export function now() {
  return Date.now() + ahead_ms;
}

/** Keep every `<time data-told>` of the page true, once a second while somebody looks. */
export function startTicking(tell) {
  setInterval(() => {
    if (document.hidden) return;
    for (const node of document.querySelectorAll("time[data-told]")) {
      const words = tell(node.dataset.told, node.dateTime);
      if (node.textContent !== words) node.textContent = words;
    }
  }, EVERY_MS);
}
