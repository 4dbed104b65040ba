import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import { bulk, commit, repository } from "../../../test/support/devinfo-samples.js";
import { ManualClock } from "../../../test/support/manual-clock.js";
import { systemClock } from "../../shared/clock.js";
import { readSubmission } from "./read-submission.js";
import { joinSubmission, splitSubmission, type EntriesPart } from "./submission-messages.js";
import { SubmissionThread } from "./submission-thread.js";

const threads: SubmissionThread[] = [];

afterEach(async () => {
  await Promise.all(threads.splice(0).map((thread) => thread.stop()));
});

function thread(...options: ConstructorParameters<typeof SubmissionThread>): SubmissionThread {
  const made = new SubmissionThread(...options);
  threads.push(made);
  return made;
}

/** A thread that runs this instead of ours. */
function running(code: string): () => Worker {
  return () =>
    new Worker(`const { parentPort } = require("node:worker_threads"); parentPort.postMessage({ kind: "ready" }); ${code}`, { eval: true });
}

const text = JSON.stringify(
  bulk(
    [
      repository("r1", 1, {
        commits: Array.from({ length: 50 }, (_, index) => commit(`c${index}`, 1, { issueKeys: [`PLAY-${index}`, "<x>"] })),
      }),
      repository("r2", 2),
      repository("r3", 3, { commits: [commit("a"), commit("a"), commit("b", 1, { files: [], message: "m".repeat(900) })] }),
      { id: "r4" },
    ],
    { properties: { a: "b" } },
  ),
);
const unavailable = expect.objectContaining({ code: "HS_UNAVAILABLE" }) as Error;

describe("the thread that reads large bodies", () => {
  it("reads what this thread would read, and gives the bytes back", async () => {
    const bytes = Buffer.concat([Buffer.from(text), Buffer.alloc(10_000, " ")]);

    const read = await thread(systemClock).read(Buffer.from(bytes));

    expect(read.submission).toEqual(readSubmission(bytes));
    expect(read.bytes.equals(bytes)).toBe(true);
  });

  it("keeps the digits of long integers", async () => {
    const bytes = Buffer.from(text.replace('"updateSequenceId":2', '"updateSequenceId":9007199254740993'));

    expect((await thread(systemClock).read(bytes)).submission.repositories[1]?.updateSequenceId).toBe(9007199254740993n);
  });

  it("reads one body after the other, those that do not fit among them", async () => {
    const reader = thread(systemClock);

    const [first, second, third] = await Promise.allSettled(["{", text, "[]"].map((body) => reader.read(Buffer.from(body))));

    expect(first).toMatchObject({ status: "rejected", reason: { code: "HS_BAD_VALUE", message: "The body is not JSON." } });
    expect(second).toMatchObject({ status: "fulfilled" });
    expect(third).toMatchObject({ status: "rejected", reason: { code: "HS_BAD_VALUE" } });
  });

  it("refuses the body when it dies, and is started again for the next one", async () => {
    let starts = 0;
    const dying = running('parentPort.on("message", () => process.exit(1));');
    const reader = thread(systemClock, () => {
      starts += 1;
      return dying();
    });

    await expect(reader.read(Buffer.from(text))).rejects.toThrow(unavailable);
    await expect(reader.read(Buffer.from(text))).rejects.toThrow(unavailable);

    expect(starts).toBe(2);
  });

  it("refuses the body when it cannot be started", async () => {
    const reader = thread(systemClock, () => new Worker("throw new Error('planned')", { eval: true }));

    await expect(reader.read(Buffer.from(text))).rejects.toThrow(unavailable);
  });

  it("refuses the body when the system has no thread for it, and asks again for the next one", async () => {
    let starts = 0;
    const reader = thread(systemClock, () => {
      starts += 1;
      throw new Error("planned");
    });

    await expect(reader.read(Buffer.from(text))).rejects.toThrow(unavailable);
    await expect(reader.read(Buffer.from(text))).rejects.toThrow(unavailable);

    expect(starts).toBe(2);
  });

  it("refuses the body when it throws what nobody catches", async () => {
    const throwing = running('parentPort.on("message", () => { throw new Error("planned"); });');

    await expect(thread(systemClock, throwing).read(Buffer.from(text))).rejects.toThrow(unavailable);
  });

  it("refuses the body when it says nothing for a minute", async () => {
    const clock = new ManualClock();
    const reader = thread(clock, running('parentPort.on("message", () => undefined);'));
    const failed = expect(reader.read(Buffer.from(text))).rejects.toThrow(unavailable);
    await expect.poll(() => clock.pendingTimers).toBe(1);

    // Started, and asked.
    await expect.poll(() => clock.advance(60_000).then(() => clock.pendingTimers)).toBe(0);

    await failed;
  });

  it("is ended when nobody needs it for a minute", async () => {
    const clock = new ManualClock();
    let exits = 0;
    const reader = thread(clock);
    await reader.read(Buffer.from(text));
    expect(clock.pendingTimers).toBe(1);

    await clock.advance(60_000);
    await reader.read(Buffer.from(text)).then(() => (exits += 1));

    expect(exits).toBe(1);
  });

  it("is ended when nobody needs it after a body that did not fit", async () => {
    const clock = new ManualClock();
    let ends = 0;
    const reader = thread(clock, () => {
      const worker = running(
        'parentPort.on("message", () => parentPort.postMessage({ kind: "refused", code: "HS_BAD_VALUE", message: "planned" }));',
      )();
      worker.on("exit", () => (ends += 1));
      return worker;
    });
    await expect(reader.read(Buffer.from(text))).rejects.toThrow("planned");

    await clock.advance(60_000);

    await expect.poll(() => ends).toBe(1);
  });

  it("refuses what waits when it is stopped, and what comes then", async () => {
    const reader = thread(systemClock);
    const bodies = [text, text, text].map((body) => reader.read(Buffer.from(body)));
    const refused = Promise.allSettled(bodies);

    await reader.stop();

    for (const outcome of await refused) expect(outcome).toMatchObject({ status: "rejected", reason: { code: "HS_UNAVAILABLE" } });
    await expect(reader.read(Buffer.from(text))).rejects.toThrow(unavailable);
  });
});

describe("a submission in parts", () => {
  it("is whole again, its entities in their order", () => {
    const commits = Array.from({ length: 700 }, (_, index) =>
      commit(`c${index}`, 1, { message: "m".repeat(1_000), url: "u".repeat(2_000) }),
    );
    const submission = readSubmission(
      Buffer.from(JSON.stringify(bulk([repository("r1", 1, { commits }), repository("r2", 1, { commits: commits.slice(0, 3) })]))),
    );

    const { head, parts } = splitSubmission(submission);

    expect(head.repositories.map(({ entries }) => entries)).toEqual([[], []]);
    expect(parts.length).toBeGreaterThan(4);
    for (const { entries } of parts) expect(entries.reduce((sum, { json }) => sum + json.length, 0)).toBeLessThan(510_000);
    const said = parts.map((part, index): EntriesPart => ({ ...part, isLast: index === parts.length - 1 }));
    expect(joinSubmission(head, said)).toEqual(submission);
  });
});
