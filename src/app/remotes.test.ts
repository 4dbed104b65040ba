import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LoopbackServers } from "../../test/support/loopback-server.js";
import { createMemoryRegistry } from "../../test/support/memory-registry.js";
import { json, RemoteStandIn, type StandInApi, type StandInFault } from "../../test/support/remote-stand-in.js";
import { connectorSystems } from "../apis/connectors/schema.js";
import { createGuardedClient, type GuardedClient } from "../outbound/guarded-client.js";
import { systemClock } from "../shared/clock.js";
import { createRemoteServices, services } from "./services.js";

const servers = new LoopbackServers();
let guarded: GuardedClient;

beforeEach(() => {
  guarded = createGuardedClient({ userAgent: "test", allow: ["127.0.0.0/8"] });
});

afterEach(async () => {
  await guarded.close();
  await servers.closeAll();
});

/** What each tracker answers to who asks with the right account: by path and header. */
const trackers = [
  {
    id: "github",
    params: { issue_tracker_api_token: "planted-token" },
    asked: { path: "/api/v3/user", authorization: "Bearer planted-token" },
    answer: { login: "octo" },
  },
  {
    id: "jira",
    params: { issue_tracker_user: "ada", issue_tracker_pass: "planted-pass", issue_tracker_context_root: "tracker/" },
    asked: { path: "/tracker/rest/api/2/myself", authorization: `Basic ${Buffer.from("ada:planted-pass").toString("base64")}` },
    answer: { name: "ada" },
  },
  {
    id: "jira",
    params: { issue_tracker_api_token: "planted-token", issue_tracker_auth_mode: "personal_access_token", issue_tracker_user: "ada" },
    asked: { path: "/rest/api/2/myself", authorization: "Bearer planted-token" },
    answer: { name: "ada" },
  },
  {
    id: "tfs",
    params: { issue_tracker_user: "", issue_tracker_pass: "planted-pass" },
    asked: { path: "/DefaultCollection/_apis/connectionData", authorization: `Basic ${Buffer.from(":planted-pass").toString("base64")}` },
    answer: { authenticatedUser: { providerDisplayName: "Ada", descriptor: "x;y" } },
  },
] as const;

async function testAt(
  { id, params, asked, answer }: (typeof trackers)[number],
  fault?: StandInFault,
): Promise<{ outcome: unknown; standIn: RemoteStandIn }> {
  const api: StandInApi = ({ path, headers }) =>
    path === asked.path && headers.authorization === asked.authorization ? json(answer) : json({}, 401);
  const standIn = await RemoteStandIn.start(servers, api);
  if (fault !== undefined) standIn.failWith(fault);
  const server = standIn.url.replace("http://", "");
  const system = connectorSystems.find((each) => each.id === id) ?? expect.fail(id);
  const where = { issue_tracker_server: server, issue_tracker_method: "http" };
  return { outcome: await createMemoryRegistry(guarded).connectors.test({ system, params: { ...where, ...params } }), standIn };
}

describe("testing a registered tracker", () => {
  it.each(trackers)("asks it with its account, at the address that its params give: $id $asked.path", async (tracker) => {
    const { outcome, standIn } = await testAt(tracker);

    expect(outcome).toMatchObject({ isGood: true });
    expect(standIn.requests.map(({ path }) => path)).toEqual([tracker.asked.path]);
  });

  it.each(trackers)("tells why it fails, without secrets: $id $asked.path", async (tracker) => {
    const faults: readonly StandInFault[] = [
      { kind: "cut" },
      ...[401, 403, 404, 500].map((status) => ({ kind: "answer", answer: { status, body: "planted-token planted-pass" } }) as const),
      { kind: "answer", answer: { status: 302, headers: { location: "http://other.test/planted-token" } } },
      { kind: "answer", answer: { status: 200, body: "<p>planted-pass" } },
    ];

    for (const fault of faults) {
      const { outcome } = await testAt(tracker, fault);
      expect(outcome).toEqual({
        isGood: false,
        reason: expect.stringMatching(/^Unable to connect to .+ service \(Check .+\)\. Reason: ./),
      });
      expect(JSON.stringify(outcome)).not.toContain("planted");
    }
  });
});

describe("the systems of connectors", () => {
  it("are asked by services of this build that can", () => {
    const able = [...services, ...createRemoteServices({ trackedFolders: [], clock: systemClock })]
      .filter(({ remote }) => remote !== undefined)
      .map(({ id }) => id);

    const named = connectorSystems.flatMap(({ serviceId }) => serviceId ?? []);

    expect(named.filter((id) => !able.includes(id))).toEqual([]);
  });
});
