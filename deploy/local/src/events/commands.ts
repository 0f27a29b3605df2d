import { type DescMessage, type JsonValue, type MessageShape, toJson } from "@bufbuild/protobuf";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import {
  ListLagResponseSchema,
  RedriveDeadLetterResponseSchema,
  RedriveKeyResponseSchema,
  ShowEventResponseSchema,
} from "@todo/proto/todo/audit/v1/event_admin_service";
import {
  type DeadLetter,
  DeadLetterSchema,
  type ParkedEvent,
  ParkedEventSchema,
} from "@todo/proto/todo/audit/v1/parked";
import type { Operator } from "./operator.ts";
import { table } from "./table.ts";
import type { EventsCommand } from "./usage.ts";

/** What a command has to say: to people, to programs, and by its exit code. */
export interface Said {
  text: string;
  json: JsonValue;
  /** What is missing in it. */
  warnings?: string[];
  code: number;
}

export function runCommand(
  operator: Operator,
  command: Exclude<EventsCommand, { name: "help" }>,
): Promise<Said> {
  switch (command.name) {
    case "lag":
      return lag(operator);
    case "parked":
      return parked(operator, command);
    case "dead":
      return dead(operator, command);
    case "show":
      return show(operator, command.id);
    case "redrive-letter":
      return redriveLetter(operator, command.id);
    case "redrive":
      return redrive(operator, command);
  }
}

async function lag({ admin, call }: Operator): Promise<Said> {
  const answer = await admin.listLag({}, await call());
  const rows = answer.lags.map((one) => [
    one.consumer,
    one.topic,
    one.lag,
    one.slowestLag === 0n ? "" : `partition ${one.slowestPartition}: ${one.slowestLag}`,
  ]);
  const text = table(["CONSUMER", "TOPIC", "LAG", "FURTHEST BEHIND"], rows);
  return { text, json: toJson(ListLagResponseSchema, answer, always), code: 0 };
}

async function parked({ admin, call }: Operator, o: { consumer: string; key: string }): Promise<Said> {
  const events: ParkedEvent[] = [];
  const unreachable = new Set<string>();
  let pageToken = "";
  do {
    const page = await admin.listParked({ ...o, pageSize: 100, pageToken }, await call());
    events.push(...page.events);
    for (const name of page.unreachable) unreachable.add(name);
    pageToken = page.nextPageToken;
  } while (pageToken !== "" && events.length < mostListed);
  const shown = events.length === 0 ? "Nothing is parked." : parkedTable(events);
  const text =
    pageToken === "" ? shown : `${shown}\nThere are more than ${events.length}: name a consumer and a key.`;
  return {
    text,
    json: listOf(ParkedEventSchema, events),
    warnings: warningsOf([...unreachable]),
    code: 0,
  };
}

async function dead(
  { admin, call }: Operator,
  o: { consumer: string; topic: string; limit: number },
): Promise<Said> {
  const { consumer, topic, limit } = o;
  const letters: DeadLetter[] = [];
  let pageToken = "";
  do {
    const pageSize = Math.min(100, limit - letters.length);
    const page = await admin.listDeadLetters({ consumer, topic, pageSize, pageToken }, await call());
    letters.push(...page.letters);
    pageToken = page.nextPageToken;
  } while (pageToken !== "" && letters.length < limit);
  const text = letters.length === 0 ? "There are no dead letters." : letterTable(letters);
  return { text, json: listOf(DeadLetterSchema, letters), code: 0 };
}

