import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import { principalKey } from "@todo/kit/principal";
import type { RecurrenceService } from "@todo/proto/todo/recurrence/v1/recurrence_service";
import { Recurrence_Anchor } from "@todo/proto/todo/task/v1/series";
import { civilOf } from "@todo/rrule/calendar/civil";
import { daySeconds, formatDay } from "@todo/rrule/calendar/wall";
import { openSeries } from "@todo/rrule/open";
import { formatRule } from "@todo/rrule/parse/format";
import { parseRule } from "@todo/rrule/parse/parse";
import { describeRule, remarksOn } from "@todo/rrule/text/describe";
import { parseRuleText } from "@todo/rrule/text/parse-text";
import { zoneNamed } from "@todo/rrule/zone/names";
import { zoneOf } from "@todo/rrule/zone/zone";
import { faultsTold } from "./errors.ts";
import { preview } from "./preview.ts";
import { previewAnew } from "./preview-anew.ts";
import { languageOf, toRuleText } from "./rule-text.ts";

export interface RecurrenceServiceDeps {
  now: () => Date;
  /** The version of the time zones that this process has. */
  tzdata: string;
}

const defaultLimit = 10;

export function createRecurrenceService(deps: RecurrenceServiceDeps): ServiceImpl<typeof RecurrenceService> {
  return {
    validateRule({ rrule, dtstart, tzid }, context) {
      return faultsTold(() => {
        const zone = zoneFor(tzid, context);
        const series = openSeries({ rrule, dtstart: dtstart || midnight(deps.now(), zone), tzid: zone });
        const first = series.occurrences().next().value;
        if (first === undefined) throw new Error("a series without an occurrence was opened");
        return {
          rrule: formatRule(series.rule),
          firstTime: timestampFromMs(first.instant * 1000),
          ends: series.rule.count !== undefined || series.rule.until !== undefined,
        };
      });
    },

    previewOccurrences({ rrule, dtstart, tzid, after, limit, exdates, rdates, anchor }, context) {
      return faultsTold(() => {
        const written = { rrule, dtstart, tzid: zoneFor(tzid, context), exdates, rdates };
        const part = {
          after: after === undefined ? undefined : Number(after.seconds),
          limit: limit || defaultLimit,
        };
        const found =
          anchor === Recurrence_Anchor.COMPLETION
            ? previewAnew(written, part)
            : preview(openSeries(written), part);
        return { ...found, tzdata: deps.tzdata };
      });
    },

    describeRule({ rrule, language }) {
      return faultsTold(() => {
        const rule = parseRule(rrule);
        const spoken = languageOf(language);
        return { text: describeRule(rule, spoken), remarks: remarksOn(rule, spoken) };
      });
    },

    parseRuleText({ text, language, tzid }, context) {
      return faultsTold(() => {
        const today = civilOf(Math.floor(wallOf(deps.now(), zoneFor(tzid, context)) / daySeconds));
        return toRuleText(parseRuleText(text, languageOf(language), today));
      });
    },
  };
}

/** The zone that is asked for, or else the user's, which was let pass when the user chose it. */
function zoneFor(tzid: string, { values }: Pick<HandlerContext, "values">): string {
  return tzid === "" ? (values.get(principalKey)?.zone ?? "UTC") : zoneNamed(tzid);
}

function midnight(now: Date, tzid: string): string {
  return `${formatDay(Math.floor(wallOf(now, tzid) / daySeconds))}T00:00:00`;
}

function wallOf(now: Date, tzid: string): number {
  return zoneOf(tzid).wallOf(Math.floor(now.getTime() / 1000));
}
