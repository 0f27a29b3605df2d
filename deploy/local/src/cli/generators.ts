/** What generates something, in order: the code of the contracts comes first, since the others read it. With `--check` each compares instead. */
export const generators: readonly { readonly name: string; readonly args: readonly string[] }[] = [
  { name: "code of the contracts", args: ["proto/generate.ts"] },
  { name: "golden events", args: ["tools/src/golden.ts"] },
  { name: "resources of Dapr", args: ["tools/src/dapr.ts"] },
  { name: "pages of docs", args: ["tools/src/docs.ts"] },
];
