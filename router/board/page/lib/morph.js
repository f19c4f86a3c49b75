// Makes a tree look like another with the fewest changes, so that new numbers move neither focus,
// scroll position, what is folded open, nor what somebody is typing.
import { HANDLERS } from "./dom.js";

// These belong to the person at the page once they are there.
const KEPT = new Set(["open", "tabindex"]);

/** Turn the children of `parent` into `next`, a list of nodes. */
export function morphChildren(parent, next) {
  const keyed = new Map();
  for (const child of parent.childNodes) if (child.key !== undefined) keyed.set(child.key, child);
  let at = parent.firstChild;
  for (const wanted of next) {
    const old = wanted.key === undefined ? unkeyedFrom(at) : keyed.get(wanted.key);
    if (!old || !alike(old, wanted)) {
      parent.insertBefore(wanted, at);
      continue;
    }
    if (old === at) at = at.nextSibling;
    else parent.insertBefore(old, at);
    morph(old, wanted);
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

function unkeyedFrom(node) {
  return node && node.key === undefined ? node : null;
}

function alike(old, next) {
  return old.nodeType === next.nodeType && old.nodeName === next.nodeName && old.key === next.key;
}

function morph(old, next) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== next.data) old.data = next.data;
    return;
  }
  morphAttributes(old, next);
  for (const name of HANDLERS) if (old[name] !== next[name]) old[name] = next[name];
  // A node with `data-own` looks after its inside itself.
  if (!next.hasAttribute("data-own")) morphChildren(old, [...next.childNodes]);
  if (old.nodeName === "SELECT" && document.activeElement !== old) old.value = next.value;
}

function morphAttributes(old, next) {
  for (const { name, value } of [...next.attributes]) {
    if (name === "style" || KEPT.has(name)) continue;
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    if (name !== "style" && !KEPT.has(name) && !next.hasAttribute(name)) old.removeAttribute(name);
  }
  // As a property: the content policy forbids the attribute.
  if (old.style && old.style.cssText !== next.style.cssText) old.style.cssText = next.style.cssText;
}
