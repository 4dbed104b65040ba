import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createServiceContext } from "../../../test/support/service-context.js";
import { changed, gitHubConfig, gitHubFixture, PlayedGitHub } from "../../../test/support/github-events.js";
import { PermissionError, ValidationError, type SwitchboardError } from "../../core/errors.js";
import type { WebhookRequest } from "../../core/service.js";
import { installationsStaleKey } from "./remote.js";

const github = new PlayedGitHub();
const { webhook } = github;
const body = Buffer.from('{"zen":"Keep it logically awesome."}');

function sign(bytes: Buffer, secret = "webhook secret"): string {
  return `sha256=${createHmac("sha256", secret).update(bytes).digest("hex")}`;
}

function request(headers: WebhookRequest["headers"] = {}, bytes = body): WebhookRequest {
  const usual = { "x-hub-signature-256": sign(bytes), "x-github-event": "ping", "x-github-delivery": "guid" };
  return {
    method: "POST",
    path: "/github/webhook",
    params: {},
    query: new URLSearchParams(),
    headers: { ...usual, ...headers },
    body: bytes,
  };
}

async function refusalOf(made: WebhookRequest): Promise<unknown> {
  try {
    await webhook.verify(made, createServiceContext(gitHubConfig));
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("a request of GitHub", () => {
  it("is taken with a signature over its raw bytes", async () => {
    expect(await refusalOf(request())).toBeUndefined();
  });

  it("is taken with a signature in upper case", async () => {
    expect(
      await refusalOf(request({ "x-hub-signature-256": sign(body).replace(/[a-f]/g, (digit) => digit.toUpperCase()) })),
    ).toBeUndefined();
  });

  it.each([
    { title: "of another secret", signature: sign(body, "another") },
    { title: "of other bytes", signature: sign(Buffer.concat([body, Buffer.from(" ")])) },
    { title: "of the older kind", signature: `sha1=${createHmac("sha1", "webhook secret").update(body).digest("hex")}` },
    { title: "cut short", signature: sign(body).slice(0, -2) },
    { title: "with something behind it", signature: `${sign(body)}00` },
    { title: "that is none", signature: "sha256=" },
    { title: "that is the secret", signature: "webhook secret" },
  ])("is refused with a signature $title", async ({ signature }) => {
    const refusal = await refusalOf(request({ "x-hub-signature-256": signature }));

    expect(refusal).toBeInstanceOf(PermissionError);
    expect((refusal as SwitchboardError).code).toBe("HS_BAD_TOKEN");
  });

  it.each([
    { title: "no signature", headers: { "x-hub-signature-256": undefined } },
    { title: "an empty signature", headers: { "x-hub-signature-256": " " } },
    { title: "two signatures, one of them right", headers: { "x-hub-signature-256": `${sign(body)}, ${sign(body)}` } },
    { title: "no delivery", headers: { "x-github-delivery": undefined } },
    { title: "no event", headers: { "x-github-event": undefined } },
    { title: "two events", headers: { "x-github-event": "push, ping" } },
  ])("is refused with $title", async ({ headers }) => {
    const refusal = await refusalOf(request(headers));

    expect(refusal).toBeInstanceOf(ValidationError);
    expect((refusal as SwitchboardError).message).toMatch(/^The header x-[a-z0-9-]+ (is missing|stands there more than once)$/);
  });

  it("is known on the path / by its delivery", () => {
    expect(webhook.recognises({ "x-github-delivery": "guid" })).toBe(true);
    expect(webhook.recognises({ "x-github-event": "push" })).toBe(false);
  });
});

describe("what is kept of a request", () => {
  it("is its event and delivery, and the body as it came", () => {
    const kept = webhook.keep!(request({ "content-type": "application/json", cookie: "a" }), github.context);

    expect(kept).toEqual({ headers: { "x-github-event": "ping", "x-github-delivery": "guid" }, body });
  });

  it.each(["application/x-www-form-urlencoded", "Application/X-WWW-Form-Urlencoded; charset=utf-8"])(
    "is the payload of a form: %s",
    (type) => {
      const text = '{"action":"a b+c&d=e","emoji":"🐛"}';
      const form = Buffer.from(new URLSearchParams({ payload: text }).toString());

      const kept = webhook.keep!(request({ "content-type": type }, form), github.context);

      expect(kept.body.toString()).toBe(text);
    },
  );

  it("cannot be a form without a payload", () => {
    const form = request({ "content-type": "application/x-www-form-urlencoded" }, Buffer.from("other=1"));

    expect(() => webhook.keep!(form, github.context)).toThrow(ValidationError);
  });
});

describe("an event of GitHub", () => {
  it("finds rooms by repository, in whatever case, and by issue", () => {
    const fixture = gitHubFixture("issues.edited__title");
    const repository = changed(fixture, "repository", { name: "Hello", owner: { login: "Octo" } });

    const [event] = github.parse(gitHubFixture("issues.edited__title", repository)).events;

    expect(event?.routingKeys).toEqual(["octo/hello", "octo/hello#1"]);
    expect(github.kind.remoteKeys({ org: "OCTO", repo: "hello" }, "octo/hello")).toEqual(["octo/hello"]);
  });

  it.each(["discussion", "discussion_comment"])("of a discussion goes to rooms of discussions: %s.created", (name) => {
    const { headers, body: base } = gitHubFixture("star.created__plain");
    const discussion = {
      id: 5,
      node_id: "D_5",
      number: 3,
      title: "Oil?",
      html_url: "https://github.com/octo/hello/discussions/3",
      category: null,
    };
    const comment = { id: 6, html_url: "https://github.com/octo/hello/discussions/3#discussioncomment-6", body: "Oil!", user: null };
    const asked = { headers: { ...headers, "x-github-event": name }, body: { ...base, discussion, comment } };

    const [event] = github.parse(asked).events;

    expect(event?.routingKeys).toEqual(["octo/hello discussions", "octo/hello discussions#3"]);
    expect(event?.payload).toMatchObject({ discussion: { number: 3, nodeId: "D_5" } });
  });

  it("is told apart from its repeat by the delivery, at its GitHub", () => {
    const enterprise = new PlayedGitHub({ config: { ...gitHubConfig, enterpriseUrl: "https://github.example.org/" } });
    const { headers } = gitHubFixture("push__one-commit");

    expect(github.parse(gitHubFixture("push__one-commit")).deliveryKey).toBe(`github.com ${headers["x-github-delivery"]}`);
    expect(enterprise.parse(gitHubFixture("push__one-commit")).deliveryKey).toBe(`github.example.org ${headers["x-github-delivery"]}`);
  });

  it.each(["installation", "installation_repositories"])("of where the App is installed is noted: %s", (event) => {
    const { headers, body: base } = gitHubFixture("installation_repositories__added");

    const parsed = github.parse({ headers: { ...headers, "x-github-event": event }, body: base });

    expect(parsed.events).toEqual([]);
    expect(parsed.changes).toEqual([{ type: "put", key: installationsStaleKey, value: String(github.context.now()) }]);
  });

  it("of a kind that nobody knows is taken and not told", () => {
    const { headers, body: base } = gitHubFixture("ping__hook");

    expect(github.parse({ headers: { ...headers, "x-github-event": "invented" }, body: base })).toMatchObject({ events: [] });
    expect(github.parse({ headers: { ...headers, "x-github-event": "__proto__" }, body: { action: "constructor" } }).events).toEqual([]);
  });

  it.each([
    { title: "without what is read", request: gitHubFixture("issues.opened__with-labels", { issue: {} }) },
    { title: "without a sender", request: gitHubFixture("issues.opened__with-labels", { sender: null }) },
    { title: "with an address that is none", request: gitHubFixture("push__one-commit", { compare: "javascript:alert(1)" }) },
    { title: "with a number that Matrix does not take", request: gitHubFixture("star.created__plain", { repository: { id: 1e300 } }) },
    { title: "without its name", request: { headers: {}, body: {} } },
  ])("is refused $title", ({ request: asked }) => {
    expect(() => github.parse(asked)).toThrow(ValidationError);
  });

  it("loses no more than what is broken of a list", () => {
    const fixture = gitHubFixture("issues.opened__with-labels");
    const lists = { labels: [null, 1, "bug", { name: 1 }, { name: "ok", color: "zzz" }], assignees: [null, { login: "bob" }, {}] };

    const [event] = github.parse(gitHubFixture("issues.opened__with-labels", changed(fixture, "issue", lists))).events;

    expect(event?.payload).toMatchObject({ issue: { labels: [{ name: "ok" }], assignees: ["bob"] } });
  });
});
