// Every view of the board, in the order of the list; `letter` follows `g`.
import { backlog } from "./backlog.js";
import { clocks } from "./clocks.js";
import { deadLetters } from "./dead_letters.js";
import { flows } from "./flows.js";
import { lead } from "./lead.js";
import { overview } from "./overview.js";
import { policy } from "./policy.js";
import { pools } from "./pools.js";
import { reps } from "./reps.js";
import { topics } from "./topics.js";
import { whyNot } from "./why_not.js";

export const VIEWS = [
  overview,
  flows,
  reps,
  pools,
  backlog,
  clocks,
  lead,
  deadLetters,
  topics,
  policy,
];
export const WHY_NOT = whyNot;
