import { connect } from "node:net";
import type pg from "pg";
import { describedOnce } from "./described-once.ts";
import { within } from "./within.ts";

/** How long a server may take to hear that a statement is not wanted any more. */
const cancelMs = 2_000;

/** What of a `pg` pool the services use, in the form that Kysely takes as well. */
export interface BoundPool {
  query(query: pg.QueryConfig): Promise<pg.QueryResult>;
  connect(): Promise<BoundConnection>;
  end(): Promise<void>;
}

export interface BoundConnection {
  query(query: string | pg.QueryConfig, values?: unknown[]): Promise<pg.QueryResult>;
  release(broken?: boolean): void;
}

/**
 * A pool for the time of one call: when the call's signal fires, because its deadline passed or its caller went away,
 * the server gives up the statement that runs then, and no further one begins. They reject with the signal's reason.
 *
 * Costs a listener per statement, and a connection of its own for a moment where there is something to give up.
 */
export function boundTo(pool: pg.Pool, signal: AbortSignal): BoundPool {
  const open = async (): Promise<BoundConnection> => {
    signal.throwIfAborted();
    const client = await pool.connect();
    if (!signal.aborted) return bind(client, signal);
    client.release();
    throw signal.reason;
  };
  return {
    async query(query) {
      const connection = await open();
      try {
        const result = await connection.query(query);
        connection.release();
        return result;
      } catch (error) {
        connection.release(!signal.aborted);
        throw error;
      }
    },
    connect: open,
    // It is somebody else's.
    end: async () => undefined,
  };
}

function bind(client: pg.PoolClient, signal: AbortSignal): BoundConnection {
  let running = 0;
  let cancelling: Promise<boolean> | undefined;
  const cancel = () => {
    if (running > 0) cancelling ??= cancelStatement(client);
  };
  signal.addEventListener("abort", cancel, { once: true });
  return {
    async query(query, values) {
      if (isRollback(query)) {
        // A cancellation that comes too late for its statement would hit this one, and leave the transaction open.
        await cancelling;
        return run(client, query, values);
      }
      signal.throwIfAborted();
      running += 1;
      try {
        return await run(client, query, values);
      } catch (error) {
        if (cancelling !== undefined) throw signal.reason;
        throw error;
      } finally {
        running -= 1;
      }
    },
    release(broken) {
      signal.removeEventListener("abort", cancel);
      // The server closes the connection that asked only after it has cancelled. Until then whoever had this one next
      // would be hit.
      if (cancelling === undefined) client.release(broken);
      else void cancelling.then((heard) => client.release(broken === true || !heard));
    },
  };
}

function run(client: pg.PoolClient, query: string | pg.QueryConfig, values?: unknown[]) {
  if (typeof query === "string") return client.query(query, values);
  const { name } = query;
  // `pg` writes into what it is given.
  return name === undefined ? client.query({ ...query }) : describedOnce(client, { ...query, name });
}

function isRollback(query: string | pg.QueryConfig): boolean {
  return (typeof query === "string" ? query : query.text) === "rollback";
}

/** What `pg` knows about the other end of a connection, though its types do not say so. */
interface ServerSide {
  host: string;
  port: number;
  processID: number;
  secretKey: number;
}

const cancelRequestCode = 80_877_102;

/** Asks the server to give up what a connection runs. Answers whether it was heard. */
async function cancelStatement(client: pg.PoolClient): Promise<boolean> {
  const { host, port, processID, secretKey } = client as unknown as ServerSide;
  const message = Buffer.alloc(16);
  message.writeInt32BE(message.length, 0);
  message.writeInt32BE(cancelRequestCode, 4);
  message.writeInt32BE(processID, 8);
  message.writeInt32BE(secretKey, 12);
  const socket = host.startsWith("/") ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
  const closed = new Promise<boolean>((resolve) => {
    socket.once("error", () => resolve(false)).once("close", () => resolve(true));
  });
  socket.resume().end(message);
  const heard = await within(cancelMs, closed).catch(() => false);
  socket.destroy();
  return heard;
}
