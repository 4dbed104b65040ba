import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { HookRig, hookConnection, hookRequest, routingKey } from "../../../test/support/hook-rig.js";
import { SwitchboardError } from "../../core/errors.js";
import type { WebhookRequest } from "../../core/service.js";
import type { SignatureSettings } from "./schema.js";

const secret = `whsec_${Buffer.from("a secret of thirty-two bytes ....").toString("base64")}`;
const body = '{"text":"x"}';
const now = Date.UTC(2026, 0, 1);
const timestamp = now / 1_000;

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

const hex = hmac(secret, body).toString("hex");
const base64 = hmac(secret, body).toString("base64");
const standardKey = Buffer.from(secret.slice("whsec_".length), "base64");

function standard(at: number, id = "msg_1", text = body): string {
  return `v1,${hmac(standardKey, `${id}.${at}.${text}`).toString("base64")}`;
}

async function outcome(
  headers: Readonly<Record<string, string>>,
  settings: SignatureSettings = {},
  overrides: Partial<WebhookRequest> = {},
): Promise<string> {
  const rig = new HookRig({ enableHttpGet: true }, hookConnection({ signature: settings }));
  rig.nowMs = now;
  rig.context.secrets.put(`signing/${routingKey}`, secret);
  try {
    await rig.receive(hookRequest(body, undefined, { headers: { "content-type": "application/json", ...headers }, ...overrides }));
    return "taken";
  } catch (error) {
    if (!(error instanceof SwitchboardError)) throw error;
    expect(error.message).not.toContain(secret);
    const answer = rig.webhook.refuse?.(error, { method: "POST", path: "/webhook/x" });
    return `${answer?.status} ${JSON.stringify(answer?.body)}`;
  }
}

const refused = '401 {"ok":false,"error":"Signature did not match"}';

describe("a hook that has to be signed takes", () => {
  it.each([
    { title: "the usual header", headers: { "x-hub-signature-256": `sha256=${hex}` } },
    { title: "upper-case hex", headers: { "x-hub-signature-256": `sha256=${hex.toUpperCase()}` } },
    { title: "base64", headers: { "x-hub-signature-256": `sha256=${base64}` } },
    { title: "a header of its own", headers: { "x-signature": hex }, settings: { header: "X-Signature", prefix: "" } },
    { title: "a prefix of its own", headers: { "x-hub-signature-256": `v0=${hex}` }, settings: { prefix: "v0=" } },
    {
      title: "Standard Webhooks",
      headers: { "webhook-id": "msg_1", "webhook-timestamp": String(timestamp), "webhook-signature": standard(timestamp) },
    },
    {
      title: "the second of several signatures",
      headers: {
        "webhook-id": "msg_1",
        "webhook-timestamp": String(timestamp - 299),
        "webhook-signature": `v1,${Buffer.alloc(32).toString("base64")} v1a,xx ${standard(timestamp - 299)}`,
      },
    },
  ])("$title", async ({ headers, settings = {} }) => {
    expect(await outcome(headers as Readonly<Record<string, string>>, settings)).toBe("taken");
  });
});

describe("a hook that has to be signed refuses", () => {
  const at = (time: number, signature = standard(time)): Readonly<Record<string, string>> => ({
    "webhook-id": "msg_1",
    "webhook-timestamp": String(time),
    "webhook-signature": signature,
  });

  it.each([
    { title: "nothing", headers: {} },
    { title: "an empty signature", headers: { "x-hub-signature-256": "sha256=" } },
    { title: "another secret's", headers: { "x-hub-signature-256": `sha256=${hmac("other", body).toString("hex")}` } },
    { title: "another body's", headers: { "x-hub-signature-256": `sha256=${hmac(secret, `${body} `).toString("hex")}` } },
    { title: "another algorithm's name", headers: { "x-hub-signature-256": `sha1=${hex}` } },
    {
      title: "the usual header, where the hook has another",
      headers: { "x-hub-signature-256": `sha256=${hex}` },
      settings: { header: "X-Signature" },
    },
    { title: "an old one", headers: at(timestamp - 301) },
    { title: "one from the future", headers: at(timestamp + 301) },
    { title: "one of no time", headers: { ...at(timestamp), "webhook-timestamp": "NaN" } },
    { title: "another id's", headers: { ...at(timestamp), "webhook-id": "msg_2" } },
    { title: "another version", headers: at(timestamp, standard(timestamp).replace("v1,", "v2,")) },
    { title: "one without a version", headers: at(timestamp, standard(timestamp).slice(3)) },
    {
      title: "a wrong standard signature beside a right header",
      headers: { ...at(timestamp, "v1,AAAA"), "x-hub-signature-256": `sha256=${hex}` },
    },
  ])("$title", async ({ headers, settings = {} }) => {
    expect(await outcome(headers as Readonly<Record<string, string>>, settings)).toBe(refused);
  });

  it("a GET, whose query no signature covers", async () => {
    const empty = hmac(secret, "").toString("hex");

    expect(await outcome({ "x-hub-signature-256": `sha256=${empty}` }, {}, { method: "GET", body: Buffer.alloc(0) })).toBe(refused);
  });

  it("everything while its secret is lost", async () => {
    const rig = new HookRig({}, hookConnection({ signature: {} }));

    await expect(rig.receive(hookRequest(body, "application/json"))).rejects.toMatchObject({ code: "HS_BAD_TOKEN" });
  });
});
