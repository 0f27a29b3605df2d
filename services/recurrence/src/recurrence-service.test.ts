import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { type Client, Code, ConnectError, createClient } from "@connectrpc/connect";
import { createAssertionVerifier } from "@todo/kit/assertion";
import { reasonOf } from "@todo/kit/errors";
import { serviceInterceptors } from "@todo/kit/grpc/interceptors";
import { inMemoryTransport, mount } from "@todo/kit/grpc/router";
import { createLogger } from "@todo/kit/log";
import { testKeys } from "@todo/kit/testing/keys";
import { ErrorInfoSchema } from "@todo/proto/google/rpc/error_details";
import {
  Occurrence_Adjustment as Adjustment,
  SkippedOccurrence_Reason as Skipped,
} from "@todo/proto/todo/recurrence/v1/occurrence";
import {
  type PreviewOccurrencesRequestSchema,
  RecurrenceService,
} from "@todo/proto/todo/recurrence/v1/recurrence_service";
import { RuleTextSpan_Kind as Kind, RuleLanguage } from "@todo/proto/todo/recurrence/v1/rule_text";
import { Recurrence_Anchor } from "@todo/proto/todo/task/v1/series";
import { beforeAll, describe, expect, it } from "vitest";
import { createRecurrenceService } from "./recurrence-service.ts";

const keys = testKeys();
let client: Client<typeof RecurrenceService>;

beforeAll(async () => {
  client = await clientIn("UTC");
});

async function clientIn(zone: string): Promise<Client<typeof RecurrenceService>> {
  const service = createRecurrenceService({
    now: () => new Date("2026-03-28T23:30:00Z"),
    tzdata: "2026a",
  });
  const interceptors = serviceInterceptors({
    app: "recurrence",
    log: createLogger({ service: "recurrence", level: "fatal" }),
    appApiToken: keys.appApiToken,
    verifier: createAssertionVerifier({ app: "recurrence", keyBundle: keys.keyBundle }),
  });
  const headers = await keys.headers("recurrence", { userId: "019ca8d7-2d00-7b51-b7d2-914464620001", zone });
  return createClient(
    RecurrenceService,
    inMemoryTransport([mount(RecurrenceService, service)], interceptors, { headers }),
  );
}

async function preview(request: MessageInitShape<typeof PreviewOccurrencesRequestSchema>) {
  const { occurrences, skipped, exhausted } = await client.previewOccurrences(request);
  return {
    times: occurrences.map(({ time }) => time && timestampDate(time).toISOString().replace(".000", "")),
    adjustments: occurrences.map(({ adjustment }) => adjustment),
    skipped: skipped.map(({ localTime, reason }) => [localTime, reason]),
    exhausted,
  };
}

describe("a user in Auckland who names no zone", () => {
  let own: Client<typeof RecurrenceService>;
  beforeAll(async () => {
    own = await clientIn("Pacific/Auckland");
  });

  it("means the clock and the today of the profile", async () => {
    const dtstart = "2026-04-04T09:00:00";
    const { occurrences } = await own.previewOccurrences({ rrule: "FREQ=DAILY", dtstart, limit: 2 });
    const times = occurrences.map(({ time }) => time && timestampDate(time).toISOString());
    expect(times).toEqual(["2026-04-03T20:00:00.000Z", "2026-04-04T21:00:00.000Z"]);
    const { firstTime } = await own.validateRule({ rrule: "FREQ=DAILY" });
    expect(firstTime && timestampDate(firstTime).toISOString()).toBe("2026-03-28T11:00:00.000Z");
    const { rrule } = await own.parseRuleText({ text: "every day until 28 march" });
    expect(rrule).toBe("FREQ=DAILY;UNTIL=20270328");
  });
});

