import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { alice, connection, mainBot, now, room, serviceBot, trackerType } from "../../../test/support/bot-fakes.js";
import { ManualClock } from "../../../test/support/manual-clock.js";
import { ProvisioningRig } from "../../../test/support/provisioning-rig.js";
import { NotFoundError, PermissionError, RemoteError, SwitchboardError, ValidationError } from "../../core/errors.js";

let rig: ProvisioningRig;

beforeEach(() => {
  rig = new ProvisioningRig();
});

afterEach(() => rig.stop());

const user = `?userId=${alice}`;
const connections = `/v1/${room}/connections`;
const project = connection("PLAY");
const item = {
  id: project.id,
  eventType: trackerType,
  type: "TrackerProject",
  service: "tracker",
  botUserId: mainBot,
  config: { url: "https://tracker.example/PLAY" },
};

describe("the health of the provisioning API", () => {
  it.each([{}, { authorization: "Bearer wrong" }, { authorization: "Bearer right" }])(
    "is told to whoever asks with %j",
    async (headers) => {
      const answer = await rig.ask("GET", "/v1/health", { headers });

      expect([answer.status, answer.json()]).toEqual([200, {}]);
    },
  );
});

describe("the types of connections", () => {
  it("are those that programs can set up, each with the bot that serves it", async () => {
    const answer = await rig.ask("GET", "/v1/connectiontypes");

    expect(answer.json()).toEqual({
      TrackerProject: { type: "TrackerProject", eventType: trackerType, service: "tracker", botUserId: serviceBot },
    });
  });

  it("are listed under a key of their own where two kinds have the same type", async () => {
    rig.provisioning = { type: "Webhook", listedAs: "OutboundWebhook" };

    const answer = await rig.ask("GET", "/v1/connectiontypes");

    expect(answer.json()).toEqual({ OutboundWebhook: expect.objectContaining({ type: "Webhook" }) });
  });
});

describe("a room's connections", () => {
  it("are those that are active, static ones included, of kinds that programs can set up, without secrets", async () => {
    rig.provisioning = { secrets: () => ({ url: "https://secret.example" }) };
    rig.operations.connections = [
      project,
      connection("BAD", { status: { kind: "invalid", reason: "it does not fit" } }),
      connection("OUT", { kindId: "outlet" }),
      connection("STATIC", { isStatic: true }),
      connection("OTHER", { roomId: "!other:example.org" }),
    ];

    const answer = await rig.ask("GET", connections + user);

    expect(answer.json()).toEqual([item, { ...item, id: connection("STATIC").id, config: { url: "https://tracker.example/STATIC" } }]);
    expect(rig.operations.accessAsked).toEqual([{ roomId: room, actor: alice }]);
  });

  it.each([
    { spelling: "as it is", path: "/v1/!room:example.org/connections" },
    { spelling: "escaped", path: "/v1/%21room%3Aexample.org/connections" },
    { spelling: "with a slash behind", path: "/v1/!room:example.org/connections/" },
  ])("are found by a room id $spelling", async ({ path }) => {
    rig.operations.connections = [project];

    expect((await rig.ask("GET", path + user)).json()).toEqual([item]);
  });

  it("are found by a room id without a server name", async () => {
    const roomId = "!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM";
    rig.rooms.records.set(roomId, { roomId, bots: [mainBot], readAt: now });
    rig.operations.connections = [connection("PLAY", { roomId })];

    expect((await rig.ask("GET", `/v1/${roomId}/connections${user}`)).json()).toEqual([
      expect.objectContaining({ type: "TrackerProject" }),
    ]);
  });

  it("name the service's own bot where it is in the room", async () => {
    rig.rooms.records.set(room, { roomId: room, bots: [mainBot, serviceBot], readAt: now });
    rig.operations.connections = [project];

    expect((await rig.ask("GET", connections + user)).json()).toEqual([{ ...item, botUserId: serviceBot }]);
  });

  it("show the configuration as the kind wants it shown", async () => {
    rig.operations.connections = [project];
    rig.provisioning = { config: ({ state }) => ({ address: state["url"] }) };

    expect((await rig.ask("GET", connections + user)).json()).toEqual([{ ...item, config: { address: "https://tracker.example/PLAY" } }]);
  });

  it("are not shown to a stranger", async () => {
    rig.operations.refusals.set("checkAccess", new PermissionError("Bot is not joined to the room.", "HS_NOT_IN_ROOM"));

    const answer = await rig.ask("GET", connections + user);

    expect([answer.status, answer.json()]).toEqual([403, { errcode: "HS_NOT_IN_ROOM", error: "Bot is not joined to the room." }]);
    expect(rig.operations.calls).toEqual([`checkAccess ${room} ${alice}`]);
  });

  it("are shown one by one", async () => {
    rig.operations.connections = [connection("OTHER"), project];

    expect((await rig.ask("GET", `${connections}/${project.id}${user}`)).json()).toEqual(item);
  });

  it.each([
    { title: "is not there", known: [] },
    { title: "cannot be set up by programs", known: [connection("PLAY", { kindId: "outlet" })] },
    { title: "is not in force", known: [connection("PLAY", { status: { kind: "ungranted", reason: "nobody may" } })] },
  ])("are not found where one $title", async ({ known }) => {
    rig.operations.connections = known;

    const answer = await rig.ask("GET", `${connections}/${project.id}${user}`);

    expect([answer.status, answer.json()]).toEqual([404, { errcode: "HS_NOTFOUND", error: "Connection does not exist" }]);
  });
});

