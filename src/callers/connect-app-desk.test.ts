import { createQueryStringHash, encodeSymmetric, fromMethodAndUrl } from "atlassian-jwt";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConnectTool } from "../../test/support/connect-tool.js";
import { configured, DevinfoAccessRig, publicUrl } from "../../test/support/devinfo-access-rig.js";
import { LoopbackServers } from "../../test/support/loopback-server.js";
import { NotFoundError, RemoteError, StorageError, SwitchboardError } from "../core/errors.js";
import type { AppToInstall, ShownConnectApp } from "./connect-app-desk.js";
import type { DevinfoAccess, DevinfoAccessOptions } from "./create-devinfo-access.js";
import type { DevinfoCaller } from "./devinfo-callers.js";

const servers = new LoopbackServers();
let rig: DevinfoAccessRig;
let tool: ConnectTool;
let access: DevinfoAccess;

beforeEach(async () => {
  rig = new DevinfoAccessRig();
  access = rig.access();
  tool = await ConnectTool.start(servers);
});

afterEach(async () => {
  await servers.closeAll();
  await rig.http.close();
});

function install(wanted: Partial<AppToInstall> = {}, at = access): Promise<ShownConnectApp> {
  return at.apps.install({ descriptorUrl: tool.descriptorUrl, allowsHttp: true, ...wanted });
}

