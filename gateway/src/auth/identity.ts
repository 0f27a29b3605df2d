import type { Client } from "@connectrpc/connect";
import { domainError, ErrorReason } from "@todo/kit/errors";
import type { AuthService, ExchangeResponse } from "@todo/proto/todo/identity/v1/auth_service";
import type { JSONWebKeySet } from "jose";

/** What the gateway itself asks of the identity provider, through the same door as everybody else. */
export interface Identity {
  keys(): Promise<JSONWebKeySet>;
  /** The token of a session. Throws CREDENTIALS_INVALID if there is no such session. */
  token(cookie: string, clientAddress: string): Promise<string>;
}

const timeoutMs = 5000;

export function createIdentity(client: Client<typeof AuthService>): Identity {
  const get = (path: string, headers: Record<string, string>, clientAddress: string) =>
    client.exchange(
      {
        method: "GET",
        path,
        headers: Object.entries({ accept: "application/json", ...headers }).map(([name, value]) => ({
          name,
          value,
        })),
        clientAddress,
      },
      { timeoutMs },
    );
  return {
    async keys() {
      return (await readJson(await get("/api/auth/jwks", {}, ""))) as JSONWebKeySet;
    },
    async token(cookie, clientAddress) {
      const answer = await get("/api/auth/token", { cookie }, clientAddress);
      if (answer.status === 401 || answer.status === 403) {
        throw domainError(ErrorReason.CREDENTIALS_INVALID, "the session is over");
      }
      return ((await readJson(answer)) as { token: string }).token;
    },
  };
}

async function readJson({ status, body }: ExchangeResponse): Promise<unknown> {
  if (status !== 200) {
    throw domainError(ErrorReason.DEPENDENCY_UNAVAILABLE, "identity is not available", {
      cause: new Error(`identity answered ${status}`),
    });
  }
  return JSON.parse(Buffer.from(body).toString());
}
