import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { DataFolder } from "@todo/local/data-folder";

/** Something that nobody may read where it does not belong. */
export interface Secret {
  readonly name: string;
  readonly text: string;
}

/** What the files of a data folder's secrets hold: tokens, passwords, DSNs, and of keys their private part. */
export function secretsOf(folder: DataFolder): Secret[] {
  return files(folder.secrets).flatMap((file) => {
    const text = readFileSync(file, "utf8").trim();
    const name = file.slice(folder.secrets.length + 1);
    if (name === "key-bundle.json") return [];
    return partsOf(text).map((part) => ({ name, text: part }));
  });
}

function partsOf(text: string): string[] {
  if (text.startsWith("{")) {
    const { d, password } = JSON.parse(text) as { d?: string; password?: string };
    return [d, password].filter((part) => part !== undefined);
  }
  if (!text.includes("://")) return [text];
  return [decodeURIComponent(new URL(text).password)];
}

/** Where a system leaves text behind: a log of each process. */
export function logsOf(folder: DataFolder): Secret[] {
  return files(folder.logs).map((file) => ({
    name: file.slice(folder.logs.length + 1),
    text: readFileSync(file, "utf8"),
  }));
}

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

/** Each secret that stands in one of the texts, by name; never the secret itself. */
export function leaks(secrets: readonly Secret[], texts: readonly Secret[]): string[] {
  return texts.flatMap((text) =>
    secrets
      .filter((secret) => text.text.includes(secret.text))
      .map((secret) => `${secret.name} in ${text.name}`),
  );
}
