import { execFile } from "node:child_process";
import { chown, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import type { ProcessSpec } from "../process/managed-process.ts";
import { exists } from "../toolchain/cache.ts";
import { type Account, findLaunch, type Launch, postgresAccount } from "./account.ts";
import { type PostgresPrograms, postgresPrograms } from "./binaries.ts";

const run = promisify(execFile);

export const postgresMajor = "18";
const databaseName = "todo";

export interface PostgresPlace {
  readonly folder: string;
  readonly port: number;
  readonly password: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The DSN of the administrator. */
export function adminUrl(place: Pick<PostgresPlace, "port" | "password">, database = databaseName): string {
  return `postgres://postgres:${encodeURIComponent(place.password)}@127.0.0.1:${place.port}/${database}`;
}

/** Prepares the data folder, at the first start a new cluster, and says how to start the server. */
export async function postgresSpec(place: PostgresPlace): Promise<ProcessSpec> {
  const programs = await postgresPrograms();
  const account = await postgresAccount();
  const data = join(place.folder, "data");
  await mkdir(place.folder, { recursive: true, mode: 0o711 });
  await mkdir(data, { recursive: true, mode: 0o700 });
  if (account !== undefined) await chown(data, account.uid, account.gid);
  const launch = await findLaunch(account, programs.postgres, data);
  await ensureCluster(place, programs, launch, account, data);
  const [command = programs.postgres, ...prefix] = [...launch.prefix, programs.postgres];
  return {
    name: "postgres",
    command,
    args: [
      ...prefix,
      "-D",
      data,
      "-p",
      String(place.port),
      ...settings.flatMap((setting) => ["-c", setting]),
    ],
    env: place.env,
    cwd: "/",
    ...(launch.account && { account: launch.account }),
    probe: () => ensureDatabase(place),
    readyWithin: 60_000,
    // Fast shutdown: open transactions are rolled back.
    stopSignal: "SIGINT",
    stopWithin: 15_000,
    // After a kill -9 the old backends hold the shared memory until they notice.
    startAttempts: 10,
  };
}

const settings = [
  "listen_addresses=127.0.0.1",
  "unix_socket_directories=",
  "max_connections=300",
  "shared_buffers=128MB",
  "jit=off",
  // Of a refused row the log would tell the values, whoever wrote them.
  "log_error_verbosity=terse",
  "log_timezone=UTC",
  "timezone=UTC",
];

async function ensureCluster(
  place: PostgresPlace,
  programs: PostgresPrograms,
  launch: Launch,
  account: Account | undefined,
  data: string,
): Promise<void> {
  const version = await readFile(join(data, "PG_VERSION"), "utf8").catch(() => undefined);
  if (version !== undefined && version.trim() !== postgresMajor) {
    throw new Error(
      `${data} is of Postgres ${version.trim()}, this is Postgres ${postgresMajor}: npm run reset makes a new one`,
    );
  }
  if (version !== undefined && (await exists(join(data, "..", "initialised")))) return;
  // Made only in part, by a launcher that was killed meanwhile.
  if (version !== undefined) await rm(data, { recursive: true });
  await mkdir(data, { recursive: true, mode: 0o700 });
  if (account !== undefined) await chown(data, account.uid, account.gid);
  await initdb(place, programs.initdb, launch, account, data);
  await writeFile(join(data, "..", "initialised"), `${postgresMajor}\n`);
}

async function initdb(
  place: PostgresPlace,
  program: string,
  launch: Launch,
  account: Account | undefined,
  data: string,
): Promise<void> {
  const passwordFile = join(place.folder, "password");
  await writeFile(passwordFile, `${place.password}\n`, { mode: 0o600 });
  if (account !== undefined) await chown(passwordFile, account.uid, account.gid);
  // The same order of texts on every machine, whatever its locales.
  const text = ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--lc-messages=C"];
  const access = ["--username=postgres", `--pwfile=${passwordFile}`, "--auth=scram-sha-256"];
  const [file = program, ...prefix] = [...launch.prefix, program];
  try {
    await run(file, [...prefix, "-D", data, ...access, ...text, "--no-instructions"], {
      ...launch.account,
      cwd: "/",
      env: place.env,
      timeout: 120_000,
    });
  } finally {
    await rm(passwordFile, { force: true });
  }
}

async function ensureDatabase(place: PostgresPlace): Promise<void> {
  const client = new pg.Client({
    connectionString: adminUrl(place, "postgres"),
    connectionTimeoutMillis: 2_000,
    query_timeout: 10_000,
  });
  // A connection that breaks while it is idle says so by an event; the query after it fails as well.
  client.on("error", () => undefined);
  await client.connect();
  try {
    const found = await client.query("select 1 from pg_database where datname = $1", [databaseName]);
    if (found.rowCount === 0) await client.query(`create database ${databaseName}`);
  } finally {
    await client.end();
  }
}
