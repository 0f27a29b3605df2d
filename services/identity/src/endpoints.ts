/** What an endpoint of the provider does with passwords: it checks one without a session or with one, or makes a hash. */
export type PasswordUse = { kind: "sign-in" } | { kind: "confirm"; field: string } | { kind: "sign-up" };

export interface Endpoint {
  methods: readonly string[];
  password?: PasswordUse;
  /** The fields of its answer that go out, with those of objects in them after a dot. Not set: whatever it answers. */
  answer?: readonly string[];
}

const user = [
  "id",
  "name",
  "email",
  "emailVerified",
  "image",
  "createdAt",
  "updatedAt",
  "zone",
  "locale",
].map((field) => `user.${field}`);
const session = ["id", "userId", "createdAt", "updatedAt", "expiresAt", "ipAddress", "userAgent"].map(
  (field) => `session.${field}`,
);

/**
 * What is offered of the provider, by path below `/api/auth`. Everything else is not found, so that an update of the
 * provider opens nothing by itself; tests compare the list with what it has.
 *
 * An answer shows no secret: what opens a session is in `set-cookie` and `set-auth-token` alone, when it begins.
 */
export const endpoints: Readonly<Record<string, Endpoint>> = {
  "/sign-up/email": { methods: ["POST"], password: { kind: "sign-up" }, answer: ["token", ...user] },
  "/sign-in/email": {
    methods: ["POST"],
    password: { kind: "sign-in" },
    answer: ["redirect", "url", ...user],
  },
  "/sign-out": { methods: ["POST"], answer: ["success"] },
  "/get-session": { methods: ["GET"], answer: [...session, ...user] },
  "/token": { methods: ["GET"], answer: ["token"] },
  "/jwks": { methods: ["GET"] },
  "/verify-password": {
    methods: ["POST"],
    password: { kind: "confirm", field: "password" },
    answer: ["status"],
  },
  "/change-password": {
    methods: ["POST"],
    password: { kind: "confirm", field: "currentPassword" },
    answer: user,
  },
  "/update-user": { methods: ["POST"], answer: ["status"] },
  "/revoke-sessions": { methods: ["POST"], answer: ["status"] },
  "/revoke-other-sessions": { methods: ["POST"], answer: ["status"] },
};

export const basePath = "/api/auth";

/** The endpoint that a request is for. Undefined: none that is offered. */
export function endpointOf(request: Pick<Request, "url" | "method">): Endpoint | undefined {
  const { pathname } = new URL(request.url);
  const path = pathname.startsWith(basePath) ? pathname.slice(basePath.length) : "";
  const endpoint = Object.hasOwn(endpoints, path) ? endpoints[path] : undefined;
  return endpoint?.methods.includes(request.method) ? endpoint : undefined;
}
