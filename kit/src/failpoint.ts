import { appendFileSync, readFileSync } from "node:fs";
import { kill, pid } from "node:process";
import { setTimeout as delay } from "node:timers/promises";

/** Places in the code where a test may make the process fail. Without a configuration nothing ever happens there. */
export interface Failpoints {
  hit(name: string): void | Promise<void>;
}

type Action = { kind: "kill" } | { kind: "throw" } | { kind: "hold" } | { kind: "delay"; ms: number };

interface Failpoint {
  action: Action;
  /** How often it still fires. */
  left: number;
}

/**
 * Reads failpoints such as `relay.after-commit-before-send=kill,inbox.before-commit=throw:3`.
 *
 * Actions: `kill` (SIGKILL, as if the machine went away), `throw`, `delay:<ms>`, `hold` (until the point is taken out of
 * the file). A count behind it says how often the point fires, by default always. A file is read anew at each hit, so
 * that a test can change it while the process runs; what fired is appended to `<file>.fired`, one name per line, before
 * it takes effect.
 */
export function createFailpoints(o: { inline?: string; file?: string }): Failpoints {
  const { inline = "", file } = o;
  if (inline === "" && (file === undefined || file === "")) return { hit: () => undefined };
  let text = "";
  let points = new Map<string, Failpoint>();
  const reload = () => {
    const now = [inline, file === undefined || file === "" ? "" : readOrEmpty(file)].join(",");
    if (now === text) return;
    text = now;
    points = parse(now);
  };
  const isHeld = (name: string) => {
    reload();
    return points.get(name)?.action.kind === "hold";
  };
  reload();
  return {
    hit(name) {
      reload();
      const point = points.get(name);
      if (point === undefined || point.left <= 0) return;
      point.left -= 1;
      if (file !== undefined && file !== "") appendFileSync(`${file}.fired`, `${name}\n`);
      return fire(name, point.action, isHeld);
    },
  };
}

const lookMs = 20;
/** A test that died lets nobody go. */
const longestHeldMs = 120_000;

function fire(name: string, action: Action, isHeld: (name: string) => boolean): void | Promise<void> {
  switch (action.kind) {
    case "kill":
      kill(pid, "SIGKILL");
      return;
    case "throw":
      throw new Error(`failpoint ${name}`);
    case "delay":
      return delay(action.ms);
    case "hold":
      return heldUp(() => isHeld(name));
  }
}

async function heldUp(isHeld: () => boolean): Promise<void> {
  const end = Date.now() + longestHeldMs;
  while (isHeld() && Date.now() < end) await delay(lookMs);
}

function parse(text: string): Map<string, Failpoint> {
  const points = new Map<string, Failpoint>();
  for (const entry of text.split(/[,;\s]+/).filter((part) => part !== "")) {
    const match = /^([\w.-]+)=(?:(kill|throw|hold)|delay:(\d+))(?::(\d+))?$/.exec(entry);
    if (match === null)
      throw new Error(`${entry} is no failpoint: <name>=kill|throw|hold|delay:<ms>[:<count>]`);
    const [, name = "", kind, ms, count] = match;
    const action: Action =
      kind === undefined ? { kind: "delay", ms: Number(ms) } : { kind: kind as "kill" | "throw" | "hold" };
    points.set(name, { action, left: count === undefined ? Number.POSITIVE_INFINITY : Number(count) });
  }
  return points;
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
