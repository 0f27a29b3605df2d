import { CreateAudit } from "../migrations/20261121120000_create_audit.ts";
import { CreateDeadLetters } from "../migrations/20261121170000_create_dead_letters.ts";
import { CountRefusals } from "../migrations/20261201010200_count_refusals.ts";
import { MarkCounted } from "../migrations/20261201033000_mark_counted.ts";

/** Every migration, oldest first. */
export const migrations = [
  { name: "20261121120000_create_audit", migration: CreateAudit },
  { name: "20261121170000_create_dead_letters", migration: CreateDeadLetters },
  { name: "20261201010200_count_refusals", migration: CountRefusals },
  { name: "20261201033000_mark_counted", migration: MarkCounted },
];
