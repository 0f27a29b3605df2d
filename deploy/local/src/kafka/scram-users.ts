import { pbkdf2, randomBytes } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import { promisify } from "node:util";

/** Where controllers listen, and as whom they are spoken to. */
export interface ControllerAccess {
  readonly ports: readonly number[];
  readonly user: string;
  readonly password: string;
}

/**
 * Sets the passwords of users, by asking the controllers in turn until the active one has done it. It is done by the
 * protocol itself: kafkajs has no such call, and Kafka's own tool would show the passwords in its arguments and take a
 * JVM. Since users are made here and not when the data are formatted, a data folder that had none gets them too.
 */
export async function setScramUsers(
  access: ControllerAccess,
  passwords: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  const request = await upsertions(passwords);
  const failures: unknown[] = [];
  for (const port of access.ports) {
    try {
      return await askController(port, access, request, signal);
    } catch (error) {
      failures.push(error);
    }
  }
  throw new AggregateError(failures, `no controller made the users: ${failures.map(String).join("; ")}`);
}

async function askController(
  port: number,
  { user, password }: ControllerAccess,
  request: Buffer,
  signal: AbortSignal,
): Promise<void> {
  const socket = net.connect({ host: "127.0.0.1", port, signal });
  const limit = setTimeout(() => socket.destroy(new Error("the controller does not answer")), answerMs);
  try {
    await once(socket, "connect");
    const ask = asker(socket);
    assertNoError("SaslHandshake", (await ask(17, 1, string("PLAIN"))).readInt16BE(0));
    const proof = Buffer.from(`\0${user}\0${password}`);
    const proved = await ask(36, 0, Buffer.concat([int32(proof.length), proof]));
    assertNoError("SaslAuthenticate", proved.readInt16BE(0));
    assertAllUpserted(await ask(51, 0, request, noTags));
  } finally {
    clearTimeout(limit);
    socket.destroy();
  }
}

const answerMs = 5_000;
const clientId = string("todo-local");
const noTags = Buffer.from([0]);

/** One request after the other; each answer is given without its length and correlation id. */
function asker(socket: net.Socket) {
  const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let received: Buffer = Buffer.alloc(0);
  const take = async (length: number) => {
    while (received.length < length) {
      const { value, done } = await chunks.next();
      if (done === true) throw new Error("the controller closed the connection");
      received = Buffer.concat([received, value]);
    }
    const taken = received.subarray(0, length);
    received = received.subarray(length);
    return taken;
  };
  return async (apiKey: number, version: number, body: Buffer, tags: Buffer = Buffer.alloc(0)) => {
    const head = Buffer.concat([int16(apiKey), int16(version), int32(apiKey), clientId, tags]);
    socket.write(Buffer.concat([int32(head.length + body.length), head, body]));
    const answer = await take((await take(4)).readInt32BE(0));
    return answer.subarray(4);
  };
}

/** The body of AlterUserScramCredentials v0: no deletions, and a salted password for each user (RFC 5802). */
async function upsertions(passwords: Readonly<Record<string, string>>): Promise<Buffer> {
  const entries = Object.entries(passwords).map(async ([name, password]) => {
    const salt = randomBytes(24);
    const salted = await promisify(pbkdf2)(password, salt, iterations, 64, "sha512");
    const parts = [compact(Buffer.from(name)), Buffer.from([sha512]), int32(iterations)];
    return Buffer.concat([...parts, compact(salt), compact(salted), noTags]);
  });
  const all = await Promise.all(entries);
  return Buffer.concat([varint(1), varint(all.length + 1), ...all, noTags]);
}

/** The least that Kafka takes: the passwords are random, so guessing them is hopeless anyway. */
const iterations = 4_096;
const sha512 = 2;

/** After the tags of the head and the throttle time: for each user its name, an error code and a text, and tags. */
function assertAllUpserted(answer: Buffer): void {
  let at = 5;
  const number = () => {
    for (let value = 0, shift = 0; ; shift += 7) {
      const byte = answer.readUInt8(at++);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const skip = () => {
    const length = Math.max(0, number() - 1);
    at += length;
  };
  for (let left = number() - 1; left > 0; left--) {
    skip();
    assertNoError("AlterUserScramCredentials", answer.readInt16BE(at));
    at += 2;
    skip();
    at += 1;
  }
}

function assertNoError(call: string, code: number): void {
  if (code !== 0) throw new Error(`${call} was refused with Kafka's error ${code}`);
}

function int16(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeInt16BE(value);
  return buffer;
}

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
}

function string(value: string): Buffer {
  return Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]);
}

/** Bytes or a text in the protocol's newer form: one more than the length in front. */
function compact(value: Buffer): Buffer {
  return Buffer.concat([varint(value.length + 1), value]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left >>>= 7) {
    if (left < 0x80) return Buffer.from([...bytes, left]);
    bytes.push((left & 0x7f) | 0x80);
  }
}
