import type { Reach } from "./reach.ts";

/** What a check found, in one line. It says how many and where, never what somebody wrote. */
export interface Finding {
  readonly level: "ok" | "warning" | "fault";
  readonly what: string;
  /** What to do about it; for everything that is not ok. */
  readonly cure?: string;
}

/** Something that can be said of a running system by looking at it. It changes nothing. */
export interface Check {
  readonly name: string;
  look(system: Reach): Promise<Finding[]>;
}

export const ok = (what: string): Finding => ({ level: "ok", what });
export const warning = (what: string, cure: string): Finding => ({ level: "warning", what, cure });
export const fault = (what: string, cure: string): Finding => ({ level: "fault", what, cure });

/** Everything that is wrong, or that all is well. */
export function unless(findings: readonly Finding[], well: string): Finding[] {
  return findings.length > 0 ? [...findings] : [ok(well)];
}
