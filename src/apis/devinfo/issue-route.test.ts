import { afterEach, describe, expect, it } from "vitest";
import { ask, type Asked } from "../../../test/support/ask.js";
import { CallersRig } from "../../../test/support/callers-rig.js";
import type { Devinfo, IssuePage } from "../../core/ports/devinfo.js";
import { createListener, type Listener } from "../../http/listener.js";
import { systemClock } from "../../shared/clock.js";
import { silentLog } from "../../shared/log.js";
import { systemRandom } from "../../shared/random.js";
import { compileSchema } from "../../shared/validate.js";
import { createIssueRoute } from "./issue-route.js";
import { issueAnswerSchema } from "./issue-schema.js";

type Entry = IssuePage["entries"][number];
type Question = Parameters<Devinfo["byIssueKey"]>;

const repository = { id: "r", json: '{"id":"r","name":"octo/hello \\"ü\\"","url":"https://git.example/hello","description":"d"}' };

function entry(id: string, sequence = "5"): Entry {
  return {
    ...{ type: "commit", provider: "ci", repositoryId: "r", repository, id, issueKeys: ["PLAY-1"], happenedAt: 0, acceptedAt: 0 },
    ...{
      updateSequenceId: BigInt(sequence),
      json: `{"id":"${id}","issueKeys":["PLAY-1"],"updateSequenceId":${sequence},"message":"ä\\u0000"}`,
    },
  };
}

let started: Listener | undefined;

afterEach(async () => {
  await started?.stop();
  started = undefined;
});

class Rig {
  readonly callers = new CallersRig();
  readonly questions: Question[] = [];
  page: IssuePage = { entries: [] };

  async ask(path: string, scope = "devinfo", method = "GET"): Promise<Asked> {
    const { token } = await this.callers.desk().create({ name: `for ${path} ${scope}`.slice(0, 90).trim(), scopes: [scope] });
    return this.askWith(path, `Bearer ${token}`, method);
  }

  async askWith(path: string, authorization: string | undefined, method = "GET"): Promise<Asked> {
    const port = await this.#start();
    return ask(port, path, { method, headers: authorization === undefined ? {} : { authorization } });
  }

  async #start(): Promise<number> {
    await started?.stop();
    const route = createIssueRoute({
      callers: this.callers.callers(),
      devinfo: {
        byIssueKey: async (...question) => {
          this.questions.push(question);
          return this.page;
        },
      },
    });
    const common = { log: silentLog(), clock: systemClock, random: systemRandom };
    started = createListener({ bindAddress: "127.0.0.1", port: 0, routes: [route], ...common });
    return (await started.start()).port;
  }
}

describe("what is known of an issue", () => {
  it("is listed with whose it is and where, and no digit of a sequence is lost", async () => {
    const rig = new Rig();
    rig.page = { entries: [entry("new", "9223372036854775807"), entry("old", "-9007199254740993")] };

    const answer = await rig.ask("/api/v1/issues/PLAY-1/devinfo");

    expect([answer.status, answer.headers["content-type"], answer.headers["cache-control"]]).toEqual([200, "application/json", "no-store"]);
    expect(compileSchema(issueAnswerSchema)(answer.json()).ok).toBe(true);
    const place = { id: "r", name: 'octo/hello "ü"', url: "https://git.example/hello" };
    expect(answer.json()).toMatchObject({
      ...{ key: "PLAY-1", next: null },
      entities: ["new", "old"].map((id) => ({
        type: "commit",
        provider: "ci",
        repository: place,
        id,
        issueKeys: ["PLAY-1"],
        message: "ä\u0000",
      })),
    });
    const sequences = [...answer.text.matchAll(/"updateSequenceId":(-?\d+)/g)].map(([, digits]) => digits);
    expect(sequences).toEqual(["9223372036854775807", "-9007199254740993"]);
  });

  it("is nothing for an issue that nobody named", async () => {
    const rig = new Rig();

    const answer = await rig.ask("/api/v1/issues/nope_2-77/devinfo");

    expect([answer.status, answer.json()]).toEqual([200, { key: "NOPE_2-77", entities: [], next: null }]);
    expect(rig.questions).toEqual([["NOPE_2-77", { limit: 100 }]]);
  });

  it("comes in pages, whatever their names are made of", async () => {
    const rig = new Rig();
    const next = `1234\u0000h\u0000c${"ü".repeat(1_000)}`;
    rig.page = { entries: [entry("a")], next };

    const first = await rig.ask("/api/v1/issues/PLAY-1/devinfo");
    const { next: page } = first.json() as { readonly next: string };
    rig.page = { entries: [entry("b")] };
    const second = await rig.ask(`/api/v1/issues/PLAY-1/devinfo?page=${page}`);

    expect(page).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(second.json()).toMatchObject({ entities: [{ id: "b" }], next: null });
    expect(rig.questions[1]).toEqual(["PLAY-1", { limit: 100, after: next }]);
  });
});

