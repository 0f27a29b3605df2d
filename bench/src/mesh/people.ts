import { randomBytes, randomUUID } from "node:crypto";
import { signIn, signUp } from "@todo/local/demo/account";

/** Somebody with an account. */
export interface Person {
  userId: string;
  /** The token for calls through the gateway. */
  token: string;
}

/** Signs people up through the gateway, one after the other. */
export async function signUpPeople(gatewayUrl: string, count: number): Promise<Person[]> {
  const people: Person[] = [];
  for (let number = 0; number < count; number++) {
    const email = `bench-${randomUUID()}@example.com`;
    const login = { email, password: randomBytes(18).toString("base64url") };
    await signUp(gatewayUrl, { ...login, name: "Bench" });
    const token = await signIn(gatewayUrl, login);
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    people.push({ userId: (claims as { sub: string }).sub, token });
  }
  return people;
}
