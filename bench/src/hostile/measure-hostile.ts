import { attacks } from "@todo/test/hostile/attacks.ts";
import { type HostileBed, startHostileBed } from "@todo/test/hostile/bed.ts";
import type { User } from "@todo/test/hostile/user.ts";
import { quantile } from "#src/load/statistics.ts";
import type { Comparison, Figure, Line } from "#src/report/figure.ts";
import type { Bench } from "../bench.ts";

/** Each time. Twice as many are fewer than a user may make a minute. */
const callsEach = 40;

const share = 0.95;

/** What an attack costs another user: her calls before it and during it. */
interface Cost {
  name: string;
  quietMs: number;
  attackedMs: number;
  refused: number;
}

/** How long another user waits while somebody attacks, against a system that is left alone. */
export async function measureHostile({ environment, signal }: Bench): Promise<Comparison> {
  await using bed = await startHostileBed({ environment, signal });
  const costs: Cost[] = [];
  for (const attack of attacks) {
    signal.throwIfAborted();
    costs.push(await costOf(attack, bed));
  }
  return {
    title: "Another user under attack",
    about: `The attacks of test/hostile, one after the other, on the whole system with its default limits: how long ${callsEach} calls
take that another user makes one by one before each and during it, by turns creating and listing tasks. Attackers and user
are one process on the same machine.`,
    figures: costs.map(figureOf),
    lines: { heads: ["Attack", "quiet p95 ms", "p95 ms", "not answered with 200"], rows: costs.map(lineOf) },
    remarks: [],
  };
}

async function costOf({ name, start }: (typeof attacks)[number], bed: HostileBed): Promise<Cost> {
  using user = await bed.newUser();
  const quiet = await callsOf(user);
  await using _attack = await start({ target: bed.target, attacker: bed.attacker });
  const attacked = await callsOf(user);
  return { name, quietMs: quiet.p95, attackedMs: attacked.p95, refused: attacked.refused };
}

async function callsOf(user: User): Promise<{ p95: number; refused: number }> {
  const took: number[] = [];
  let refused = 0;
  for (let n = 0; n < callsEach; n++) {
    const isWrite = n % 2 === 0;
    const { status, ms } = await user.call(
      isWrite ? "CreateTask" : "ListTasks",
      isWrite ? { title: `task ${n}` } : {},
    );
    took.push(ms);
    if (status !== 200) refused += 1;
  }
  return { p95: quantile(took, share), refused };
}

function figureOf({ name, quietMs, attackedMs }: Cost): Figure {
  return {
    name: `p95 under ${name}, in times of a quiet system's`,
    value: attackedMs / quietMs,
    unit: "times",
    bound: { below: 5 },
    toReach: true,
  };
}

function lineOf({ name, quietMs, attackedMs, refused }: Cost): Line {
  return { name, cells: [quietMs.toFixed(1), attackedMs.toFixed(1), `${refused}`] };
}