describe("setting a connection up", () => {
  const body = '{"url":"https://tracker.example/PLAY","more":1}';

  it.each([trackerType, "org.example.old.tracker"])(
    "hands the configuration of a %s to the operations, in the room's turn",
    async (type) => {
      const turns: string[] = [];
      rig.queue = {
        run: (roomId, task) => {
          turns.push(roomId);
          return task();
        },
      };

      const answer = await rig.ask("PUT", `${connections}/${type}${user}`, { body });

      expect(answer.status).toBe(200);
      expect(turns).toEqual([room]);
      expect(rig.operations.accessAsked).toEqual([expect.objectContaining({ roomId: room, actor: alice, eventType: trackerType })]);
      expect(rig.operations.provisioned).toEqual([
        expect.objectContaining({
          roomId: room,
          actor: alice,
          kindId: "project",
          config: JSON.parse(body),
          access: { bot: { userId: mainBot, prefix: "!hookshot" } },
        }),
      ]);
    },
  );

  it("tells secrets and warnings to who did it", async () => {
    const warning = { header: "Half", message: "Not all of it works." };
    rig.operations.provisionExtra = { secretId: "s3cret", warning };
    rig.provisioning = { secrets: ({ stateKey }, secretId) => ({ url: `https://hooks.example/${String(secretId)}`, stateKey }) };

    const answer = await rig.ask("PUT", `${connections}/${trackerType}${user}`, { body });

    expect(answer.json()).toEqual({
      ...item,
      id: connection("provisioned").id,
      config: JSON.parse(body),
      secrets: { url: "https://hooks.example/s3cret", stateKey: "https://tracker.example/provisioned" },
      warning,
    });
  });

  it("gives the operations until 15 seconds after the request", async () => {
    const before = Date.now();

    await rig.ask("PUT", `${connections}/${trackerType}${user}`, { body });

    const deadline = rig.operations.provisioned[0]?.deadline ?? 0;
    expect(deadline).toBeGreaterThanOrEqual(before + 15_000);
    expect(deadline).toBeLessThanOrEqual(Date.now() + 15_000);
  });

  it.each([
    { title: "nobody knows", type: "org.example.unknown", status: 404, errcode: "HS_NOTFOUND", error: "Unknown event type" },
    {
      title: "programs cannot set up",
      type: "org.example.tracker.outlet",
      status: 400,
      errcode: "HS_UNSUPPORTED_OPERATION",
      error: "Connection type does not support provisioning",
    },
    {
      title: "of a service that is off",
      type: "org.example.forge.repository",
      status: 400,
      errcode: "HS_DISABLED_FEATURE",
      error: "Forge not configured",
    },
  ])("refuses a type that $title before it looks at the room", async ({ type, status, errcode, error }) => {
    const answer = await rig.ask("PUT", `${connections}/${type}${user}`, { body });

    expect([answer.status, answer.json()]).toEqual([status, { errcode, error }]);
    expect(rig.operations.calls).toEqual([]);
  });

  it.each(["[]", "null", "7", '"text"', ""])("refuses the body %j once the person is known to have the right", async (text) => {
    const answer = await rig.ask("PUT", `${connections}/${trackerType}${user}`, { body: text });

    expect([answer.status, answer.json()]).toEqual([400, { errcode: "HS_BAD_VALUE", error: "A JSON body must be provided" }]);
    expect(rig.operations.calls).toEqual([`checkAccess ${room} ${alice}`]);
  });

  it.each<{ readonly error: SwitchboardError; readonly status: number }>([
    { error: new ValidationError("Failed to validate", { details: { validationErrors: [{ message: "m", path: "p" }] } }), status: 400 },
    { error: new PermissionError("Bot has a PL of 0 but needs at least 50.", "HS_FORBIDDEN_BOT"), status: 403 },
    { error: new SwitchboardError("HS_CONFLICTING_CONNECTION", "Taken", { details: { existingConnection: { id: "x" } } }), status: 409 },
    {
      error: new SwitchboardError("HS_ADDITIONAL_ACTION_REQUIRED", "Install", { details: { installUrl: "https://a.example" } }),
      status: 400,
    },
    { error: new SwitchboardError("HS_DISABLED_FEATURE", "Transformation functions are not allowed"), status: 400 },
    { error: new RemoteError("The remote is away."), status: 502 },
  ])("answers $error.code with $status, and what belongs to it", async ({ error, status }) => {
    rig.operations.refusals.set("provision", error);

    const answer = await rig.ask("PUT", `${connections}/${trackerType}${user}`, { body });

    expect([answer.status, answer.json()]).toEqual([status, { ...error.details, errcode: error.code, error: error.message }]);
  });
});