describe("a request about an issue", () => {
  it.each([
    { title: "PLAY", status: 400 },
    { title: "PLAY-", status: 400 },
    { title: "-1", status: 400 },
    { title: "P-1", status: 400 },
    { title: "1PLAY-1", status: 400 },
    { title: "PLAY-1x", status: 400 },
    { title: "PLAY%001-1", status: 400 },
    { title: "%2E%2E%2F-1", status: 400 },
    { title: "one letter too many", key: `${"A".repeat(257)}-1`, status: 400 },
    { title: "many figures", key: `PLAY-${"1".repeat(2_000)}`, status: 400 },
    { title: "%C3%A4b-1", status: 200 },
    { title: "the longest", key: `${"A".repeat(256)}-${"1".repeat(255)}`, status: 200 },
  ])("for the key $title is answered $status", async ({ title, key = title, status }) => {
    const rig = new Rig();

    const answer = await rig.ask(`/api/v1/issues/${key}/devinfo`);

    expect([answer.status, rig.questions.length]).toEqual([status, status === 200 ? 1 : 0]);
    if (status === 400) expect(answer.json()).toMatchObject({ errcode: "HS_BAD_VALUE" });
  });

  it.each([
    ...["", "a%20b", "%00", "*", "AAA=", "_w", "A", "abcd&page=abcd"].map((page) => ({ title: page, page })),
    { title: "a long one", page: "x".repeat(8_193) },
  ])("for the page $title is refused", async ({ page }) => {
    const rig = new Rig();

    const answer = await rig.ask(`/api/v1/issues/PLAY-1/devinfo?page=${page}`);

    expect([answer.status, answer.json(), rig.questions]).toEqual([400, expect.objectContaining({ errcode: "HS_BAD_VALUE" }), []]);
  });

  it.each([
    ["no token", undefined, 401],
    ["a wrong token", "Bearer sb_planted", 401],
    ["a Connect token", "JWT a.b.c", 401],
  ])("with %s is refused before anything else is looked at", async (_, authorization, status) => {
    const rig = new Rig();

    const answer = await rig.askWith("/api/v1/issues/nokey/devinfo", authorization);

    expect([answer.status, answer.headers["www-authenticate"], rig.questions]).toEqual([status, "Bearer", []]);
    expect(answer.json()).toMatchObject({ errcode: "HS_BAD_TOKEN" });
    expect(answer.text).not.toContain("planted");
  });

  it("with a token of another scope is refused", async () => {
    const answer = await new Rig().ask("/api/v1/issues/PLAY-1/devinfo", "connectors");

    expect([answer.status, answer.json()]).toEqual([403, expect.objectContaining({ errcode: "HS_FORBIDDEN_USER" })]);
  });

  it("of another method is refused", async () => {
    const answer = await new Rig().ask("/api/v1/issues/PLAY-1/devinfo", "devinfo", "POST");

    expect([answer.status, answer.headers["allow"]]).toEqual([405, expect.stringContaining("GET")]);
  });
});
