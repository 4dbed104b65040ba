import { parentPort } from "node:worker_threads";
import { systemClock } from "../../shared/clock.js";
import { workerIsReady, type TransformRequest } from "./transform-messages.js";
import { TransformSandbox } from "./transform-sandbox.js";

/*
 * The thread in which functions of hooks run (transform-thread.ts starts it). Nobody imports it. It answers in the order in which it is asked,
 * and is asked the next thing only when it has answered.
 */

/** What a function may take (Hookshot reference 15: documented, and what Hookshot itself does not keep to). */
const longestRunMs = 2_000;

const sandbox = new TransformSandbox(systemClock, longestRunMs);

parentPort?.on("message", (request: TransformRequest) => {
  const answer = request.kind === "run" ? sandbox.run(request.script, request.json) : sandbox.check(request.script);
  void answer.then((value) => parentPort?.postMessage(value));
});
parentPort?.postMessage(workerIsReady);