describe("changing a connection", () => {
  const path = `${connections}/${project.id}${user}`;

  it("hands what was sent to the operations and answers with the whole", async () => {
    rig.operations.connections = [project];
    rig.provisioning = { secrets: () => ({ token: "t" }) };

    const answer = await rig.ask("PATCH", path, { body: '{"events":["a"],"url":null}' });

    expect(rig.operations.updated).toEqual([
      expect.objectContaining({ connection: project.id, patch: { events: ["a"], url: null }, actor: alice }),
    ]);
    expect(answer.json()).toEqual({ ...item, config: { events: ["a"], url: null }, secrets: { token: "t" } });
  });

  it("asks for the right to write the type that it is written under from now on", async () => {
    rig.operations.connections = [{ ...project, eventType: "org.example.old.tracker" }];

    await rig.ask("PATCH", path, { body: "{}" });

    expect(rig.operations.accessAsked).toEqual([
      expect.objectContaining({ roomId: room, actor: alice, eventType: trackerType, service: expect.anything() }),
    ]);
  });

  it("refuses a body that is no object", async () => {
    rig.operations.connections = [project];

    const answer = await rig.ask("PATCH", path, { body: "[]" });

    expect([answer.status, answer.json()]).toEqual([400, { errcode: "HS_BAD_VALUE", error: "A JSON body must be provided" }]);
  });

  it("tells when the connection ended meanwhile", async () => {
    rig.operations.connections = [project];
    rig.operations.refusals.set("update", new NotFoundError("Connection does not exist"));

    expect((await rig.ask("PATCH", path, { body: "{}" })).status).toBe(404);
  });
});

describe("ending a connection", () => {
  it("disables it and says so", async () => {
    rig.operations.connections = [project];

    const answer = await rig.ask("DELETE", `${connections}/${project.id}${user}`);

    expect([answer.status, answer.json()]).toEqual([200, { ok: true }]);
    expect(rig.operations.disconnected).toEqual([
      { roomId: room, actor: alice, connection: project, write: "disabled", access: { bot: { userId: mainBot, prefix: "!hookshot" } } },
    ]);
  });
});

