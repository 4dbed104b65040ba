import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createServiceContext } from "../../../test/support/service-context.js";
import { PermissionError } from "../../core/errors.js";
import type { WebhookRequest } from "../../core/service.js";
import { Secret } from "../../shared/secret.js";
import { createJiraWebhook } from "./webhook.js";

const secret = "s3cret with ümlaut";
const body = Buffer.from('{"webhookEvent":"jira:issue_created","text":"ü"}');
const webhook = createJiraWebhook();
const context = createServiceContext({ webhook: { secret: new Secret(secret) } });

function sign(bytes: Buffer, key = secret): string {
  return `sha256=${createHmac("sha256", key).update(bytes).digest("hex")}`;
}

async function verify(request: { readonly query?: string; readonly signature?: string; readonly body?: Buffer }): Promise<void> {
  const headers: WebhookRequest["headers"] = { "x-hub-signature": request.signature };
  const query = new URLSearchParams(request.query);
  await webhook.verify({ method: "POST", path: "/jira/webhook", params: {}, query, headers, body: request.body ?? body }, context);
}

describe("verifying a Jira webhook", () => {
  it.each([
    { title: "its signature", request: { signature: sign(body) } },
    { title: "its signature in upper-case digits", request: { signature: sign(body).toUpperCase().replace("SHA256", "sha256") } },
    { title: "the secret in its address", request: { query: new URLSearchParams({ secret }).toString() } },
    { title: "its signature beside an empty secret in its address", request: { query: "secret=", signature: sign(body) } },
  ])("accepts it by $title", async ({ request }) => {
    await expect(verify(request)).resolves.toBeUndefined();
  });

  it.each([
    { title: "nothing that shows where it comes from", request: {}, message: "Signature did not match" },
    { title: "a signature with another secret", request: { signature: sign(body, "other") }, message: "Signature did not match" },
    {
      title: "a signature over other bytes",
      request: { signature: sign(body), body: Buffer.from("{}") },
      message: "Signature did not match",
    },
    { title: "a shortened signature", request: { signature: sign(body).slice(0, -2) }, message: "Signature did not match" },
    { title: "a longer signature", request: { signature: `${sign(body)}00` }, message: "Signature did not match" },
    {
      title: "a signature of another kind",
      request: { signature: sign(body).replace("sha256", "sha1") },
      message: "Signature did not match",
    },
    { title: "a wrong secret in its address", request: { query: "secret=wrong" }, message: "Invalid secret" },
    {
      title: "a wrong secret in its address and a good signature",
      request: { query: "secret=x", signature: sign(body) },
      message: "Invalid secret",
    },
    {
      title: "a right and a wrong secret",
      request: { query: `${new URLSearchParams({ secret }).toString()}&secret=x` },
      message: "Invalid secret",
    },
  ])("refuses it with $title", async ({ request, message }) => {
    const refusal = new PermissionError(message, "HS_BAD_TOKEN");

    await expect(verify(request)).rejects.toThrow(refusal);
  });
});

describe("recognising Jira on the path /", () => {
  it.each([
    [{ "x-atlassian-webhook-identifier": "1" }, true],
    [{ "user-agent": "Atlassian HttpClient 3.0.1 / JIRA-9.12.0 (9120000) / Default" }, true],
    [{ "user-agent": "curl/8.5.0" }, false],
    [{}, false],
  ])("says of %j: %j", (headers, expected) => {
    expect(webhook.recognises(headers)).toBe(expected);
  });
});
