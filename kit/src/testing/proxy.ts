import { once } from "node:events";
import net from "node:net";

/** A way to a server that can be cut and mended. */
export interface Proxy extends AsyncDisposable {
  port: number;
  /** Breaks every connection and refuses new ones. */
  cut(): void;
  mend(): void;
}

/** Passes connections on to `host:port`. `open: false` starts it cut. */
export async function tcpProxy(
  target: { host: string; port: number },
  o: { open?: boolean } = {},
): Promise<Proxy> {
  let open = o.open ?? true;
  const sockets = new Set<net.Socket>();
  const server = net.createServer((inbound) => {
    if (!open) {
      inbound.destroy();
      return;
    }
    const outbound = net.connect(target);
    for (const [socket, other] of [
      [inbound, outbound],
      [outbound, inbound],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    inbound.pipe(outbound).pipe(inbound);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = () => {
    open = false;
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as net.AddressInfo).port,
    cut,
    mend: () => {
      open = true;
    },
    async [Symbol.asyncDispose]() {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
