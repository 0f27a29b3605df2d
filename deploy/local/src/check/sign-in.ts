import { randomBytes, randomUUID } from "node:crypto";
import { signIn, signUp } from "../demo/account.ts";
import type { Step } from "./journey.ts";

export const signInStep: Step = {
  sentence: "a newcomer signs up and in",
  async run(journey) {
    const login = {
      email: `check-${randomUUID()}@example.com`,
      password: randomBytes(18).toString("base64url"),
    };
    await signUp(journey.system.gatewayUrl, { ...login, name: "Check" });
    journey.token = await signIn(journey.system.gatewayUrl, login);
  },
};
