import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { writeSecret } from "../secrets/files.ts";
import { type Credentials, signUp } from "./account.ts";

/** The login of the demonstration: signed up at the first start with a password that nobody else has, and kept. */
export async function demoLogin(gatewayUrl: string, file: string): Promise<Credentials> {
  const known = await readFile(file, "utf8").catch(() => undefined);
  if (known !== undefined) return JSON.parse(known);
  const login = { email: "demo@example.com", password: randomBytes(12).toString("base64url") };
  await signUp(gatewayUrl, { ...login, name: "Demo" });
  await writeSecret(file, JSON.stringify(login));
  return login;
}
