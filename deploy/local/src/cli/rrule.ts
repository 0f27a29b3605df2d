/**
 * `npm run -s rrule`: recurrence rules from the command line. With arguments one rule for people, without them one line
 * of JSON out for each line of JSON in.
 */
import { argv, exit, stdin, stdout } from "node:process";
import { createInterface } from "node:readline";
import { answerLine } from "@todo/rrule/lines";
import { showRule } from "../rules/show-rule.ts";

const help = `npm run -s rrule -- RULE [DTSTART] [TZID]   the next occurrences of one rule, such as
                                            FREQ=MONTHLY;BYDAY=-1FR 2026-01-30T17:00:00 Europe/Berlin
npm run -s rrule < lines.jsonl              a line {"occurrences": [...]} or {"error": "..."} for each line
                                            {"rrule": "...", "dtstart": "...", "tzid": "...", "limit": 12};
                                            where a list ends with the year 2100 and its series does not,
                                            standard error says so`;

const args = argv.slice(2);
if (args.includes("--help") || args.includes("-h") || (args.length === 0 && stdin.isTTY)) {
  console.log(help);
  exit(0);
}
if (args.length > 0) {
  const { text, understood } = showRule(args, {
    now: new Date(),
    tzid: Intl.DateTimeFormat().resolvedOptions().timeZone,
  });
  console.log(text);
  exit(understood ? 0 : 1);
}
let number = 0;
const remark = (text: string) => console.error(`line ${number}: ${text}`);
for await (const line of createInterface({ input: stdin })) {
  number += 1;
  if (line.trim() === "") continue;
  if (!stdout.write(`${answerLine(line, remark)}\n`))
    await new Promise((resolve) => stdout.once("drain", resolve));
}
// The channel to the entry would keep this process alive.
exit(0);
