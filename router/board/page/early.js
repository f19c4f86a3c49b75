// Runs before the first paint, so that a remembered theme does not flash the other one.
"use strict";
try {
  const theme = localStorage.getItem("lead-router.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is forbidden here: the system's theme is right then.
}
