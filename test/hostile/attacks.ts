import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { frameTypes, headerBlock, rawHttp2 } from "@todo/kit/testing/raw-http2";
import { attackerAddress, held, repeatedly, type StartAttack } from "./attack.ts";
import { senderFrom } from "./target.ts";

const listTasks = "/todo.task.v1.TaskService/ListTasks";
const signIn = "/api/auth/sign-in/email";

const post = (path: string, contentType = "application/json") => ({
  ":method": "POST",
  ":path": path,
  ":scheme": "http",
  ":authority": "localhost",
  "content-type": contentType,
});

const grpc = (path: string) => ({ ...post(path, "application/grpc"), te: "trailers" });

const body = Buffer.from("{}");
/** An empty message of gRPC. */
const empty = Buffer.alloc(5);

/** Calls whose answers are never taken: the window of each stream is zero. */
const untakenAnswers: StartAttack = ({ target, attacker }) => {
  const user = { authorization: `Bearer ${attacker.token}` };
  return held({
    target,
    addresses: 2,
    connectionsEach: 2,
    window: 0,
    on(raw, n) {
      // Half of them are anonymous.
      const headers = { ...post(listTasks), ...(n < 2 && user) };
      for (let stream = 1; stream < 2 * 70; stream += 2) {
        raw.request(stream, headers, { endStream: false });
        raw.send(frameTypes.data, 1, stream, body);
      }
      return 70;
    },
  });
};

/** Requests whose bodies never end, of one user and of nobody. */
const unfinishedBodies: StartAttack = ({ target, attacker }) => {
  const user = { authorization: `Bearer ${attacker.token}` };
  return held({
    target,
    addresses: 2,
    connectionsEach: 2,
    on(raw, n) {
      const headers = n < 2 ? { ...post(listTasks), ...user } : post(signIn);
      for (let stream = 1; stream < 2 * 140; stream += 2) {
        raw.request(stream, headers, { endStream: false });
        raw.send(frameTypes.data, 0, stream, Buffer.from("{"));
      }
      return 140;
    },
  });
};

/** Watches of the health, and reflections that are asked nothing, from two addresses. */
const idleStreams: StartAttack = ({ target }) =>
  held({
    target,
    addresses: 2,
    connectionsEach: 2,
    on(raw) {
      for (let n = 0; n < 64; n++) {
        const watches = n % 2 === 0;
        const path = watches
          ? "/grpc.health.v1.Health/Watch"
          : "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
        raw.request(2 * n + 1, grpc(path), { endStream: false });
        if (watches) raw.send(frameTypes.data, 1, 2 * n + 1, empty);
      }
      return 64;
    },
  });

/** Headers that never end, over both versions of HTTP. */
const slowHeaders: StartAttack = async ({ target }) => {
  const http2 = await held({
    target,
    addresses: 4,
    connectionsEach: 20,
    async on(raw) {
      await pause(5);
      raw.request(1, post(listTasks), { endStream: false, endHeaders: false });
      raw.send(frameTypes.continuation, 0, 1, headerBlock({ "x-more": "y" }));
      return 1;
    },
  });
  const sockets = Array.from({ length: 80 }, (_, n) => {
    const socket = connect({ host: "127.0.0.1", port: target.port, localAddress: attackerAddress(n % 4) });
    socket.on("error", () => undefined).write("POST / HTTP/1.1\r\nhost: localhost\r\n");
    return socket;
  });
  return {
    made: http2.made + sockets.length,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await http2[Symbol.asyncDispose]();
    },
  };
};

/** Streams that are reset as soon as they are open (CVE-2023-44487), on a new connection whenever one is closed. */
const rapidResets: StartAttack = async ({ target, attacker }) => {
  const headers = { ...post(listTasks), authorization: `Bearer ${attacker.token}` };
  return repeatedly({
    most: 60,
    atOnce: 2,
    async one(n) {
      const raw = await rawHttp2({ port: target.port, localAddress: attackerAddress(n % 2) });
      for (let stream = 1; stream < 2 * 1_500 && !raw.closed; stream += 2) {
        raw.request(stream, headers);
        raw.reset(stream);
        if (stream % 100 === 1) await pause(2);
      }
      raw.destroy();
    },
  });
};

/** Pings, settings and empty frames as fast as they go. */
const controlFrames: StartAttack = async ({ target }) =>
  repeatedly({
    most: 60,
    atOnce: 2,
    async one(n) {
      const raw = await rawHttp2({ port: target.port, localAddress: attackerAddress(n % 2) });
      const [type, payload] =
        n % 2 === 0 ? [frameTypes.ping, Buffer.alloc(8)] : [frameTypes.settings, body.subarray(2)];
      for (let count = 0; count < 5_000 && !raw.closed; count++) {
        raw.send(type, 0, 0, payload);
        if (count % 100 === 0) await pause(2);
      }
      raw.destroy();
    },
  });

/** Sign-ins with wrong passwords, 64 at once from 8 addresses, each within its calls a minute. */
const signIns: StartAttack = async ({ target, attacker }) => {
  const senders = Array.from({ length: 8 }, (_, n) => senderFrom(attackerAddress(n), target, 16));
  const attack = repeatedly({
    most: 8 * 90,
    atOnce: 64,
    async one(n) {
      const login = { email: `${n}-${attacker.email}`, password: "not the password" };
      await senders[n % senders.length]?.post(signIn, login);
    },
  });
  return {
    get made() {
      return attack.made;
    },
    async [Symbol.asyncDispose]() {
      await attack[Symbol.asyncDispose]();
      for (const sender of senders) sender[Symbol.dispose]();
    },
  };
};

/** Calls without credentials, far more than an address may make. */
const calls: StartAttack = async ({ target }) => {
  const senders = Array.from({ length: 2 }, (_, n) => senderFrom(attackerAddress(n), target, 16));
  const attack = repeatedly({
    most: 10_000,
    atOnce: 32,
    async one(n) {
      await senders[n % senders.length]?.post(listTasks, {}, { authorization: "Bearer wrong" });
    },
  });
  return {
    get made() {
      return attack.made;
    },
    async [Symbol.asyncDispose]() {
      await attack[Symbol.asyncDispose]();
      for (const sender of senders) sender[Symbol.dispose]();
    },
  };
};

/** Every attack, and how many things of it must be there before its victim is looked at. */
export const attacks: readonly {
  readonly name: string;
  readonly start: StartAttack;
  readonly least: number;
}[] = [
  { name: "answers that are never taken", start: untakenAnswers, least: 280 },
  { name: "bodies that never end", start: unfinishedBodies, least: 560 },
  { name: "streams on which nothing happens", start: idleStreams, least: 256 },
  { name: "headers that never end", start: slowHeaders, least: 160 },
  { name: "streams that are reset at once", start: rapidResets, least: 2 },
  { name: "pings and settings without number", start: controlFrames, least: 2 },
  { name: "sign-ins", start: signIns, least: 64 },
  { name: "calls without credentials", start: calls, least: 64 },
];
