import { setTimeout as pause } from "node:timers/promises";

interface PollOptions {
  readonly what: string;
  readonly timeoutMs: number;
  readonly everyMs?: number;
}

/** Asks again and again until the answer is something. @throws Error that names `what` when the time is over */
export async function poll<T>(ask: () => Promise<T | undefined>, { what, timeoutMs, everyMs = 20 }: PollOptions): Promise<T> {
  const latest = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > latest) throw new Error(`Not within ${timeoutMs} ms: ${what}`);
    await pause(everyMs);
  }
}
