export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** Makes an account through the gateway. */
export async function signUp(gatewayUrl: string, account: Credentials & { name: string }): Promise<void> {
  await post(`${gatewayUrl}/api/auth/sign-up/email`, account);
}

/** Signs in and gives the short token that RPCs want as `authorization: Bearer`. */
export async function signIn(gatewayUrl: string, login: Credentials): Promise<string> {
  const { headers } = await post(`${gatewayUrl}/api/auth/sign-in/email`, login);
  const session = headers.get("set-auth-token");
  if (session === null) throw new Error("signing in gave no session");
  const answer = await ask(`${gatewayUrl}/api/auth/token`, {
    headers: { authorization: `Bearer ${session}` },
  });
  const { token }: { token?: unknown } = JSON.parse(await answer.text());
  if (typeof token !== "string") throw new Error("the session gave no token");
  return token;
}

function post(url: string, body: unknown): Promise<Response> {
  return ask(url, {
    method: "POST",
    // Node's fetch says by its headers that it is a page's, and identity asks a page where it comes from.
    headers: { "content-type": "application/json", origin: new URL(url).origin },
    body: JSON.stringify(body),
  });
}

async function ask(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(30_000) });
  if (response.ok) return response;
  throw new Error(
    `${new URL(url).pathname} answers ${response.status}: ${(await response.text()).slice(0, 300)}`,
  );
}
