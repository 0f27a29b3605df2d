type Environment = Readonly<Record<string, string | undefined>>;

const ofServices = ["DATABASE_IDLE_MS", "DATABASE_POOL_SIZE", "TOPICS_NAMING"];
const ofEverybody = ["PROFILE_FOLDER", "SHUTDOWN_GRACE_MS"];
const rates = ["RATE_ADDRESS", "RATE_USER"].flatMap((name) =>
  ["", "_READ", "_WRITE", "_EXPENSIVE", "_AUTH"].map((rateClass) => `${name}${rateClass}`),
);

/** By app, the variables of the launcher's environment that reach it: all that its configuration reads and that is for people to set. */
export const settings: Readonly<Record<string, readonly string[]>> = {
  gateway: [
    ...ofEverybody,
    ...rates,
    ...["RATE_USER_PROGRAMS", "MAX_CALLS", "MAX_CALLS_PER_USER", "MAX_UNPROVEN_PER_ADDRESS"],
    ...["MAX_PASSWORD_CHECKS", "MAX_PASSWORD_CHECKS_PER_ADDRESS"],
    ...["MAX_CONNECTIONS", "MAX_CONNECTIONS_PER_ADDRESS", "SHUTDOWN_LINGER_MS"],
    ...["TRUSTED_PROXIES", "ALLOWED_HOSTS", "CORS_ORIGINS", "ADMIN_HOST"],
  ],
  task: [
    ...ofEverybody,
    ...ofServices,
    ...["TASK_QUOTA", "SERIES_QUOTA", "TAG_QUOTA", "FREE_TAGS", "FEED_DAYS", "OUTBOX_CAP", "WRITE_WAIT_MS"],
    ...["REFUSALS_PER_MINUTE", "ANSWER_SWEEP_MS", "PURGE_MS", "ERASURE_SWEEP_MS"],
  ],
  identity: [
    ...ofEverybody,
    ...ofServices,
    ...["CORS_ORIGINS", "RATE_LIMIT_SIGN_IN", "RATE_LIMIT_AUTH", "KEY_ROTATION_SECONDS"],
    ...["PASSWORDS_AT_ONCE", "PASSWORDS_WAITING", "PASSWORD_WAIT_MS", "OUTBOX_CAP", "SWEEP_MS"],
  ],
  audit: [...ofEverybody, ...ofServices, "INBOX_SWEEP_MS", "HELD_REFUSALS_MS"],
  recurrence: [
    ...ofEverybody,
    ...ofServices,
    ...["ADVANCE_POLL_MS", "ADVANCE_LEASE_MS", "ADVANCE_PATIENCE_MS", "WAKE_MS", "SWEEP_MS"],
  ],
};

/**
 * What apps read and the launcher keeps from them: failpoints are for tests, which set them for one app, and everything
 * that the launcher starts is reached on this machine only, in clear text.
 */
export const keptBack = [
  ...["FAILPOINTS", "FAILPOINTS_FILE"],
  ...["TLS_CERT", "TLS_CERT_FILE", "TLS_KEY", "TLS_KEY_FILE"],
];

/** The settings of an app that the launcher was given. */
export function settingsFor(app: string, env: Environment): Record<string, string> {
  const given = (settings[app] ?? []).map((name) => [name, env[name]] as const);
  return Object.fromEntries(
    given.filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== ""),
  );
}
