import { createRequire } from "node:module";
import pg from "pg";

/** What `pg` 8 has inside, though its types do not say so. */
interface Connection {
  bind(o: { statement: string; values: unknown; valueMapper: unknown }): void;
  execute(): void;
  sync(): void;
}

interface Columns {
  fields: unknown;
  _parsers: unknown;
  _prebuiltEmptyResultObject: unknown;
}

interface Named {
  name: string;
  values: unknown;
  _result: Columns;
  _accumulateRows: boolean;
  prepare(connection: Connection): void;
  handleRowDescription(message: unknown): void;
}

const Query = pg.Query as unknown as new (
  query: pg.QueryConfig,
  done: (error: Error | undefined, result: pg.QueryResult) => void,
) => Named;
const { prepareValue } = createRequire(import.meta.url)("pg/lib/utils") as { prepareValue: unknown };

/** The columns of the statements that a connection ran, by their names. */
const described = new WeakMap<Connection, Map<string, Columns>>();

class DescribedOnce extends Query {
  #columns: Map<string, Columns> | undefined;

  override prepare(connection: Connection): void {
    const columns = described.get(connection) ?? new Map<string, Columns>();
    const known = columns.get(this.name);
    if (known === undefined) {
      described.set(connection, columns);
      this.#columns = columns;
      super.prepare(connection);
      return;
    }
    Object.assign(this._result, known);
    this._accumulateRows = true;
    connection.bind({ statement: this.name, values: this.values, valueMapper: prepareValue });
    connection.execute();
    connection.sync();
  }

  override handleRowDescription(message: unknown): void {
    super.handleRowDescription(message);
    const { fields, _parsers, _prebuiltEmptyResultObject } = this._result;
    this.#columns?.set(this.name, { fields, _parsers, _prebuiltEmptyResultObject });
  }
}

/**
 * Runs a named statement, and asks for its columns only when the connection runs it for the first time: its name stands
 * for the same ones as long as the connection lives. `pg` asks each time, which is half of what the read of a row with
 * thirty columns costs here, and a fifth of what it costs there.
 */
export function describedOnce(
  client: pg.ClientBase,
  query: pg.QueryConfig & { name: string },
): Promise<pg.QueryResult> {
  const run = new Promise<pg.QueryResult>((resolve, reject) => {
    const done = (error: Error | null | undefined, result: pg.QueryResult) =>
      error ? reject(error) : resolve(result);
    client.query(new DescribedOnce(query, done) as unknown as pg.Submittable);
  });
  return run.catch((error: Error) => {
    // The stack of whoever asked says more than that of the socket. `pg` does so as well.
    Error.captureStackTrace(error);
    throw error;
  });
}
