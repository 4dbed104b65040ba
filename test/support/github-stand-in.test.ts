import { createServer } from "node:http";
import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { GitHubStandIn } from "./github-stand-in.js";

let gitHub: GitHubStandIn;

beforeEach(async () => {
  gitHub = await GitHubStandIn.start();
  for (const login of ["octo", "ada", "bo"]) gitHub.addAccount(login);
  gitHub.addRepository("octo/hello", { permissions: { ada: "write" } });
});

afterEach(() => gitHub.stop());

async function ask(
  path: string,
  init: { readonly token?: string; readonly method?: string; readonly body?: object } = {},
): Promise<Response> {
  const { token, method = "GET", body } = init;
  const headers = token === undefined ? {} : { authorization: `token ${token}` };
  return fetch(`${gitHub.url}/api/v3${path}`, {
    method,
    headers,
    redirect: "manual",
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

describe("GitHubStandIn", () => {
  it("knows people by their tokens, until they are revoked", async () => {
    const ada = gitHub.addAccount("eve");

    expect(await (await ask("/user", { token: "ghp_eve_token" })).json()).toMatchObject({ login: "eve" });
    gitHub.revokeToken(ada);
    expect((await ask("/user", { token: "ghp_eve_token" })).status).toBe(401);
    expect((await ask("/user")).status).toBe(401);
  });

  it("shows private repositories to those who may see them, and to nobody else", async () => {
    gitHub.addRepository("octo/secret", { isPrivate: true, permissions: { ada: "read" } });

    expect((await ask("/repos/octo/secret", { token: "ghp_ada_token" })).status).toBe(200);
    expect((await ask("/repos/octo/secret", { token: "ghp_bo_token" })).status).toBe(404);
    expect((await ask("/repos/octo/secret")).status).toBe(404);
  });

  it("sends requests for a former name on, changes with their method", async () => {
    gitHub.addFormerName("octo/hello", "octo/old");

    expect((await ask("/repos/octo/old")).headers.get("location")).toBe(`${gitHub.url}/api/v3/repos/octo/hello`);
    expect((await ask("/repos/octo/old/issues", { method: "POST" })).status).toBe(307);
  });

  it("gives lists in pages", async () => {
    for (let count = 0; count < 3; count += 1) await gitHub.createIssue("octo/hello", `Issue ${count}`, "ada");

    const first = await ask("/repos/octo/hello/issues?per_page=2");
    const [, next = ""] = /<([^>]+)>; rel="next"/.exec(first.headers.get("link") ?? "") ?? [];

    expect(await first.json()).toMatchObject([{ number: 3 }, { number: 2 }]);
    expect(await (await fetch(next)).json()).toMatchObject([{ number: 1 }]);
  });

  it("sends signed webhooks for what happens over its API", async () => {
    const got: { readonly event: unknown; readonly isSigned: boolean; readonly body: unknown }[] = [];
    const receiver = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const body = Buffer.concat(chunks);
        const signature = `sha256=${createHmac("sha256", "word").update(body).digest("hex")}`;
        const isSigned = request.headers["x-hub-signature-256"] === signature;
        got.push({ event: request.headers["x-github-event"], isSigned, body: JSON.parse(body.toString("utf8")) });
        response.end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    const address = receiver.address();
    gitHub.addWebhook({ url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/github/webhook`, secret: "word" });

    await ask("/repos/octo/hello/issues", { token: "ghp_ada_token", method: "POST", body: { title: "Oil the swing" } });
    await gitHub.setState("octo/hello", 1, "closed", "octo");
    await gitHub.stop();
    receiver.close();

    expect(got).toMatchObject([
      {
        event: "issues",
        isSigned: true,
        body: { action: "opened", issue: { number: 1, title: "Oil the swing" }, sender: { login: "ada" } },
      },
      { event: "issues", isSigned: true, body: { action: "closed", repository: { full_name: "octo/hello" }, sender: { login: "octo" } } },
    ]);
    gitHub = await GitHubStandIn.start();
  });

  it("fails as told, and no more often", async () => {
    gitHub.failWith({ kind: "status", status: 502, only: /^GET \/user$/, times: 1 });

    expect((await ask("/user", { token: "ghp_ada_token" })).status).toBe(502);
    expect((await ask("/user", { token: "ghp_ada_token" })).status).toBe(200);
  });
});
