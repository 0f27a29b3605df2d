/** A kind of tests: a project of vitest.config.ts. */
export interface Suite {
  readonly project: string;
  readonly what: string;
  /** Whether the suite shares one Postgres and one Kafka, which are started for it. */
  readonly ground: boolean;
  /** Further variables for its tests. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The kinds of tests, quickest first. */
export const suites: readonly Suite[] = [
  { project: "unit", what: "rules, codecs and parsers, without a network", ground: false },
  { project: "integration", what: "the true services on a true Postgres and Kafka", ground: true },
  { project: "system", what: "the whole system over the real mesh", ground: false },
  { project: "hostile", what: "the system under attack, and another user who is served", ground: false },
  { project: "clocks", what: "the system while all that is slow comes round quickly", ground: false },
  {
    project: "faults",
    what: "the system while its parts break: one fault of each kind, for a short while",
    ground: false,
    env: { FAULTS_SUBSET: "1", FAULTS_SHORT: "1" },
  },
];
