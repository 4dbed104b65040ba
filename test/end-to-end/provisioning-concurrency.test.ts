import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HoldingPoint, PassingRequest } from "../support/cutting-proxy.js";
import { accountDataPath, answerTo, grantType, type EndToEnd } from "../support/end-to-end.js";
import { ClientError, type MatrixPerson } from "../support/matrix-client.js";
import { poll } from "../support/poll.js";
import type { ApiAnswer, ConnectionItem, ProvisioningCaller } from "../support/provisioning-caller.js";
import { connectionTypes, ProvisioningSide } from "../support/provisioning-side.js";
import type { SwitchboardProcess } from "../support/switchboard-process.js";

type Content = Readonly<Record<string, unknown>>;

const { jira: jiraType, hook: hookType, gitHub: gitHubType } = connectionTypes;

let side: ProvisioningSide;
let all: EndToEnd;
let alice: MatrixPerson;
let api: ProvisioningCaller;
/** A request whose remote never answers; the other tests run meanwhile. */
let unanswered: { readonly roomId: string; readonly answer: Promise<readonly [answer: ApiAnswer, tookMs: number]> };

beforeAll(async () => {
  side = await ProvisioningSide.start({ hasProxies: true });
  ({ all } = side);
  alice = await all.person("alice");
  api = side.api(alice);
  await side.logInAtJira(alice);
  await side.logInAtGitHub(alice);
  const roomId = await all.roomWithBot(alice);
  side.gitHub.failWith({ kind: "silent" });
  const begunAt = performance.now();
  const answer = api.put(roomId, gitHubType, { org: "octo", repo: "hello" });
  unanswered = { roomId, answer: answer.then((came) => [came, performance.now() - begunAt]) };
});

afterAll(() => side.stop());

/** Account data of the bot in the room; undefined when there is none. */
async function accountData(roomId: string, type: string): Promise<Content | undefined> {
  try {
    return await all.asOurs("GET", accountDataPath(roomId, type));
  } catch (error) {
    if (error instanceof ClientError && error.status === 404) return undefined;
    throw error;
  }
}

/** The secret ids that the room's hooks have, by state key. */
async function hookIds(roomId: string): Promise<Content> {
  const ids = (await accountData(roomId, hookType)) ?? {};
  return Object.fromEntries(Object.entries(ids).map(([hookId, stateKey]) => [String(stateKey), hookId]));
}

async function hasGrant(roomId: string, url: string): Promise<boolean> {
  return (await accountData(roomId, grantType(url)))?.["granted"] === true;
}

function isEnded(content: Content | undefined): boolean {
  return content === undefined || Object.keys(content).length === 0 || content["disabled"] === true;
}

/** A kind of connection as these tests change it. */
interface Subject {
  readonly type: string;
  readonly stateKey: string;
  /** What PUT sends. */
  readonly body: Content;
  /** A setting that tells one request from the others. */
  readonly mark: (position: number) => Content;
}

function jiraSubject(): Subject {
  const url = all.projectUrl();
  return { type: jiraType, stateKey: url, body: { url }, mark: (priority) => ({ priority }) };
}

const hookSubject: Subject = {
  type: hookType,
  stateKey: "builds",
  body: { name: "builds" },
  mark: (position) => ({ template: `Number ${position}` }),
};

