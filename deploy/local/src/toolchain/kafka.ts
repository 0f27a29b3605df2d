import { copyFile, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { cached, type Report } from "./cache.ts";
import { command } from "./command.ts";

/** The folder of the jars that our pom names, fetched by Maven once per machine. */
export async function kafkaJars(o: {
  cache: string;
  env: Readonly<Record<string, string | undefined>>;
  pom: string;
  report: Report;
  signal?: AbortSignal | undefined;
}): Promise<string> {
  const folder = await cached(o.cache, {
    name: "kafka",
    parts: [await readFile(o.pom, "utf8")],
    make: async (made) => {
      o.report("Fetching the jars of Kafka (once per machine)");
      const work = join(made, "work");
      await mkdir(work);
      await copyFile(o.pom, join(work, "pom.xml"));
      const goal = ["dependency:copy-dependencies", "-DincludeScope=runtime"];
      const args = ["-q", "-B", ...goal, `-DoutputDirectory=${join(made, "libs")}`];
      await command("mvn", args, { cwd: work, env: o.env, within: 15 * 60_000, signal: o.signal });
      await rm(work, { recursive: true });
    },
  });
  return join(folder, "libs");
}
