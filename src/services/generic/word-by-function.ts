import type { LateRendering } from "../../core/service.js";
import { failed } from "./answers.js";
import { keepWorkingFunction, tellCompileError, workingFunction } from "./function-source.js";
import { readResult } from "./function-result.js";
import { messageFor } from "./hook-message.js";
import type { WordingInput } from "./hook-parts.js";
import type { TransformResult } from "./transform.js";
import { failure, paused } from "./wording-failure.js";
import { readPauseState } from "./wording-pauses.js";

const notAllowed = "transformation functions are not allowed here (generic.allowJsTransformationFunctions)";

/** The message that a hook's function makes of a request (reference 2.9). */
export async function wordByFunction(input: WordingInput): Promise<LateRendering> {
  const { state, connection, context } = input;
  const { transformationFunction: script = "" } = state;
  if (!context.config.allowJsTransformationFunctions) return { kind: "ignored", reason: notAllowed, reply: failed };
  const pause = await readPauseState(context.store, connection, script);
  if (pause.isPaused) return paused;
  const { result, compiles } = await run(input, script);
  const read = result.ok ? readResult(result.value) : undefined;
  if (read === undefined || read.kind === "invalid") {
    const reason = read?.reason ?? (result.ok ? "" : result.reason);
    context.log.warn({ connection: connection.id, reason }, "A hook's function failed");
    return failure(input, pause, !result.ok && result.isLimit);
  }
  const reply = read.reply === undefined ? {} : { reply: read.reply };
  const kept = compiles ? await keepWorkingFunction(context.store, connection, script) : [];
  const changes = [...pause.withinLimits(), ...kept];
  if (read.kind === "empty") return { kind: "ignored", reason: "its function asks for nothing to be sent", changes, ...reply };
  return { kind: "messages", messages: [messageFor(read, input)], changes, ...reply };
}

interface Run {
  readonly result: TransformResult;
  /** It was the state's function that ran, and no earlier one. */
  readonly compiles: boolean;
}

/** A function that does not compile leaves the one before it in force, and the room is told (reference 2.9). */
async function run({ hookKey, call, connection, context, parts: { runner } }: WordingInput, script: string): Promise<Run> {
  const result = await runner.run(hookKey, script, call.data);
  if (result.ok || result.isLimit) return { result, compiles: true };
  const mistake = await runner.check(script);
  if (mistake === undefined) return { result, compiles: true };
  await tellCompileError(connection, script, mistake, context);
  const earlier = await workingFunction(context.store, connection);
  return { result: earlier === undefined ? result : await runner.run(hookKey, earlier, call.data), compiles: false };
}
