import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createServiceContext } from "../../../test/support/service-context.js";
import { connectionId, type Connection } from "../../core/connection.js";
import type { ParsedWebhook, WebhookRequest } from "../../core/service.js";
import { Secret } from "../../shared/secret.js";
import { createEchoService } from "./index.js";
import type { EchoConfig } from "./schema.js";

const service = createEchoService();
const webhook = service.webhook!;
const kind = service.kinds[0]!;
const context = createServiceContext<EchoConfig>({ secret: new Secret("hush") });

async function parse(body: string | Buffer, headers: Readonly<Record<string, string>> = {}): Promise<ParsedWebhook> {
  return webhook.parse({ headers, body: Buffer.from(body) }, context);
}

function fixture(name: string): Buffer {
  return readFileSync(new URL(`fixtures/${name}.json`, import.meta.url));
}

function request(headers: WebhookRequest["headers"]): WebhookRequest {
  return { method: "POST", path: "/echo/webhook", params: {}, query: new URLSearchParams(), headers, body: Buffer.from("{}") };
}

const connection: Connection = {
  id: connectionId("!room:example.org", kind.stateTypes[0], "builds"),
  ...{ roomId: "!room:example.org", serviceId: "echo", kindId: kind.id, eventType: kind.stateTypes[0], stateKey: "builds" },
  ...{
    state: { channel: "builds" },
    eventId: "$event",
    sender: "@bot:example.org",
    remoteKeys: [],
    status: { kind: "active" },
    priority: -1,
  },
};

describe("the echo service", () => {
  it("says what was posted to the room's channel", async () => {
    const { events } = await parse(fixture("said__short"));

    expect(events[0]?.routingKeys).toEqual(kind.remoteKeys(connection.state, "builds"));
    expect(kind.render(events[0]!, connection, context)).toEqual({
      kind: "messages",
      messages: [
        {
          type: "m.room.message",
          content: {
            msgtype: "m.notice",
            body: "**builds**: Build 7 passed",
            format: "org.matrix.custom.html",
            formatted_body: "<strong>builds</strong>: Build 7 passed",
            "m.mentions": {},
          },
        },
      ],
    });
  });

  it("does not say in one channel what was posted to another", async () => {
    const { events } = await parse('{"channel":"deploys","text":"x"}');

    expect(events[0]?.routingKeys).not.toEqual(kind.remoteKeys(connection.state, "builds"));
  });

  it("takes a request with the secret", () => {
    expect(() => webhook.verify(request({ "x-echo-secret": "hush" }), context)).not.toThrow();
  });

  it.each([{}, { "x-echo-secret": "" }, { "x-echo-secret": "hus" }, { "x-echo-secret": "hush, hush" }])(
    "refuses one with %j",
    (headers) => {
      expect(() => webhook.verify(request(headers), context)).toThrow("The secret does not match.");
    },
  );

  it("knows a delivery that is repeated", async () => {
    expect((await parse(fixture("said__short"), { "x-echo-delivery": "42" })).deliveryKey).toBe("42");
    expect((await parse(fixture("said__short"))).deliveryKey).toBeUndefined();
  });

  it.each(["", "[]", "{}", '{"channel":"builds"}', '{"channel":"BUILDS","text":"x"}', '{"channel":"builds","text":""}'])(
    "refuses the body %s",
    async (body) => {
      await expect(parse(body)).rejects.toMatchObject({ code: "HS_BAD_VALUE" });
    },
  );

  it("connects a room to the channel that was typed", async () => {
    expect(await service.resolve?.({ typed: "builds", actor: "@alice:example.org" }, context)).toEqual({
      kind: "found",
      target: { kindId: "channel", stateKey: "builds", state: { channel: "builds" }, name: "builds" },
    });
  });

  it.each([{ typed: "Builds" }, { typed: "" }, { typed: "builds", remoteName: "main" }])("refuses to connect $typed", async (typed) => {
    expect(await service.resolve?.({ ...typed, actor: "@alice:example.org" }, context)).toMatchObject({ kind: "refused" });
  });

  it("connects a room to the channel that a program sent", async () => {
    const config = { channel: "builds" };
    const input = { roomId: connection.roomId, config, sent: config, actor: "@alice:example.org" } as const;

    expect(await kind.provisioning?.provision(input, context)).toEqual({
      target: { kindId: "channel", stateKey: "builds", state: config, name: "builds" },
    });
  });
});
