import { type AdaptiveAdmission, createAdaptiveAdmission } from "#src/adaptive-admission.ts";
import { createAdmission, createFairAdmission, type FairAdmission } from "#src/admission.ts";

/** How many requests may be where on their way, so that no kind of them keeps the others out. */
export interface Places {
  /** Of an address: requests whose caller is not known yet, or whose body is not there. */
  unproven: FairAdmission;
  /** Of a user: calls whose body is not there. */
  receiving: FairAdmission;
  /** Of a user: calls that a service works on. */
  work: FairAdmission;
  /** Of an address: requests that try a password. Each costs identity a hash. */
  passwords: FairAdmission;
  /** Of an address: other requests to the identity provider. */
  provider: FairAdmission;
  /** Of an address: calls of health and reflection, which anybody may make. */
  own: FairAdmission;
  /** Of an address: probes and the page. */
  probes: FairAdmission;
}

export interface PlacesOptions {
  maxCalls: number;
  maxCallsPerUser: number;
  maxUnprovenPerAddress: number;
  maxPasswordChecks: number;
  maxPasswordChecksPerAddress: number;
}

/** When the services take longer than a second, too much is asked of them. */
const adaptive = { fewest: 64, targetMs: 1_000, now: () => performance.now() };

/** The places of a gateway, and what its calls at work are told of how long the services take. */
export function createPlaces(o: PlacesOptions): Places & Pick<AdaptiveAdmission, "took"> {
  const all = createAdaptiveAdmission({ ...adaptive, most: o.maxCalls });
  const ofUsers = (perKey: number, what: string) => shared(perKey * users, perKey, what, "user");
  const ofAddresses = (limit: number, perKey: number, what: string) => shared(limit, perKey, what, "address");
  const unproven = o.maxUnprovenPerAddress;
  return {
    unproven: ofAddresses(unproven * addresses, unproven, "unfinished requests"),
    receiving: ofUsers(o.maxCallsPerUser, "unfinished calls"),
    work: createFairAdmission({ all, perKey: o.maxCallsPerUser, what: "calls", who: "user" }),
    passwords: ofAddresses(o.maxPasswordChecks, o.maxPasswordChecksPerAddress, "sign-ins"),
    provider: ofAddresses(128, 32, "requests to /api/auth"),
    own: ofAddresses(256, 16, "calls of health and reflection"),
    probes: ofAddresses(256, 32, "probes"),
    took: all.took,
  };
}

/** How many of them together may have all that one may have. */
const [users, addresses] = [16, 16];

function shared(limit: number, perKey: number, what: string, who: "user" | "address"): FairAdmission {
  return createFairAdmission({ all: createAdmission(limit), perKey, what, who });
}
