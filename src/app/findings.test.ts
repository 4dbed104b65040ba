import { MemoryLevel } from "memory-level";
import { describe, expect, it } from "vitest";
import { finding, report } from "../../test/support/findings-rig.js";
import { connectorRemote } from "../../test/support/memory-remotes.js";
import { ManualClock, settle } from "../../test/support/manual-clock.js";
import { MemoryTracker } from "../../test/support/memory-tracker.js";
import { seededRandom } from "../../test/support/seeded-random.js";
import { createServiceContext, deadHttpClient, type TestContext } from "../../test/support/service-context.js";
import type { TrackerAccess } from "../core/issue-tracker.js";
import type { HttpRequest } from "../core/ports/http-client.js";
import type { KnownRemote } from "../core/registered-remote.js";
import type { ActiveService } from "../core/service.js";
import { silentLog } from "../shared/log.js";
import { Secret } from "../shared/secret.js";
import { GroupCommit } from "../storage/group-commit.js";
import { createFindingStore } from "../storage/stores/finding-store.js";
import { createFindings } from "./findings.js";

interface Setting {
  readonly accesses: TrackerAccess[];
  readonly context: TestContext<unknown>;
  readonly sent: HttpRequest[];
  report(): Promise<unknown>;
  openRuns(): Promise<number>;
}

function settingOf(remote: Partial<KnownRemote> = {}, { keys = ["PLAY"], isActive = true } = {}): Setting {
  const database = new MemoryLevel<string, string>();
  const unitOfWork = new GroupCommit({ database, location: "memory", recover: () => Promise.resolve() });
  const accesses: TrackerAccess[] = [];
  const sent: HttpRequest[] = [];
  const base = createServiceContext<unknown>({});
  const context: TestContext<unknown> = {
    ...base,
    async emit(event, key, changes = []) {
      await base.emit(event, key);
      await unitOfWork.commit(changes);
    },
  };
  const active: ActiveService = {
    context,
    service: {
      ...{ id: "tracker", title: "Tracker", configKey: "tracker", permissionName: "tracker", configSchema: {}, kinds: [] },
      tracker(access) {
        accesses.push(access);
        return new MemoryTracker();
      },
      findingKeys: (url, project) => keys.map((key) => `${url} ${project} ${key}`),
    },
  };
  const guarded = {
    request(request: HttpRequest): ReturnType<typeof deadHttpClient.request> {
      sent.push(request);
      return deadHttpClient.request(request);
    },
  };
  const target = connectorRemote({ serviceId: "tracker", url: "https://tracker.example", ...remote });
  const findings = createFindings({
    ...{ database, unitOfWork, guarded, clock: new ManualClock(), random: seededRandom(1), log: silentLog() },
    directory: { find: async () => [target] },
    services: isActive ? [active] : [],
  });
  return {
    ...{ accesses, context, sent },
    report: () => findings.report(report([finding("a")])),
    openRuns: async () => (await createFindingStore(database).openRunIds()).length,
  };
}

describe("findings", () => {
  it.each<{ readonly title: string; readonly remote: Partial<KnownRemote>; readonly access: Partial<TrackerAccess> }>([
    {
      title: "a password",
      remote: { account: { kind: "password", username: "ada", password: new Secret("p") }, deployment: "server", apiPath: "/api" },
      access: { username: "ada", deployment: "server", apiPath: "/api" },
    },
    {
      title: "a token",
      remote: { account: { kind: "token", username: "ada", token: new Secret("t") } },
      access: { username: "ada", isToken: true },
    },
  ])("are made at the remote with $title of its own, by its own way", async ({ remote, access }) => {
    const setting = settingOf({ ...remote, checksCertificate: false, usesProxy: false });

    await setting.report();

    const [{ http, token: _, ...given } = expect.fail("nobody asked")] = setting.accesses;
    expect(given).toEqual({ url: "https://tracker.example", ...access });
    await http?.request({ method: "GET", url: "https://tracker.example/x" }).catch(() => undefined);
    expect(setting.sent).toEqual([
      {
        ...{ method: "GET", url: "https://tracker.example/x" },
        ...{ staysAtOrigin: true, acceptsAnyCertificate: true, skipsProxy: true },
      },
    ]);
  });

  it.each([
    { title: "without an account", remote: { account: { kind: "none" } } as const, options: {} },
    { title: "of a service that is not enabled", remote: {}, options: { isActive: false } },
    { title: "of a service without issues", remote: { serviceId: "other" }, options: {} },
  ])("cannot be made at a remote $title", async ({ remote, options }) => {
    const setting = settingOf(remote, options);

    expect(await setting.report()).toEqual({ kind: "refused", member: "target", reason: "No issues can be made there." });
  });

  it("are told in rooms that are connected to the project", async () => {
    const setting = settingOf();

    await setting.report();
    await settle();

    expect(setting.context.emitted).toMatchObject([
      {
        event: { name: "findings", routingKeys: ["https://tracker.example PLAY PLAY"], payload: { scanner: "trivy", created: 1 } },
        key: expect.stringMatching(/^findings [0-9a-f]{64}$/),
      },
    ]);
    expect(await setting.openRuns()).toBe(0);
  });

  it("are told to nobody where no room can be connected, and forgotten", async () => {
    const setting = settingOf({}, { keys: [] });

    await setting.report();
    await settle();

    expect(setting.context.emitted).toEqual([]);
    expect(await setting.openRuns()).toBe(0);
  });
});
