import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import releaseSync from "@jitl/quickjs-wasmfile-release-sync";
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSSyncVariant,
  type QuickJSWASMModule,
} from "quickjs-emscripten-core";
import type { Clock } from "../../shared/clock.js";
import { payloadTooLarge, type TransformAnswer } from "./transform-messages.js";

/*
 * QuickJS in WebAssembly: a script has a heap of its own and no way to the process, files or the network.
 *
 * The library's own limit on memory does not hold, so the limit is the size that the WebAssembly memory may grow to. Memory never shrinks, and
 * an interrupted script may leave its runtime in a state in which it cannot be taken apart. So an instance is kept from run to run only
 * while everything went well and little was asked of it; a new one takes a few milliseconds, because the code stays compiled.
 */

interface WasmMemory {
  readonly buffer: ArrayBufferLike;
}

/** Node has it; TypeScript's libraries declare it for browsers only. */
declare const WebAssembly: {
  readonly Memory: new (pages: { readonly initial: number; readonly maximum: number }) => WasmMemory;
  compile(code: Uint8Array): Promise<object>;
};

// Its types are those of the CommonJS form, in which the default export lies one step deeper than in the form that is loaded here.
const variant = releaseSync as unknown as QuickJSSyncVariant;

const pageBytes = 65_536;
const initialPages = 256;
/** 64 MiB. */
const maximumPages = 1_024;
/** An instance that has grown beyond this many bytes is not used again. */
const watermarkBytes = 24 * 1_048_576;

/** Of the result as JSON. An event takes 65,536 bytes; the rest may be an answer to the sender. */
const longestResult = 1_048_576;
const longestMessage = 1_000;

const tooMuchMemory: TransformAnswer = { kind: "limit", message: "it took more than 64 MiB of memory" };
const tooLong: TransformAnswer = { kind: "limit", message: "it took longer than its time" };

/**
 * Made before the script runs, and holding on to what the script could replace.
 * `read` is undefined unless the result is text or an object: nothing else is told apart (Hookshot reference 2.9, 2.16).
 */
const harness = `(({ parse, stringify }, root, text, tagOf) => ({
  parse,
  read: () => {
    const value = root.result;
    if (typeof value !== "string" && typeof value !== "object") return undefined;
    return tagOf(value) === "[object String]" && typeof value === "object" ? undefined : stringify(value);
  },
  describe: (error) => {
    try {
      return text(typeof error === "object" && error !== null ? error.message : error);
    } catch {
      return "something that has no words";
    }
  },
}))(JSON, globalThis, String, Function.prototype.call.bind(Object.prototype.toString))`;

interface Instance {
  readonly quickJs: QuickJSWASMModule;
  readonly memory: WasmMemory;
}

/** A run that can be interrupted. */
interface Stage {
  readonly context: QuickJSContext;
  readonly memory: WasmMemory;
  readonly isOverTime: () => boolean;
}

/** Runs scripts one after the other, each in a world of its own. */
export class TransformSandbox {
  readonly #clock: Pick<Clock, "now">;
  readonly #longestRunMs: number;
  #code: Promise<object> | undefined;
  #instance: Instance | undefined;

  constructor(clock: Pick<Clock, "now">, longestRunMs: number) {
    this.#clock = clock;
    this.#longestRunMs = longestRunMs;
  }

  /** @param json the script's global `data` */
  run(script: string, json: string): Promise<TransformAnswer> {
    return this.#within((stage) => runScript(stage, script, json));
  }

  /** Compiles and runs nothing. */
  check(script: string): Promise<TransformAnswer> {
    return this.#within((stage) => {
      const { context } = stage;
      const compiled = context.evalCode(asFunction(script), "function.js", { compileOnly: true });
      if (compiled.error !== undefined) return explain(stage, compiled.error);
      compiled.value.dispose();
      return { kind: "done" };
    });
  }

  async #within(act: (stage: Stage) => TransformAnswer): Promise<TransformAnswer> {
    const instance = (this.#instance ??= await this.#instantiate());
    const { memory, quickJs } = instance;
    // Put back only by a run after which it is known to be in order.
    this.#instance = undefined;
    try {
      const runtime = quickJs.newRuntime();
      const latest = this.#clock.now() + this.#longestRunMs;
      const isOverTime = (): boolean => this.#clock.now() > latest;
      runtime.setInterruptHandler(isOverTime);
      const context = runtime.newContext();
      const answer = act({ context, memory, isOverTime });
      if (answer.kind === "limit") return answer;
      context.dispose();
      runtime.dispose();
      if (memory.buffer.byteLength <= watermarkBytes) this.#instance = instance;
      return answer;
    } catch (error) {
      // The machine itself gave up: no room for the stack, or for its own records.
      return {
        kind: "limit",
        message: `it went beyond what the sandbox can hold (${error instanceof Error ? error.message : String(error)})`,
      };
    }
  }

  async #instantiate(): Promise<Instance> {
    const wasmModule = await (this.#code ??= compileQuickJs());
    const memory = new WebAssembly.Memory({ initial: initialPages, maximum: maximumPages });
    return { quickJs: await newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmModule, wasmMemory: memory })), memory };
  }
}