describe("PreviewOccurrences", () => {
  it("lists instants, and in UTC where no zone is said [R016] [R023]", async () => {
    const got = await preview({ rrule: "FREQ=DAILY;COUNT=3", dtstart: "2026-03-28T09:00:00" });
    expect(got).toMatchObject({
      times: ["2026-03-28T09:00:00Z", "2026-03-29T09:00:00Z", "2026-03-30T09:00:00Z"],
      skipped: [],
      exhausted: true,
    });
  });

  it("says which time a clock left out and which it had twice", async () => {
    const dtstart = "2026-03-28T02:30:00";
    const spring = await preview({ rrule: "FREQ=DAILY", dtstart, tzid: "Europe/Berlin", limit: 3 });
    expect(spring.times).toEqual(["2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"]);
    expect(spring.adjustments).toEqual([
      Adjustment.UNSPECIFIED,
      Adjustment.SHIFTED_BY_GAP,
      Adjustment.UNSPECIFIED,
    ]);
    const after = timestampFromDate(new Date("2026-10-24T12:00:00Z"));
    const autumn = await preview({ rrule: "FREQ=DAILY", dtstart, tzid: "Europe/Berlin", after, limit: 1 });
    expect(autumn).toMatchObject({
      times: ["2026-10-25T00:30:00Z"],
      adjustments: [Adjustment.FIRST_OF_TWO],
      exhausted: false,
    });
  });

  it("explains what is not there: a day that months lack, and what was excluded", async () => {
    const got = await preview({
      rrule: "FREQ=MONTHLY",
      dtstart: "2026-01-31T09:00:00",
      exdates: ["2026-03-31T09:00:00"],
      rdates: ["2026-02-14T12:00:00Z"],
      limit: 3,
    });
    expect(got).toEqual({
      times: ["2026-01-31T09:00:00Z", "2026-02-14T12:00:00Z", "2026-05-31T09:00:00Z"],
      adjustments: [Adjustment.UNSPECIFIED, Adjustment.ADDED, Adjustment.UNSPECIFIED],
      skipped: [
        ["2026-02-31", Skipped.DAY_MISSING],
        ["2026-03-31T09:00:00", Skipped.EXCLUDED],
        ["2026-04-31", Skipped.DAY_MISSING],
      ],
      exhausted: false,
    });
  });

  it("goes on after an instant, and ends with the series [R022]", async () => {
    const request = { rrule: "FREQ=WEEKLY;COUNT=500", dtstart: "2016-01-04T09:00:00", tzid: "Asia/Tokyo" };
    const after = timestampFromDate(new Date("2025-07-21T00:00:00Z"));
    expect(await preview({ ...request, after })).toMatchObject({
      times: ["2025-07-28T00:00:00Z"],
      exhausted: true,
    });
    const late = timestampFromDate(new Date("2025-07-28T00:00:00Z"));
    expect(await preview({ ...request, after: late })).toMatchObject({ times: [], exhausted: true });
  });
});

describe("ValidateRule", () => {
  it("answers with the normal form, the first time and whether the series ends [R016]", async () => {
    const got = await client.validateRule({
      rrule: "rrule:byday=fr,mo;freq=weekly;interval=1;count=4;",
      tzid: "Europe/Berlin",
    });
    expect(got).toMatchObject({ rrule: "FREQ=WEEKLY;BYDAY=MO,FR;COUNT=4", ends: true });
    expect(got.firstTime && timestampDate(got.firstTime)).toEqual(new Date("2026-03-29T22:00:00Z"));
  });

  it.each([
    ["FREQ=DAILY;BYHOUR", "RULE_MALFORMED", "BYHOUR", "11", "17"],
    ["FREQ=DAILY;BYMONTH=1,13", "RULE_VALUE_INVALID", "BYMONTH", "21", "23"],
    ["FREQ=DAILY;BYEASTER=1", "RULE_PART_UNKNOWN", "BYEASTER", "11", "19"],
    ["FREQ=DAILY;FREQ=DAILY", "RULE_PART_REPEATED", "FREQ", "11", "15"],
    ["COUNT=1", "RULE_PART_MISSING", "FREQ", "0", "7"],
    ["FREQ=DAILY;COUNT=2;UNTIL=20270101", "RULE_PARTS_CONFLICT", "UNTIL", "25", "33"],
    ["FREQ=SECONDLY", "RULE_FREQUENCY_UNSUPPORTED", "FREQ", "5", "13"],
    ["FREQ=DAILY;INTERVAL=5000", "RULE_LIMIT_EXCEEDED", "INTERVAL", "20", "24"],
    ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "RULE_NEVER_OCCURS", "", "0", "35"],
  ])("refuses %s with %s, its part and its place [R016]", async (rrule, reason, part, start, end) => {
    const error = ConnectError.from(await client.validateRule({ rrule }).catch((caught) => caught));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(reasonOf(error)).toBe(reason);
    expect(error.findDetails(ErrorInfoSchema)[0]?.metadata).toEqual({ part, start, end });
  });

  it("takes a zone in whatever case, and proposes one for an abbreviation that several places share", async () => {
    const { firstTime } = await client.validateRule({ rrule: "FREQ=DAILY", tzid: "pacific/auckland" });
    expect(firstTime && timestampDate(firstTime).toISOString()).toBe("2026-03-28T11:00:00.000Z");
    const error = ConnectError.from(
      await client.validateRule({ rrule: "FREQ=DAILY", tzid: "BST" }).catch((caught) => caught),
    );
    expect(reasonOf(error)).toBe("ZONE_UNKNOWN");
    expect(error.findDetails(ErrorInfoSchema)[0]?.metadata).toMatchObject({ proposal: "Europe/London" });
  });

  it("refuses a zone and a day that are none", async () => {
    const zone = await client
      .validateRule({ rrule: "FREQ=DAILY", tzid: "Mars/Olympus" })
      .catch(ConnectError.from);
    expect(reasonOf(zone as ConnectError)).toBe("ZONE_UNKNOWN");
    const day = await client
      .validateRule({ rrule: "FREQ=DAILY", dtstart: "2026-02-30T00:00:00" })
      .catch(ConnectError.from);
    expect(reasonOf(day as ConnectError)).toBe("LOCAL_TIME_INVALID");
  });
});

