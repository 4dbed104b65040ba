import { Worker } from "node:worker_threads";
import { afterAll, describe, expect, it } from "vitest";
import { systemClock } from "../../shared/clock.js";
import { ManualClock } from "../../../test/support/manual-clock.js";
import type { TransformRequest } from "./transform-messages.js";
import { ThreadedTransformRunner } from "./transform-runner.js";
import { TransformThread, type ThreadAnswer } from "./transform-thread.js";

const runner = new ThreadedTransformRunner({ clock: systemClock });

afterAll(() => runner.stop());

function run(script: string, data: unknown = {}): ReturnType<ThreadedTransformRunner["run"]> {
  return runner.run("hook", script, data);
}

describe("a function", () => {
  it.each([
    { title: "reads the payload", script: "result = `${data.name}: ${data.list[1]}`", gives: "swing: 0.1" },
    { title: "may return early", script: "result = 'yes'; if (data.name) return; result = 'no'", gives: "yes" },
    { title: "may end in a comment", script: "result = 'yes' // so it is", gives: "yes" },
    { title: "is sloppy", script: "undeclared = 7; with (data) { result = name + undeclared }", gives: "swing7" },
    { title: "knows the version", script: "result = HookshotApiVersion", gives: "v2" },
    {
      title: "may give an object",
      script: "result = { version: 'v2', plain: data.name, left: undefined }",
      gives: { version: "v2", plain: "swing" },
    },
    { title: "may give null", script: "result = null", gives: null },
    { title: "may give no number", script: "result = 5", gives: undefined },
    { title: "may give no function", script: "result = () => 'text'", gives: undefined },
    { title: "may give no text in an object", script: "result = new String('x')", gives: undefined },
    { title: "may give no large number", script: "result = 5n", gives: undefined },
    { title: "that gives nothing gives nothing", script: "const result = 'local'", gives: undefined },
    { title: "waits for no promise", script: "Promise.resolve('late').then((text) => { result = text })", gives: undefined },
    { title: "may give a promise, which is an object", script: "result = (async () => { await new Promise(() => {}) })()", gives: {} },
    {
      title: "finds nothing of the process",
      script:
        "result = [typeof process, typeof require, typeof fetch, typeof setTimeout, typeof std, typeof os, Object.keys(globalThis)].join()",
      gives: "undefined,undefined,undefined,undefined,undefined,undefined,data,HookshotApiVersion",
    },
    {
      title: "cannot change how its result is read",
      script:
        "JSON.stringify = () => '\"forged\"'; JSON.parse = String = Object = Function = null; [].constructor.prototype.map = null; result = { plain: 'x' }",
      gives: { plain: "x" },
    },
    {
      title: "keeps what it does to prototypes inside",
      script: "Object.prototype.version = 'v2'; data.__proto__.admin = true; result = JSON.parse('{\"__proto__\": {\"a\": 1}}')",
      gives: JSON.parse('{"__proto__": {"a": 1}}') as unknown,
    },
  ])("$title", async ({ script, gives }) => {
    const result = await run(script, { name: "swing", list: [1, 0.1] });

    expect(result).toEqual({ ok: true, value: gives });
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
  });

  it("leaves nothing behind for the next one", async () => {
    await run("leftOver = 1; Array.prototype.leftOver = 2; result = 'set'");

    expect(await run("result = typeof leftOver + typeof [].leftOver")).toEqual({ ok: true, value: "undefinedundefined" });
  });

  it.each([
    { value: 0.1 + 0.2 },
    { value: 1.7976931348623157e308 },
    { value: Number.MAX_SAFE_INTEGER },
    { value: -1.5e-7 },
    { value: "lone \ud800 half, \u2028 and \u0000" },
    { value: '"); throw 1; ("' },
    { value: null },
  ])("sees $value as it was sent", async ({ value }) => {
    expect(await run("result = [data]", value)).toEqual({ ok: true, value: [value] });
  });

  it.each([
    { script: "throw new Error('boom')", reason: "boom" },
    { script: "throw 'just text'", reason: "just text" },
    { script: "throw null", reason: "null" },
    { script: "throw { get message() { throw 1 } }", reason: "something that has no words" },
    { script: "throw { toString() { throw 1 }, message: { toString() { throw 1 } } }", reason: "something that has no words" },
    { script: "missing.name", reason: "'missing' is not defined" },
    { script: "function f() { return f() + 1 } f()", reason: "stack overflow" },
    { script: "result = {}; result.self = result", reason: "circular reference" },
    { script: "result = { toJSON() { throw new Error('no') } }", reason: "no" },
    { script: "result = {", reason: expect.stringMatching(/./) },
  ])("that does `$script` fails with the message alone", async ({ script, reason }) => {
    expect(await run(script)).toEqual({ ok: false, reason, isLimit: false });
  });

  it("is told too large a payload, which is no fault of its own", async () => {
    const result = await run("result = 'x'", "x".repeat(17 * 1_048_576));

    expect(result).toEqual({ ok: false, reason: "the payload is too large for a function", isLimit: false });
  });

  it.each([
    { what: "written out", data: "\u0001".repeat(3 * 1_048_576) },
    { what: "as it is", data: "x".repeat(16 * 1_048_576) },
  ])(
    "is not asked of the thread with a payload that is too large $what: it has no room for it, and would end the process",
    async ({ data }) => {
      const asked: TransformRequest[] = [];
      const thread = {
        ask: async (request: TransformRequest) => {
          asked.push(request);
          return "died" as const;
        },
        stop: async () => undefined,
      };

      const result = await new ThreadedTransformRunner({ clock: systemClock, thread }).run("hook", "result = 'x'", data);

      expect(result).toMatchObject({ ok: false, reason: "the payload is too large for a function" });
      expect(asked).toEqual([]);
    },
  );
});

