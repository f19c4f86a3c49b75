// Short labels for the names that events use; a name without one reads as itself, with spaces.
export const OUTCOMES = [
  "assigned",
  "reassigned",
  "handed_off",
  "queued",
  "nurtured",
  "merged",
  "recalled",
  "escalated",
  "closed",
];

const LABELS = {
  inside: "Inside sales",
  field: "Field sales",
  all_at_cap: "Everyone at a cap",
  all_off_duty: "Everyone off duty",
  nobody_eligible: "Nobody may have it",
  owner_at_cap: "Owner at a cap",
  owner_away: "Owner away",
  pool_empty: "Pool has no member",
  no_pool: "No pool in the policy",
  no_policy: "No policy yet",
  none: "No market",
  not_json: "Not JSON",
  "": "None",
};

/** `Handed off` for `handed_off`. */
export function label(name) {
  if (Object.hasOwn(LABELS, name ?? "")) return LABELS[name ?? ""];
  const words = String(name).replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
