import { MemoryLevel } from "memory-level";
import { describe, expect, it } from "vitest";
import { createMemoryRegistry } from "../../test/support/memory-registry.js";
import { deadHttpClient } from "../../test/support/service-context.js";
import type { FindingGroup } from "../core/ports/finding-store.js";
import { GroupCommit } from "../storage/group-commit.js";
import { createFindingStore } from "../storage/stores/finding-store.js";
import type { Remotes } from "./remotes.js";

async function createConnector({ connectors }: Remotes, name: string): Promise<number> {
  const system = connectors.systemOf("jira") ?? expect.fail("Jira is no system");
  const params = { issue_tracker_server: "jira.example.org", issue_tracker_user: "ada", issue_tracker_pass: "p" };
  const created = await connectors.create({ name, system, inaccessible: false, params });
  return created.kind === "created" ? created.connector.id : expect.fail(created.kind);
}

describe("registered remotes", () => {
  it("take what is known of their findings along when they are removed, and others keep theirs", async () => {
    const database = new MemoryLevel<string, string>();
    const remotes = createMemoryRegistry(deadHttpClient, database);
    const ids = [await createConnector(remotes, "main"), await createConnector(remotes, "other")];
    const findings = createFindingStore(database);
    const groups = ids.map((id): FindingGroup => ({ target: `connector-${id}`, project: "play", scanner: "trivy" }));
    const record = { fingerprint: "CVE-1", written: { title: "", description: "" } };
    const work = new GroupCommit({ database, location: "memory", recover: () => Promise.resolve() });
    await work.commit(groups.map((group) => findings.put(group, record)));

    await remotes.connectors.remove(ids[0] ?? 0);

    expect(await Promise.all(groups.map((group) => findings.get(group, record.fingerprint)))).toEqual([undefined, record]);
  });

  it("are found by their exact names", async () => {
    const remotes = createMemoryRegistry(deadHttpClient);
    await createConnector(remotes, "main");
    await createConnector(remotes, "#7");

    const keysOf = async (typed: string): Promise<readonly string[]> =>
      (await remotes.directory.named("connector", typed)).map(({ key }) => key);

    expect(await Promise.all(["main", "#1", "#7", "Main", "#9"].map(keysOf))).toEqual([
      ["connector-1"],
      ["connector-1"],
      ["connector-2"],
      [],
      [],
    ]);
    expect(await remotes.directory.named("ticketing", "main")).toEqual([]);
  });
});