describe("a function that goes over a limit", () => {
  it.each([
    { title: "loops", script: "for (;;) {}", reason: "longer" },
    { title: "loops and catches", script: "for (;;) { try { for (;;) {} } catch {} finally { for (;;) {} } }", reason: "longer" },
    { title: "backtracks in an expression", script: "result = String(/^(a+)+$/.test('a'.repeat(40) + 'b'))", reason: "longer" },
    { title: "loops where its result is read", script: "result = { toJSON() { for (;;) {} } }", reason: "longer" },
    { title: "loops where its error is read", script: "throw { get message() { for (;;) {} } }", reason: "longer" },
    { title: "allocates", script: "const all = []; for (;;) all.push(new Array(10000).fill('x'))", reason: "64 MiB" },
    { title: "makes a text too large", script: "result = 'x'.repeat(2 ** 29)", reason: "64 MiB" },
    {
      title: "makes texts larger and larger",
      script: "const all = []; for (;;) all.push(('x'.repeat(1000) + all.length).toUpperCase())",
      reason: /64 MiB|longer/,
    },
    { title: "gives megabytes", script: "result = { version: 'v2', plain: 'x'.repeat(8 * 1024 * 1024) }", reason: "megabyte" },
    {
      title: "cannot be interrupted",
      script: "new Array(4294967295).indexOf(1); for (;;) new Array(4294967295).indexOf(1)",
      reason: "interrupted",
    },
  ])("because it $title is ended, and the next one runs", { timeout: 20_000 }, async ({ script, reason }) => {
    const [result, next] = await Promise.all([run(script), run("result = 'next'")]);

    expect(result).toEqual({ ok: false, reason: expect.stringMatching(reason), isLimit: true });
    expect(next).toEqual({ ok: true, value: "next" });
  });

  it("may give a result of just a megabyte", async () => {
    const result = await run("result = 'x'.repeat(1048576 - 2)");

    expect(result.ok && String(result.value).length).toBe(1_048_574);
  });
});

describe("checking a function", () => {
  it.each(["result = 1", "return; // comment", "for (;;) {}", ""])(
    "finds nothing wrong with `%s`, which it does not run",
    async (script) => {
      expect(await runner.check(script)).toBeUndefined();
    },
  );

  it.each(["result = ", "}", "const a = 1; const a = 2", "await later"])("says what is wrong with `%s`", async (script) => {
    expect(await runner.check(script)).toMatch(/./);
  });
});

