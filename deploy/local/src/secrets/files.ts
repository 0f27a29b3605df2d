import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** A secret that lies in a file. Programs get the path; only what cannot read a file gets the value. */
export interface SecretFile {
  readonly path: string;
  readonly value: string;
}

/** The secret of a file, made at the first use. */
export async function ensureSecret(path: string, make: () => string | Promise<string>): Promise<SecretFile> {
  const found = await readFile(path, "utf8").catch(() => undefined);
  if (found !== undefined && found !== "") return { path, value: found };
  return writeSecret(path, await make());
}

/** Writes a secret so that readers see the old one or the new one, whole. */
export async function writeSecret(path: string, value: string): Promise<SecretFile> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.new`, value, { mode: 0o600 });
  await rename(`${path}.new`, path);
  return { path, value };
}

/** 32 random bytes. Base64url needs no quoting anywhere. */
export const randomSecret = (): string => randomBytes(32).toString("base64url");

export const randomKey = (): string => randomBytes(32).toString("base64");
