// Keys that work everywhere: `/`, `?`, and `g` followed by a view's letter.
import { singleKeys } from "../parts/dialogs.js";

const PATIENCE_MS = 1_500;

/** `actions.search()`, `actions.help()`, `actions.go(letter)`. */
export function listenForKeys(actions) {
  let going_until = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || !singleKeys())
      return;
    if (document.querySelector("dialog[open]")) return;
    const going = event.timeStamp < going_until;
    going_until = 0;
    if (going && /^[a-z]$/.test(event.key)) {
      actions.go(event.key);
      event.preventDefault();
    } else if (event.key === "g") going_until = event.timeStamp + PATIENCE_MS;
    else if (event.key === "/") {
      event.preventDefault(); // the slash itself is not searched for
      actions.search();
    } else if (event.key === "?") actions.help();
  });
}

function typing(target) {
  return (
    target instanceof HTMLElement &&
    (target.matches("input, textarea, select") || target.isContentEditable)
  );
}
