import { describe, expect, it } from "vitest";
import { createLog, silentLog, type Log, type LogOptions } from "./log.js";
import { Secret } from "./secret.js";

function collect(options: Partial<LogOptions> = {}): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  const log = createLog(
    { level: "info", json: true, colorize: false, timestampFormat: "HH:mm:ss:SSS", ...options },
    { write: (line) => void lines.push(line) },
  );
  return { log, lines };
}

function parsed(lines: readonly string[]): Record<string, unknown> {
  // Each test reads what it wrote.
  return JSON.parse(lines[0] ?? "") as Record<string, unknown>;
}

describe("the log", () => {
  it("writes JSON lines with Hookshot's keys", () => {
    const { log, lines } = collect();

    log.child({ module: "delivery" }).warn({ args: ["a"] }, "Room %s waits.", "!r");

    expect(parsed(lines)).toEqual({
      level: "warn",
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      module: "delivery",
      args: ["a"],
      message: "Room !r waits.",
    });
  });

  it("leaves out what is less important than its level", () => {
    const { log, lines } = collect({ level: "warn" });

    log.info("not this");
    log.error("this");

    expect(lines).toHaveLength(1);
  });

  it("describes an error with its causes, and nothing that hangs on it", () => {
    const { log, lines } = collect();
    const cause = Object.assign(new Error("refused"), { code: "ECONNREFUSED", request: { headers: { "x-key": "hush" } } });

    log.error({ error: new Error("Could not send.", { cause }) }, "failed");

    expect(parsed(lines)["error"]).toMatchObject({ message: "Could not send.", cause: { message: "refused", code: "ECONNREFUSED" } });
    expect(lines.join()).not.toContain("hush");
  });

  it("shows the stack of a surprise, and of an expected failure only what happened and why", () => {
    const { log, lines } = collect();
    const unreachable = new Error("The homeserver cannot be reached.", { cause: new Error("connect ECONNREFUSED") });
    const surprise = new Error("x is not a function");

    log.error({ error: Object.assign(unreachable, { code: "HS_REMOTE_ERROR" }) }, "expected");
    log.error({ error: Object.assign(surprise, { code: "HS_UNKNOWN" }) }, "unexpected");

    const [expected, unexpected] = lines.map((line) => parsed([line])["error"]);
    expect(expected).toEqual({
      type: "Error",
      code: "HS_REMOTE_ERROR",
      message: "The homeserver cannot be reached.",
      cause: { type: "Error", message: "connect ECONNREFUSED" },
    });
    expect(unexpected).toMatchObject({ stack: expect.stringContaining("log.test.ts") });
  });

  it("survives an error that is its own cause", () => {
    const { log, lines } = collect();
    const error = new Error("ring");
    error.cause = error;

    log.error(error);

    expect(parsed(lines)).toMatchObject({ message: "ring", error: { message: "ring" } });
  });

  it.each([
    {
      title: "a Secret",
      write: (log: Log) => {
        log.info({ value: new Secret("hush") }, "x");
      },
    },
    {
      title: "a key that says so",
      write: (log: Log) => {
        log.info({ token: "hush", request: { authorization: "Bearer hush" } }, "x");
      },
    },
    {
      title: "a query in a message",
      write: (log: Log) => {
        log.info("GET /jira/webhook?secret=hush&a=1");
      },
    },
    {
      title: "a header in a message",
      write: (log: Log) => {
        log.info("sent Authorization: Bearer hush.hush.hush");
      },
    },
    {
      title: "a URL in an error",
      write: (log: Log) => {
        log.error(new Error("https://user:hush@example.org/?access_token=hush"));
      },
    },
    {
      title: "a URL in an error's cause",
      write: (log: Log) => {
        log.error({ error: new Error("x", { cause: "https://u:hush@example.org" }) }, "x");
      },
    },
  ])("never prints the secret of $title", ({ write }) => {
    for (const json of [true, false]) {
      const { log, lines } = collect({ json });

      write(log);

      expect(lines.join()).toContain("[secret]");
      expect(lines.join()).not.toContain("hush");
    }
  });

  it("writes for people with the time as asked for, at once", () => {
    const { log, lines } = collect({ json: false, timestampFormat: "[at] HH:mm" });

    log.child({ module: "start" }).info("Ready.");

    expect(lines).toEqual([expect.stringMatching(/^INFO at \d\d:\d\d: \[start\] Ready\.\n$/)]);
  });

  it("colours only when asked to", () => {
    const plain = collect({ json: false });
    const coloured = collect({ json: false, colorize: true });

    for (const { log } of [plain, coloured]) log.info("Ready.");

    expect(plain.lines.join()).not.toContain("\u001b[");
    expect(coloured.lines.join()).toContain("\u001b[");
  });

  it("has a form that says nothing", () => {
    expect(silentLog().isLevelEnabled("fatal")).toBe(false);
  });
});
