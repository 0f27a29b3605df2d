import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { kafkaAdministrator, kafkaUsers } from "@todo/kit/kafka-rights";
import { ensureSecret, randomSecret } from "../secrets/files.ts";

/** As whom brokers speak to controllers. It is no user: the listener of clients does not know it. */
export const controllerUser = "controller";

/** Passwords by user, each in a file of its own that is named after the user. */
export interface Credentials {
  readonly folder: string;
  readonly passwords: Readonly<Record<string, string>>;
}

/** The passwords of a broker of ours: of the apps, of the administrator and of the controllers. Each is made once. */
export async function ensureCredentials(folder: string): Promise<Credentials> {
  const passwords: Record<string, string> = {};
  for (const user of [...kafkaUsers(), kafkaAdministrator, controllerUser])
    passwords[user] = (await ensureSecret(passwordFile(folder, user), randomSecret)).value;
  return { folder, passwords };
}

export const passwordFile = (folder: string, user: string): string => join(folder, user);

export async function passwordOf(folder: string, user: string): Promise<string> {
  return (await readFile(passwordFile(folder, user), "utf8")).trim();
}
