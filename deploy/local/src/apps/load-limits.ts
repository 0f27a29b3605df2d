/** For the gateway of a system that is put under load: limits that one address and a few users do not come near. */
export const loadLimits: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ["RATE_ADDRESS", "RATE_USER"]
      .flatMap((name) => [name, `${name}_EXPENSIVE`, `${name}_AUTH`])
      .concat("RATE_USER_PROGRAMS")
      .map((name) => [name, "10000000"]),
  ),
  MAX_CALLS_PER_USER: "1024",
  MAX_UNPROVEN_PER_ADDRESS: "4096",
  MAX_PASSWORD_CHECKS: "256",
  MAX_PASSWORD_CHECKS_PER_ADDRESS: "256",
  MAX_CONNECTIONS_PER_ADDRESS: "4096",
};
