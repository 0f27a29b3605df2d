import { once } from "node:events";
import net from "node:net";

/** A way to a server that can be cut and mended. */
export interface Proxy extends AsyncDisposable {
  port: number;
  /** Breaks every connection and refuses new ones. */
  cut(): void;
  /** Swallows what is sent on any connection, and does not even tell one end that the other is gone. */
  silence(): void;
  /** Lets new connections through. Those that were silenced break. */
  mend(): void;
}

/** Passes connections on to `host:port`. `open: false` starts it cut. */
export async function tcpProxy(
  target: { host: string; port: number },
  o: { open?: boolean } = {},
): Promise<Proxy> {
  let state: "open" | "cut" | "silent" = (o.open ?? true) ? "open" : "cut";
  const sockets = new Set<net.Socket>();
  const breakAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  const pass = (inbound: net.Socket, outbound: net.Socket) => {
    sockets.add(inbound).add(outbound);
    for (const [socket, other] of [
      [inbound, outbound],
      [outbound, inbound],
    ] as const) {
      socket.on("error", () => undefined);
      socket.on("data", (data) => state === "open" && other.write(data));
      socket.on("end", () => state === "open" && other.end());
      socket.on("close", () => {
        sockets.delete(socket);
        if (state !== "silent") other.destroy();
      });
    }
  };
  const server = net.createServer({ allowHalfOpen: true }, (inbound) => {
    if (state === "open") pass(inbound, net.connect({ ...target, allowHalfOpen: true }));
    else inbound.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = () => {
    state = "cut";
    breakAll();
  };
  return {
    port: (server.address() as net.AddressInfo).port,
    cut,
    silence: () => {
      state = "silent";
    },
    mend: () => {
      if (state === "silent") breakAll();
      state = "open";
    },
    async [Symbol.asyncDispose]() {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