describe("thirty requests at once for one connection", () => {
  type Made = { readonly what: "put" | "patch" | "delete"; readonly mark: Content; readonly answer: ApiAnswer };

  function storm(roomId: string, id: string, { type, body, mark }: Subject): Promise<readonly Made[]> {
    const requests = Array.from({ length: 30 }, async (_, position): Promise<Made> => {
      const own = mark(position);
      if (position % 5 === 4) return { what: "delete", mark: own, answer: await api.remove(roomId, id) };
      if (position % 2 === 0) return { what: "patch", mark: own, answer: await api.patch(roomId, id, own) };
      return { what: "put", mark: own, answer: await api.put(roomId, type, { ...body, ...own, showUrlPreviews: false }) };
    });
    return Promise.all(requests);
  }

  /** What the room's event holds after a request that succeeded. */
  function after({ what, mark }: Made, before: Content, base: Content): Content {
    if (what === "delete") return { disabled: true };
    return what === "patch" ? { ...before, ...mark } : { ...base, ...mark, showUrlPreviews: false };
  }

  it.each(["a Jira project", "a webhook"])("on %s end as one order explains, in the room and in the list alike", async (kind) => {
    const subject = kind === "a webhook" ? hookSubject : jiraSubject();
    const roomId = await all.roomWithBot(alice);
    const { id } = await api.set(roomId, subject.type, subject.body);
    const base = (await alice.getStateContent(roomId, subject.type, subject.stateKey)) ?? {};

    const made = await storm(roomId, id, subject);

    expect(new Set(made.map(({ answer }) => answer.status))).toEqual(new Set([200, 404]));
    // The room tells the order: each event is what one of the requests makes of the event before it.
    const events = (await alice.readTimeline(roomId, 500)).filter((event) => event.type === subject.type).map((event) => event.content);
    const open = made.filter(({ answer }) => answer.status === 200);
    let before: Content = base;
    for (const content of events.slice(1)) {
      const place = open.findIndex(
        (request) => isEqual(after(request, before, base), content) && !(request.what === "patch" && isEnded(before)),
      );
      expect(place, `no request explains ${JSON.stringify(content)} after ${JSON.stringify(before)}`).toBeGreaterThanOrEqual(0);
      open.splice(place, 1);
      before = content;
    }
    expect(open).toEqual([]);
    // Who was told that there is nothing came when there was nothing.
    const wasEnded = events.some(isEnded);
    expect(made.some(({ answer }) => answer.status === 404) && !wasEnded).toBe(false);
    expect(made.filter(({ what, answer }) => what === "put" && answer.status !== 200)).toEqual([]);
    await expectAgreement(roomId, subject);
    expect(await alice.getStateContent(roomId, subject.type, subject.stateKey)).toEqual(before);
  });
});

function isEqual(left: Content, right: Content): boolean {
  const sorted = (content: Content): string => JSON.stringify(Object.entries(content).sort(([one], [other]) => (one < other ? -1 : 1)));
  return sorted(left) === sorted(right);
}

/** @returns what does not agree in the room, its account data and the list; nothing when all does */
async function disagreements(roomId: string, { type, stateKey }: Subject): Promise<readonly string[]> {
  const content = await alice.getStateContent(roomId, type, stateKey);
  const listed = (await api.connections(roomId)).filter(({ eventType }) => eventType === type);
  const found: string[] = [];
  if ((isEnded(content) ? 0 : 1) !== listed.length) found.push(`state ${JSON.stringify(content)}, list ${JSON.stringify(listed)}`);
  const [item] = listed;
  for (const [key, value] of isEnded(content) ? [] : Object.entries(content ?? {})) {
    if (JSON.stringify(item?.config[key]) !== JSON.stringify(value)) found.push(`${key} in the list: ${JSON.stringify(item?.config[key])}`);
  }
  return [...found, ...(await secretDisagreements(roomId, type, stateKey, isEnded(content) ? undefined : content))];
}

async function secretDisagreements(
  roomId: string,
  type: string,
  stateKey: string,
  content: Content | undefined,
): Promise<readonly string[]> {
  if (type === hookType) {
    const has = stateKey in (await hookIds(roomId));
    return has === (content !== undefined) ? [] : [`a hook id is there: ${has}`];
  }
  const wrong: string[] = [];
  for (const url of [all.projectUrl("PLAY"), all.projectUrl("OPS")]) {
    const granted = await hasGrant(roomId, url);
    if (granted !== (content?.["url"] === url)) wrong.push(`granted for ${url}: ${granted}`);
  }
  return wrong;
}

