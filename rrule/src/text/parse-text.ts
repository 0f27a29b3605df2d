import { dayOf } from "../calendar/civil.ts";
import { daySeconds } from "../calendar/wall.ts";
import { seriesOf } from "../expand/series.ts";
import { RuleFault } from "../fault.ts";
import { formatRule } from "../parse/format.ts";
import { parseRule } from "../parse/parse.ts";
import type { Rule } from "../rule.ts";
import { zoneOf } from "../zone/zone.ts";
import type { Grammar, SpanKind, Today } from "./clause.ts";
import { type Draft, emptyDraft } from "./draft.ts";
import { grammars, type Language } from "./languages.ts";
import { type Readable, readable, without } from "./readable.ts";
import { Refusal } from "./refusal.ts";
import { ruleTextOf } from "./resolve/rule-text.ts";

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
  /** The first day, if the text says one: `2026-12-31`. */
  readonly start: string | undefined;
  readonly spans: readonly Span[];
  /** From 0 to 1; 1 where nothing else could be meant. */
  readonly confidence: number;
}

/** The longest text that is looked at. */
const longest = 500;
/** What may stand between clauses, and punctuation at the end. */
const filler = /(?:[ ,]|[.!;]+ ?$)*/uy;

/**
 * Reads a text such as "every other Friday at 9 until June 30". All of it has to make sense; nothing is guessed at.
 *
 * @throws RuleFault at the first word that was not understood, or where what was understood is no rule.
 */
export function parseRuleText(text: string, language: Language, today: Today): RuleText {
  const grammar = grammars[language];
  if (text.length > longest) throw unclear("the text is too long", { start: longest, end: text.length });
  const draft = emptyDraft();
  const spans: Span[] = [];
  const read = withoutAnchor(readable(text), { grammar, draft, spans });
  for (let at = behindFiller(read.text, 0); at < read.text.length; at = behindFiller(read.text, at)) {
    const { kind, size } = nextClause(read, at, { grammar, draft, today, text });
    spans.push({ kind, start: read.starts[at] ?? 0, end: read.ends[at + size - 1] ?? text.length });
    at += size;
  }
  spans.sort((a, b) => a.start - b.start);
  const rrule = ruleOf(draft, text, today);
  const { fromCompletion, start, confidence } = draft;
  return { rrule, fromCompletion, start, spans, confidence };
}

/** Takes the exclamation mark of `every!` out. */
function withoutAnchor(
  text: Readable,
  { grammar, draft, spans }: { grammar: Grammar; draft: Draft; spans: Span[] },
): Readable {
  const found = grammar.completion.exec(text.text);
  if (found === null) return text;
  const at = found.index + found[0].length - 1;
  draft.fromCompletion = true;
  spans.push({ kind: "anchor", start: text.starts[at] ?? 0, end: text.ends[at] ?? 0 });
  return without(text, at);
}

function behindFiller(text: string, at: number): number {
  filler.lastIndex = at;
  return at + (filler.exec(text)?.[0].length ?? 0);
}

function nextClause(
  { text: read, starts, ends }: Readable,
  at: number,
  { grammar, draft, today, text }: { grammar: Grammar; draft: Draft; today: Today; text: string },
): { kind: SpanKind; size: number } {
  for (const { kind, form, read: take } of grammar.clauses) {
    form.lastIndex = at;
    const found = form.exec(read);
    if (found === null || found[0] === "") continue;
    const size = found[0].length;
    const copy = structuredClone(draft);
    const place = { start: starts[at] ?? 0, end: ends[at + size - 1] ?? text.length };
    if (!told(() => take(found.groups ?? {}, copy, today), place)) continue;
    if (grammar.choice.test(found[0])) copy.confidence *= 0.6;
    Object.assign(draft, copy);
    return { kind, size };
  }
  const start = starts[at] ?? 0;
  const word = /^\S*/.exec(text.slice(start))?.[0].length ?? 0;
  throw unclear("this is not understood", { start, end: start === 0 ? text.length : start + word });
}

function ruleOf(draft: Draft, text: string, today: Today): string {
  const whole = { start: 0, end: text.length };
  const written = told(() => ruleTextOf(draft), whole);
  try {
    const rule = parseRule(written);
    if (!everOccurs(rule, today)) throw unclear("no such day ever comes", whole);
    return formatRule(rule);
  } catch (error) {
    throw error instanceof RuleFault ? unclear(error.message, whole) : error;
  }
}

/** Runs what may refuse the text, and says where it is refused. */
function told<T>(work: () => T, place: { start: number; end: number }): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof Refusal ? unclear(error.message, place) : error;
  }
}

/** Whether it occurs from some start on: with an interval that depends on the start, which a text does not say. */
function everOccurs(rule: Rule, { year, month, day }: Today): boolean {
  const start = dayOf(year, month, day) * daySeconds;
  const endless: Rule = { ...rule, interval: 1, count: undefined, until: undefined };
  return seriesOf({ rule: endless, start, zone: zoneOf("UTC") }).firstOfRule() !== undefined;
}

function unclear(message: string, { start, end }: { start: number; end: number }): RuleFault {
  return new RuleFault("text_unclear", message, { part: "", start, end });
}
