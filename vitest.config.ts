import { defineConfig } from "vitest/config";

/** The kinds of tests and where they live. A slow kind runs one file at a time, since its files share two cores. */
export default defineConfig({
  test: {
    allowOnly: false,
    projects: [
      {
        test: {
          name: "unit",
          setupFiles: "./test/setup/properties.ts",
          include: ["{proto,kit,rrule,gateway,services/*,deploy/local,tools,bench}/**/*.test.ts"],
          exclude: ["**/node_modules/**", "**/test/**"],
        },
      },
      {
        test: {
          name: "integration",
          globalSetup: "./test/setup/integration.ts",
          setupFiles: "./test/setup/properties.ts",
          include: ["{kit,gateway,services/*,deploy/local}/test/**/*.test.ts"],
          exclude: ["**/node_modules/**"],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "system",
          include: ["test/{system,interop}/**/*.test.ts"],
          exclude: ["**/node_modules/**"],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: "hostile",
          include: ["test/hostile/**/*.test.ts"],
          exclude: ["**/node_modules/**"],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: "clocks",
          include: ["test/clocks/**/*.test.ts"],
          exclude: ["**/node_modules/**"],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: "soak",
          include: ["test/soak/soak.test.ts"],
          exclude: ["**/node_modules/**"],
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "faults",
          include: ["test/faults/**/*.test.ts", "test/soak/{breaches,report}.test.ts"],
          exclude: ["**/node_modules/**"],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
