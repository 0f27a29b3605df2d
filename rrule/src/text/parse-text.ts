import { dayOf } from "../calendar/civil.ts";
import { daySeconds } from "../calendar/wall.ts";
import { seriesOf } from "../expand/series.ts";
import { RuleFault } from "../fault.ts";
import { formatRule } from "../parse/format.ts";
import { parseRule } from "../parse/parse.ts";
import type { Rule } from "../rule.ts";
import { zoneOf } from "../zone/zone.ts";
import type { Grammar, SpanKind, Today } from "./clause.ts";
import { type Draft, emptyDraft, ruleTextOf } from "./draft.ts";
import { grammars, type Language } from "./languages.ts";

/** A piece of a text and what it says: the characters from `start` to before `end`. */
export interface Span {
  readonly kind: SpanKind;
  readonly start: number;
  readonly end: number;
}

/** What a text about repetition means. */
export interface RuleText {
  /** The rule, in its normal form. */
  readonly rrule: string;
  /** Whether the next time is counted from when the last one was done, as in `every! 3 days`. */
  readonly fromCompletion: boolean;
  readonly spans: readonly Span[];
  /** From 0 to 1; 1 where nothing else could be meant. */
  readonly confidence: number;
}

/** The longest text that is looked at. */
const longest = 500;

/**
 * Reads a text such as "every other Friday at 9 until June 30". All of it has to make sense; nothing is guessed at.
 *
 * @throws RuleFault at the first word that was not understood.
 */
export function parseRuleText(text: string, language: Language, today: Today): RuleText {
  const grammar = grammars[language];
  if (text.length > longest) throw unclear(text, longest, "the text is too long");
  const draft = emptyDraft();
  const spans: Span[] = [];
  const plain = withoutAnchor(text, { grammar, draft, spans });
  let at = 0;
  for (;;) {
    at = behindFiller(plain, at, grammar.filler);
    if (at >= plain.length) break;
    const span = nextSpan(plain, at, { grammar, draft, today });
    spans.push(span);
    at = span.end;
  }
  spans.sort((a, b) => a.start - b.start);
  const { fromCompletion, confidence } = draft;
  return { rrule: ruleOf(draft, text, today), fromCompletion, spans, confidence };
}

/** Takes the exclamation mark of `every!` out, and leaves all else in its place. */
function withoutAnchor(text: string, o: { grammar: Grammar; draft: Draft; spans: Span[] }): string {
  const found = o.grammar.completion.exec(text);
  if (found === null) return text;
  const end = found.index + found[0].length;
  o.draft.fromCompletion = true;
  o.spans.push({ kind: "anchor", start: end - 1, end });
  return `${text.slice(0, end - 1)} ${text.slice(end)}`;
}

function behindFiller(text: string, at: number, filler: RegExp): number {
  const found = new RegExp(`(?:${filler.source})*`, "iuy");
  found.lastIndex = at;
  return at + (found.exec(text)?.[0].length ?? 0);
}

function nextSpan(
  text: string,
  start: number,
  { grammar, draft, today }: { grammar: Grammar; draft: Draft; today: Today },
): Span {
  for (const { kind, form, read } of grammar.clauses) {
    form.lastIndex = start;
    const found = form.exec(text);
    if (found === null || found[0] === "") continue;
    const copy = structuredClone(draft);
    if (!read(found, copy, today)) continue;
    Object.assign(draft, copy);
    return { kind, start, end: start + found[0].length };
  }
  throw unclear(text, start, "this is not understood");
}

function ruleOf(draft: Draft, text: string, today: Today): string {
  const written = ruleTextOf(draft);
  if (written === undefined) throw unclear(text, 0, "this does not say when");
  try {
    const rule = parseRule(written);
    if (!everOccurs(rule, today)) throw unclear(text, 0, "no such day ever comes");
    return formatRule(rule);
  } catch (error) {
    throw error instanceof RuleFault ? unclear(text, 0, error.message) : error;
  }
}

/** Whether it occurs from some start on: with an interval that depends on the start, which a text does not say. */
function everOccurs(rule: Rule, { year, month, day }: Today): boolean {
  const start = dayOf(year, month, day) * daySeconds;
  const endless: Rule = { ...rule, interval: 1, count: undefined, until: undefined };
  return seriesOf({ rule: endless, start, zone: zoneOf("UTC") }).firstOfRule() !== undefined;
}

function unclear(text: string, start: number, message: string): RuleFault {
  const word = /^\S*/.exec(text.slice(start))?.[0].length ?? 0;
  const end = start === 0 ? text.length : start + word;
  return new RuleFault("text_unclear", message, { part: "", start, end });
}