async function compileQuickJs(): Promise<object> {
  const { resolve } = createRequire(import.meta.url);
  return WebAssembly.compile(await readFile(resolve("@jitl/quickjs-wasmfile-release-sync/wasm")));
}

/** Sloppy, as Hookshot has it: what is assigned without a declaration is global. The line break ends a comment. */
function asFunction(script: string): string {
  return `(function () {\n${script}\n})()`;
}

function runScript(stage: Stage, script: string, json: string): TransformAnswer {
  const { context } = stage;
  const tools = context.unwrapResult(context.evalCode(harness));
  const [parse, read, describe] = (["parse", "read", "describe"] as const).map((name) => context.getProp(tools, name));
  const held = [tools, parse, read, describe];
  if (parse === undefined || read === undefined || describe === undefined) throw new TypeError("The harness lacks a tool");
  try {
    const failure = provideGlobals(stage, parse, json);
    if (failure !== undefined) return failure;
    const ran = context.evalCode(asFunction(script), "function.js");
    if (ran.error !== undefined) return explain(stage, ran.error, describe);
    ran.value.dispose();
    const given = context.callFunction(read, context.undefined);
    if (given.error !== undefined) return explain(stage, given.error, describe);
    return given.value.consume((value) => readResult(context, value));
  } finally {
    for (const handle of held) handle?.dispose();
  }
}

function provideGlobals({ context }: Stage, parse: QuickJSHandle, json: string): TransformAnswer | undefined {
  const parsed = context.newString(json).consume((text) => context.callFunction(parse, context.undefined, text));
  if (parsed.error !== undefined) {
    parsed.error.dispose();
    // No fault of the script's.
    return payloadTooLarge;
  }
  parsed.value.consume((data) => {
    context.setProp(context.global, "data", data);
  });
  context.newString("v2").consume((version) => {
    context.setProp(context.global, "HookshotApiVersion", version);
  });
  return undefined;
}

function readResult(context: QuickJSContext, value: QuickJSHandle): TransformAnswer {
  if (context.typeof(value) !== "string") return { kind: "done" };
  // Measured where it is, before it is copied out.
  const length = context.getProp(value, "length").consume((handle) => context.getNumber(handle));
  if (length > longestResult) return { kind: "limit", message: "its result is longer than a megabyte" };
  return { kind: "done", json: context.getString(value) };
}

/** @param describe absent for what the compiler says, which no script can tamper with */
function explain(stage: Stage, error: QuickJSHandle, describe?: QuickJSHandle): TransformAnswer {
  const { context, isOverTime, memory } = stage;
  const isFull = memory.buffer.byteLength > maximumPages * pageBytes * 0.9;
  if (isOverTime()) return tooLong;
  const message = describe === undefined ? messageOf(context, error) : describeBy(context, describe, error);
  error.dispose();
  // What describes an error can itself run out of time.
  if (isOverTime()) return tooLong;
  return isFull || message === "out of memory" ? tooMuchMemory : { kind: "mistake", message: message.slice(0, longestMessage) };
}

function messageOf(context: QuickJSContext, error: QuickJSHandle): string {
  return context.getProp(error, "message").consume((message) => context.getString(message));
}

function describeBy(context: QuickJSContext, describe: QuickJSHandle, error: QuickJSHandle): string {
  const described = context.callFunction(describe, context.undefined, error);
  if (described.error !== undefined) {
    described.error.dispose();
    return "something that has no words";
  }
  return described.value.consume((text) => (context.typeof(text) === "string" ? context.getString(text) : "something that has no words"));
}