/** What a crash interrupted is settled soon after the start, each room in its turn. */
async function expectAgreement(roomId: string, subject: Subject, what = "what was made"): Promise<void> {
  let last: readonly string[] = [];
  const ask = async (): Promise<true | undefined> => {
    last = await disagreements(roomId, subject);
    return last.length === 0 ? true : undefined;
  };
  await poll(ask, { what: "agreement", timeoutMs: 20_000, everyMs: 200 }).catch(() => expect(last, what).toEqual([]));
}

describe("what cannot be asked", () => {
  it("a homeserver that is away: 502, and the room is as it was", async () => {
    const roomId = await all.roomWithBot(alice);
    const { id } = await api.set(roomId, hookType, hookSubject.body);
    all.proxies.toHomeserver.shut();
    const answers = [
      await api.put(roomId, hookType, { name: "others" }),
      await api.patch(roomId, id, { template: "new" }),
      await api.remove(roomId, id),
    ];
    all.proxies.toHomeserver.open();

    expect(answers.map(({ status, body }) => [status, body["errcode"]])).toEqual(answers.map(() => [502, "HS_REMOTE_ERROR"]));
    expect(await api.connections(roomId)).toMatchObject([{ id, config: hookSubject.body }]);
    await expectAgreement(roomId, hookSubject);
  });

  it("a remote that does not answer: 502 after 15 seconds, and the room goes on", async () => {
    const [answer, tookMs] = await unanswered.answer;
    side.gitHub.failWith();

    expect([answer.status, answer.body["errcode"]]).toEqual([502, "HS_REMOTE_ERROR"]);
    expect(tookMs).toBeLessThan(25_000);
    expect((await api.put(unanswered.roomId, gitHubType, { org: "octo", repo: "hello" })).status).toBe(200);
  });
});

