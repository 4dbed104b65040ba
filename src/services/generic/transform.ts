/**
 * What runs the functions of hooks, apart from everything else: one at a time for each hook, with limits on time, memory and what they give.
 * Its implementation is handed to the service.
 */
export interface TransformRunner {
  /**
   * Runs a function over a payload.
   * @param hookKey two runs under the same key never overlap
   * @param script a function's body; it assigns the global `result`
   * @param data JSON; the script's global `data`
   * @throws never for what a script does
   */
  run(hookKey: string, script: string, data: unknown): Promise<TransformResult>;
  /** @returns what is wrong with the script's syntax; undefined: nothing */
  check(script: string): Promise<string | undefined>;
}

export type TransformResult =
  /** `value` is what JSON makes of `result`; undefined where that is nothing, as for a function. */
  | { readonly ok: true; readonly value: unknown }
  /** `isLimit`: it took too long, too much memory, or gave too much. */
  | { readonly ok: false; readonly reason: string; readonly isLimit: boolean };
