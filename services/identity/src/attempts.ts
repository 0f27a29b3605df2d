import { createHmac } from "node:crypto";
import { normalizeIP } from "@better-auth/core/utils/ip";
import { charge, chargeKnown, type DelayRule, forget, know, refund } from "./attempt-queries.ts";
import type { IdentityDatabase } from "./tables.ts";

export interface SignIn {
  email: string;
  /** Empty: unknown. */
  clientAddress: string;
}

/** A password by which a signed-in user confirms something. */
export interface Confirmation {
  userId: string;
  /** Empty: unknown. */
  clientAddress: string;
}

/** What an attempt was counted against. */
export type Charged = "acquaintance" | "strangers";

/**
 * Slows down who guesses passwords, across all replicas and restarts. It treats addresses of accounts and of nobody
 * alike, so that nothing about it tells which is which.
 */
export interface Attempts {
  /** Asks before a password is looked at. `waitMs` above 0: it must not be, and what was asked does not count. */
  ask(attempt: SignIn): Promise<{ waitMs: number; charged: Charged }>;
  /** The password was right. */
  succeeded(attempt: SignIn & { userId: string; charged: Charged }): Promise<void>;
  /** No password was looked at after all. */
  abandoned(attempt: SignIn & { charged: Charged }): Promise<void>;
  /** The same for confirmations, whatever they are for: all count together. */
  askToConfirm(confirmation: Confirmation): Promise<{ waitMs: number }>;
  confirmed(confirmation: Confirmation): Promise<void>;
  notConfirmed(confirmation: Confirmation): Promise<void>;
  /** Forgets what is kept under an account's address. What is kept under its user goes with the user. */
  forgetAccount(email: string, userId: string): Promise<void>;
}

const hourMs = 60 * 60 * 1000;
const delays = { firstMs: 1_000, longestMs: 60_000, memoryMs: hourMs };
const perAccount: DelayRule = { free: 10, ...delays };
/** An address may be a whole office. */
const perAddress: DelayRule = { free: 100, ...delays };
const knownForMs = 90 * 24 * hourMs;

/**
 * An attempt counts against its account and its address, and both make it wait. But who got into an account from an
 * address before is held to what fails from there alone: no stranger can keep the owner out.
 */
export function createAttempts(o: { database: IdentityDatabase; secret: string; now: () => Date }): Attempts {
  const { database, now } = o;
  const hash = (...parts: string[]) =>
    createHmac("sha256", o.secret)
      .update(JSON.stringify(["attempt", ...parts]))
      .digest();
  const account = ({ email }: SignIn) => hash("account", email.toLowerCase());
  const address = (from: { clientAddress: string }) => hash("address", networkOf(from.clientAddress));
  const both = (attempt: SignIn) =>
    hash("both", attempt.email.toLowerCase(), networkOf(attempt.clientAddress));
  const confirming = (userId: string) => hash("confirming", userId);

  return {
    async ask(attempt) {
      const at = now();
      const known = await chargeKnown(database, { key: both(attempt), rule: perAccount, now: at });
      if (known !== undefined) return { waitMs: known, charged: "acquaintance" };
      const here = await charge(database, { key: address(attempt), rule: perAddress, now: at });
      if (here > 0) return { waitMs: here, charged: "strangers" };
      const waitMs = await charge(database, { key: account(attempt), rule: perAccount, now: at });
      if (waitMs > 0) await refund(database, address(attempt));
      return { waitMs, charged: "strangers" };
    },
    async succeeded({ userId, charged, ...attempt }) {
      await know(database, { key: both(attempt), userId, now: now(), forMs: knownForMs });
      await forget(database, account(attempt));
      if (charged === "strangers") await refund(database, address(attempt));
    },
    async abandoned({ charged, ...attempt }) {
      const keys = charged === "acquaintance" ? [both(attempt)] : [account(attempt), address(attempt)];
      for (const key of keys) await refund(database, key);
    },
    async askToConfirm({ userId, clientAddress }) {
      const at = now();
      const from = clientAddress === "" ? undefined : address({ clientAddress });
      const here = from && (await charge(database, { key: from, rule: perAddress, now: at }));
      if (here !== undefined && here > 0) return { waitMs: here };
      const waitMs = await charge(database, { key: confirming(userId), rule: perAccount, now: at });
      if (waitMs > 0 && from !== undefined) await refund(database, from);
      return { waitMs };
    },
    async confirmed({ userId, clientAddress }) {
      await forget(database, confirming(userId));
      if (clientAddress !== "") await refund(database, address({ clientAddress }));
    },
    async notConfirmed({ userId, clientAddress }) {
      await refund(database, confirming(userId));
      if (clientAddress !== "") await refund(database, address({ clientAddress }));
    },
    async forgetAccount(email, userId) {
      await forget(database, account({ email, clientAddress: "" }));
      await forget(database, confirming(userId));
    },
  };
}

/** One subscriber has a whole network of IPv6. */
function networkOf(clientAddress: string): string {
  return clientAddress === "" ? "" : normalizeIP(clientAddress, { ipv6Subnet: 64 });
}