async function refusal(wanted: Partial<AppToInstall> = {}, at = access): Promise<SwitchboardError> {
  const error: unknown = await install(wanted, at).then(
    () => new Error("installed"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SwitchboardError);
  // Just looked at.
  return error as SwitchboardError;
}

/** What the tool sends, signed with the secret that it has, or with another. */
function push(secret = tool.sharedSecret, at = access): Promise<DevinfoCaller> {
  const path = "/rest/devinfo/0.10/bulk";
  const now = Math.floor(rig.clock.now() / 1000);
  const qsh = createQueryStringHash(fromMethodAndUrl("POST", publicUrl + path), false, publicUrl);
  const token = encodeSymmetric({ iss: "org.example.tool", iat: now, exp: now + 180, qsh }, secret);
  return at.callers.authenticate({ method: "POST", paths: [path], query: new URLSearchParams(), authorization: `JWT ${token}` });
}

async function canPush(secret?: string): Promise<boolean> {
  return push(secret).then(
    () => true,
    () => false,
  );
}

const shown = {
  key: "org.example.tool",
  title: "Tool",
  scopes: ["READ", "WRITE", "DELETE"],
  provider: "org.example.tool",
  state: "installed",
};

describe("installing a Connect app", () => {
  it("hands a secret over, with which the app is known, after a restart too", async () => {
    const installed = await install();

    expect(installed).toEqual({ ...shown, baseUrl: tool.baseUrl, createdAt: rig.clock.now() });
    expect(await access.apps.list()).toEqual([installed]);
    const caller = { name: "org.example.tool", provider: "org.example.tool", scopes: new Set(["READ", "WRITE", "DELETE"]) };
    expect(await push()).toEqual(caller);
    expect(await push(tool.sharedSecret, rig.access())).toEqual(caller);
    expect(await canPush("none")).toBe(false);
    expect([await rig.stored(), JSON.stringify(installed), rig.logged.join()].join()).not.toContain(tool.sharedSecret);
  });

  it("sends what Atlassian documents, unsigned", async () => {
    await install();

    const request = tool.requests.at(-1);
    expect(request).toMatchObject({ method: "POST", path: "/app/events/installed" });
    expect(request?.headers).not.toHaveProperty("authorization");
    expect(request?.headers["content-type"]).toBe("application/json");
    expect(JSON.parse(request?.body ?? "")).toEqual({
      ...{ key: "org.example.tool", baseUrl: publicUrl, displayUrl: publicUrl, productType: "tracker", eventType: "installed" },
      clientKey: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      sharedSecret: expect.stringMatching(/^[0-9a-z]{64}$/),
      description: expect.any(String),
    });
  });

  it("names us to every app as the same", async () => {
    await install();
    const first = tool.installation?.clientKey;
    tool.descriptor = { key: "another" };
    tool.installation = undefined;

    await install({}, rig.access());

    // Just installed.
    expect((tool.installation as { clientKey?: string } | undefined)?.clientKey).toBe(first);
  });

  it.each([
    { limit: ["WRITE"], scopes: ["READ", "WRITE"] },
    { limit: ["READ"], scopes: ["READ"] },
    { limit: ["DELETE", "READ"], scopes: ["READ", "WRITE", "DELETE"] },
  ] as const)("lets it do no more than $limit", async ({ limit, scopes }) => {
    await install({ scopes: limit, provider: "git", instance: "main" });

    expect(await push()).toEqual({ name: "org.example.tool", provider: "git", instance: "main", scopes: new Set(scopes) });
  });

  it("shares a provider where that is asked for", async () => {
    tool.descriptor = { key: "ci" };

    expect(await install({ provider: "ci" })).toMatchObject({ key: "ci", provider: "ci" });
  });

  it("takes lower-case scopes, whole addresses below its origin, and slashes at ends", async () => {
    tool.descriptor = {
      baseUrl: `${tool.baseUrl}/`,
      scopes: ["write"],
      lifecycle: { installed: `${tool.baseUrl}/events/installed` },
    };

    expect(await install()).toMatchObject({ scopes: ["WRITE"], baseUrl: tool.baseUrl });
  });

  it("signs with a key that the app looks up, where it asks for that", async () => {
    tool.publicKeyOf = (kid) => access.publicKey(kid);
    tool.descriptor = { apiMigrations: { "signed-install": true } };

    const refused = await refusal();
    expect(refused.message).toContain(`have it look up keys at ${publicUrl}/connect/install-keys/<id>, and run this with --signed.`);
    await install({ isKeySigned: true });
    await install({ isKeySigned: true, isReinstall: true });
    await rig.access().apps.remove("org.example.tool");

    expect(tool.events).toEqual(["installed", "installed", "uninstalled"]);
    expect(await rig.stored()).not.toContain("PRIVATE KEY");
    expect(await access.publicKey("other")).toBeUndefined();
  });

  it("says where keys are, where the app cannot find ours", async () => {
    tool.publicKeyOf = async () => undefined;

    expect((await refusal({ isKeySigned: true })).message).toContain(`look up keys at ${publicUrl}/connect/install-keys/<id>`);
    expect(await access.apps.list()).toEqual([]);
  });
});

describe("an installation is refused, and nothing sent or kept,", () => {
  const at = (path: string): string => tool.origin + path;

  it.each<{
    title: string;
    wanted?: () => Partial<AppToInstall>;
    descriptor?: () => object;
    options?: Partial<DevinfoAccessOptions>;
    says: string;
  }>([
    { title: "over http unless that is allowed", wanted: () => ({ allowsHttp: false }), says: "With --allow-http it may be http://." },
    { title: "for what is no address", wanted: () => ({ descriptorUrl: "tool.example.org" }), says: "must begin with https://" },
    { title: "for another scheme", wanted: () => ({ descriptorUrl: "file:///etc/passwd" }), says: "must begin with https://" },
    {
      title: "for an address with credentials",
      wanted: () => ({ descriptorUrl: at("/").replace("//", "//ada:pw@") }),
      says: "may hold no credentials",
    },
    { title: "for an address that may not be asked", wanted: () => ({ descriptorUrl: "http://127.0.0.2/d.json" }), says: "outbound.allow" },
    {
      title: "where no descriptor is",
      wanted: () => ({ descriptorUrl: at("/nowhere") }),
      says: "answered with status 404 instead of a descriptor",
    },
    {
      title: "for a descriptor without a key",
      descriptor: () => ({ key: undefined }),
      says: "is no descriptor of a Connect app: see /key",
    },
    { title: "for a key that is none", descriptor: () => ({ key: "a b" }), says: "has 1 to 255 letters" },
    {
      title: "for a key of the configuration",
      descriptor: () => ({ key: "com.example.app" }),
      says: "com.example.app is an app of the configuration",
    },
    { title: "for a reserved key", descriptor: () => ({ key: "git-integrations" }), says: "is reserved" },
    {
      title: "for a key that is the provider of somebody else, whose data the app would get unasked",
      descriptor: () => ({ key: "ci" }),
      says: "The provider ci has callers already; to let the app read and change what they sent, give it with --provider.",
    },
    { title: "without JWT", descriptor: () => ({ authentication: { type: "none" } }), says: "does not ask for JWT" },
    { title: "without lifecycle", descriptor: () => ({ lifecycle: {} }), says: "see /lifecycle/installed" },
    { title: "without a scope of ours", descriptor: () => ({ scopes: ["ADMIN"] }), says: "asks for none of the scopes" },
    {
      title: "for a scope beyond those asked for",
      wanted: () => ({ scopes: ["DELETE"] }),
      descriptor: () => ({ scopes: ["WRITE"] }),
      says: "does not ask for DELETE; it asks for WRITE.",
    },
    {
      title: "for a base address elsewhere",
      descriptor: () => ({ baseUrl: "https://evil.test/app" }),
      says: "baseUrl is not at the address where the descriptor is",
    },
    {
      title: "for a base address with another scheme",
      descriptor: () => ({ baseUrl: tool.baseUrl.replace("http:", "https:") }),
      says: "baseUrl is not at",
    },
    { title: "for a base address with another port", descriptor: () => ({ baseUrl: "http://127.0.0.1:1/app" }), says: "baseUrl is not at" },
    { title: "for a base address that is none", descriptor: () => ({ baseUrl: "javascript:alert(1)" }), says: "baseUrl is not at" },
    {
      title: "for a lifecycle address elsewhere",
      descriptor: () => ({ lifecycle: { installed: "https://evil.test/x" } }),
      says: "lifecycle.installed is not at",
    },
    {
      title: "for a path that makes another host",
      descriptor: () => ({ baseUrl: tool.origin, lifecycle: { installed: "@evil.test/x" } }),
      says: "answered with status 404",
    },
    {
      title: "for an end elsewhere",
      descriptor: () => ({ lifecycle: { installed: "/events/installed", uninstalled: "http://evil.test/" } }),
      says: "lifecycle.uninstalled is not at",
    },
    { title: "for a descriptor that is too long", descriptor: () => ({ modules: "x".repeat(300_000) }), says: "too long for a descriptor" },
    {
      title: "for another instance than the provider has",
      wanted: () => ({ provider: "com.example.app", instance: "x" }),
      says: "bound to the instance main",
    },
    {
      title: "without an address of ours",
      options: { publicUrl: undefined },
      says: "give the listener with the resource devinfo a publicUrl",
    },
  ])("$title", async ({ wanted, descriptor, options, says }) => {
    tool.descriptor = { ...descriptor?.() };
    const own = rig.access(configured, options);

    const error = await refusal(wanted?.(), own);

    expect(error.message).toContain(says);
    expect(tool.events).toEqual([]);
    expect(await own.apps.list()).toEqual([]);
  });

  it("where the descriptor redirects to another origin", async () => {
    const elsewhere = await servers.serve((_request, response) => response.writeHead(302, { location: tool.descriptorUrl }).end());

    expect((await refusal({ descriptorUrl: `${elsewhere}/d.json` })).message).toContain("redirects to another origin");
  });

  it("without a key to encrypt its secret with", async () => {
    const own = new DevinfoAccessRig({ hasKey: false });

    expect((await refusal({}, own.access())).message).toContain("Name a key file in storage.keyFile");
    await own.http.close();
  });

  it("where the secret cannot be stored", async () => {
    rig.isDiskFull = true;

    await expect(install()).rejects.toThrow(StorageError);

    expect(tool.events).toEqual([]);
  });

  it("where the app refuses it", async () => {
    tool.fault = "refuses";

    const error = await refusal();

    expect(error).toBeInstanceOf(RemoteError);
    expect(error.message).toMatch(/^127\.0\.0\.1:\d+ answered with status 400\. Nothing was installed\.$/);
    expect(await access.apps.list()).toEqual([]);
    expect((await rig.database.keys().all()).filter((key) => key.includes("provider"))).toEqual([]);
  });

  it("where the app redirects elsewhere, and does not repeat what the app says", async () => {
    for (tool.fault of ["redirects", "echoes"] as const) {
      const { message } = await refusal();
      const { sharedSecret } = JSON.parse(tool.requests.at(-1)?.body ?? "{}") as { sharedSecret: string };
      expect(sharedSecret).toHaveLength(64);
      expect(message + rig.logged.join()).not.toContain(sharedSecret);
    }
    expect(await access.apps.list()).toEqual([]);
  });
});

describe("an installation whose outcome nobody knows", () => {
  it.each(["fails-after", "cuts-after"] as const)("is told, lets the app in, and is finished by a repeat: %s", async (fault) => {
    tool.fault = fault;
    const error = await refusal();
    expect(error.message).toContain("Whether org.example.tool took the installation is not known. Run the same command again");
    const secret = tool.sharedSecret;
    expect(await access.apps.list()).toMatchObject([{ state: "unknown" }]);
    expect(await canPush()).toBe(true);

    tool.fault = "none";
    expect(await install({}, rig.access())).toMatchObject({ state: "installed" });

    expect(tool.sharedSecret).toBe(secret);
    expect(await canPush()).toBe(true);
  });

  it("that did not come is finished by an unsigned repeat", async () => {
    tool.fault = "fails-before";
    await refusal();
    expect(await canPush()).toBe(false);

    tool.fault = "none";
    await install();

    expect(await canPush()).toBe(true);
  });

  it("stays so where a repeat is refused, and ends with the app's removal", async () => {
    tool.fault = "fails-after";
    await refusal();
    tool.fault = "refuses";
    await refusal();
    expect(await access.apps.list()).toMatchObject([{ state: "unknown" }]);
    const secret = tool.sharedSecret;

    tool.fault = "none";
    expect(await access.apps.remove("org.example.tool")).toMatchObject({ told: { isTaken: true } });

    expect(await canPush(secret)).toBe(false);
    expect(await access.apps.list()).toEqual([]);
  });

  it("is the same where we crash before the answer comes: the secret is stored before it is sent", async () => {
    let commits = 0;
    rig.onCommit = () => {
      commits += 1;
      if (commits > 2) throw new StorageError("crashed");
    };
    await expect(install()).rejects.toThrow(StorageError);
    expect(tool.events).toEqual(["installed"]);
    rig.onCommit = () => undefined;

    expect(await canPush()).toBe(true);
    expect(await install({}, rig.access())).toMatchObject({ state: "installed" });
  });
});

describe("installing an app that is installed", () => {
  it("is refused, unless it is asked for; then it is signed with the secret before, and the new one alone is good", async () => {
    await install({ provider: "git", instance: "main" });
    const before = tool.sharedSecret;
    expect((await refusal()).message).toBe("org.example.tool is installed already. With --reinstall it gets a new secret.");
    await rig.clock.advance(1000);

    const installed = await install({ isReinstall: true, scopes: ["READ"] });

    expect(installed).toMatchObject({ provider: "git", instance: "main", scopes: ["READ"], createdAt: rig.clock.now() - 1000 });
    expect(tool.sharedSecret).not.toBe(before);
    expect([await canPush(), await canPush(before)]).toEqual([true, false]);
    expect(await push()).toMatchObject({ scopes: new Set(["READ"]) });
  });

  it.each<{ title: string; first?: AppToInstall["scopes"]; asks: readonly string[]; scopes: readonly string[] }>([
    { title: "no more than it was let", first: ["WRITE"], asks: ["READ", "WRITE", "DELETE"], scopes: ["WRITE"] },
    { title: "no more than it asked for then", asks: ["read", "write", "delete", "admin"], scopes: ["READ", "WRITE", "DELETE"] },
    { title: "no more than it asks for now", asks: ["READ"], scopes: ["READ"] },
    { title: "no more than both", first: ["WRITE"], asks: ["READ"], scopes: ["READ"] },
  ])("lets it do $title, unless scopes are given", async ({ first, asks, scopes }) => {
    await install(first === undefined ? {} : { scopes: first });
    tool.descriptor = { scopes: asks };

    expect((await install({ isReinstall: true })).scopes).toEqual(scopes);
    expect((await install({ isReinstall: true, scopes: ["READ"] })).scopes).toEqual(["READ"]);
  });

  it.each(["refuses", "redirects"] as const)("leaves everything as it was where the app %s it", async (fault) => {
    await install();
    const stored = await access.apps.list();
    tool.fault = fault;

    expect((await refusal({ isReinstall: true, scopes: ["READ"] })).message).toContain("Everything is as it was before.");

    expect(await access.apps.list()).toEqual(stored);
    expect(await push()).toMatchObject({ scopes: new Set(["READ", "WRITE", "DELETE"]) });
  });

  it.each(["fails-before", "fails-after"] as const)("knows the app by either secret while nobody knows which it has: %s", async (fault) => {
    await install();
    const before = tool.sharedSecret;
    tool.fault = fault;
    await refusal({ isReinstall: true, scopes: ["READ"] });
    expect([await canPush(), await canPush(before)]).toEqual([true, true]);

    tool.fault = "none";
    await install({ isReinstall: true, scopes: ["READ"] });

    expect([await canPush(), await canPush(before)]).toEqual([true, false]);
  });

  it("says what to do where the app does not know us any more", async () => {
    await install();
    tool.installation = { clientKey: "other", sharedSecret: "lost", baseUrl: "x" };

    expect((await refusal({ isReinstall: true })).message).toContain("It may have lost the installation: remove it here and there");
  });

  it("is refused from another place, and with another provider or instance", async () => {
    await install({ provider: "git" });
    const twin = await ConnectTool.start(servers);

    expect((await refusal({ isReinstall: true, descriptorUrl: twin.descriptorUrl })).message).toContain(
      "which is another place; remove that one first",
    );
    expect((await refusal({ isReinstall: true, provider: "x" })).message).toContain("has its provider (git) and instance");
    expect((await refusal({ isReinstall: true, instance: "x" })).message).toContain("has its provider (git) and instance");
    expect(twin.events).toEqual([]);
  });

  it("by two at once happens one after the other", async () => {
    const outcomes = await Promise.allSettled([install(), install(), install({ isReinstall: true })]);

    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(await canPush()).toBe(true);
  });
});

describe("removing an app", () => {
  it("tells it, signed with its secret, and ends the secret", async () => {
    await install();
    const secret = tool.sharedSecret;

    expect(await access.apps.remove("org.example.tool")).toMatchObject({ key: "org.example.tool", told: { isTaken: true } });

    expect(tool.events).toEqual(["installed", "uninstalled"]);
    expect(tool.requests.at(-1)?.body).not.toContain("sharedSecret");
    expect(await canPush(secret)).toBe(false);
    expect(await access.apps.list()).toEqual([]);
    expect(await access.callers.providers()).toEqual(new Set(["ci", "com.example.app"]));
  });

  it("removes it where it cannot be told, and says so", async () => {
    await install();
    tool.fault = "refuses";

    const { told } = await access.apps.remove("org.example.tool");

    expect(told).toEqual({ isTaken: false, sentence: expect.stringContaining("answered with status 400") });
    expect(await access.apps.list()).toEqual([]);
  });

  it("tells nobody who does not want to be told", async () => {
    tool.descriptor = { lifecycle: { installed: "/events/installed" } };
    await install();

    expect(await access.apps.remove("org.example.tool")).not.toHaveProperty("told");

    expect(tool.events).toEqual(["installed"]);
  });

  it("is refused where there is none, without repeating what was typed", async () => {
    for (const [asked, says] of [
      ["typed-secret", "There is no app by that key."],
      ["com.example.app", "That is an app of the configuration"],
    ] as const) {
      const error: unknown = await access.apps.remove(asked).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(NotFoundError);
      expect(String(error)).toContain(says);
      expect(String(error)).not.toContain("typed");
    }
  });
});
