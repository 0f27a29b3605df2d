import { AsyncLocalStorage } from "node:async_hooks";
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from "kysely";
import type { IdentityDatabase } from "./tables.ts";

/** The provider's way to the database. What it does not do by itself is done underneath it. */
export interface ProviderDatabase {
  database: IdentityDatabase;
  /**
   * Runs work of the provider. If the database failed meanwhile, the work fails, even where the provider swallows that
   * and says something untrue: that there is no session, or that one ended which is still there.
   *
   * With a `traceparent` the triggers put it into the events that the work causes.
   */
  during<T>(work: () => Promise<T>, traceparent?: string): Promise<T>;
  /** The session that outlives a change of the password in the work that runs. All others of its user end with it. */
  keepSession(id: string): void;
}

interface Work {
  traceparent: string | undefined;
  keptSession?: string;
  failure?: unknown;
}

export function providerDatabase(pool: PostgresPool): ProviderDatabase {
  const running = new AsyncLocalStorage<Work>();
  const note = (failure: unknown) => {
    const work = running.getStore();
    if (work !== undefined && !isRefusal(failure)) work.failure ??= failure;
  };
  const connect = async () => {
    try {
      return await told(await pool.connect(), running.getStore());
    } catch (failure) {
      note(failure);
      throw failure;
    }
  };
  const dialect = new PostgresDialect({ pool: { options: pool.options, end: () => pool.end(), connect } });
  return {
    database: new Kysely({
      dialect,
      log: (event) => {
        if (event.level === "error") note(event.error);
      },
    }),
    during: (work, traceparent) => {
      const noted: Work = { traceparent };
      return running.run(noted, async () => {
        const result = await work();
        if (noted.failure !== undefined) throw noted.failure;
        return result;
      });
    },
    keepSession: (id) => {
      const work = running.getStore();
      if (work !== undefined) work.keptSession = id;
    },
  };
}

/** Classes 22 and 23: the database is well and refuses the data, such as an address that somebody else has. */
function isRefusal(failure: unknown): boolean {
  return failure instanceof Error && "code" in failure && /^2[23]...$/.test(String(failure.code));
}

/** Tells the triggers what they cannot know. A connection keeps it for good, so it is told anew every time. */
async function told(client: PostgresPoolClient, work: Work | undefined): Promise<PostgresPoolClient> {
  if (work?.traceparent === undefined) return client;
  try {
    await client.query(
      "select set_config('app.traceparent', $1, false), set_config('app.kept_session', $2, false)",
      [work.traceparent, work.keptSession ?? ""],
    );
    return client;
  } catch (failure) {
    client.release();
    throw failure;
  }
}
