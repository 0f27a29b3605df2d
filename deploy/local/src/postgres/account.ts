import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** How to start a program of Postgres: the words before it and the account it runs under. */
export interface Launch {
  readonly prefix: readonly string[];
  readonly account?: Account;
}

/** The account Postgres runs under if the launcher is root, which Postgres refuses; undefined for everybody else. */
export async function postgresAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const lines = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"));
  for (const wanted of ["postgres", "nobody"]) {
    const [, , uid, gid] = lines.find(([name]) => name === wanted) ?? [];
    if (uid !== undefined && gid !== undefined && uid !== "0") return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(
    "Postgres refuses to run as root, and there is no account postgres or nobody: set DATABASE_URL",
  );
}

/**
 * Finds a way to start Postgres's programs. Usually that is just another account. In a checkout below a folder that
 * is closed to that account (such as /root) it also gets one capability, to pass and read closed folders.
 */
export async function findLaunch(
  account: Account | undefined,
  program: string,
  data: string,
): Promise<Launch> {
  if (account === undefined) return { prefix: [] };
  const ways: Launch[] = [
    { prefix: [], account },
    { prefix: withCapability(account, "dac_read_search") },
    { prefix: withCapability(account, "dac_override") },
  ];
  for (const way of ways) if (await works(way, program, data)) return way;
  throw new Error(
    `Postgres refuses to run as root, and account ${account.uid} cannot reach ${data} or ${program}: ` +
      "put the checkout where everybody may read it, start as another user, or set DATABASE_URL",
  );
}

function withCapability({ uid, gid }: Account, capability: string): string[] {
  const only = `+${capability}`;
  const user = ["--reuid", `${uid}`, "--regid", `${gid}`, "--clear-groups"];
  // access(2), by which Postgres looks at its own programs, honours capabilities only with no_setuid_fixup.
  const rights = ["--securebits", "+no_setuid_fixup", "--inh-caps", only, "--ambient-caps", only];
  return ["setpriv", ...user, ...rights, "--bounding-set", `-all,${only}`, "--"];
}

async function works(way: Launch, program: string, data: string): Promise<boolean> {
  const [file = "test", ...args] = [...way.prefix, "test", "-x", program, "-a", "-w", data];
  return run(file, args, { ...way.account, cwd: "/", timeout: 10_000 }).then(
    () => true,
    () => false,
  );
}