describe.each([
  { method: "PATCH", unsupported: "Connection type does not support updates" },
  { method: "DELETE", unsupported: "Connection does not support removal" },
])("$method of a connection", ({ method, unsupported }) => {
  const path = `${connections}/${project.id}${user}`;
  const options = method === "PATCH" ? { body: "{}" } : {};

  it("does not tell strangers whether there is one", async () => {
    rig.operations.refusals.set("checkAccess", new PermissionError("User is not joined to the room.", "HS_NOT_IN_ROOM"));

    const none = await rig.ask(method, path, options);
    rig.operations.connections = [project];
    const one = await rig.ask(method, path, options);

    expect([none.status, none.json()]).toEqual([403, { errcode: "HS_NOT_IN_ROOM", error: "User is not joined to the room." }]);
    expect(one.json()).toEqual(none.json());
  });

  it("is refused where there is none", async () => {
    const answer = await rig.ask(method, path, options);

    expect([answer.status, answer.json()]).toEqual([404, { errcode: "HS_NOTFOUND", error: "Connection does not exist" }]);
  });

  it("finds one in a room that was read only when the person asked for it", async () => {
    const check = rig.operations.checkAccess.bind(rig.operations);
    rig.operations.checkAccess = async (input) => {
      rig.operations.connections = [project];
      return check(input);
    };

    expect((await rig.ask(method, path, options)).status).toBe(200);
  });

  it("is refused for a kind that programs cannot set up", async () => {
    rig.operations.connections = [{ ...project, kindId: "outlet" }];

    const answer = await rig.ask(method, path, options);

    expect([answer.status, answer.json()]).toEqual([400, { errcode: "HS_UNSUPPORTED_OPERATION", error: unsupported }]);
  });
});

describe("a person's account", () => {
  it("is told by the service, which gets the query with its types and defaults", async () => {
    const answer = await rig.ask("GET", `/v1/tracker/Our%20Tracker/account${user}&other=1`);

    expect([answer.status, answer.json()]).toEqual([200, { loggedIn: true }]);
    expect(rig.accountRequests).toEqual([{ actor: alice, params: { name: "Our Tracker" }, query: { page: 1 } }]);
  });

  it("is not asked for with a query that does not fit", async () => {
    const answer = await rig.ask("GET", `/v1/tracker/main/account${user}&page=0`);

    expect([answer.status, answer.json()]).toEqual([400, { errcode: "HS_BAD_VALUE", error: "page: must be >= 1" }]);
    expect(rig.accountRequests).toEqual([]);
  });

  it.each([
    { error: new PermissionError("Not logged in"), status: 403 },
    { error: new RemoteError("The remote is away.", { status: 500 }), status: 502 },
    { error: new SwitchboardError("HS_DISABLED_FEATURE", "Bridge is not configured with OAuth support"), status: 400 },
  ])("gives the service's refusal: $error.message", async ({ error, status }) => {
    rig.onAccount = () => Promise.reject(error);

    const answer = await rig.ask("GET", `/v1/tracker/main/account${user}`);

    expect([answer.status, answer.json()]).toEqual([status, { errcode: error.code, error: error.message }]);
  });

  it("of a service that is off is refused with the service's name", async () => {
    const answer = await rig.ask("GET", `/v1/forge/account${user}`);

    expect([answer.status, answer.json()]).toEqual([400, { errcode: "HS_DISABLED_FEATURE", error: "Forge not configured" }]);
  });
});

describe.each([
  { method: "PUT", place: trackerType, operation: "provision", remembered: "provisioned" },
  { method: "PATCH", place: project.id, operation: "update", remembered: "updated" },
  { method: "DELETE", place: project.id, operation: "disconnect", remembered: "disconnected" },
] as const)("time, for $method", ({ method, place, operation, remembered }) => {
  let clock: ManualClock;

  beforeEach(() => {
    clock = new ManualClock();
    rig.clock = clock;
    rig.operations.connections = [project];
  });

  /** Holds one of the operations until it is let go. */
  function hold(name: typeof operation | "checkAccess"): { readonly begun: Promise<void>; readonly letGo: () => void } {
    let begin = (): void => undefined;
    let letGo = (): void => undefined;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const released = new Promise<void>((resolve) => (letGo = resolve));
    // Each of them takes one object and gives a promise.
    const operations = rig.operations as unknown as Record<string, (input: unknown) => Promise<unknown>>;
    const run = operations[name]!.bind(operations);
    operations[name] = async (input) => {
      begin();
      await released;
      return run(input);
    };
    return { begun, letGo: () => letGo() };
  }

  it("ends while the homeserver does not say who may, and nothing is done later", async () => {
    const { begun, letGo } = hold("checkAccess");
    const asked = rig.ask(method, `${connections}/${place}${user}`, method === "DELETE" ? {} : { body: "{}" });

    await begun;
    await clock.advance(15_000);
    const answer = await asked;
    letGo();
    await new Promise(setImmediate);

    expect([answer.status, rig.operations[remembered]]).toEqual([502, []]);
  });

  it("does not end once the change itself is under way", async () => {
    const { begun, letGo } = hold(operation);
    const asked = rig.ask(method, `${connections}/${place}${user}`, method === "DELETE" ? {} : { body: "{}" });

    await begun;
    await clock.advance(60_000);
    letGo();

    expect((await asked).status).toBe(200);
  });
});

