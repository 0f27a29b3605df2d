import { randomInt } from "node:crypto";
import { createServer, Server } from "node:net";

// Below the range from which systems take the ports of outgoing connections (from 32768 on Linux, 49152 on macOS), so
// that nobody's client socket takes a port between our look and our use.
const [lowest, highest] = [20_000, 32_000];

/** Whether nothing listens on a port under any address that `localhost` stands for. */
export async function isFree(port: number): Promise<boolean> {
  for (const host of ["127.0.0.1", "::1"]) {
    const server = await listen(port, host).catch((error: NodeJS.ErrnoException) => error.code);
    if (server === "EADDRINUSE" || server === "EACCES") return false;
    if (server instanceof Server) await close(server);
  }
  return true;
}

/**
 * Finds free ports, all different.
 * @param wanted ports to prefer where they are free, by name
 */
export async function allocatePorts<Name extends string>(
  names: readonly Name[],
  wanted: { readonly [name in Name]?: number },
): Promise<Record<Name, number>> {
  // All stay open until the last is found, so no port is given twice.
  const servers = new Map<Name, Server>();
  try {
    for (const name of names) servers.set(name, await take(wanted[name]));
    return Object.fromEntries([...servers].map(([name, server]) => [name, portOf(server)])) as Record<
      Name,
      number
    >;
  } finally {
    await Promise.all([...servers.values()].map(close));
  }
}

async function take(wanted: number | undefined): Promise<Server> {
  const candidates = Array.from({ length: 200 }, () => randomInt(lowest, highest));
  if (wanted !== undefined) candidates.unshift(wanted);
  for (const port of candidates) {
    const server = await listen(port).catch(() => undefined);
    if (server !== undefined) return server;
  }
  throw new Error(`no free port found between ${lowest} and ${highest}`);
}

function listen(port: number, host = "127.0.0.1"): Promise<Server> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host, exclusive: true }, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  return address.port;
}
