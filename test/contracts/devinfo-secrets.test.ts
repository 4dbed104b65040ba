import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createQueryStringHash, encodeSymmetric, fromMethodAndUrl } from "atlassian-jwt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createConnectAppRoutes, createDevinfoClientRoutes } from "../../src/apis/control/devinfo-client-routes.js";
import { createTokenRoute } from "../../src/apis/devinfo/token-route.js";
import type { DevinfoAccess } from "../../src/callers/create-devinfo-access.js";
import { createListener } from "../../src/http/listener.js";
import { systemClock } from "../../src/shared/clock.js";
import { systemRandom } from "../../src/shared/random.js";
import { Secret } from "../../src/shared/secret.js";
import { openStorage, type Storage } from "../../src/storage/open.js";
import { ask, type Asked } from "../support/ask.js";
import { ConnectTool } from "../support/connect-tool.js";
import { readDataFolder } from "../support/data-folder.js";
import { DevinfoAccessRig, publicUrl } from "../support/devinfo-access-rig.js";
import { LoopbackServers } from "../support/loopback-server.js";
import { SecretSearch } from "../support/secret-search.js";

// No secret of those who send development information is in the data folder, in the log, in an error, or in an answer other than the one that
// makes it. The story makes, uses, guesses, renews, installs, breaks and removes, on a real data folder, with a tool that repeats what it is
// sent.

const servers = new LoopbackServers();
/** By what they are. */
const secrets: Record<string, string> = {};
/** Answers that hide secrets, and errors. */
const told: string[] = [];
/** Answers that show one, this once. */
const shown: string[] = [];

let folder: string;
let storage: Storage;
let rig: DevinfoAccessRig;

function plant(name: string): string {
  const secret = `ä🎉pl"an\\ted+/=&<${randomBytes(9).toString("hex")}>`;
  secrets[name] = secret;
  return secret;
}

/** A secret without what says of which kind it is, which refusals may say. */
function keep(name: string, secret: string): string {
  secrets[name] = secret.replace(/^sb[ct]_/, "");
  return secret;
}

interface Story {
  readonly access: DevinfoAccess;
  readonly tool: ConnectTool;
  readonly post: (path: string, body?: object | string) => Promise<Asked>;
}

function tell(answer: Asked): void {
  told.push(JSON.stringify(answer.headers), answer.text);
}

function member(answer: Asked, name: string): string {
  // Answers of ours are objects.
  return String((answer.json() as Record<string, unknown>)[name]);
}

async function useClients({ post, access }: Story, configuredSecret: string): Promise<void> {
  const made = await post("/v1/devinfo-clients", { name: "made" });
  const madeSecret = keep("secret of a client", member(made, "clientSecret"));
  const rotated = await post("/v1/devinfo-clients/made/rotate");
  const secret = keep("second secret of a client", member(rotated, "clientSecret"));
  shown.push(made.text, rotated.text);
  const grant = { grant_type: "client_credentials", client_id: "made", client_secret: secret };
  for (const [index, body] of [grant, { ...grant, client_id: "ci", client_secret: configuredSecret }].entries()) {
    const granted = await post("/oauth/token", body);
    shown.push(granted.text);
    const token = keep(`token ${index}`, member(granted, "access_token"));
    await use(access, `Bearer ${token}`);
    await use(access, `Bearer ${token}x`);
    await use(access, `JWT ${token}`);
    await use(access, token);
  }
  for (let count = 0; count < 12; count += 1) tell(await post("/oauth/token", { ...grant, client_secret: plant(`guess ${count}`) }));
  tell(await post("/oauth/token", { ...grant, client_id: secret }));
  tell(await post("/oauth/token", { ...grant, client_secret: madeSecret }));
  tell(await post("/oauth/token", { ...grant, grant_type: secret }));
  tell(await post("/oauth/token", JSON.stringify(grant).slice(0, -1)));
  for (const path of ["revoke", "rotate"]) tell(await post(`/v1/devinfo-clients/${encodeURIComponent(secret)}/${path}`));
  tell(await post("/v1/devinfo-clients", { name: "made" }));
}

async function useApps({ post, access, tool }: Story): Promise<void> {
  const wanted = { descriptorUrl: tool.descriptorUrl, allowsHttp: true };
  for (tool.fault of ["echoes", "redirects", "refuses", "fails-after", "none"] as const) {
    tell(await post("/v1/connect-apps", wanted));
    noteSent(tool);
  }
  for (tool.fault of ["echoes", "fails-after", "none"] as const) {
    tell(await post("/v1/connect-apps", { ...wanted, isReinstall: true }));
    noteSent(tool);
  }
  tell(
    await post("/v1/connect-apps", {
      ...wanted,
      descriptorUrl: `${tool.origin.replace("//", `//ada:${encodeURIComponent(plant("password"))}@`)}/d`,
    }),
  );
  tell(await post("/v1/connect-apps", { ...wanted, descriptorUrl: `http://127.0.0.2/${encodeURIComponent(plant("secret path"))}` }));
  tell(
    await post("/v1/connect-apps", { ...wanted, descriptorUrl: `${tool.origin}/nowhere?key=${encodeURIComponent(plant("secret query"))}` }),
  );
  await useSignatures(access, tool.sharedSecret);
  tell(await post(`/v1/connect-apps/${encodeURIComponent(tool.sharedSecret)}/remove`));
  tool.fault = "echoes";
  tell(await post("/v1/connect-apps", { ...wanted, isReinstall: true, isKeySigned: true }));
  secrets["key of installations"] = ((await rig.store.installKey())?.privateKey ?? "").split("\n")[3] ?? "";
}

