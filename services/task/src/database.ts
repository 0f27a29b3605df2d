import { DomainError } from "@todo/kit/errors";
import { failureKind } from "@todo/kit/failure";
import { databaseUnavailable } from "./errors.ts";

/** A statement that is planned once per connection, under its name. */
export interface Statement {
  name: string;
  text: string;
}

/** What of a `pg` pool, or of one of its connections, the statements need. */
export interface Database {
  query(query: Statement & { values: unknown[] }): Promise<{ rows: unknown[] }>;
}

/** What of a `pg` pool a transaction needs. */
export interface DatabasePool extends Database {
  connect(): Promise<DatabaseConnection>;
}

export interface DatabaseConnection extends Database {
  /** With `true` the connection is thrown away. */
  release(broken?: boolean): void;
}

/**
 * The head of every statement that touches a user's rows: it sets the user for row-level security, for the time of the
 * statement, without a transaction or a round trip of its own.
 *
 * Everything else must read its user from `me`, by a lateral join or as the source of an insert, and so runs after it.
 * A statement that got this wrong would find nothing.
 */
export const me = "me as materialized (select set_config('app.user_id', $1, true)::uuid as user_id)";

/** Runs a statement that reads. A database that is away is DEPENDENCY_UNAVAILABLE. */
export async function read<Row>(database: Database, statement: Statement, values: unknown[]): Promise<Row[]> {
  try {
    const { rows } = await database.query({ ...statement, values });
    return rows as Row[];
  } catch (error) {
    // That a call is over is no fault of the database.
    if (error instanceof DomainError || failureKind(error) !== "infrastructure") throw error;
    throw databaseUnavailable(error);
  }
}
