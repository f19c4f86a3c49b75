// Light or dark: the system's choice until somebody makes another one here.
import { recall, remember } from "./memory.js";

/** Whether dark is shown now. */
export function isDark() {
  const chosen = recall("theme") ?? document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Change to the other one, and remember it. */
export function switchTheme() {
  const next = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  remember("theme", next);
  return next;
}
