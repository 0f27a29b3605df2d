import type { EnvReader } from "@todo/kit/config";

/** Calls a minute: all together, and of each class of the contracts. */
export interface Quotas {
  all: number;
  read: number;
  write: number;
  expensive: number;
  auth: number;
}

export interface RateConfig {
  /** Of one client address, before anybody knows who calls. */
  address: Quotas;
  /** Of one user. */
  user: Quotas;
  /** What a user's programs and agents may take of the user's own. */
  programs: number;
}

/** Reads `RATE_ADDRESS`, `RATE_USER`, each with `_READ`, `_WRITE`, `_EXPENSIVE` and `_AUTH`, and `RATE_USER_PROGRAMS`. */
export function readRates(read: EnvReader): RateConfig {
  return {
    address: readQuotas(read, "RATE_ADDRESS", { all: 1000, expensive: 100, auth: 100 }),
    user: readQuotas(read, "RATE_USER", { all: 100, expensive: 10, auth: 10 }),
    programs: perMinute(read, "RATE_USER_PROGRAMS", 60),
  };
}

function readQuotas(
  read: EnvReader,
  name: string,
  defaults: Pick<Quotas, "all" | "expensive" | "auth">,
): Quotas {
  const all = perMinute(read, name, defaults.all);
  return {
    all,
    read: perMinute(read, `${name}_READ`, all),
    write: perMinute(read, `${name}_WRITE`, all),
    expensive: perMinute(read, `${name}_EXPENSIVE`, defaults.expensive),
    auth: perMinute(read, `${name}_AUTH`, defaults.auth),
  };
}

function perMinute(read: EnvReader, name: string, fallback: number): number {
  return read.integer(name, { default: fallback, min: 1, max: 100_000_000 });
}
