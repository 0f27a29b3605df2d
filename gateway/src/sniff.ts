import type { Socket } from "node:net";

export type HttpVersion = "http1" | "http2";

/** What every HTTP/2 connection with prior knowledge begins with (RFC 9113 section 3.4). */
const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** Tells the version from the first bytes of a connection; undefined while they could still become either. */
export function httpVersionOf(first: Uint8Array): HttpVersion | undefined {
  const length = Math.min(first.byteLength, preface.byteLength);
  if (preface.compare(first, 0, length, 0, length) !== 0) return "http1";
  return length === preface.byteLength ? "http2" : undefined;
}

/**
 * Reads just enough of a connection to know its version, gives every byte back to the socket and reports.
 *
 * A peer that says too little within `withinMs` loses its connection, and `found` is never called.
 */
export function sniff(socket: Socket, withinMs: number, found: (version: HttpVersion) => void): void {
  const chunks: Buffer[] = [];
  const giveUp = setTimeout(() => socket.destroy(), withinMs);
  const finish = () => {
    clearTimeout(giveUp);
    socket.off("readable", onReadable).off("close", finish);
  };
  const onReadable = () => {
    for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) chunks.push(chunk as Buffer);
    const first = Buffer.concat(chunks);
    const version = httpVersionOf(first);
    if (version === undefined) return;
    finish();
    socket.unshift(first);
    found(version);
  };
  socket.on("readable", onReadable).on("close", finish);
}