async function show({ admin, call }: Operator, id: string): Promise<Said> {
  const answer = await admin.showEvent({ id }, await call());
  const { parked: waiting, letters, content } = answer;
  const parts = [
    waiting.length === 0 ? "It waits at no consumer." : `It waits:\n${parkedTable(waiting)}`,
    ...(letters.length === 0 ? [] : [`Its dead letters:\n${letterTable(letters)}`]),
  ];
  if (content !== undefined) {
    if (content.unreadable !== "") parts.push(`Nobody can read it: ${content.unreadable}.`);
    const size = content.size === 0n ? "nothing is kept of it" : `${content.size} bytes`;
    const hash = Buffer.from(content.sha256).toString("hex");
    parts.push(`What is inside (${size}${hash === "" ? "" : `, SHA-256 ${hash}`}):`);
    if (content.contentJson !== "") parts.push(JSON.stringify(JSON.parse(content.contentJson), null, 2));
  }
  return {
    text: parts.join("\n\n"),
    json: toJson(ShowEventResponseSchema, answer, always),
    warnings: warningsOf(answer.unreachable),
    code: 0,
  };
}

/** Asks again as long as it gets on: one call runs a bounded number of events. */
async function redrive(
  { admin, call }: Operator,
  { consumer, key, dryRun }: { consumer: string; key: string; dryRun: boolean },
): Promise<Said> {
  const limit = dryRun ? 1000 : 100;
  const ask = async () => admin.redriveKey({ consumer, key, limit, dryRun }, await call(70_000));
  let answer = await ask();
  let { redriven } = answer;
  while (!dryRun && answer.left > 0n && answer.redriven > 0 && answer.failed === undefined) {
    answer = await ask();
    redriven += answer.redriven;
  }
  const { left, failed } = answer;
  const events = `${redriven} ${redriven === 1 ? "event" : "events"}`;
  const lines = [
    dryRun ? `Ran ${events} and took everything back; ${left} would wait.` : `Ran ${events}; ${left} wait.`,
  ];
  if (failed !== undefined) lines.push(`Stopped by ${failed.eventId}: ${failed.reason}`);
  const json = { ...(toJson(RedriveKeyResponseSchema, answer, always) as object), redriven };
  return { text: lines.join("\n"), json: json as JsonValue, code: failed === undefined ? 0 : 3 };
}

async function redriveLetter({ admin, call }: Operator, id: string): Promise<Said> {
  const answer = await admin.redriveDeadLetter({ id }, await call(60_000));
  const { consumer, taken } = answer;
  const text = taken ? `${consumer} has it now.` : `${consumer} still cannot read it.`;
  return { text, json: toJson(RedriveDeadLetterResponseSchema, answer, always), code: taken ? 0 : 3 };
}

const mostListed = 1_000;
const always = { alwaysEmitImplicit: true };

function warningsOf(unreachable: readonly string[]): string[] {
  return unreachable.map((consumer) => `${consumer} did not answer: what waits there is missing here.`);
}

function parkedTable(events: readonly ParkedEvent[]): string {
  const head = ["CONSUMER", "TOPIC", "KEY", "EVENT", "TYPE", "TRIES", "PARKED", "REASON"];
  const rows = events.map((event) => {
    const { consumer, topic, key, eventId, type, attempts, parkTime, reason } = event;
    return [consumer, topic, key, eventId, type, attempts, timeOf(parkTime), reason];
  });
  return table(head, rows);
}

function letterTable(letters: readonly DeadLetter[]): string {
  const head = [
    "RECORDED",
    "FROM",
    "TOPIC",
    "PARTITION",
    "OFFSET",
    "KEY",
    "EVENT",
    "TRIES",
    "LETTER",
    "REASON",
  ];
  const rows = letters.map((letter) => {
    const { source, topic, partition, offset, key, attempts, recordTime, reason } = letter;
    return [
      timeOf(recordTime),
      source,
      topic,
      partition,
      offset,
      key,
      letter.eventId,
      attempts,
      letter.id,
      reason,
    ];
  });
  return table(head, rows);
}

function timeOf(time: ParkedEvent["parkTime"]): string {
  return time === undefined ? "" : timestampDate(time).toISOString();
}

function listOf<D extends DescMessage>(desc: D, messages: readonly MessageShape<D>[]): JsonValue {
  return messages.map((message) => toJson(desc, message, always));
}
