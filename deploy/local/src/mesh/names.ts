import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

/** Under which address the sidecars of an app are reached. */
export interface Name {
  readonly app: string;
  /** Host and port of the sidecar's internal port, as daprd itself registers it. */
  readonly address: string;
}

/** Renewals, which a lock could starve, come never: this is beyond the life of any system. Read by daprd from its configuration. */
export const validForHours = 87_600;
/** The launcher does not wait for a lock: it looks again soon. */
const busyMs = 100;

/**
 * The tables of daprd's SQLite name resolution at the level 1 of its migrations: it takes them as they are, and brings
 * them to a later level where it knows one.
 */
const schema = `
  create table if not exists hosts (
    registration_id text not null primary key, address text not null, app_id text not null,
    namespace text not null, last_update integer not null);
  create unique index if not exists hosts_address_idx on hosts (address);
  create index if not exists hosts_last_update_idx on hosts (last_update);
  create table if not exists metadata (key text not null primary key, value text not null);
  insert into metadata (key, value) values ('nr-migrations', '1') on conflict (key) do nothing;`;

/**
 * Makes a names file hold exactly these names, whatever became of it: rows that went, rows of who is gone, an empty, a
 * broken or a missing file.
 * @returns what had to be mended; undefined: nothing
 * @throws if another process holds the lock of the file
 */
export function restoreNames(file: string, names: readonly Name[]): string | undefined {
  try {
    return mend(file, names);
  } catch (error) {
    if (isLocked(error)) throw error;
    // daprd's connections keep what they have open; new ones find the new file.
    for (const suffix of ["", "-wal", "-shm"]) rmSync(`${file}${suffix}`, { force: true });
    mend(file, names);
    return "made anew: it could not be read";
  }
}

function mend(file: string, names: readonly Name[]): string | undefined {
  using database = new DatabaseSync(file, { timeout: busyMs });
  const made = !hasTables(database);
  if (made) database.exec(`pragma journal_mode = wal; begin immediate; ${schema} commit`);
  const { missing, extra } = compare(database, names);
  if (missing.length > 0 || extra.length > 0) replace(database, missing, extra);
  if (made) return "made anew: its tables were missing";
  const changes = [
    ...missing.map(({ app, address }) => `${app} at ${address} added`),
    ...extra.map((address) => `${address} removed`),
  ];
  return changes.length > 0 ? changes.join(", ") : undefined;
}

function hasTables(database: DatabaseSync): boolean {
  const sql =
    "select count(*) as count from sqlite_schema where type = 'table' and name in ('hosts', 'metadata')";
  return database.prepare(sql).get()?.["count"] === 2 && levelOf(database) !== undefined;
}

function levelOf(database: DatabaseSync) {
  return database.prepare("select value from metadata where key = 'nr-migrations'").get();
}

function compare(database: DatabaseSync, names: readonly Name[]): { missing: Name[]; extra: string[] } {
  // The same condition by which daprd looks a name up.
  const sql = `select app_id as app, address from hosts where unixepoch() - last_update < ${validForHours * 3_600}`;
  const found = database.prepare(sql).all() as unknown as Name[];
  const has = (all: readonly Name[], one: Name) =>
    all.some(({ app, address }) => app === one.app && address === one.address);
  return {
    missing: names.filter((name) => !has(found, name)),
    extra: found
      .filter(({ address }) => !names.some((name) => name.address === address))
      .map((one) => one.address),
  };
}

function replace(database: DatabaseSync, missing: readonly Name[], extra: readonly string[]): void {
  database.exec("begin immediate");
  const remove = database.prepare("delete from hosts where address = ?");
  for (const address of extra) remove.run(address);
  const insert = database.prepare("replace into hosts values (?, ?, ?, '', unixepoch())");
  for (const { app, address } of missing) insert.run(randomUUID(), address, app);
  database.exec("commit");
}

/** SQLITE_BUSY and SQLITE_LOCKED, under all their extended codes. */
function isLocked(error: unknown): boolean {
  if (!(error instanceof Error) || !("errcode" in error)) return false;
  const code = Number(error.errcode) & 0xff;
  return code === 5 || code === 6;
}
