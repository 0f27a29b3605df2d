import { runningLauncher } from "../../process/leftovers.ts";
import { runningIn } from "../../process/pid-file.ts";
import { type Check, fault, unless } from "../check.ts";

/** Whether everything of the topology runs, by the pid files of the launcher. */
export const processes: Check = {
  name: "processes",
  async look({ folder, instances }) {
    const launcher = await runningLauncher(folder.pids);
    if (launcher === undefined) return [fault("no system runs on this data folder", "npm start")];
    const running = new Set((await runningIn(folder.pids)).map(({ name }) => name));
    const expected = ["sentry", ...instances.flatMap(({ name }) => [`app:${name}`, `daprd:${name}`])];
    const missing = expected.filter((name) => !running.has(name));
    return unless(
      missing.map((name) =>
        fault(`${name} does not run`, `read ${name.replace(":", "-")}.log in logs/, then start again`),
      ),
      `${expected.length} processes run`,
    );
  },
};
