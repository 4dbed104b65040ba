import { describe, expect, it } from "vitest";
import { repositoryConnection } from "../../../test/support/github-setting.js";
import { createServiceContext } from "../../../test/support/service-context.js";
import { Secret } from "../../shared/secret.js";
import { findingCardEvent } from "../../vocabulary/finding-card.js";
import { createGitHubService } from "./index.js";
import type { GitHubConfig } from "./schema.js";

const service = createGitHubService();
const context = createServiceContext<GitHubConfig>({ webhook: { secret: new Secret("hush") }, userIdPrefix: "_github_" });
const kind = service.kinds.find(({ id }) => id === "repository");

describe("a card about findings", () => {
  it.each([
    { url: "https://github.com", state: {} },
    { url: "https://github.example.org", state: { url: "https://github.example.org" } },
  ])("finds the rooms that are connected to the repository at $url", ({ url, state }) => {
    const keys = service.findingKeys?.(url, "Octo/Hello", context) ?? [];

    for (const key of kind?.remoteKeys(repositoryConnection("octo/hello", state).state, "") ?? [""]) expect(keys).toContain(key);
  });

  it("is said whatever events the connection names", () => {
    const card = { remoteUrl: "https://github.com", scanner: "trivy", project: "octo/hello", issues: [] };
    const event = findingCardEvent({ ...card, created: 0, updated: 0, reopened: 0, closed: 2 }, []);

    expect(kind?.render(event, repositoryConnection("octo/hello", { enableHooks: [] }), context)).toMatchObject({
      kind: "messages",
      messages: [{ content: { body: expect.stringContaining("**trivy** in octo/hello: 2 closed") } }],
    });
  });
});
