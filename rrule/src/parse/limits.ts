/** What a rule may ask for at most. Its length leaves room for every day of a year. */
export const limits = {
  length: 2000,
  interval: 1000,
  count: 10_000,
  list: 60,
  timesADay: 60,
  spacingSeconds: 300,
} as const;