describe("killed between each two steps", () => {
  interface Case {
    readonly name: string;
    readonly subject: Subject;
    /** What is there before. */
    readonly isConnected: boolean;
    readonly run: (roomId: string, item: ConnectionItem | undefined) => Promise<unknown>;
    /** What the room may hold in the end; undefined: no connection. */
    readonly ends: readonly (string | undefined)[];
  }

  interface Point extends Case {
    readonly roomId: string;
    readonly item: ConnectionItem | undefined;
    readonly write: number;
    readonly point: HoldingPoint;
  }

  let process: SwitchboardProcess;
  let points: readonly Point[];
  /** How many writes each case makes. */
  const writes = new Map<string, readonly string[]>();

  function cases(): readonly Case[] {
    const [play, ops] = [all.projectUrl("PLAY"), all.projectUrl("OPS")];
    const jira = jiraSubject();
    const create =
      ({ type, body }: Subject) =>
      (roomId: string) =>
        api.put(roomId, type, body);
    const remove = (roomId: string, item: ConnectionItem | undefined): Promise<unknown> => api.remove(roomId, item?.id ?? "");
    const move = (roomId: string, item: ConnectionItem | undefined): Promise<unknown> => api.patch(roomId, item?.id ?? "", { url: ops });
    return [
      { name: "create a Jira project", subject: jira, isConnected: false, run: create(jira), ends: [undefined, play] },
      { name: "create a webhook", subject: hookSubject, isConnected: false, run: create(hookSubject), ends: [undefined, "builds"] },
      { name: "delete a Jira project", subject: jira, isConnected: true, run: remove, ends: [play, undefined] },
      { name: "delete a webhook", subject: hookSubject, isConnected: true, run: remove, ends: ["builds", undefined] },
      { name: "move to another Jira project", subject: jira, isConnected: true, run: move, ends: [play, ops] },
    ];
  }

  /** A write of the bot into the room: state, or account data. */
  function isWrite({ method, path }: Pick<PassingRequest, "method" | "path">, roomId: string): boolean {
    return method === "PUT" && path.includes(`/rooms/${encodeURIComponent(roomId)}/`) && /\/(state|account_data)\//.test(path);
  }

  async function prepare({ subject, isConnected }: Case): Promise<{ readonly roomId: string; readonly item: ConnectionItem | undefined }> {
    const roomId = await all.roomWithBot(alice);
    return { roomId, item: isConnected ? await api.set(roomId, subject.type, subject.body) : undefined };
  }

  /** Carries the case out undisturbed, and sees what it writes. */
  async function rehearse(each: Case): Promise<void> {
    const { roomId, item } = await prepare(each);
    const seen = all.proxies.toHomeserver.seen.length;
    await each.run(roomId, item);
    const made = all.proxies.toHomeserver.seen.slice(seen).map((request) => request.split(" "));
    const ours = made.filter(([method = "", path = ""]) => isWrite({ method, path }, roomId)).map(([, path = ""]) => path);
    writes.set(
      each.name,
      ours.map((path) => (path.includes("/state/") ? "state" : "account data")),
    );
  }

  function holdWrite({ roomId, write, point }: Pick<Point, "roomId" | "write" | "point">): Promise<void> {
    let seen = 0;
    const fits = (request: PassingRequest): boolean => {
      if (!isWrite(request, roomId)) return false;
      seen += 1;
      return seen === write;
    };
    return all.proxies.toHomeserver.hold(fits, point);
  }

  /** Every room is stopped at its own place, and then the process is killed once for all of them. */
  beforeAll(async () => {
    for (const each of cases()) await rehearse(each);
    const prepared: Point[] = [];
    for (const each of cases()) {
      const places = (writes.get(each.name) ?? []).flatMap((_, index) => [
        { write: index + 1, point: "before" as const },
        { write: index + 1, point: "after" as const },
      ]);
      for (const place of places) prepared.push({ ...each, ...place, ...(await prepare(each)) });
    }
    points = prepared;
    await all.stopSwitchboard();
    process = await all.startProcess();
    const held = points.map(holdWrite);
    const answers = points.map(({ run, roomId, item }) => run(roomId, item).then(String, () => "no answer"));
    await Promise.all(held);
    await process.kill();
    expect(new Set(await Promise.all(answers))).toEqual(new Set(["no answer"]));
    process = await all.startProcess();
  });

  afterAll(async () => {
    await process.stop();
  });

  it("each change is several writes, the state event among them", () => {
    expect(Object.fromEntries(writes)).toEqual({
      "create a Jira project": ["account data", "state"],
      "create a webhook": ["account data", "state"],
      "delete a Jira project": ["state", "account data"],
      "delete a webhook": ["state", "account data"],
      "move to another Jira project": ["account data", "state", "account data"],
    });
  });

  it("room, account data and list agree everywhere, on what was before or on what was wanted", async () => {
    for (const { name, write, point, roomId, subject, ends } of points) {
      await expectAgreement(roomId, subject, `${name}, ${point} write ${write}`);
      const content = await alice.getStateContent(roomId, subject.type, subject.stateKey);
      const is = isEnded(content) ? undefined : (content?.["url"] ?? content?.["name"]);
      expect(ends, `${name}, ${point} write ${write}: ${JSON.stringify(content)}`).toContain(is);
      // What was carried out at the homeserver counts: the state event decides.
      const stateWrite = (writes.get(name)?.indexOf("state") ?? 0) + 1;
      const isDone = write > stateWrite || (write === stateWrite && point === "after");
      expect(is, `${name}, ${point} write ${write}`).toBe(ends[isDone ? 1 : 0]);
    }
  });

  it("each room can be changed again, and a webhook's address works", async () => {
    for (const { name, write, point, roomId, subject } of points) {
      const what = `${name}, ${point} write ${write}`;
      const content = await alice.getStateContent(roomId, subject.type, subject.stateKey);
      const made = await api.set(roomId, subject.type, isEnded(content) ? subject.body : (content ?? {}));
      if (subject.type === hookType) expect((await hookIds(roomId))["builds"]).toBe(made.secrets?.["hookId"]);
      await expectAgreement(roomId, subject, `${what}, set up again`);
      expect((await api.remove(roomId, made.id)).status).toBe(200);
      await expectAgreement(roomId, subject, `${what}, removed`);
    }
    expect(await answerTo(alice, points[0]?.roomId ?? "", "!connections")).not.toContain("PLAY");
  });
});
