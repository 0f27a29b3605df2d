import { type DescMessage, fromJsonString, toJson } from "@bufbuild/protobuf";
import { FieldMaskSchema, StructSchema, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { ConnectError } from "@connectrpc/connect";
import { reasonOf } from "@todo/kit/errors";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "@todo/proto/google/rpc/error_details";
import {
  BatchUpdateTasksRequestSchema,
  CreateTaskRequestSchema,
  ListChangesRequestSchema,
  ListTasksRequestSchema,
  UpdateTaskRequestSchema,
} from "@todo/proto/todo/task/v1/task_service";
import { describe, expect, it } from "vitest";
import { strictJson } from "./codec.ts";

function decode(desc: DescMessage, text: string | Uint8Array) {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return toJson(desc, fromJsonString(desc, strictJson(desc).decode(bytes)));
}

function refusal(desc: DescMessage, text: string | Uint8Array): ConnectError {
  try {
    decode(desc, text);
  } catch (error) {
    if (error instanceof ConnectError) return error;
    throw error;
  }
  throw new Error("it was taken");
}

function fields(error: ConnectError): string[] {
  return error.findDetails(BadRequestSchema).flatMap((bad) => bad.fieldViolations.map(({ field }) => field));
}

const id = "018f0000-0000-7000-8000-000000000000";

describe("a request in JSON", () => {
  it("is taken with the names of JSON and with those of the contract, and with short names of enums", () => {
    const want = { title: "a", priority: "PRIORITY_HIGH", subtaskOf: id, reminderMinutes: [5] };
    for (const text of [
      `{"title":"a","priority":"PRIORITY_HIGH","subtaskOf":"${id}","reminderMinutes":[5]}`,
      `{"title":"a","priority":"HIGH","subtask_of":"${id}","reminder_minutes":["5"]}`,
      ` {"title":"\\u0061","priority":2,"subtaskOf":"${id}","reminderMinutes":[5.0], "due":null,"tags":null}\n`,
    ]) {
      expect(decode(CreateTaskRequestSchema, text)).toEqual(want);
    }
    expect(decode(ListTasksRequestSchema, '{"filter":{"statuses":["COMPLETED"],"trash":"WITH"}}')).toEqual({
      filter: { statuses: ["TASK_STATUS_COMPLETED"], trash: "TRASH_WITH" },
    });
  });

  it("keeps every digit of a large number", () => {
    for (const cursor of ["9007199254740993", '"9007199254740993"']) {
      expect(decode(ListChangesRequestSchema, `{"cursor":${cursor}}`)).toEqual({
        cursor: "9007199254740993",
      });
    }
  });

  it.each<[DescMessage, string, string, string]>([
    [BatchUpdateTasksRequestSchema, '{"dryrun":true}', "dryrun", "did you mean dryRun?"],
    [
      BatchUpdateTasksRequestSchema,
      '{"filter":{"status":["OPEN"]}}',
      "filter.status",
      "did you mean statuses?",
    ],
    [
      BatchUpdateTasksRequestSchema,
      '{"targets":{"targets":[{},{"ide":""}]}}',
      "targets.targets[1].ide",
      "did you mean id?",
    ],
    [ListTasksRequestSchema, '{"statuses":["OPEN"]}', "statuses", "did you mean filter.statuses?"],
    [CreateTaskRequestSchema, '{"Title":"a"}', "Title", "did you mean title?"],
    [CreateTaskRequestSchema, '{"__proto__":{}}', "__proto__", "is no field of CreateTaskRequest"],
    [CreateTaskRequestSchema, '{"due":{"allday":"2026-01-01"}}', "due.allday", "did you mean allDay?"],
    [CreateTaskRequestSchema, '{"priority":"high"}', "priority", "did you mean PRIORITY_HIGH?"],
    [CreateTaskRequestSchema, '{"priority":"HIHG"}', "priority", "did you mean PRIORITY_HIGH?"],
    [
      CreateTaskRequestSchema,
      '{"priority":9}',
      "priority",
      "must be one of PRIORITY_VERY_IMPORTANT, PRIORITY_HIGH",
    ],
    [
      ListTasksRequestSchema,
      '{"filter":{"statuses":["OPEN","DONE"]}}',
      "filter.statuses[1]",
      "must be one of TASK_STATUS_OPEN",
    ],
    [CreateTaskRequestSchema, '{"title":"a","title":"b"}', "title", "is given twice"],
    [CreateTaskRequestSchema, '{"subtask_of":"","subtaskOf":""}', "subtaskOf", "is given twice"],
    [
      CreateTaskRequestSchema,
      '{"due":{"allDay":"2026-01-01","floating":""}}',
      "due.floating",
      "together with allDay",
    ],
    [
      CreateTaskRequestSchema,
      '{"reminderMinutes":[4294967296]}',
      "reminderMinutes[0]",
      "from 0 to 4294967295",
    ],
    [CreateTaskRequestSchema, '{"reminderMinutes":[-1e999]}', "reminderMinutes[0]", "from 0 to 4294967295"],
    [ListChangesRequestSchema, '{"cursor":18446744073709551616}', "cursor", "from 0 to 18446744073709551615"],
    [UpdateTaskRequestSchema, '{"updateMask":"subtask_of"}', "updateMask", "field names as JSON has them"],
  ])("%s %s is refused at %s", (desc, text, field, sentence) => {
    const error = refusal(desc, text);
    expect(reasonOf(error)).toBe("REQUEST_INVALID");
    expect(fields(error)).toEqual([field]);
    expect(error.rawMessage).toContain(`${field} `);
    expect(error.rawMessage).toContain(sentence);
  });

  it.each<[string, string, string]>([
    ['{"title":12345678}', "title", "must be a string"],
    ['{"title":{"a":"12345678"}}', "title", "must be a string"],
    ['{"completeWithSubtasks":"12345678"}', "completeWithSubtasks", "must be true or false"],
    ['{"tags":"12345678"}', "tags", "must be a list"],
    ['{"tags":["a",null]}', "tags[1]", "must not be null"],
    ['{"due":"12345678"}', "due", "must be a JSON object"],
    ['{"due":{"zoned":{"time":12345678}}}', "due.zoned.time", "must be a day and time that exist"],
    ['{"reminderMinutes":[1.5]}', "reminderMinutes[0]", "must be a whole number"],
    ['{"reminderMinutes":["12345678x"]}', "reminderMinutes[0]", "must be a whole number"],
    ['{"title":"12345678\\ud800"}', "title", "must be UTF-8"],
    ['["12345678"]', "", "the request must be a JSON object"],
    ["null", "", "the request must be a JSON object"],
  ])(
    "of another type, %s, is unreadable at %s, and the answer does not repeat it",
    (text, field, sentence) => {
      const error = refusal(CreateTaskRequestSchema, text);
      expect(reasonOf(error)).toBe("REQUEST_UNREADABLE");
      expect(fields(error)).toEqual([field]);
      expect(error.rawMessage).toContain(sentence);
      expect(error.rawMessage).not.toContain("12345678");
    },
  );

  it("is refused where bytes are no UTF-8, and taken with replacement characters of its own", () => {
    const broken = Buffer.concat([Buffer.from('{"title":"\ufffd'), Buffer.from([0xff]), Buffer.from('"}')]);
    expect(fields(refusal(CreateTaskRequestSchema, broken))).toEqual(["title"]);
    expect(decode(CreateTaskRequestSchema, '{"title":"\ufffd"}')).toEqual({ title: "\ufffd" });
  });

  it.each([
    ["", "the request is empty"],
    ["{", "it ends too early, at line 1, column 2"],
    ['{"title":"secret"', "it ends too early, at line 1, column 18"],
    ['{"title":"secret" "tags":[]}', "a comma or } is missing, at line 1, column 19"],
    ['{"title":\n secret}', "a value is missing, at line 2, column 2"],
    ['{"title":NaN}', "a value is missing"],
    ["{'title':1}", "a name in quotes is missing"],
    ['{"title":"a"} x', "it goes on after its end"],
    ['{"title":"a\nb"}', "a string is not ended"],
    ['{"title":01}', "a comma or } is missing"],
    [`${"[".repeat(200)}${"]".repeat(200)}`, "it is nested deeper than 100"],
    ["[".repeat(1_000_000), "it is nested deeper than 100"],
  ])("that is no JSON is refused with the place and not the text", (text, sentence) => {
    const error = refusal(CreateTaskRequestSchema, text);
    expect(reasonOf(error)).toBe("REQUEST_UNREADABLE");
    expect(error.rawMessage).toContain(sentence);
    expect(error.rawMessage).not.toContain("secret");
  });

  it("is answered with all its problems, but not with more than twenty", () => {
    const error = refusal(CreateTaskRequestSchema, '{"titel":"a","priority":"x","tags":[1]}');
    expect(fields(error)).toEqual(["titel", "priority", "tags[0]"]);
    const many = refusal(CreateTaskRequestSchema, `{"tags":[${Array(1000).fill("1").join(",")}]}`);
    expect(fields(many)).toHaveLength(20);
  });

  it("is read for maps, structs and durations as well", () => {
    expect(decode(ErrorInfoSchema, '{"metadata":{"a":"b"}}')).toEqual({ metadata: { a: "b" } });
    expect(fields(refusal(ErrorInfoSchema, '{"metadata":{"a":1}}'))).toEqual(['metadata["a"]']);
    expect(fields(refusal(ErrorInfoSchema, '{"metadata":{"a":"","a":""}}'))).toEqual(['metadata["a"]']);
    expect(decode(StructSchema, '{"a":[1,{"b":null}]}')).toEqual({ a: [1, { b: null }] });
    expect(decode(RetryInfoSchema, '{"retryDelay":"1.5s"}')).toEqual({ retryDelay: "1.500s" });
    expect(fields(refusal(RetryInfoSchema, '{"retryDelay":"1.5"}'))).toEqual(["retryDelay"]);
    expect(decode(FieldMaskSchema, '"title,subtaskOf"')).toBe("title,subtaskOf");
  });
});

describe("a time in JSON", () => {
  it.each([
    "2026-02-28T23:59:59Z",
    "2024-02-29T00:00:00.123456789+14:00",
    "2000-02-29T12:00:00-00:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z",
  ])("such as %s is taken", (time) => {
    expect(() => decode(TimestampSchema, JSON.stringify(time))).not.toThrow();
  });

  it.each([
    "2026-02-30T09:00:00Z",
    "2026-02-29T09:00:00Z",
    "1900-02-29T09:00:00Z",
    "2026-04-31T09:00:00Z",
    "2026-00-10T09:00:00Z",
    "2026-13-01T09:00:00Z",
    "2026-01-00T09:00:00Z",
    "2026-01-01T24:00:00Z",
    "2026-01-01T09:60:00Z",
    "2026-12-31T23:59:60Z",
    "2026-01-01T09:00:00+24:00",
    "2026-01-01T09:00:00+01:60",
    "2026-01-01T09:00:00",
    "2026-01-01 09:00:00Z",
    "2026-01-01T09:00Z",
    "2026-01-01T09:00:00.Z",
    "2026-01-01T09:00:00.1234567890Z",
    "0001-01-01T00:00:00+00:01",
    "9999-12-31T23:59:59-00:01",
    "0000-12-31T23:59:59Z",
    "12026-01-01T00:00:00Z",
    "tomorrow",
    "",
  ])("such as %j is refused", (time) => {
    const error = refusal(TimestampSchema, JSON.stringify(time));
    expect(reasonOf(error)).toBe("REQUEST_INVALID");
  });
});
