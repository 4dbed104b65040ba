import { monitorEventLoopDelay } from "node:perf_hooks";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { askRaw } from "../../../test/support/ask.js";
import { bulk as bulkPath, DevinfoApiRig } from "../../../test/support/devinfo-api-rig.js";
import { bulk, commit, repository } from "../../../test/support/devinfo-samples.js";

let rig: DevinfoApiRig;

beforeEach(() => {
  rig = new DevinfoApiRig({ maxBodyBytes: 5_000 });
});

afterEach(() => rig.stop());

const sized = (bytes: number): string => JSON.stringify(bulk([repository("r1")])).padEnd(bytes, " ");
const head = `POST ${bulkPath} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer all\r\ncontent-type: application/json\r\n`;

function refusalOf(text: string): unknown {
  return JSON.parse(text.slice(text.indexOf("{"))) as unknown;
}

/** A body that fits every limit of a field; about 30 MB. */
function largeBody(): string {
  const url = `https://git.example.org/${"x".repeat(1_900)}`;
  const file = { path: "p".repeat(1_000), url, changeType: "ADDED", linesAdded: 1, linesRemoved: 1 };
  const commits = Array.from({ length: 1_000 }, (_, index) =>
    commit(`c${index}`, 1, {
      message: "é".repeat(1_000),
      issueKeys: Array.from({ length: 100 }, (__, key) => `PLAY-${index * 100 + key}`),
      files: Array.from({ length: 8 }, () => file),
    }),
  );
  return JSON.stringify(bulk([repository("r1", 1, { commits })]));
}

describe("the size of a body", () => {
  it.each([
    [4_999, 202],
    [5_000, 202],
    [5_001, 413],
  ])("of %d bytes is answered %d where 5,000 are allowed", async (bytes, status) => {
    const answer = await rig.call("POST", bulkPath, { body: sized(bytes) });

    expect(answer.status).toBe(status);
    if (status === 413) expect(answer.json()).toEqual({ errorMessages: [{ message: expect.any(String) as string }] });
  });

  it("that is announced too large is refused before anything is sent", async () => {
    const text = await askRaw(await rig.start(), `${head}content-length: 5001\r\n\r\n`, "}]}");

    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(refusalOf(text)).toMatchObject({ errorMessages: [{}] });
  });

  it("is cut off where it never ends", async () => {
    const chunk = `1000\r\n${" ".repeat(4_096)}\r\n`;

    const text = await askRaw(await rig.start(), `${head}transfer-encoding: chunked\r\n\r\n${chunk}${chunk}`, "}]}");

    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(rig.intake.bodyBudget.takenBytes).toBe(0);
  });

  it("is nothing that a stranger could fill memory with", async () => {
    const text = await askRaw(await rig.start(), `${head.replace("all", "nobody")}content-length: 5000\r\n\r\n`, "}]}");

    expect(text).toMatch(/^HTTP\/1\.1 401 /);
  });
});

describe("bodies that are in memory at once", () => {
  const most = 128 * 1_048_576;
  const refusal = { errorMessages: [{ message: expect.any(String) as string }] };

  it("are 128 MiB over all requests: what does not fit is to be sent again later", async () => {
    const body = sized(5_000);
    const others = rig.intake.bodyBudget.open();
    others.take(most - 5_000);
    const fits = await rig.call("POST", bulkPath, { body });
    others.take(1);
    const refused = await rig.call("POST", bulkPath, { body });
    const smaller = await rig.call("POST", bulkPath, { body: sized(4_999) });

    expect([fits.status, refused.status, smaller.status]).toEqual([202, 503, 202]);
    expect([Number(refused.headers["retry-after"]), refused.json()]).toEqual([expect.any(Number), refusal]);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect(rig.devinfo.recorded).toHaveLength(2);
    others.release();
    expect(rig.intake.bodyBudget.takenBytes).toBe(0);
  });

  it("are counted as they come where no length is announced", async () => {
    const others = rig.intake.bodyBudget.open();
    others.take(most - 4_095);
    const chunk = `1000\r\n${" ".repeat(4_096)}\r\n`;

    const text = await askRaw(await rig.start(), `${head}transfer-encoding: chunked\r\n\r\n${chunk}`, "}]}");

    expect(text).toMatch(/^HTTP\/1\.1 503 /);
    expect([/\r\nretry-after: \d+\r\n/i.test(text), refusalOf(text)]).toEqual([true, refusal]);
    others.release();
    expect(rig.intake.bodyBudget.takenBytes).toBe(0);
  });

  it("stop nobody from reading and deleting", async () => {
    const others = rig.intake.bodyBudget.open();
    others.take(most);

    const read = await rig.call("GET", "/rest/devinfo/0.10/existsByProperties?a=1");
    const deleted = await rig.call("DELETE", "/rest/devinfo/0.10/repository/r1");

    expect([read.status, deleted.status]).toEqual([200, 202]);
    others.release();
  });

  it("are never those that a few bytes unpack to", async () => {
    const bomb = gzipSync(Buffer.alloc(50 * 1_048_576, " "), { level: 9 });
    const large = new DevinfoApiRig();
    try {
      const answer = await large.call("POST", bulkPath, { body: bomb, headers: { "content-encoding": "gzip" } });
      const undeclared = await large.call("POST", bulkPath, { body: bomb });

      expect([answer.status, answer.json(), undeclared.status, undeclared.json()]).toEqual([415, refusal, 400, refusal]);
      expect([large.devinfo.recorded, large.intake.bodyBudget.takenBytes]).toEqual([[], 0]);
    } finally {
      await large.stop();
    }
  });
});

describe("a large body", () => {
  it("is read while everybody else is served", async () => {
    const large = new DevinfoApiRig();
    try {
      const body = Buffer.from(largeBody());
      await large.call("GET", "/status");
      const delay = monitorEventLoopDelay({ resolution: 1 });
      delay.enable();

      const answer = await large.call("POST", bulkPath, { body });

      delay.disable();
      expect(answer.status).toBe(202);
      expect(body.length).toBeGreaterThan(25_000_000);
      const [{ submission, about } = {}] = large.devinfo.recorded;
      expect(submission?.repositories[0]?.entries).toHaveLength(1_000);
      expect(about?.request?.body.equals(body)).toBe(true);
      expect(large.intake.bodyBudget.takenBytes).toBe(0);
      // In the same process this client writes thirty megabytes too.
      expect(delay.percentile(95) / 1e6).toBeLessThan(100);
    } finally {
      await large.stop();
    }
  }, 30_000);

  it("is to be sent again later where everything is stopping", async () => {
    const large = new DevinfoApiRig();
    try {
      await large.start();
      await large.intake.stop();

      const answer = await large.call("POST", bulkPath, { body: sized(1_100_000) });

      expect([answer.status, Number(answer.headers["retry-after"]) > 0]).toEqual([503, true]);
      expect(answer.json()).toEqual({ errorMessages: [{ message: expect.any(String) as string }] });
    } finally {
      await large.stop();
    }
  });

  it("is refused as a small one is", async () => {
    const large = new DevinfoApiRig();
    const padding = " ".repeat(1_100_000);
    try {
      const answers = [];
      for (const body of [`{${padding}`, `{"repositories":[]${padding}}`, `{"x":${"[".repeat(1_100_000)}`]) {
        answers.push(await large.call("POST", bulkPath, { body }));
      }

      for (const answer of answers) {
        expect([answer.status, answer.json()]).toEqual([400, { errorMessages: [{ message: expect.any(String) as string }] }]);
      }
    } finally {
      await large.stop();
    }
  }, 30_000);
});
