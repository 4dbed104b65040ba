import { Worker, type ResourceLimits } from "node:worker_threads";

/**
 * Starts a thread, which sees nothing of the process's environment.
 * @param source its code, a file beside that of the caller. Built, it lies there as JavaScript under the same name (scripts/build.ts); from
 *   source, as in tests, the thread needs what runs the caller, too
 */
export function startThread(source: URL, resourceLimits: ResourceLimits): Worker {
  const options = { env: {}, execArgv: [], resourceLimits };
  if (!import.meta.url.endsWith(".ts")) return new Worker(new URL(source.href.replace(/\.ts$/, ".js")), options);
  const file = JSON.stringify(source.href);
  return new Worker(`import("tsx/esm/api").then(({ tsImport }) => tsImport(${file}, ${file}));`, { ...options, eval: true });
}