/** What the tool was sent, whether it took it or not. */
function noteSent(tool: ConnectTool): void {
  // Written by us.
  const { sharedSecret } = JSON.parse(tool.requests.at(-1)?.body ?? "{}") as { sharedSecret?: string };
  if (sharedSecret !== undefined) secrets[`secret of an app ${tool.requests.length}`] = sharedSecret;
}

async function useSignatures(access: DevinfoAccess, secret: string): Promise<void> {
  const now = Math.floor(rig.clock.now() / 1000);
  const qsh = createQueryStringHash(fromMethodAndUrl("GET", `${publicUrl}/x`), false, publicUrl);
  const claims = { iss: "org.example.tool", iat: now, exp: now + 180, qsh };
  const changes = [{}, { exp: now - 60 }, { exp: now + 9000 }, { qsh: "context-qsh" }, { iss: "com.example.app" }, { iss: secret }];
  for (const [index, change] of changes.entries()) {
    const token = encodeSymmetric({ ...claims, ...change }, secret);
    secrets[`signature ${index}`] = token.split(".")[2] ?? "";
    await use(access, `JWT ${token}`);
  }
}

async function use({ callers }: DevinfoAccess, authorization: string): Promise<void> {
  const known = await callers.authenticate({ method: "GET", paths: ["/x"], query: new URLSearchParams(), authorization }).catch(String);
  told.push(typeof known === "string" ? known : JSON.stringify(known));
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "switchboard-devinfo-secrets-"));
  storage = await openStorage(folder, { clock: systemClock, random: systemRandom });
  rig = new DevinfoAccessRig({ database: storage.database });
  const clientSecret = plant("secret of a configured client");
  const sharedSecret = plant("secret of a configured app");
  const access = rig.access({
    clients: [{ clientId: "ci", clientSecret: new Secret(clientSecret), scopes: ["WRITE"] }],
    connectApps: [{ key: "com.example.app", sharedSecret: new Secret(sharedSecret), scopes: ["WRITE"] }],
  });
  const { log, clock, random } = rig;
  const routes = [
    ...[...createDevinfoClientRoutes(access.clients), ...createConnectAppRoutes(access.apps)],
    createTokenRoute({ callers: access.callers, tag: "Devinfo" }),
  ];
  const listener = createListener({ bindAddress: "127.0.0.1", port: 0, routes, log, clock, random });
  const { port } = await listener.start();
  const post: Story["post"] = (to, body) => {
    const sent = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
    return ask(port, to, { method: "POST", headers: { "content-type": "application/json" }, ...sent });
  };
  const story = { access, post, tool: await ConnectTool.start(servers) };
  await useClients(story, clientSecret);
  await useApps(story);
  for (const list of ["/v1/devinfo-clients", "/v1/connect-apps"]) tell(await ask(port, list));
  await listener.stop();
  await rig.http.close();
  await storage.close();
}, 60_000);

afterAll(async () => {
  await servers.closeAll();
  rmSync(folder, { recursive: true });
});

describe("secrets of those who send development information", () => {
  it("are many, and of every kind", () => {
    for (const kind of [
      "configured client",
      "configured app",
      "secret of a client",
      "second secret",
      "token 1",
      "secret of an app",
      "guess 3",
      "signature 2",
    ]) {
      expect(
        Object.keys(secrets).some((name) => name.includes(kind)),
        kind,
      ).toBe(true);
    }
    expect(Math.min(...Object.values(secrets).map(({ length }) => length))).toBeGreaterThan(20);
    expect(new SecretSearch(secrets).in(shown.join("\n")).length).toBeGreaterThan(3);
  });

  it("are not in the data folder: in no file, no key and no value", async () => {
    const search = new SecretSearch(secrets);
    const { files, records } = await readDataFolder(folder);

    expect(records.filter(({ where }) => where.includes("devinfo-")).length).toBeGreaterThan(5);
    const found = [...files, ...records].flatMap(({ where, text }) => search.in(text).map((what) => `${where}: ${what}`));
    expect(found).toEqual([]);
  });

  it("are in no line of the log", () => {
    const search = new SecretSearch(secrets);

    expect(rig.logged.length).toBeGreaterThan(10);
    expect(rig.logged.flatMap((line) => search.in(line).map((what) => `${what} in ${line}`))).toEqual([]);
  });

  it("are in no error, and in no answer but the one that made them", () => {
    const search = new SecretSearch(secrets);

    expect(told.length).toBeGreaterThan(60);
    expect(told.flatMap((text) => search.in(text).map((what) => `${what} in ${text}`))).toEqual([]);
  });
});
