/** A clock that stands still until a test moves it. */
export interface SettableClock {
  now(): Date;
  set(time: Date | string): void;
  advance(ms: number): void;
}

export function settableClock(start: Date | string = "2026-01-01T12:00:00Z"): SettableClock {
  let time = new Date(start).getTime();
  return {
    now: () => new Date(time),
    set: (to) => {
      time = new Date(to).getTime();
    },
    advance: (ms) => {
      time += ms;
    },
  };
}
