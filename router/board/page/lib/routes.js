// Where the page is: the part of the address behind `#`, such as `#/leads/L-1003?sales_org=emea`.

/** `{segments: ["leads", "L-1003"], query}` of the present address. */
export function here() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const segments = path.split("/").filter(Boolean).map(decoded);
  return {
    segments: segments.length ? segments : ["overview"],
    query: new URLSearchParams(query ?? ""),
  };
}

function decoded(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // a stray per cent sign is part of the name
  }
}

/** The address of a view; it stays in the sales org that is shown. */
export function to(...segments) {
  const org = here().query.get("sales_org");
  return `#/${segments.map(encodeURIComponent).join("/")}${org ? `?sales_org=${encodeURIComponent(org)}` : ""}`;
}

/** The address of a view with a filter; one that is null is left out. */
export function toFiltered(segments, filters) {
  const query = new URLSearchParams(
    Object.entries({ ...filters, sales_org: here().query.get("sales_org") }).filter(
      ([, value]) => value,
    ),
  ).toString();
  return `#/${segments.map(encodeURIComponent).join("/")}${query ? `?${query}` : ""}`;
}

/** The address of the view that is shown, for another sales org. */
export function inOrg(org) {
  return `#/${here().segments.map(encodeURIComponent).join("/")}?sales_org=${encodeURIComponent(org)}`;
}

/** A path of the API, for the sales org that is shown. */
export function scoped(path) {
  const org = here().query.get("sales_org");
  return org
    ? `${path}${path.includes("?") ? "&" : "?"}sales_org=${encodeURIComponent(org)}`
    : path;
}

/** Go there. */
export function go(...segments) {
  location.hash = to(...segments);
}
