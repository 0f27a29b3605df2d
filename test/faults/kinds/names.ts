import { rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bed } from "../bed.ts";
import type { Fault } from "../fault.ts";

const fileOf = (bed: Bed): string => join(bed.folder, "names", "names.db");

/** The names by which the sidecars find each other are lost, and the launcher has to see it. */
export function namesGone(): Fault[] {
  return [
    gone("every row deleted", (file) => execute(file, "delete from hosts")),
    // What daprd's own clean-up runs once an hour where it is not switched off: it deletes the living.
    gone("an hour's clean-up", (file) =>
      execute(file, "delete from hosts where unixepoch(current_timestamp) - last_update < 315360000"),
    ),
    gone("the file deleted", (file) => {
      for (const end of ["", "-wal", "-shm"]) rmSync(`${file}${end}`, { force: true });
    }),
  ];
}

function gone(what: string, lose: (file: string) => void): Fault {
  return {
    name: `names: ${what}`,
    kind: "names gone",
    breaks: ["names"],
    async strike(bed) {
      lose(fileOf(bed));
      return performance.now();
    },
  };
}

/** Somebody holds the lock of the names, and everybody is found all the same. */
export function namesLocked(forMs: number): Fault {
  return {
    name: `names: locked for ${forMs / 1_000} s`,
    kind: "names locked",
    breaks: ["names"],
    async strike(bed) {
      using database = new DatabaseSync(fileOf(bed), { timeout: 10_000 });
      database.exec("begin exclusive");
      await sleep(forMs);
      database.exec("rollback");
      return performance.now();
    },
  };
}

/** A sidecar neither works nor dies, for good: the launcher has to find that out and start it again. */
export function deaf(app: string): Fault {
  return {
    name: `${app}'s sidecar: deaf, and nobody wakes it`,
    kind: "sidecar deaf",
    breaks: [`daprd:${app}`],
    async strike(bed) {
      bed.supervise();
      await bed.process(`daprd:${app}`).kill("SIGSTOP");
      return performance.now();
    },
  };
}

function execute(file: string, sql: string): void {
  using database = new DatabaseSync(file, { timeout: 10_000 });
  database.exec(sql);
}
