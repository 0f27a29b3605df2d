import { within } from "@todo/kit/within";
import { type Check, type Finding, fault } from "./check.ts";
import { certificates } from "./checks/certificates.ts";
import { chains } from "./checks/chains.ts";
import { connections } from "./checks/connections.ts";
import { deadLetters } from "./checks/dead-letters.ts";
import { disk } from "./checks/disk.ts";
import { feeds } from "./checks/feeds.ts";
import { inboxes } from "./checks/inboxes.ts";
import { lag } from "./checks/lag.ts";
import { outboxes } from "./checks/outboxes.ts";
import { parked } from "./checks/parked.ts";
import { processes } from "./checks/processes.ts";
import { projections } from "./checks/projections.ts";
import { readiness } from "./checks/readiness.ts";
import { recordings } from "./checks/recordings.ts";
import { series } from "./checks/series.ts";
import { topics } from "./checks/topics.ts";
import { versions } from "./checks/versions.ts";
import type { Reach } from "./reach.ts";

/** Every check, in the order in which a reader wants to know: what runs, what moves, what agrees, what will run out. */
export const checks: readonly Check[] = [
  processes,
  readiness,
  versions,
  topics,
  outboxes,
  lag,
  parked,
  deadLetters,
  series,
  feeds,
  recordings,
  inboxes,
  projections,
  chains,
  certificates,
  connections,
  disk,
];

/** A finding with the name of its check. */
export type Named = Finding & { readonly check: string };

const checkMs = 45_000;

/** Looks at everything, one check after the other. A check that fails or takes too long is a fault of its own. */
export async function examine(
  system: Reach,
  found: (finding: Named) => void,
  which: readonly Check[] = checks,
): Promise<Named[]> {
  const all: Named[] = [];
  for (const check of which) {
    for (const finding of await lookWith(check, system)) {
      const named = { check: check.name, ...finding };
      found(named);
      all.push(named);
    }
  }
  return all;
}

async function lookWith(check: Check, system: Reach): Promise<Finding[]> {
  const cure = "see whether all processes run, and their logs";
  try {
    return await within(checkMs, check.look(system));
  } catch (error) {
    return [fault(`could not be looked at: ${whatOf(error)}`, cure)];
  }
}

/** The code or the kind of an error; its text may hold what is nobody's business. */
function whatOf(error: unknown): string {
  if (!(error instanceof Error)) return "failed";
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
