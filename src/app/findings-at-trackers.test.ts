import { MemoryLevel } from "memory-level";
import { afterEach, describe, expect, it } from "vitest";
import { finding, report } from "../../test/support/findings-rig.js";
import { GitHubStandIn } from "../../test/support/github-stand-in.js";
import { JiraStandIn } from "../../test/support/jira-stand-in.js";
import { connectorRemote } from "../../test/support/memory-remotes.js";
import { createServiceContext, fetchHttpClient } from "../../test/support/service-context.js";
import type { KnownRemote } from "../core/registered-remote.js";
import type { ActiveService } from "../core/service.js";
import { createGitHubService } from "../services/github/index.js";
import { createJiraService } from "../services/jira/index.js";
import { systemClock } from "../shared/clock.js";
import { silentLog } from "../shared/log.js";
import { systemRandom } from "../shared/random.js";
import { Secret } from "../shared/secret.js";
import { GroupCommit } from "../storage/group-commit.js";
import type { Finding } from "../ticketing/finding.js";
import { createFindings } from "./findings.js";

// The life of a finding at stand-ins of real trackers, with nothing but what was registered.

/** A tracker that was registered, and what happens in it by other hands than ours. */
interface Tracker {
  readonly remote: KnownRemote;
  readonly active: ActiveService;
  readonly project: string;
  /** Makes it such that it can be closed. */
  begin(key: string): Promise<unknown>;
  /** How many issues there are, and what the first one is. */
  look(): { readonly count: number; readonly title: string; readonly text: string; readonly status: string };
  stop(): Promise<void>;
}

async function startJira(): Promise<Tracker> {
  const jira = await JiraStandIn.start({ deployment: "server", credential: { token: "pat" } });
  jira.addProject("PLAY");
  const account = { kind: "token", username: "ignored", token: new Secret("pat") } as const;
  const issues = { type: "Bug", close: "Close Issue", reopen: "Reopen Issue", doneStatuses: ["Resolved", "Closed"] };
  const remote = connectorRemote({ serviceId: "jira", url: jira.url, account, issues, projects: ["PLAY"] });
  // The cast: it is the service's own section.
  const service = createJiraService() as ActiveService["service"];
  return {
    ...{ remote, project: "play", stop: () => jira.stop() },
    active: { service, context: createServiceContext(service.withoutSection?.(systemRandom)) },
    begin: (key) => jira.updateIssue(key, { status: "In Progress" }),
    look: () => {
      const { summary, status } = jira.issue("PLAY-1");
      return { count: jira.issues.length, title: summary, text: jira.descriptionOf("PLAY-1")?.text ?? "", status };
    },
  };
}

async function startGitHub(): Promise<Tracker> {
  const gitHub = await GitHubStandIn.start();
  for (const login of ["octo", "ada"]) gitHub.addAccount(login);
  gitHub.addRepository("octo/hello", { permissions: { ada: "write" } });
  const account = { kind: "token", token: new Secret("ghp_ada_token") } as const;
  const remote = connectorRemote({ serviceId: "github", url: gitHub.url, account, projects: ["octo/*"] });
  // The cast: it is the service's own section.
  const service = createGitHubService() as ActiveService["service"];
  return {
    ...{ remote, project: "octo/hello", stop: () => gitHub.stop() },
    active: { service, context: createServiceContext(service.withoutSection?.(systemRandom)) },
    begin: () => Promise.resolve(),
    look: () => {
      const { title, body, state } = gitHub.issue("octo/hello", 1);
      return { count: gitHub.repository("octo/hello").issues.length, title, text: body.replaceAll("\\", ""), status: state };
    },
  };
}

let tracker: Tracker;

afterEach(() => tracker.stop());

describe.each([
  { title: "a Jira", start: startJira, closed: "Done", opened: "To Do" },
  { title: "a GitHub", start: startGitHub, closed: "closed", opened: "open" },
])("at $title", ({ start, closed, opened }) => {
  it("a finding is made, changed, closed and opened again, one issue all the time", async () => {
    tracker = await start();
    const database = new MemoryLevel<string, string>();
    const unitOfWork = new GroupCommit({ database, location: "memory", recover: () => Promise.resolve() });
    const { remote, active, project } = tracker;
    const findings = createFindings({
      ...{ database, unitOfWork, guarded: fetchHttpClient, clock: systemClock, random: systemRandom, log: silentLog() },
      directory: { find: async () => [remote] },
      services: [active],
    });
    const outcomes: unknown[] = [];
    const send = async (given: Partial<Finding>): Promise<void> => {
      const result = await findings.report(report([finding("CVE-1", given)], { project }));
      if (result.kind !== "done") throw new TypeError(JSON.stringify(result));
      const { issues, failed } = result.summary;
      expect(failed).toEqual([]);
      outcomes.push(...issues.map(({ outcome }) => outcome));
      await tracker.begin(issues[0]?.key ?? "");
    };

    await send({ description: "<b>old</b> *text*" });
    await send({ description: "<b>new</b> *text*" });
    expect(tracker.look()).toMatchObject({ title: "Title of CVE-1", text: expect.stringContaining("<b>new</b> *text*") });
    await send({ description: "<b>new</b> *text*" });
    const sent = findings.report(report([finding("CVE-1", { state: "fixed" })], { project }));
    expect(await sent).toMatchObject({ summary: { counts: { closed: 1 }, failed: [] } });
    expect(tracker.look().status).toBe(closed);
    const again = findings.report(report([finding("CVE-1", { description: "<b>new</b> *text*" })], { project }));
    expect(await again).toMatchObject({ summary: { counts: { reopened: 1 }, failed: [] } });

    expect(outcomes).toEqual(["created", "updated", "unchanged"]);
    expect(tracker.look()).toMatchObject({ count: 1, status: opened });
    await findings.stop();
    const { emitted } = active.context as ReturnType<typeof createServiceContext>;
    expect(emitted.map(({ event }) => event.name)).toEqual(["findings", "findings", "findings", "findings"]);
  });
});
