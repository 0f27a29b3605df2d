import { auditEntryStep } from "./audit-entry.ts";
import { deniedCallStep } from "./denied-call.ts";
import { encryptedHopStep } from "./encrypted-hop.ts";
import type { Step } from "./journey.ts";
import { recurringStep } from "./recurring.ts";
import { signInStep } from "./sign-in.ts";
import { completeStep, createStep, listStep } from "./tasks.ts";

/** The smoke journey, in order. */
export const steps: readonly Step[] = [
  signInStep,
  createStep,
  listStep,
  completeStep,
  auditEntryStep,
  recurringStep,
  deniedCallStep,
  encryptedHopStep,
];
