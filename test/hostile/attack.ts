import { setTimeout as pause } from "node:timers/promises";
import { rawHttp2 } from "@todo/kit/testing/raw-http2";
import type { Target } from "./target.ts";
import type { User } from "./user.ts";

/** Something bad that goes on until it is disposed of, bounded in number and in time by itself. */
export interface Attack extends AsyncDisposable {
  /** How many requests, streams or connections it has made so far. */
  readonly made: number;
}

export interface AttackOptions {
  target: Target;
  /** An account that the attacker has. */
  attacker: User;
}

export type StartAttack = (o: AttackOptions) => Promise<Attack>;

/** No attack goes on for longer, whoever forgets it. */
const longestMs = 60_000;

export const attackerAddress = (n: number) => `127.0.9.${n + 1}`;

/** Repeats something side by side until the attack ends, `most` times in all. */
export function repeatedly(o: { most: number; atOnce: number; one: (n: number) => Promise<void> }): Attack {
  const end = performance.now() + longestMs;
  let [made, stopped] = [0, false];
  const loop = async () => {
    while (!stopped && made < o.most && performance.now() < end) {
      made += 1;
      await o.one(made);
      // What does not wait for anything would keep the test from its own work.
      await pause(1);
    }
  };
  const loops = Array.from({ length: o.atOnce }, loop);
  return {
    get made() {
      return made;
    },
    async [Symbol.asyncDispose]() {
      stopped = true;
      await Promise.all(loops);
    },
  };
}

type Raw = Awaited<ReturnType<typeof rawHttp2>>;

/** Opens connections of HTTP/2 and does something on each, once; they are held until the attack ends. */
export async function held(o: {
  target: Target;
  addresses: number;
  connectionsEach: number;
  window?: number;
  on: (raw: Raw, n: number) => number | Promise<number>;
}): Promise<Attack> {
  const open: Raw[] = [];
  let made = 0;
  for (let n = 0; n < o.addresses * o.connectionsEach; n++) {
    const localAddress = attackerAddress(n % o.addresses);
    const { window = 65_535 } = o;
    const raw = await rawHttp2({ port: o.target.port, localAddress, window });
    open.push(raw);
    made += await o.on(raw, n);
  }
  return {
    made,
    async [Symbol.asyncDispose]() {
      for (const raw of open) raw.destroy();
    },
  };
}
