import { describe, expect, it } from "vitest";
import { createServiceContext } from "../../../test/support/service-context.js";
import type { Connection } from "../../core/connection.js";
import type { Rendered } from "../../core/service.js";
import { Secret } from "../../shared/secret.js";
import { findingCardEvent, type FindingCard } from "../../vocabulary/finding-card.js";
import { createJiraService } from "./index.js";
import type { JiraConfig } from "./schema.js";

const service = createJiraService();
const context = createServiceContext<JiraConfig>({ webhook: { secret: new Secret("hush") } });

const card: FindingCard = {
  ...{ remoteUrl: "https://jira.example.org/jira", scanner: "trivy", project: "play" },
  ...{ created: 1, updated: 0, reopened: 0, closed: 0, issues: [] },
};

/** What a room that is connected to the address says of the card. */
function render(url: string): Rendered | undefined {
  // `render` reads nothing else.
  const connection = { state: { url, events: [] } } as unknown as Connection;
  return service.kinds[0]?.render(findingCardEvent(card, []), connection, context);
}

describe("a card about findings", () => {
  it("finds the rooms that are connected to the project", () => {
    const keys = service.findingKeys?.(card.remoteUrl, card.project, context);

    expect(service.kinds[0]?.remoteKeys({ url: "https://jira.example.org/jira/projects/PLAY" }, "")).toEqual(
      expect.arrayContaining([...keys!]),
    );
    expect(keys).toHaveLength(1);
  });

  it("is said whatever events the connection names", () => {
    expect(render("https://jira.example.org/jira/projects/PLAY")).toMatchObject({
      kind: "messages",
      messages: [{ content: { body: expect.stringContaining("**trivy** in play: 1 created") } }],
    });
  });

  it("is not said in a room of another Jira at the same host", () => {
    expect(render("https://jira.example.org/other/projects/PLAY")).toEqual({
      kind: "ignored",
      reason: "it is about a project of https://jira.example.org/jira",
    });
  });
});