describe("PreviewOccurrences of a series that starts anew when one is done", () => {
  const every3Days = {
    rrule: "FREQ=DAILY;INTERVAL=3",
    dtstart: "2026-03-25T09:00:00",
    tzid: "Europe/Berlin",
    anchor: Recurrence_Anchor.COMPLETION,
    limit: 2,
  };

  it("says so, and counts from the day of the completion on the clock of the zone", async () => {
    const after = timestampFromDate(new Date("2026-03-27T23:30:00Z"));
    const { anchor, occurrences } = await client.previewOccurrences({ ...every3Days, after });
    expect(anchor).toBe(Recurrence_Anchor.COMPLETION);
    expect(occurrences.map(({ localTime }) => localTime)).toEqual([
      "2026-03-31T09:00:00",
      "2026-04-03T09:00:00",
    ]);
  });

  it("begins with the first occurrence where none was done, and leaves out what is to be left out", async () => {
    const exdates = ["2026-03-28T08:00:00Z", "2026-03-31T09:00:00"];
    const got = await preview({ ...every3Days, rrule: `${every3Days.rrule};COUNT=4`, exdates });
    expect(got).toMatchObject({ times: ["2026-03-25T08:00:00Z", "2026-04-03T07:00:00Z"], exhausted: true });
  });

  it("refuses single times besides, for they start nothing anew", async () => {
    const call = client.previewOccurrences({ ...every3Days, rdates: ["2026-03-26T09:00:00"] });
    await expect(call).rejects.toThrow("RDATE");
  });

  it("is on schedule unless said otherwise", async () => {
    const { anchor } = await client.previewOccurrences({ ...every3Days, anchor: 0 });
    expect(anchor).toBe(Recurrence_Anchor.SCHEDULE);
  });
});

describe("DescribeRule", () => {
  it("puts a rule into English and German words, with what is worth knowing", async () => {
    const rrule = "FREQ=MONTHLY;BYMONTHDAY=31;BYHOUR=9;BYMINUTE=30";
    expect(await client.describeRule({ rrule })).toMatchObject({
      text: "every month on the 31st at 9:30",
      remarks: ["months without a 31st are left out"],
    });
    expect(await client.describeRule({ rrule, language: RuleLanguage.GERMAN })).toMatchObject({
      text: "jeden Monat am 31. um 9:30 Uhr",
      remarks: ["Monate ohne einen 31. fallen aus"],
    });
  });
});

describe("ParseRuleText", () => {
  it("reads a rule and says which words mean what [R017]", async () => {
    const got = await client.parseRuleText({ text: "every! other Friday at 9 until June 30" });
    expect(got).toMatchObject({
      rrule: "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR;BYHOUR=9;BYMINUTE=0;UNTIL=20260630",
      fromCompletion: true,
      confidencePercent: 90,
    });
    expect(got.spans.map(({ kind, start, end }) => [kind, start, end])).toEqual([
      [Kind.DAYS, 0, 19],
      [Kind.ANCHOR, 5, 6],
      [Kind.TIME, 20, 24],
      [Kind.END, 25, 38],
    ]);
  });

  it("takes today from the zone for a date without a year", async () => {
    const text = "täglich bis 28. März";
    const utc = await client.parseRuleText({ text, language: RuleLanguage.GERMAN });
    expect(utc.rrule).toBe("FREQ=DAILY;UNTIL=20260328");
    const east = await client.parseRuleText({ text, language: RuleLanguage.GERMAN, tzid: "Europe/Berlin" });
    expect(east.rrule).toBe("FREQ=DAILY;UNTIL=20270328");
  });

  it("carries the first day that a text says", async () => {
    const got = await client.parseRuleText({ text: "every 4 weeks starting Monday", tzid: "Europe/Berlin" });
    expect(got).toMatchObject({
      rrule: "FREQ=WEEKLY;INTERVAL=4",
      start: "2026-03-30",
      confidencePercent: 100,
    });
    expect(got.spans.map(({ kind, start, end }) => [kind, start, end])).toEqual([
      [Kind.FREQUENCY, 0, 13],
      [Kind.START, 14, 29],
    ]);
  });

  it("says what to write where a text says how often and not when [R017]", async () => {
    const error = ConnectError.from(
      await client.parseRuleText({ text: "3 times daily" }).catch((caught) => caught),
    );
    expect(reasonOf(error)).toBe("RULE_TEXT_UNCLEAR");
    expect(error.rawMessage).toBe('how often is said, and not when; write "every day at 8:00 and 20:00"');
  });

  it("refuses what it does not understand, at its place [R017]", async () => {
    const error = ConnectError.from(
      await client.parseRuleText({ text: "every monday and banana" }).catch((caught) => caught),
    );
    expect(reasonOf(error)).toBe("RULE_TEXT_UNCLEAR");
    expect(error.findDetails(ErrorInfoSchema)[0]?.metadata).toEqual({ part: "", start: "13", end: "16" });
  });
});
