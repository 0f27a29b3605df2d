import type { LocalSystemOptions } from "@todo/local/local-system";
import { startLocalSystem } from "@todo/local/system";
import { temporaryDataFolder } from "@todo/local/temporary-folder";
import { eventually } from "../system/eventually.ts";
import type { Target } from "./target.ts";
import { newUser, type User } from "./user.ts";

/** The system with the limits that it has by default, and somebody who means it no good. */
export interface HostileBed extends AsyncDisposable {
  readonly target: Target;
  readonly attacker: User;
  /** A new user at an address of her own. */
  newUser(): Promise<User>;
}

const victimAddress = (n: number) => `127.0.8.${n + 1}`;

export async function startHostileBed(
  o: Pick<LocalSystemOptions, "environment" | "signal"> = { environment: process.env },
): Promise<HostileBed> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryDataFolder());
  const system = stack.use(await startLocalSystem({ dataDir: folder.path, ...o }));
  const target = { port: Number(new URL(system.gatewayUrl).port) };
  const users = stack.use(new DisposableStack());
  let count = 0;
  const newOne = (address: string) =>
    eventually("a new user", async () => users.use(await newUser(target, address)));
  const attacker = await newOne("127.0.9.1");
  const owned = stack.move();
  return {
    target,
    attacker,
    newUser: () => newOne(victimAddress(count++)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
