/** `npm run events`: what did not arrive in a running system, and how to let it arrive after all. */
import { join, resolve } from "node:path";
import { ConnectError } from "@connectrpc/connect";
import { codeName } from "@todo/kit/errors";
import { runCommand } from "../events/commands.ts";
import { NothingRunsError, operatorOf } from "../events/operator.ts";
import { help, parseEventsCall, UsageError } from "../events/usage.ts";
import { repository } from "../repository.ts";

async function run(args: readonly string[]): Promise<number> {
  const { command, json, data } = parseEventsCall(args);
  if (command.name === "help") {
    console.log(help);
    return 0;
  }
  await using operator = await operatorOf(data === undefined ? join(repository, ".data") : resolve(data));
  const said = await runCommand(operator, command);
  console.log(json ? JSON.stringify(said.json, null, 2) : said.text);
  for (const warning of said.warnings ?? []) console.error(warning);
  return said.code;
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) console.error(`${error.message}\n\n${help}`);
  else if (error instanceof NothingRunsError) console.error(error.message);
  else if (error instanceof ConnectError) console.error(`${codeName(error.code)}: ${error.rawMessage}`);
  else console.error(error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
