/** What must be on the machine, looked at before anything is installed. Plain JavaScript, for the Node that is there. */
import { spawnSync } from "node:child_process";

const go = { name: "Go", least: [1, 21], why: "it builds the sidecars", version: /go(\d+)\.(\d+)/ };
const java = { name: "Java", least: [17], why: "Kafka runs on it", version: /version "(\d+)(?:\.(\d+))?/ };
const maven = {
  name: "Maven",
  least: [3],
  why: "it fetches Kafka",
  version: /Apache Maven (\d+)(?:\.(\d+))?/,
};

/**
 * One line for each thing that is missing or too old.
 * @param {string} command
 * @param {NodeJS.ProcessEnv} env
 * @returns {string[]}
 */
export function missing(command, env) {
  const [major = 0] = process.versions.node.split(".").map(Number);
  const lines = major >= 20 ? [] : [`Node 20 or newer is missing: this is ${process.versions.node}`];
  if (!["start", "test", "faults", "soak", "bench"].includes(command)) return lines;
  const ownKafka = command !== "start" || !env.KAFKA_BOOTSTRAP_SERVERS;
  const ownSidecars = !["start", "bench"].includes(command) || !(env.DAPRD_PATH && env.SENTRY_PATH);
  if (ownSidecars) lines.push(...look(env, go, "go", "version"));
  if (ownKafka)
    lines.push(...look(env, java, env.JAVA_HOME ? `${env.JAVA_HOME}/bin/java` : "java", "-version"));
  if (ownKafka) lines.push(...look(env, maven, "mvn", "-v"));
  return lines;
}

function look(env, { name, least, why, version }, file, argument) {
  const run = spawnSync(file, [argument], { encoding: "utf8", timeout: 20_000, env });
  const found = version.exec(`${run.stdout ?? ""}${run.stderr ?? ""}`);
  const wanted = `${name} ${least.join(".")} or newer is missing`;
  if (found === null) return [`${wanted}: ${why}`];
  const [major, minor] = [Number(found[1]), Number(found[2] ?? 0)];
  const [leastMajor, leastMinor = 0] = least;
  const enough = major > leastMajor || (major === leastMajor && minor >= leastMinor);
  return enough ? [] : [`${wanted}, there is ${major}.${minor}: ${why}`];
}
