import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Types of frames (RFC 9113 section 6). */
export const frameTypes = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** One connection of HTTP/2, frame by frame, for what no library would send. */
export interface RawHttp2 {
  readonly socket: Socket;
  /** What the other side sent, without the acknowledgements of settings and pings. */
  readonly frames: readonly Frame[];
  readonly closed: boolean;
  send(type: number, flags: number, stream: number, payload?: Uint8Array): void;
  /** Opens a stream. Its headers end here, unless `open` says otherwise. */
  request(
    stream: number,
    headers: Readonly<Record<string, string>>,
    o?: { endStream?: boolean; endHeaders?: boolean },
  ): void;
  reset(stream: number, code?: number): void;
  destroy(): void;
}

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const [endStreamFlag, endHeadersFlag, ackFlag] = [0x1, 0x4, 0x1];
const initialWindowSize = 0x4;

/**
 * Connects and sends the preface.
 *
 * @param o.localAddress the address to come from, such as 127.0.0.2
 * @param o.window how much the other side may send on each stream
 */
export async function rawHttp2(o: {
  port: number;
  localAddress?: string;
  window?: number;
}): Promise<RawHttp2> {
  const { port, localAddress = "127.0.0.1", window = 65_535 } = o;
  const socket = connect({ host: "127.0.0.1", port, localAddress });
  const frames: Frame[] = [];
  let closed = false;
  socket
    .on("error", () => undefined)
    .once("close", () => {
      closed = true;
    });
  await Promise.race([once(socket, "connect"), once(socket, "close")]);
  const send: RawHttp2["send"] = (type, flags, stream, payload = Buffer.alloc(0)) => {
    if (!closed) socket.write(Buffer.concat([headOf(payload.length, type, flags, stream), payload]));
  };
  readFrames(socket, (frame) => {
    const isAck = (frame.flags & ackFlag) !== 0;
    if (frame.type === frameTypes.settings && !isAck) send(frameTypes.settings, ackFlag, 0);
    if ((frame.type === frameTypes.settings || frame.type === frameTypes.ping) && isAck) return;
    frames.push(frame);
  });
  socket.write(preface);
  const setting = Buffer.alloc(6);
  setting.writeUInt16BE(initialWindowSize, 0);
  setting.writeUInt32BE(window, 2);
  send(frameTypes.settings, 0, 0, setting);
  return {
    socket,
    frames,
    get closed() {
      return closed;
    },
    send,
    request(stream, headers, { endStream = true, endHeaders = true } = {}) {
      const flags = (endStream ? endStreamFlag : 0) | (endHeaders ? endHeadersFlag : 0);
      send(frameTypes.headers, flags, stream, headerBlock(headers));
    },
    reset(stream, code = 8) {
      const payload = Buffer.alloc(4);
      payload.writeUInt32BE(code, 0);
      send(frameTypes.reset, 0, stream, payload);
    },
    destroy: () => socket.destroy(),
  };
}

/** A header block of literals, none of them indexed (RFC 7541 section 6.2.2). */
export function headerBlock(headers: Readonly<Record<string, string>>): Buffer {
  const literals = Object.entries(headers).flatMap(([name, value]) => [
    Buffer.of(0),
    stringOf(name),
    stringOf(value),
  ]);
  return Buffer.concat(literals);
}

/** A string without Huffman coding (RFC 7541 section 5.2). */
function stringOf(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length < 127) return Buffer.concat([Buffer.of(bytes.length), bytes]);
  const length = [127];
  let rest = bytes.length - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) + 128);
  return Buffer.concat([Buffer.from([...length, rest]), bytes]);
}

function headOf(length: number, type: number, flags: number, stream: number): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return head;
}

function readFrames(socket: Socket, found: (frame: Frame) => void): void {
  let rest = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
      const end = 9 + rest.readUIntBE(0, 3);
      const [type, flags, stream] = [rest.readUInt8(3), rest.readUInt8(4), rest.readUInt32BE(5) & 0x7fffffff];
      found({ type, flags, stream, payload: rest.subarray(9, end) });
      rest = rest.subarray(end);
    }
  });
}
