import { type Clause, clause, type Grammar } from "../clause.ts";
import { readCount, readStart, readUntil } from "../read/ends.ts";
import { readPositions, readSkip, readWeekStart } from "../read/others.ts";
import { readBetween, readPartOfDay, readTimes, readUnits } from "../read/times.ts";
import { dateClauses, dayClauses } from "./days.ts";
import { frequencyClauses, tooOften } from "./frequency.ts";
import { number, ordinal } from "./numbers.ts";
import { clock, english, list, month, part, plainClock, ranged, weekday } from "./words.ts";

const day = `\\d{1,2}(?:st|nd|rd|th)?(?![\\d:])|${ordinal}`;
const year = "(?:(?: ?, ?| )";
const date =
  `(?:on )?(?:(?<iso>\\d{4}-\\d{2}-\\d{2})` +
  `|(?<monthA>${month}) (?:the )?(?<dayA>${day})${year}(?<yearA>\\d{4}))?` +
  `|(?:the )?(?<dayB>${day}) (?:of )?(?<monthB>${month})${year}(?<yearB>\\d{4}))?` +
  `|(?<monthC>\\d{1,2})/(?<dayC>\\d{1,2})(?:/(?<yearC>\\d{4}))?` +
  `|(?:next |this |coming )?(?<weekday>${weekday})|(?<ahead>today|now|tomorrow|the day after tomorrow))`;
const time =
  "(?:,? (?:at )?(?<hour>\\d{1,2})(?::(?<minute>\\d{2})(?::(?<second>\\d{2}))?)?(?: ?(?<half>[ap])\\.?m\\.?)?(?<utc> utc)?)?";
const halfUnsaid = (word: string) => /^\d+(?: o'?clock)?$/.test(word) && Number.parseInt(word, 10) <= 12;
const inPart = `(?:,? (?:in the|at) (?<part>${part}))?`;

const times: Clause[] = [
  clause(
    "time",
    `(?:between|from) (?<from>${clock}) ?(?:and|to|till|until|through|-) ?(?<to>${clock})`,
    readBetween(english),
  ),
  clause(
    "time",
    `(?:at |by |@ ?)?(?:(?<about>around|about|approximately) )(?<list>${list(clock)})${inPart}`,
    readTimes(english, { halfUnsaid }),
  ),
  clause("time", `(?:at |@ ?)(?<list>${list(clock)})${inPart}`, readTimes(english, { halfUnsaid })),
  clause("time", `(?<list>${list(plainClock)})${inPart}`, readTimes(english, { halfUnsaid })),
  clause(
    "time",
    `(?:(?<every>every|each) (?:(?<other>other) )?)?(?:in the |at )?(?<part>${part})s?`,
    readPartOfDay(english),
  ),
  clause("time", `(?:at|in|during) (?:the )?hours? (?<hours>${ranged("\\d{1,2}")})`, readUnits(english)),
  clause("time", `at (?:the )?minutes? (?<minutes>${ranged("\\d{1,2}")})`, readUnits(english)),
  clause("time", `at (?:the )?seconds? (?<seconds>${ranged("\\d{1,2}")})`, readUnits(english)),
];

const ends: Clause[] = [
  clause(
    "end",
    `(?:until|till|til|through|thru|up to|ending) (?:and including )?${date}${time}`,
    readUntil(english),
  ),
  clause(
    "end",
    `(?<total>for) (?:a total of )?(?<count>${number}) (?:times?|occurrences?|repetitions?)`,
    readCount(english),
  ),
  clause(
    "end",
    `(?<count>${number}) (?:times?|occurrences?|repetitions?)(?<total> (?:in total|in all|altogether))?`,
    readCount(english),
  ),
  clause(
    "start",
    `(?:starting|beginning|from|as of|effective|commencing)(?: on| from)? ${date}`,
    readStart(english),
  ),
];

const others: Clause[] = [
  clause("days", `\\(only the (?<list>${list(ordinal)}) of these\\)`, readPositions(english)),
  clause("days", `\\(?weeks start on (?<day>${weekday})\\)?`, readWeekStart(english)),
  clause("days", "\\(or on the last day of a (?:month|year) that is too short\\)", readSkip),
  clause("days", "\\(or on the (?<forward>day after) a (?:month|year) that is too short\\)", readSkip),
];

export const englishGrammar: Grammar = {
  clauses: [...others, ...frequencyClauses, ...dateClauses, ...dayClauses, ...times, ...ends, tooOften],
  choice: /^(?!(?:and )?if ).* or (?!on )/u,
  completion: /\b(?:every|each)!(?= )/u,
};
