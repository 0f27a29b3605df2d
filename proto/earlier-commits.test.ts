import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { earlierCommits, NothingToCompareError } from "./earlier-commits.ts";

let folder: string;
const git = (...words: string[]) => execFileSync("git", words, { cwd: folder, encoding: "utf8" }).trim();
const commit = (content: string) => {
  writeFileSync(join(folder, "contract"), content);
  git("add", "-A");
  git("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qm", content);
  return git("rev-parse", "HEAD");
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "todo-earlier-"));
  git("init", "-q");
});
afterEach(() => rmSync(folder, { recursive: true }));

it("a change is compared with the last release and with the commit before", () => {
  const released = commit("one");
  git("tag", "v1.0.0");
  const before = commit("two");
  commit("three");
  expect(earlierCommits(folder, "contract", "")).toEqual([before, released]);
});

it("a named commit is the only one", () => {
  const first = commit("one");
  commit("two");
  commit("three");
  expect(earlierCommits(folder, "contract", first)).toEqual([first]);
});

it("without history, or without what is to be compared, it is an error and no success", () => {
  commit("one");
  expect(() => earlierCommits(folder, "contract", "")).toThrow(NothingToCompareError);
  commit("two");
  expect(() => earlierCommits(folder, "elsewhere", "")).toThrow("no earlier commit has elsewhere");
  expect(() => earlierCommits(folder, "contract", "v9")).toThrow(NothingToCompareError);
});
