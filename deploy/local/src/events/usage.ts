import { parseArgs } from "node:util";

/** What was typed makes no command. */
export class UsageError extends Error {}

export type EventsCommand =
  | { name: "help" }
  | { name: "lag" }
  | { name: "parked"; consumer: string; key: string }
  | { name: "dead"; consumer: string; topic: string; limit: number }
  | { name: "show"; id: string }
  | { name: "redrive"; consumer: string; key: string; dryRun: boolean }
  | { name: "redrive-letter"; id: string };

export interface EventsCall {
  command: EventsCommand;
  json: boolean;
  /** The data folder of the system. Not set: that of npm start. */
  data: string | undefined;
}

export const help = `npm run events -- <command> [options]

  lag                          how far every consumer is behind, by topic
  parked [consumer] [key]      events that wait for a redrive, in the order in which they will be run
  dead [consumer]              dead letters of the last 30 days, newest first
    --topic <topic>              only about events of this topic
    --limit <n>                  how many, 50 without it
  show <id>                    one event: where it waits, its dead letters, what is inside (recorded)
  redrive <consumer> <key>     run the parked events of a key again, in order (recorded)
    --dry-run                    run them and take everything back
  redrive <id>                 give what a sidecar gave up to its consumer once more (recorded)

  --json                       the answer as JSON
  --data <folder>              the data folder of the system, .data without it

Texts of users are never shown. Exit codes: 0 done, 1 it could not be done, 2 not a command, 3 an event failed again
or still cannot be read.`;

/** Reads what was typed behind `npm run events --`. Throws a UsageError. */
export function parseEventsCall(args: readonly string[]): EventsCall {
  const { values, positionals } = parse(args);
  const [name = "help", ...words] = positionals;
  const command = values.help === true ? ({ name: "help" } as const) : commandOf(name, words, values);
  return { command, json: values.json === true, data: values.data };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

const options = {
  json: { type: "boolean" },
  data: { type: "string" },
  topic: { type: "string" },
  limit: { type: "string" },
  "dry-run": { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

type Values = ReturnType<typeof parse>["values"];

function commandOf(name: string, words: string[], values: Values): EventsCommand {
  const [first = "", second = ""] = words;
  switch (name) {
    case "help":
      return { name };
    case "lag":
      return atMost(words, 0, { name });
    case "parked":
      return atMost(words, 2, { name, consumer: first, key: second });
    case "dead":
      return atMost(words, 1, { name, consumer: first, topic: values.topic ?? "", limit: limitOf(values) });
    case "show":
      if (words.length !== 1) throw new UsageError("show takes the id of one event");
      return { name, id: first };
    case "redrive":
      if (words.length === 1) return { name: "redrive-letter", id: first };
      if (words.length !== 2)
        throw new UsageError("redrive takes a consumer and a key, or the id of a dead letter");
      return { name, consumer: first, key: second, dryRun: values["dry-run"] === true };
    default:
      throw new UsageError(`there is no command ${name}`);
  }
}

function atMost(words: string[], most: number, command: EventsCommand): EventsCommand {
  if (words.length > most) throw new UsageError(`${command.name} does not know ${words[most]}`);
  return command;
}

function limitOf(values: Values): number {
  const limit = Number(values.limit ?? 50);
  if (!Number.isInteger(limit) || limit < 1) throw new UsageError(`--limit ${values.limit} is no number`);
  return limit;
}
