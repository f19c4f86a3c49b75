// Nodes from plain values. Strings become text nodes and nothing else, so whatever a record holds is
// shown as text; handlers are properties, which the strict content policy allows and morph() copies.
const SVG = "http://www.w3.org/2000/svg";
export const HANDLERS = [
  "onclick",
  "onkeydown",
  "oninput",
  "onchange",
  "onsubmit",
  "onfocus",
  "onblur",
  "onpointermove",
  "onpointerleave",
  "onpointerdown",
  "ontoggle",
];

/** An element: `h("td.number", {title}, "12")`; null, undefined and false children are left out. */
export function h(spec, props, ...children) {
  return build(document.createElement(spec.split(".")[0]), spec, props, children);
}

/** The same in SVG. */
export function svg(spec, props, ...children) {
  return build(document.createElementNS(SVG, spec.split(".")[0]), spec, props, children);
}

function build(node, spec, props, children) {
  const classes = spec.split(".").slice(1);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") classes.push(...String(value).split(" ").filter(Boolean));
    else if (name === "key") node.key = String(value);
    else if (name === "css")
      for (const [what, to] of Object.entries(value)) node.style.setProperty(what, to);
    else if (HANDLERS.includes(name)) node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  if (classes.length) node.setAttribute("class", classes.join(" "));
  append(node, children);
  return node;
}

function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : visible(String(child)));
  }
}

// Control characters, and those that turn the direction of what follows. `\t` and `\n` stay.
const UNSEEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/g;

/** Text with what nobody could see in it written out: `\\u202e`. */
export function visible(text) {
  return text.replace(
    UNSEEN,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