describe("what is in the way of a connection", () => {
  const inTheWay = connection("OTHER");
  const conflict = new SwitchboardError("HS_CONFLICTING_CONNECTION", "Taken", { details: { existingConnection: { id: inTheWay.id } } });

  it.each([
    { method: "PUT", place: trackerType, refuser: "provision" },
    { method: "PATCH", place: project.id, refuser: "update" },
  ] as const)("is shown to who sends $method as the list shows it, without secrets", async ({ method, place, refuser }) => {
    rig.operations.connections = [project, inTheWay];
    rig.operations.refusals.set(refuser, conflict);
    rig.provisioning = { secrets: () => ({ token: "t" }) };

    const answer = await rig.ask(method, `${connections}/${place}${user}`, { body: "{}" });

    expect([answer.status, answer.json()]).toEqual([
      409,
      {
        errcode: "HS_CONFLICTING_CONNECTION",
        error: "Taken",
        existingConnection: { ...item, id: inTheWay.id, config: { url: "https://tracker.example/OTHER" } },
      },
    ]);
  });
});

describe("answers of the provisioning API", () => {
  it.each([
    { title: "a list", method: "GET", path: connections + user, status: 200 },
    { title: "secrets", method: "PUT", path: `${connections}/${trackerType}${user}`, status: 200 },
    { title: "a person's login", method: "GET", path: `/v1/tracker/main/account${user}`, status: 200 },
    { title: "a refusal", method: "GET", path: connections, status: 400 },
  ])("are kept by nobody in between: $title", async ({ method, path, status }) => {
    const answer = await rig.ask(method, path, method === "PUT" ? { body: "{}" } : {});

    expect([answer.status, answer.headers["cache-control"]]).toEqual([status, "no-store"]);
  });

  it("to strangers neither", async () => {
    const answer = await rig.ask("GET", connections + user, { headers: {} });

    expect([answer.status, answer.headers["cache-control"], answer.headers["www-authenticate"]]).toEqual([401, "no-store", "Bearer"]);
  });
});

describe("parameters of the provisioning API", () => {
  it.each(["", "?userId=", "?userId=alice", "?userId=foo@alice:server", "?userId=@alice", "?userId=@a:b&userId=@c:d", "?userId=@a%00:b"])(
    "refuses the query %j",
    async (query) => {
      const answer = await rig.ask("GET", connections + query);

      expect([answer.status, answer.json()]).toEqual([400, { errcode: "HS_BAD_VALUE", error: "Invalid userId" }]);
    },
  );

  it.each(["room:example.org", "!", "%23room%3Aexample.org", `!${"a".repeat(255)}`, "!a%00b"])("refuses the room id %s", async (roomId) => {
    const answer = await rig.ask("GET", `/v1/${roomId}/connections${user}`);

    expect([answer.status, answer.json()]).toEqual([400, { errcode: "HS_BAD_VALUE", error: "Invalid roomId" }]);
  });

  it("does not take a token from the query", async () => {
    const answer = await rig.ask("GET", `/v1/connectiontypes?access_token=right&token=right`, { headers: {} });

    expect([answer.status, answer.headers["www-authenticate"]]).toEqual([401, "Bearer"]);
  });

  it("counts requests by their route, not by what was asked for", async () => {
    await rig.ask("GET", connections + user);

    const { text } = await rig.metrics.read();
    expect(text).toContain('hookshot_provisioning_http_request{path="/v1/:roomId/connections",method="GET"} 1');
  });
});
