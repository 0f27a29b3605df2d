import { randomBytes, randomUUID } from "node:crypto";
import { type Answer, type Sender, senderFrom, type Target } from "./target.ts";

/** Somebody with an account, at an address. */
export interface User extends Disposable {
  readonly email: string;
  readonly password: string;
  readonly token: string;
  /** Calls a method of TaskService and names the deadline, so that one that passes is answered as passed. */
  call(method: string, body: unknown): Promise<Answer>;
  signIn(): Promise<Answer>;
}

const deadlineMs = 20_000;

export async function newUser(target: Target, address: string): Promise<User> {
  const sender = senderFrom(address, target);
  const login = {
    email: `user-${randomUUID()}@example.com`,
    password: randomBytes(18).toString("base64url"),
  };
  const signIn = () => sender.post("/api/auth/sign-in/email", login);
  expected(await sender.post("/api/auth/sign-up/email", { name: "Test", ...login }));
  const token = await tokenOf(sender, expected(await signIn()));
  const headers = { authorization: `Bearer ${token}`, "connect-timeout-ms": `${deadlineMs}` };
  return {
    ...login,
    token,
    call: (method, body) => sender.post(`/todo.task.v1.TaskService/${method}`, body, headers),
    signIn,
    [Symbol.dispose]: () => sender[Symbol.dispose](),
  };
}

async function tokenOf(sender: Sender, { headers }: Answer): Promise<string> {
  const authorization = `Bearer ${String(headers["set-auth-token"])}`;
  const answer = expected(await sender.get("/api/auth/token", { authorization }));
  return (JSON.parse(answer.body) as { token: string }).token;
}

function expected(answer: Answer): Answer {
  if (answer.status !== 200) throw new Error(`answered ${answer.status}: ${answer.body}`);
  return answer;
}
