import { RuleFault } from "../fault.ts";
import { placesOf } from "./abbreviations.ts";
import { closestZone } from "./closest.ts";

/** What a text is as the name of a zone: one of the IANA database in its own spelling, or none, and what may be meant. */
export type ZoneRead =
  | { readonly tzid: string }
  | { readonly tzid: undefined; readonly message: string; readonly proposal: string | undefined };

const areas = new Set(
  (
    "Africa America Antarctica Arctic Asia Atlantic Australia Brazil Canada Chile Etc Europe Indian Mexico " +
    "Pacific US"
  ).split(" "),
);
/** The names without an area that name a place, or UTC. The others of the database are abbreviations. */
const places = byLetters(
  "Cuba Egypt Eire GB GB-Eire GMT Greenwich Hongkong Iceland Iran Israel Jamaica Japan Kwajalein Libya NZ NZ-CHAT " +
    "Navajo PRC Poland Portugal ROC ROK Singapore Turkey UCT UTC Universal W-SU Zulu",
);
/** What is not written with one capital in front. */
const irregular = byLetters(
  "of es au IN US UTC UCT GMT ACT LHI NSW McMurdo DumontDUrville DeNoronha EasterIsland BajaNorte BajaSur " +
    "ComodRivadavia GMT0",
);
const shape = /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+){0,2}$/;
const known = new Map<string, string>();
const most = 2_000;

/**
 * Reads the name of a zone, whatever its case. Another name of the same zone stays, such as `Asia/Calcutta`. `EST`, `BST`
 * and their like are none: many places share them, and some of these change their clocks.
 */
export function readZone(text: string): ZoneRead {
  const tzid = known.get(text) ?? spelled(text);
  if (tzid === undefined) return unknown(text);
  if (known.size >= most) known.clear();
  known.set(text, tzid);
  return { tzid };
}

/** The name of a zone in its own spelling. @throws RuleFault with a proposal */
export function zoneNamed(text: string): string {
  const read = readZone(text);
  if (read.tzid !== undefined) return read.tzid;
  const place = { part: "TZID", start: 0, end: text.length };
  throw new RuleFault("zone_unknown", read.message, place, read.proposal);
}

function spelled(text: string): string | undefined {
  if (!shape.test(text)) return undefined;
  if (!text.includes("/")) return places.get(text.toLowerCase());
  const name = text.replaceAll(/[^/_+-]+/g, written);
  return areas.has(name.slice(0, name.indexOf("/"))) && isOpen(name) ? name : undefined;
}

function written(word: string): string {
  const lower = word.toLowerCase();
  return irregular.get(lower) ?? lower.charAt(0).toUpperCase() + lower.slice(1);
}

function isOpen(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone });
    return true;
  } catch {
    return false;
  }
}

function unknown(text: string): ZoneRead {
  const meant = placesOf(text);
  const [proposal = closestZone(text)] = meant;
  const what = meant.length > 1 ? "the time zone is an abbreviation that several places share" : none;
  const message = proposal === undefined ? none : `${what}: did you mean ${orOf(meant) || proposal}?`;
  return { tzid: undefined, message, proposal };
}

const none = "the time zone is no name of the IANA database such as Europe/Berlin";

function orOf(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}

function byLetters(names: string): ReadonlyMap<string, string> {
  return new Map(names.split(" ").map((name) => [name.toLowerCase(), name]));
}
