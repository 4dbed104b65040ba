import { describe, expect, it } from "vitest";
import {
  changed,
  contentOf,
  gitHubFixture,
  PlayedGitHub,
  repositoryConnection,
  type GitHubRequest,
} from "../../../test/support/github-events.js";
import { MemoryServiceStore, type TestContext } from "../../../test/support/service-context.js";
import type { IssueLabeled } from "./events.js";
import { labelTask } from "./labels.js";
import type { GitHubConfig } from "./schema.js";

const createdAt = Date.parse("2026-01-02T10:00:00Z");

/** GitHub, a clock and a store; `restart` keeps only the store. */
class LabeledGitHub {
  nowMs = createdAt + 3_600_000;
  readonly #store = new MemoryServiceStore();
  #github = this.#start();

  #start(): PlayedGitHub {
    return new PlayedGitHub({ store: this.#store, now: () => this.nowMs });
  }

  get context(): TestContext<GitHubConfig> {
    return this.#github.context;
  }

  restart(): void {
    this.#github = this.#start();
  }

  /** A webhook comes, and what it changes is stored. */
  label(action: "labeled" | "unlabeled", name: string, issue: object = {}): void {
    const { changes } = this.#github.parse(labelRequest(action, name, { updated_at: new Date(this.nowMs).toISOString(), ...issue }));
    this.#store.apply(changes);
  }

  /** @returns the labels of each event that is told now, and when to look again */
  async run(): Promise<{ readonly told: readonly (readonly string[])[]; readonly again: number }> {
    const before = this.context.emitted.length;
    const again = await labelTask.run(this.context);
    const told = this.context.emitted.slice(before).map(({ event }) => (event.payload as IssueLabeled).labels.map(({ name }) => name));
    return { told, again };
  }

  pending(): number {
    return this.#store.entries.size;
  }
}

function labelRequest(action: string, name: string, issue: object): GitHubRequest {
  const fixture = gitHubFixture("issues.unlabeled__plain");
  const label = { id: 1, name, color: "d73a4a" };
  return gitHubFixture("issues.unlabeled__plain", { action, label, ...changed(fixture, "issue", issue) });
}

describe("labels that are put on an issue", () => {
  it("are told together, five seconds after the first", async () => {
    const github = new LabeledGitHub();
    github.label("labeled", "bug");
    github.nowMs += 4_000;
    github.label("labeled", "help wanted");

    const early = await github.run();
    github.nowMs += 1_000;
    const due = await github.run();

    expect(early).toEqual({ told: [], again: 1_000 });
    expect(due.told).toEqual([["bug", "help wanted"]]);
    expect(github.pending()).toBe(0);
    expect((await github.run()).told).toEqual([]);
  });

  it("are looked at when they are due, and not much later", async () => {
    const github = new LabeledGitHub();
    github.label("labeled", "bug");
    github.nowMs += 4_700;

    expect(await github.run()).toEqual({ told: [], again: 300 });
  });

  it("are told once, whatever happens in between", async () => {
    const github = new LabeledGitHub();
    github.label("labeled", "bug");
    github.restart();
    github.nowMs += 60_000;

    expect((await github.run()).told).toEqual([["bug"]]);
    github.restart();
    expect((await github.run()).told).toEqual([]);
  });

  it("are not told when they are taken off in time", async () => {
    const github = new LabeledGitHub();
    github.label("labeled", "bug");
    github.label("labeled", "help wanted");
    github.label("unlabeled", "bug");
    github.nowMs += 5_000;

    expect((await github.run()).told).toEqual([["help wanted"]]);
  });

  it("come with the issue when it is no older than six seconds, however late the webhook", async () => {
    const github = new LabeledGitHub();
    github.label("labeled", "bug", { updated_at: "2026-01-02T10:00:05Z" });
    github.label("labeled", "help wanted", { updated_at: "2026-01-02T10:00:06Z" });
    github.nowMs += 5_000;

    expect((await github.run()).told).toEqual([["help wanted"]]);
  });

  it("are told for each issue on its own, and again for what comes afterwards", async () => {
    const github = new LabeledGitHub();
    github.label("labeled", "bug");
    github.label("labeled", "bug", { number: 2 });
    github.nowMs += 1;
    github.label("labeled", "a/b ü", { number: 2 });
    github.nowMs += 5_000;
    expect((await github.run()).told).toEqual([["bug"], ["bug", "a/b ü"]]);

    github.label("labeled", "bug");
    github.nowMs += 5_000;

    expect((await github.run()).told).toEqual([["bug"]]);
  });

  it("come to an event that says who began, about the issue as it is by then", async () => {
    const github = new LabeledGitHub();
    github.label("labeled", "bug");
    github.label("labeled", "help wanted", { title: "Swing squeaks again" });
    github.nowMs += 5_000;

    await github.run();

    expect(github.context.emitted[0]?.event).toMatchObject({
      name: "issues.labeled",
      routingKeys: ["octo/hello", "octo/hello#1"],
      payload: { sender: "ada", issue: { title: "Swing squeaks again" } },
    });
  });

  it("are none where the payload does not say which", () => {
    const github = new PlayedGitHub();
    const { headers, body } = labelRequest("labeled", "bug", {});

    expect(github.parse({ headers, body: { ...body, label: null } })).toEqual({ events: [], deliveryKey: expect.any(String) });
  });
});

describe("a message about new labels", () => {
  const played = new PlayedGitHub();

  async function render(state: Readonly<Record<string, unknown>>): Promise<ReturnType<PlayedGitHub["render"]>> {
    const github = new LabeledGitHub();
    github.label("labeled", "bug");
    github.label("labeled", "help wanted");
    github.nowMs += 5_000;
    await github.run();
    return played.kind.render(github.context.emitted[0]!.event, repositoryConnection(state), played.context);
  }

  it("names them all where one of them is asked for", async () => {
    const content = contentOf(await render({ includingLabels: ["bug"] }));

    expect(content["body"]).toBe(
      '🗃 **ada** labeled issue [octo/hello#1](https://github.com/octo/hello/issues/1): "Swing 🐛 squeaks" with labels bug, help wanted',
    );
    expect(content["formatted_body"]).toMatch(/ with labels <span [^>]*>bug<\/span> <span [^>]*>help wanted<\/span>$/);
    expect(content).toHaveProperty(["uk.half-shot.matrix-hookshot.github.issue", "number"], 1);
  });

  it.each([
    { state: {}, reason: "new labels are told only where includingLabels names some" },
    { state: { includingLabels: ["other"] }, reason: "none of the new labels is among includingLabels" },
    { state: { includingLabels: ["bug"], excludingLabels: ["help wanted"] }, reason: "one of its labels is among excludingLabels" },
    {
      state: { includingLabels: ["bug"], enableHooks: ["issue.created"] },
      reason: "the connection's events do not include issue.labeled or issue",
    },
  ])("is not sent for $state", async ({ state, reason }) => {
    expect(await render(state)).toEqual({ kind: "ignored", reason });
  });
});
