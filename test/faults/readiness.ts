import { setTimeout as sleep } from "node:timers/promises";
import { answers } from "@todo/local/process/wait";

/** One look of a probe at an app. Times as of `performance.now()`. */
export interface Look {
  readonly app: string;
  readonly begun: number;
  readonly ended: number;
  readonly ready: boolean;
}

/** What probes must see while a fault lasts. */
export interface ReadinessRule {
  /** The apps that soon say that they are not ready, and go on saying so. */
  readonly lost?: readonly string[];
  /** The apps that say at every look that they are ready. */
  readonly kept?: readonly string[];
}

/** Looks at all apps again and again, until it is stopped. */
export interface ReadinessWatch {
  readonly looks: readonly Look[];
  stop(): Promise<void>;
}

const [everyMs, patienceMs, soonMs] = [200, 5_000, 5_000];

/** @param urls where each app says whether it is ready */
export function watchReadiness(urls: ReadonlyMap<string, string>): ReadinessWatch {
  const stop = new AbortController();
  const looks: Look[] = [];
  const watching = [...urls].map(async ([app, url]) => {
    while (!stop.signal.aborted) {
      const begun = performance.now();
      const ready = await answers(url, AbortSignal.timeout(patienceMs)).then(
        () => true,
        () => false,
      );
      looks.push({ app, begun, ended: performance.now(), ready });
      await sleep(everyMs);
    }
  });
  return {
    looks,
    async stop() {
      stop.abort();
      await Promise.all(watching);
    },
  };
}

/** What was seen that a rule forbids, in words. */
export function readinessBreaches(
  rule: ReadinessRule,
  looks: readonly Look[],
  fault: { struck: number; ended: number },
): string[] {
  const during = looks.filter(({ begun, ended }) => begun >= fault.struck && ended <= fault.ended);
  const of = (app: string) => during.filter((look) => look.app === app);
  const lost = (rule.lost ?? []).flatMap((app) => {
    const first = of(app).find(({ ready }) => !ready);
    if (first === undefined || first.begun > fault.struck + soonMs)
      return [`${app} did not soon say that it is not ready`];
    const wrong = of(app).some(({ ready, begun }) => ready && begun > first.begun);
    return wrong ? [`${app} said that it is ready again while it could not be`] : [];
  });
  const kept = (rule.kept ?? []).flatMap((app) => {
    if (of(app).length === 0) return [`nobody looked at ${app}`];
    return of(app).every(({ ready }) => ready) ? [] : [`${app} said that it is not ready`];
  });
  return [...lost, ...kept];
}

/** The apps that were not ready at some look that began within a time, in their order. */
export function unreadyApps(looks: readonly Look[], from: number, to: number): string[] {
  const unready = looks.filter(({ ready, begun }) => !ready && begun >= from && begun <= to);
  const apps = new Set(looks.map(({ app }) => app));
  return [...apps].filter((app) => unready.some((look) => look.app === app));
}

/** When every app had said that it is ready in a look that began after a time; none: not yet. */
export function allReadyAt(looks: readonly Look[], after: number): number | undefined {
  const apps = new Set(looks.map(({ app }) => app));
  const firsts = [...apps].map(
    (app) => looks.find((look) => look.app === app && look.ready && look.begun >= after)?.ended,
  );
  const found = firsts.filter((time) => time !== undefined);
  return found.length === apps.size ? Math.max(...found) : undefined;
}
