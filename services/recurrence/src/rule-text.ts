import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ParseRuleTextResponseSchema } from "@todo/proto/todo/recurrence/v1/recurrence_service";
import { RuleTextSpan_Kind as Kind, RuleLanguage } from "@todo/proto/todo/recurrence/v1/rule_text";
import type { SpanKind } from "@todo/rrule/text/clause";
import type { Language } from "@todo/rrule/text/languages";
import type { RuleText } from "@todo/rrule/text/parse-text";

const kinds: Readonly<Record<SpanKind, Kind>> = {
  frequency: Kind.FREQUENCY,
  days: Kind.DAYS,
  months: Kind.MONTHS,
  time: Kind.TIME,
  end: Kind.END,
  anchor: Kind.ANCHOR,
  start: Kind.START,
};

export function languageOf(language: RuleLanguage): Language {
  return language === RuleLanguage.GERMAN ? "de" : "en";
}

export function toRuleText({
  rrule,
  fromCompletion,
  start = "",
  spans,
  confidence,
}: RuleText): MessageInitShape<typeof ParseRuleTextResponseSchema> {
  return {
    rrule,
    fromCompletion,
    start,
    spans: spans.map(({ kind, start, end }) => ({ kind: kinds[kind], start, end })),
    confidencePercent: Math.round(confidence * 100),
  };
}
