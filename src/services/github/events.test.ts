import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { contentOf, gitHubFixture, PlayedGitHub, repositoryConnection } from "../../../test/support/github-events.js";
import { furtherEventNames, hookshotEventNames } from "./state-schema.js";

interface Example {
  readonly name: string;
  readonly examples: readonly Readonly<Record<string, unknown>>[];
}

// The package is one JSON file, which an import would have to name as such.
const recorded = createRequire(import.meta.url)("@octokit/webhooks-examples") as readonly Example[];

const payloads = recorded.flatMap(({ name, examples }) =>
  examples.map((body, index) => ({ event: name, full: fullName(name, body), title: `${fullName(name, body)} ${index}`, body })),
);

/** Told in rooms of their own. */
const toldElsewhere = ["discussion.created", "discussion_comment.created"];

function fullName(event: string, { action }: Readonly<Record<string, unknown>>): string {
  return typeof action === "string" ? `${event}.${action}` : event;
}

const reader = { lastCommentBy: () => Promise.resolve("Done."), diff: () => Promise.resolve("-a\n+b\n") };
const state = { enableHooks: [...hookshotEventNames, ...furtherEventNames], prDiff: { enabled: true } };

describe("GitHub's recorded payloads", () => {
  const github = new PlayedGitHub({ reader });
  const ignored = new Set(github.webhook.ignoredEvents);

  it("are of every kind that the package has", () => {
    expect(recorded.length).toBeGreaterThanOrEqual(58);
    expect(payloads.length).toBeGreaterThanOrEqual(300);
  });

  it.each(payloads)("$title is told, or listed as ignored", async ({ event, full, body }) => {
    const { events } = github.parse({ headers: { "x-github-event": event, "x-github-delivery": "guid" }, body });

    const names = events.map(({ name }) => name);
    const isSilent = ignored.has(event) || ignored.has(full) || full === "issues.labeled";
    expect(names).toEqual(isSilent ? [] : [full]);
    if (isSilent || toldElsewhere.includes(full)) return;
    const connection = repositoryConnection(state);
    const first = github.kind.render(events[0]!, connection, github.context);
    const rendered = first.kind === "later" ? await github.kind.renderLater!(events[0]!, connection, github.context) : first;
    // Some say nothing by their content, such as a review without words; what they say then is why.
    if (rendered.kind === "ignored") expect(rendered.reason).toMatch(/^(the review|reviews that are|the release is no draft)/);
    else
      expect(contentOf(rendered)).toMatchObject({
        body: expect.stringMatching(/\S/),
        formatted_body: expect.stringMatching(/\S/),
        "m.mentions": {},
      });
  });

  it("come to a message for every event that is bridged and among them", async () => {
    const told = new Set<string>();
    for (const { event, body } of payloads) {
      for (const parsed of github.parse({ headers: { "x-github-event": event }, body }).events) {
        const first = github.kind.render(parsed, repositoryConnection(state), github.context);
        if (first.kind !== "ignored") told.add(parsed.name);
      }
    }

    expect([...told].sort()).toEqual(
      [
        ...["check_run.completed", "create", "delete", "deployment.created", "deployment_status.created", "fork"],
        ...["issue_comment.created", "issues.assigned", "issues.demilestoned", "issues.edited", "issues.milestoned"],
        ...["issues.opened", "issues.reopened", "issues.unassigned", "pull_request.assigned", "pull_request.closed"],
        ...["pull_request.converted_to_draft", "pull_request.opened", "pull_request.ready_for_review", "pull_request.reopened"],
        ...["pull_request.review_requested", "pull_request.synchronize", "pull_request.unassigned"],
        // The recorded reviews have neither words nor a verdict.
        ...["pull_request_review_comment.created", "push", "release.published", "star.created", "workflow_run.completed"],
      ].sort(),
    );
  });

  it("name no action that is neither bridged nor listed", () => {
    const declared = recorded.flatMap(({ name, actions = [] }: Example & { readonly actions?: readonly string[] }) =>
      actions.map((action) => ({ event: name, full: `${name}.${action}` })),
    );

    const unknown = declared.filter(({ event, full }) => {
      if (ignored.has(event) || ignored.has(full) || full === "issues.labeled") return false;
      const { headers, body } = gitHubFixture("ping__hook");
      // What is bridged reads its payload, and finds that this is another one.
      const read = (): unknown =>
        github.parse({
          headers: { ...headers, "x-github-event": event },
          body: { ...body, action: full.slice(event.length + 1), sender: null },
        });
      return !throws(read);
    });

    expect(unknown).toEqual([]);
  });
});

function throws(run: () => unknown): boolean {
  try {
    run();
    return false;
  } catch {
    return true;
  }
}
