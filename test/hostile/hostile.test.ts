import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../system/eventually.ts";
import { attacks } from "./attacks.ts";
import { type HostileBed, startHostileBed } from "./bed.ts";
import { type Answer, senderFrom } from "./target.ts";
import type { User } from "./user.ts";

/** Under the hundred that a user may make a minute. */
const callsEach = 30;

describe("while somebody attacks by", () => {
  let bed: HostileBed;
  beforeAll(async () => {
    bed = await startHostileBed();
  });
  afterAll(() => bed?.[Symbol.asyncDispose]());

  it.each(attacks)("$name, another user is served, and so are probes [R097]", async ({ start, least }) => {
    using victim = await bed.newUser();
    await using attack = await start({ target: bed.target, attacker: bed.attacker });
    await eventually("the attack", async () => attack.made >= least || undefined);
    expect((await victimCalls(victim)).map(told).filter((text) => text !== "200")).toEqual([]);
    expect(told(await victim.signIn())).toBe("200");
    expect(await probes(bed)).toEqual([200, 200, 200]);
  });
});

async function victimCalls(victim: User): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let n = 0; n < callsEach / 2; n++) {
    const created = victim.call("CreateTask", { title: `task ${n}` });
    answers.push(...(await Promise.all([created, victim.call("ListTasks", {})])));
  }
  return answers;
}

/** A status, and what was said if it is a bad one. */
const told = ({ status, body }: Answer) => (status === 200 ? "200" : `${status} ${body}`);

/** The answers that a probe and a health check over gRPC get, from an address of their own. */
async function probes({ target }: HostileBed): Promise<number[]> {
  using sender = senderFrom("127.0.7.1", target);
  const health = await sender.post("/grpc.health.v1.Health/Check", {});
  return [
    (await sender.get("/health/live")).status,
    (await sender.get("/health/ready")).status,
    health.status,
  ];
}
