import { randomBytes, randomUUID } from "node:crypto";
import type { DescService } from "@bufbuild/protobuf";
import { type Client, createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";

/** Somebody who signed up through the gateway, with a client for every service. */
export interface User {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly token: string;
  /** By which the account's own paths know the user. */
  readonly session: string;
  client<S extends DescService>(service: S): Client<S>;
}

/** Signs a new user up over HTTP, and in, as a program would. */
export async function signUp(url: string): Promise<User> {
  const email = `user-${randomUUID()}@example.com`;
  const password = randomBytes(18).toString("base64url");
  const answer = await fetch(`${url}/api/auth/sign-up/email`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "Test", email, password }),
  });
  if (!answer.ok) throw new Error(`sign-up answered ${answer.status}: ${await answer.text()}`);
  return signInAgain(url, { email, password });
}

/** Signs a user in again, for whom a token has been valid for long. */
export async function signInAgain(
  url: string,
  { email, password }: Pick<User, "email" | "password">,
): Promise<User> {
  const answer = await fetch(`${url}/api/auth/sign-in/email`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email, password }),
  });
  if (!answer.ok) throw new Error(`sign-in answered ${answer.status}: ${await answer.text()}`);
  return userOf(url, { email, password }, answer);
}

async function userOf(
  url: string,
  login: { email: string; password: string },
  answer: Response,
): Promise<User> {
  const session = answer.headers.get("set-auth-token") ?? "";
  const token = await exchangeToken(url, session);
  const { sub } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as {
    sub: string;
  };
  return {
    id: sub,
    ...login,
    token,
    session,
    client: (service) => createClient(service, userTransport(url, token)),
  };
}

export async function exchangeToken(url: string, session: string): Promise<string> {
  const answer = await fetch(`${url}/api/auth/token`, { headers: { authorization: `Bearer ${session}` } });
  if (!answer.ok) throw new Error(`token answered ${answer.status}: ${await answer.text()}`);
  return ((await answer.json()) as { token: string }).token;
}

/** Adds the token to every call of a transport. */
export function bearer(token: string): Interceptor {
  return (next) => (request) => {
    request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
}

/** A Connect transport that calls the gateway with a token. */
export function userTransport(url: string, token: string) {
  return createConnectTransport({
    baseUrl: url,
    httpVersion: "1.1",
    interceptors: [bearer(token)],
    defaultTimeoutMs: 15_000,
  });
}
