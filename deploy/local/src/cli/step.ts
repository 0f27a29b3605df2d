import { spawn } from "node:child_process";
import { join } from "node:path";
import { repository } from "../repository.ts";

export interface Step {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A program of an installed package. */
export const packageProgram = (name: string): string => join(repository, "node_modules", ".bin", name);

/** Runs one program at the root of the repository, in plain sight. Gives its exit code; one killed by a signal failed. */
export function runStep(step: Step): Promise<number> {
  const child = spawn(step.command, step.args, {
    cwd: repository,
    stdio: "inherit",
    // Programs of packages find the Node that runs this one.
    env: { ...process.env, PATH: `${join(process.execPath, "..")}:${process.env["PATH"]}`, ...step.env },
  });
  return new Promise((resolve) => {
    child.once("error", (error) => {
      console.error(`${step.name}: ${error.message}`);
      resolve(1);
    });
    child.once("exit", (code) => resolve(code ?? 1));
  });
}
