import { afterEach, describe, expect, it } from "vitest";
import { ask, askRaw } from "../../../test/support/ask.js";
import { basic } from "../../../test/support/callers-rig.js";
import { fitting, integrationsUrl, right } from "../../../test/support/ticketing-rig.js";
import { itemUrl, requests, somewhere, TicketingRigs } from "../../../test/support/ticketing-rigs.js";

const rigs = new TicketingRigs();
afterEach(() => rigs.stopAll());

describe("callers of the ticketing API", () => {
  it.each([{ authorization: basic("ada", "lovelace") }, right, { authorization: "bearer right" }])("may be %j", async (headers) => {
    const rig = rigs.create({ verifiesConnections: false });

    expect((await rig.call("POST", integrationsUrl, { body: fitting(somewhere), headers })).status).toBe(200);
    expect((await rig.call("GET", itemUrl, { headers })).status).toBe(200);
  });

  it.each([
    {},
    { authorization: "Bearer wrong" },
    { authorization: "Bearer" },
    { authorization: "Token right" },
    { authorization: "right" },
    { authorization: basic("ada", "wrong") },
    { authorization: basic("eve", "lovelace") },
    { authorization: basic("", "right") },
    { authorization: basic("ada", "") },
  ])("are refused everywhere without good credentials: %j", async (headers) => {
    const rig = rigs.create();

    for (const { method, path } of requests) {
      const answered = await rig.call(method, path, { headers });

      const challenge = answered.headers["www-authenticate"];
      expect([answered.status, challenge, answered.json()]).toEqual([401, 'Basic realm="Xray"', { error: "Unauthorized" }]);
    }
  });

  it.each(requests)(
    "are refused $method $path with a token of another API, before what they send is looked at",
    async ({ method, path }) => {
      const answered = await rigs.create().call(method, path, { headers: { authorization: "Bearer other", "content-type": "text/plain" } });

      expect([answered.status, answered.json()]).toEqual([403, { error: "Permission denied" }]);
    },
  );

  it("are not told by the query who they are", async () => {
    const port = await rigs.create().start();

    expect((await ask(port, `${integrationsUrl}?access_token=right&token=right`)).status).toBe(401);
  });

  it("get no body read before they are known", async () => {
    const text = await askRaw(
      await rigs.create().start(),
      `POST ${integrationsUrl} HTTP/1.1\r\nhost: x\r\ncontent-length: 5000000\r\n\r\n`,
      "}",
    );

    expect(text).toMatch(/^HTTP\/1\.1 401 /);
  });
});
