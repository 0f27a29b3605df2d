import { type Call, closedLoop, type Load, type Sample } from "./closed-loop.ts";
import { median } from "./statistics.ts";

/** One of those that are compared. */
export interface Contender {
  name: string;
  call: Call;
  /** Brings everything to rest behind a turn, so that the next one begins on quiet ground. */
  settle?: () => Promise<void>;
}

export interface Rounds {
  rounds: number;
  load: Load;
  /** The load of the turns that are not counted, one for each contender before the first round. */
  warmUp: Load;
}

/**
 * Gives each contender one turn a round. The first of a round is another one each time, so that none always follows the
 * same. Answers with the samples of each, round by round.
 */
export async function interleave(
  contenders: readonly Contender[],
  { rounds, load, warmUp }: Rounds,
  signal: AbortSignal,
): Promise<Map<string, Sample[]>> {
  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]));
  for (const contender of contenders) await turn(contender, warmUp, signal);
  for (let round = 0; round < rounds; round++) {
    const first = round % contenders.length;
    for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      samples.get(contender.name)?.push(await turn(contender, load, signal));
    }
  }
  return samples;
}

async function turn(contender: Contender, load: Load, signal: AbortSignal): Promise<Sample> {
  const sample = await closedLoop(contender.call, load, signal).catch((error: unknown) => {
    throw new Error(`${contender.name}: a call failed`, { cause: error });
  });
  await contender.settle?.();
  return sample;
}

/** What one contender does in comparison to another: the median of the ratios of the rounds. */
export function ratio(
  samples: ReadonlyMap<string, readonly Sample[]>,
  one: string,
  other: string,
  of: (sample: Sample) => number = ({ perSecond }) => perSecond,
): number {
  const others = samples.get(other) ?? [];
  return median((samples.get(one) ?? []).map((sample, round) => of(sample) / of(others[round] ?? sample)));
}

/** The median over the rounds of one contender. */
export function typical(samples: readonly Sample[]): Omit<Sample, "calls"> {
  const of = (value: (sample: Sample) => number) => median(samples.map(value));
  return { perSecond: of((s) => s.perSecond), p50Ms: of((s) => s.p50Ms), p95Ms: of((s) => s.p95Ms) };
}