describe("the thread", () => {
  /** Threads that answer with the script, and end where it says so: always, or where they are the first. */
  function watchedThreads(): { readonly start: () => Worker; readonly started: Worker[] } {
    const started: Worker[] = [];
    const code = `const { parentPort, workerData } = require("node:worker_threads");
      parentPort.on("message", ({ script }) => {
        if (script === "end" || (script === "end first" && workerData === 0)) process.exit();
        parentPort.postMessage({ kind: "done", json: JSON.stringify(script) });
      });
      parentPort.postMessage("ready");`;
    const start = (): Worker => {
      const worker = new Worker(code, { eval: true, workerData: started.length });
      started.push(worker);
      return worker;
    };
    return { start, started };
  }

  it("is not started before something is to be run", async () => {
    const { start, started } = watchedThreads();
    const lazy = new ThreadedTransformRunner({ clock: systemClock, thread: new TransformThread(systemClock, start) });

    expect(started).toHaveLength(0);
    await lazy.run("hook", "one", {});
    await lazy.run("hook", "two", {});

    expect(started).toHaveLength(1);
    await lazy.stop();
  });

  it("is started again after something ended it between two runs", async () => {
    const { start, started } = watchedThreads();
    const mended = new ThreadedTransformRunner({ clock: systemClock, thread: new TransformThread(systemClock, start) });

    await mended.run("hook", "one", {});
    await started[0]!.terminate();

    expect(await mended.run("hook", "two", {})).toEqual({ ok: true, value: "two" });
    await mended.stop();
  });

  it.each([
    { script: "end first", result: { ok: true, value: "end first" } },
    { script: "end", result: { ok: false, reason: "it brought the sandbox down", isLimit: true } },
  ])("is given a run once more when it ended meanwhile: $script", async ({ script, result }) => {
    const { start, started } = watchedThreads();
    const mended = new ThreadedTransformRunner({ clock: systemClock, thread: new TransformThread(systemClock, start) });

    expect(await mended.run("hook", script, {})).toEqual(result);

    expect(started).toHaveLength(2);
    await mended.stop();
  });

  it("that cannot be started makes runs wait, and none is lost", async () => {
    const thread = new TransformThread(systemClock, () => new Worker("process.exit(1)", { eval: true }));
    const failing = new ThreadedTransformRunner({ clock: systemClock, thread });

    await expect(failing.run("hook", "result = 1", {})).rejects.toMatchObject({ isTransient: true });
  });
});

describe("several hooks", () => {
  /** A thread that is answered by hand, and notes what it is asked. */
  class HeldThread {
    readonly asked: string[] = [];
    #answer: ((answer: ThreadAnswer) => void) | undefined;

    ask({ script }: TransformRequest): Promise<ThreadAnswer> {
      this.asked.push(script);
      return new Promise((resolve) => {
        this.#answer = resolve;
      });
    }

    async answer(): Promise<void> {
      this.#answer?.({ kind: "done" });
      await new Promise((resolve) => setImmediate(resolve));
    }

    async stop(): Promise<void> {
      // Nothing runs.
    }
  }

  it("never run at once, and take turns, each in its own order", async () => {
    const thread = new HeldThread();
    const fair = new ThreadedTransformRunner({ clock: new ManualClock(), thread });
    for (const script of ["a1", "a2", "a3", "b1", "b2", "c1"]) void fair.run(script.charAt(0), script, {});

    for (let done = 1; done <= 6; done += 1) {
      expect(thread.asked).toHaveLength(done);
      await thread.answer();
    }

    expect(thread.asked).toEqual(["a1", "b1", "c1", "a2", "b2", "a3"]);
  });

  it("do not wait for another run of one that takes long, however many of it wait", async () => {
    const thread = new HeldThread();
    const clock = new ManualClock();
    const fair = new ThreadedTransformRunner({ clock, thread });
    for (const script of ["slow1", "slow2", "slow3"]) void fair.run("slow", script, {});
    void fair.run("quick", "quick1", {});

    await clock.advance(2_000);
    await thread.answer();
    for (const script of ["quick2", "quick3"]) void fair.run("quick", script, {});
    void fair.run("other", "other1", {});
    for (let run = 0; run < 4; run += 1) await thread.answer();

    expect(thread.asked.slice(0, 5)).toEqual(["slow1", "quick1", "other1", "quick2", "quick3"]);
    expect(thread.asked[5]).toBe("slow2");
  });

  it("are not made to wait by one that is alone for long", async () => {
    const thread = new HeldThread();
    const clock = new ManualClock();
    const fair = new ThreadedTransformRunner({ clock, thread });
    void fair.run("slow", "slow1", {});
    void fair.run("slow", "slow2", {});
    void fair.run("slow", "slow3", {});
    await clock.advance(2_000);
    await thread.answer();
    await clock.advance(2_000);
    void fair.run("late", "late1", {});
    await thread.answer();

    expect(thread.asked).toEqual(["slow1", "slow2", "late1"]);
  });
});
