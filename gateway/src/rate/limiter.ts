import { type DomainError, domainError, ErrorReason } from "@todo/kit/errors";
import { counter } from "@todo/kit/metrics";
import { RateClass } from "@todo/kit/policy";
import type { Caller } from "#src/call.ts";
import { networkOf } from "#src/client-address.ts";
import { type Bucket, createBucket, type Room } from "#src/rate/bucket.ts";
import type { Quotas, RateConfig } from "#src/rate/config.ts";

const refusals = counter("gateway_rate_limited");

/** What became of a call that was counted. */
export interface Counted {
  /** What the caller has left, one for each quota that counts. */
  readonly rooms: readonly Room[];
  /** Set if the call came too early. It took nothing then. */
  readonly refusal?: DomainError;
}

/** Counts calls before anybody knows whose they are, and again when it is known (R099, R100). */
export interface RateLimiter {
  address(address: string, rateClass: RateClass): Counted;
  caller(caller: Caller, rateClass: RateClass): Counted;
  /** Counts a call that was counted already against one more class of its user. */
  more(caller: Caller, rateClass: RateClass): Counted;
}

/** A call counts once against everything, and once against its class where that has less. */
export function createRateLimiter(rates: RateConfig, now: () => Date): RateLimiter {
  const ofAddress = createFamily("address", rates.address, now);
  const ofUser = createFamily("user", rates.user, now);
  const ofPrograms = createBucket({ name: "user-programs", perMinute: rates.programs }, now);
  return {
    address: (address, rateClass) => count(ofAddress(rateClass), networkOf(address)),
    caller({ userId, program }, rateClass) {
      const buckets = ofUser(rateClass);
      return count(program ? [...buckets, ofPrograms] : buckets, userId);
    },
    more: ({ userId }, rateClass) => count(ofUser(rateClass).slice(1), userId),
  };
}

function createFamily(name: string, quotas: Quotas, now: () => Date): (rateClass: RateClass) => Bucket[] {
  const all = createBucket({ name, perMinute: quotas.all }, now);
  const withClass = (suffix: string, perMinute: number) =>
    perMinute < quotas.all ? [all, createBucket({ name: `${name}-${suffix}`, perMinute }, now)] : [all];
  const [read, write] = [withClass("read", quotas.read), withClass("write", quotas.write)];
  const [expensive, auth] = [withClass("expensive", quotas.expensive), withClass("auth", quotas.auth)];
  return (rateClass) => {
    switch (rateClass) {
      case RateClass.READ:
        return read;
      case RateClass.EXPENSIVE:
        return expensive;
      case RateClass.AUTH:
        return auth;
      default:
        return write;
    }
  };
}

function count(buckets: readonly Bucket[], key: string): Counted {
  const waits = buckets.map((bucket) => bucket.waitMs(key));
  const longest = Math.max(0, ...waits);
  if (longest === 0) for (const bucket of buckets) bucket.take(key);
  const rooms = buckets.map((bucket) => bucket.room(key));
  if (longest === 0) return { rooms };
  const quota = buckets[waits.indexOf(longest)]?.quota.name ?? "";
  refusals.add(1, { quota });
  const metadata = { quota };
  const retryAfterMs = Math.ceil(longest);
  return {
    rooms,
    refusal: domainError(ErrorReason.RATE_LIMITED, "too many requests", { metadata, retryAfterMs }),
  };
}
