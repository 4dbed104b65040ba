import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ask, type Asked } from "../../../test/support/ask.js";
import { DevinfoAccessRig } from "../../../test/support/devinfo-access-rig.js";
import { createListener, type Listener } from "../../http/listener.js";
import { compileSchema } from "../../shared/validate.js";
import { createConnectAppRoutes, createDevinfoClientRoutes } from "./devinfo-client-routes.js";
import {
  connectAppListSchema,
  devinfoClientListSchema,
  devinfoClientMadeSchema,
  shownDevinfoClientSchema,
} from "./devinfo-client-schema.js";

let rig: DevinfoAccessRig;
let listener: Listener;
let port: number;

beforeEach(async () => {
  rig = new DevinfoAccessRig();
  const { clients, apps } = rig.access();
  const { log, clock, random } = rig;
  const routes = [...createDevinfoClientRoutes(clients), ...createConnectAppRoutes(apps)];
  listener = createListener({ bindAddress: "127.0.0.1", port: 0, routes, log, clock, random });
  ({ port } = await listener.start());
});

afterEach(async () => {
  await listener.stop();
  await rig.http.close();
});

function post(path: string, body?: unknown): Promise<Asked> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  return ask(port, path, { method: "POST", ...sent });
}

describe("the control API's answers about those who send development information", () => {
  it("fit their schemas, and show a secret where it was made alone", async () => {
    const made = await post("/v1/devinfo-clients", { name: "build", scopes: ["READ"], provider: "p", instance: "main" });
    const rotated = await post("/v1/devinfo-clients/build/rotate");
    const list = await ask(port, "/v1/devinfo-clients");
    const revoked = await post("/v1/devinfo-clients/build/revoke");
    const apps = await ask(port, "/v1/connect-apps");

    const expected: readonly (readonly [Asked, object])[] = [
      ...([
        [made, devinfoClientMadeSchema],
        [rotated, devinfoClientMadeSchema],
        [list, devinfoClientListSchema],
      ] as const),
      ...([
        [revoked, shownDevinfoClientSchema],
        [apps, connectAppListSchema],
      ] as const),
    ];
    for (const [answer, schema] of expected) {
      expect(answer.status).toBe(200);
      expect(compileSchema(schema)(answer.json())).toMatchObject({ ok: true });
    }
    expect(list.text + revoked.text).not.toMatch(/sbc_|secretHash/);
  });

  it.each([
    ["/v1/devinfo-clients", {}, 400],
    ["/v1/devinfo-clients", { name: "ci" }, 400],
    ["/v1/devinfo-clients", { name: "x", scopes: ["ALL"] }, 400],
    ["/v1/devinfo-clients", { name: "x", other: 1 }, 400],
    ["/v1/devinfo-clients/nobody/revoke", undefined, 404],
    ["/v1/devinfo-clients/nobody/rotate", undefined, 404],
    ["/v1/connect-apps", { descriptorUrl: "http://127.0.0.1/x" }, 400],
    ["/v1/connect-apps", { descriptorUrl: "https://127.0.0.2:1/x" }, 502],
    ["/v1/connect-apps", { descriptorUrl: 1 }, 400],
    ["/v1/connect-apps/nobody/remove", undefined, 404],
  ])("refuse %s %j with %i", async (path, body, status) => {
    const answer = await post(path, body);

    expect([answer.status, answer.json()]).toEqual([
      status,
      { errcode: expect.any(String) as string, error: expect.any(String) as string },
    ]);
  });
});
