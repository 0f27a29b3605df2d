import type { Sample } from "#src/load/closed-loop.ts";
import type { Costed } from "#src/load/processor-time.ts";
import { ratio } from "#src/load/rounds.ts";
import type { Comparison, Figure } from "#src/report/figure.ts";
import { linesOf } from "#src/report/lines.ts";
import { type Operation, pageSize } from "./side.ts";

/** What was found of one operation. */
export interface Measured {
  samples: Map<string, Sample[]>;
  contenders: readonly Costed[];
}

interface Named {
  peer: string;
  service: string;
  python: string;
  tasksPerUser: number;
}

const titles: Record<Operation, string> = {
  get: "GetTask",
  list: `ListTasks, ${pageSize} open ones by due date`,
  update: "UpdateTask",
  complete: "CompleteTask",
  create: "CreateTask",
};

export function reportOn(measured: ReadonlyMap<Operation, Measured>, o: Named): Comparison {
  const tables = [...measured].map(([operation, own]) => tableOf(operation, own, o.peer));
  return {
    title: "Five operations against FastAPI",
    about: `${o.peer} on asyncpg, uvloop and httptools, Python ${o.python}: one worker, JSON over HTTP/1.1. The task service is one
process as well, its caller plain HTTP/2. As many users as calls in flight, with ${o.tasksPerUser} tasks each until the
last two operations; ten connections to one Postgres, and a database for each. Before the clock starts, both have to do and show the
same. FastAPI's app takes on trust who asks, and keeps neither events, a feed, answers to repeat, an undo nor a next page;
the service does. The last column is the processor time of a call in that process, without Postgres and the caller.`,
    figures: [...measured].map(([operation, { samples }]) => figureOf(operation, samples, o)),
    lines: { heads: tables[0]?.heads ?? [], rows: tables.flatMap(({ rows }) => rows) },
    remarks: [],
  };
}

function figureOf(operation: Operation, samples: Measured["samples"], { peer, service }: Named): Figure {
  return {
    name: `${titles[operation]}, direct, against FastAPI`,
    value: ratio(samples, service, peer),
    unit: "of the calls/s",
    bound: { atLeast: 2 },
    toReach: true,
  };
}

function tableOf(operation: Operation, { samples, contenders }: Measured, base: string): Comparison["lines"] {
  const { heads, rows } = linesOf(samples, base);
  const costs = new Map(contenders.map((contender) => [contender.name, contender.perCallUs()]));
  return {
    heads: [...heads, "CPU µs"],
    rows: rows.map(({ name, cells }) => {
      const cost = costs.get(name) ?? Number.NaN;
      return {
        name: `${operation}: ${name}`,
        cells: [...cells, Number.isNaN(cost) ? "unknown" : cost.toFixed(0)],
      };
    }),
  };
}
