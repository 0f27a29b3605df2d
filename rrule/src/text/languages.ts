import type { Grammar } from "./clause.ts";
import { germanGrammar } from "./de/grammar.ts";
import { germanWording } from "./de/wording.ts";
import type { Wording } from "./describe.ts";
import { englishGrammar } from "./en/grammar.ts";
import { englishWording } from "./en/wording.ts";

export type Language = "en" | "de";

export const grammars: Readonly<Record<Language, Grammar>> = { en: englishGrammar, de: germanGrammar };
export const wordings: Readonly<Record<Language, Wording>> = { en: englishWording, de: germanWording };
