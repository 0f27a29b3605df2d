import { type Clause, clause, type Grammar } from "../clause.ts";
import { readCount, readStart, readUntil } from "../read/ends.ts";
import { readPositions, readSkip, readWeekStart } from "../read/others.ts";
import { readBetween, readPartOfDay, readTimes, readUnits } from "../read/times.ts";
import { refuse } from "../refusal.ts";
import { dateClauses, dayClauses } from "./days.ts";
import { frequencyClauses, tooOften } from "./frequency.ts";
import { number, ordinal } from "./numbers.ts";
import { clock, german, list, month, part, plainClock, ranged, weekday } from "./words.ts";

const date =
  `(?:zum )?(?:(?:dem|den) )?(?:(?<iso>\\d{4}-\\d{2}-\\d{2})` +
  "|(?<dayC>\\d{1,2})\\. ?(?<monthC>\\d{1,2})(?:\\. ?(?<yearC>\\d{4})|\\.|(?![\\d.:]))" +
  `|(?<dayB>${ordinal}) ?(?<monthB>${month})(?: (?<yearB>\\d{4}))?` +
  `|(?:(?:naechste[nrm]?|kommende[nrm]?|diese[nrm]?) )?(?<weekday>${weekday})|(?<ahead>heute|sofort|morgen|uebermorgen))`;
const time =
  "(?:,? (?:um )?(?<hour>\\d{1,2})(?:[:.](?<minute>\\d{2})(?::(?<second>\\d{2}))?|(?= uhr))(?: uhr)?(?<utc> utc)?)?";
const about = "(?:so |ungefaehr |etwa |circa |ca\\.? )";
const inPart = `(?: (?:am )?(?<part>${part})s?)?`;

const times: Clause[] = [
  clause(
    "time",
    `(?:zwischen|von) (?<from>${clock}) ?(?:und|bis|-) ?(?<to>${clock})(?: uhr)?`,
    readBetween(german),
  ),
  clause(
    "time",
    `(?<about>${about}um |um ${about}|gegen |${about})(?<list>${list(clock)})(?: uhr)?${inPart}`,
    readTimes(german),
  ),
  clause("time", `um (?<list>${list(clock)})(?: uhr)?${inPart}`, readTimes(german)),
  clause("time", `(?<list>${list(plainClock)})${inPart}`, readTimes(german)),
  clause(
    "time",
    `(?:(?<every>jede[nr]?) (?:(?<other>zweite[nr]?) )?)?(?:am |in der )?(?<part>${part})s?`,
    readPartOfDay(german),
  ),
  clause(
    "time",
    `(?:zu(?:r|n)|zu den|in der|in den) stunden? (?<hours>${ranged("\\d{1,2}(?![.\\d])")})`,
    readUnits(german),
  ),
  clause("time", `(?:zur|zu den) minuten? (?<minutes>${ranged("\\d{1,2}(?![.\\d])")})`, readUnits(german)),
  clause("time", `(?:zur|zu den) sekunden? (?<seconds>${ranged("\\d{1,2}(?![.\\d])")})`, readUnits(german)),
];

const counted = `(?<count>${number})(?:-| ?)mal`;
const ends: Clause[] = [
  clause("end", `bis (?:einschliesslich )?${date}${time}`, readUntil(german)),
  clause("end", `(?<total>insgesamt|fuer|noch) ${counted}`, readCount(german)),
  clause("end", "(?:zwei|drei|vier|fuenf|sechs|sieben|acht|neun|zehn|ein)mal", () =>
    refuse("how many times is said, and not when", "um 8:00 und 20:00 Uhr", "insgesamt 2-mal"),
  ),
  clause("end", counted, readCount(german)),
  clause(
    "start",
    `(?:ab|seit|beginnend(?: (?:am|mit))?|startend(?: am)?|von) ${date}(?: an)?`,
    readStart(german),
  ),
];

const others: Clause[] = [
  clause("days", `\\(davon nur den (?<list>${list(ordinal)}) termin\\)`, readPositions(german)),
  clause("days", `\\(?wochen beginnen am (?<day>${weekday})\\)?`, readWeekStart(german)),
  clause("days", "\\(oder am letzten tag eines zu kurzen (?:monats|jahres)\\)", readSkip),
  clause("days", "\\(oder am (?<forward>tag nach) einem zu kurzen (?:monat|jahr)\\)", readSkip),
];

export const germanGrammar: Grammar = {
  clauses: [...others, ...frequencyClauses, ...dateClauses, ...dayClauses, ...times, ...ends, tooOften],
  choice: /^(?!(?:und )?(?:wenn|falls) ).* oder (?!am )/u,
  completion: /(?<![\p{L}])(?:jede[nrsm]?|alle)!(?= )/u,
};
