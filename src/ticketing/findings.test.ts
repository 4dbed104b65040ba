import { describe, expect, it } from "vitest";
import { finding, FindingsRig, trackerRemote } from "../../test/support/findings-rig.js";
import { connectorRemote } from "../../test/support/memory-remotes.js";
import { settle } from "../../test/support/manual-clock.js";
import { refusal } from "../../test/support/memory-tracker.js";
import { RemoteError, StorageError } from "../core/errors.js";
import { Secret } from "../shared/secret.js";

const fixed = { state: "fixed" } as const;

describe("a finding", () => {
  it("gets an issue, with its label and what it says", async () => {
    const rig = new FindingsRig();

    const summary = await rig.summary([
      finding("CVE-1", { title: "Bad\nthing", description: "It is @here/bad.", severity: "high", url: "https://cve.example/1" }),
    ]);

    expect(summary).toEqual({
      counts: { created: 1, updated: 0, reopened: 0, closed: 0, unchanged: 0 },
      failed: [],
      issues: [{ fingerprint: "CVE-1", outcome: "created", key: "PLAY-1", url: "https://tracker.example/browse/PLAY-1" }],
    });
    expect(rig.tracker.issue("PLAY-1")).toMatchObject({
      projectKey: "PLAY",
      type: "Bug",
      summary: "Bad thing",
      description:
        "It is @\u2060here/bad.\n\nSeverity: high\nMore: https://cve.example/1\nFound by trivy (CVE-1). This text is replaced when the scanner says something else.",
      labels: [expect.stringMatching(/^switchboard-[0-9a-f]{32}$/)],
    });
  });

  it.each([
    { said: "https://npm.example/package/@scope/name", written: "https://npm.example/package/%40scope/name" },
    { said: "https://example.org/?at=[~ada]#@b", written: "https://example.org/?at=%5B~ada]#%40b" },
    { said: "https://@ada", written: "https://@\u2060ada" },
    { said: "Rule #1 of (#2), page#3", written: "Rule #\u20601 of (#\u20602), page#3" },
  ])("mentions nobody and no other issue, and keeps its links: $said", async ({ said, written }) => {
    const rig = new FindingsRig();

    await rig.summary([finding("a", { description: said })]);

    expect(rig.tracker.issue("PLAY-1").description?.split("\n")[0]).toBe(written);
  });

  it("gets one issue, however often it is reported, and whoever reads it meanwhile", async () => {
    const rig = new FindingsRig();
    const reported = [finding("a"), finding("b")];

    expect(await rig.counts(reported)).toEqual({ created: 2 });
    expect(await rig.counts(reported)).toEqual({ unchanged: 2 });
    expect(await rig.counts(reported, { project: "play" })).toEqual({ unchanged: 2 });
    expect(rig.tracker.changes).toEqual(["created PLAY-1", "created PLAY-2"]);
  });

  it.each([
    { title: "another scanner", given: { scanner: "other" } },
    { title: "another project", given: { project: "OPS" } },
    { title: "another target", given: { target: "connector/#2" } },
  ])("of $title is another finding", async ({ given }) => {
    const rig = new FindingsRig({ remotes: [trackerRemote, { ...trackerRemote, id: 2, key: "connector-2", name: "other" }] });
    await rig.summary([finding("a")]);

    expect(await rig.counts([finding("a")], given)).toEqual({ created: 1 });

    expect(new Set(rig.tracker.issues.map(({ labels }) => labels.join())).size).toBe(2);
  });

  it("keeps its issue when its target is renamed", async () => {
    const rig = new FindingsRig();
    await rig.summary([finding("a")]);

    rig.remotes = [{ ...trackerRemote, name: "renamed" }];

    expect(await rig.counts([finding("a")], { target: "connector/renamed" })).toEqual({ unchanged: 1 });
  });

  it("changes its issue where it says something else, and leaves alone what people wrote", async () => {
    const rig = new FindingsRig();
    await rig.summary([finding("a", { description: "old" })]);
    rig.tracker.set("PLAY-1", { summary: "As people call it" });

    expect(await rig.counts([finding("a", { description: "new" })])).toEqual({ updated: 1 });
    expect(await rig.counts([finding("a", { description: "new" })])).toEqual({ unchanged: 1 });

    expect(rig.tracker.changes.slice(1)).toEqual(["edited description of PLAY-1"]);
    expect(rig.tracker.issue("PLAY-1").summary).toBe("As people call it");
  });

  it("closes its issue when it is fixed, once, and opens it again when it comes back", async () => {
    const rig = new FindingsRig();
    await rig.summary([finding("a")]);

    expect(await rig.counts([finding("a", fixed)])).toEqual({ closed: 1 });
    expect(await rig.counts([finding("a", fixed)])).toEqual({ unchanged: 1 });
    expect(await rig.counts([finding("a", { title: "Back" })])).toEqual({ reopened: 1 });

    expect(rig.tracker.changes.slice(1)).toEqual(["Finish PLAY-1", "Reopen PLAY-1", "edited summary of PLAY-1"]);
    expect(rig.tracker.issue("PLAY-1")).toMatchObject({ status: "To Do", summary: "Back" });
  });

  it("that people closed is opened again, and one that they closed and that is fixed is left alone", async () => {
    const rig = new FindingsRig();
    await rig.summary([finding("a"), finding("b")]);
    for (const key of ["PLAY-1", "PLAY-2"]) rig.tracker.set(key, { status: "Won't do" });

    expect(await rig.counts([finding("a"), finding("b", fixed)])).toEqual({ reopened: 1, unchanged: 1 });
  });

  it("that is fixed and was never open makes nothing", async () => {
    const rig = new FindingsRig();

    const summary = await rig.summary([finding("a", fixed)]);

    expect(summary).toMatchObject({ counts: { unchanged: 1 }, issues: [] });
    expect(rig.tracker.issues).toEqual([]);
  });

  it("whose issue was deleted gets another one while it is open", async () => {
    const rig = new FindingsRig();
    await rig.summary([finding("a"), finding("b")]);
    rig.tracker.delete("PLAY-1");
    rig.tracker.delete("PLAY-2");

    expect(await rig.counts([finding("a"), finding("b", fixed)])).toEqual({ created: 1, unchanged: 1 });
    expect(await rig.counts([finding("a")])).toEqual({ unchanged: 1 });
    expect(rig.tracker.issues).toHaveLength(1);
  });

  it("leaves alone what has its issue's key by now, where the target is another place or its project was made anew", async () => {
    const rig = new FindingsRig();
    await rig.summary([finding("a"), finding("b")]);
    const others = { summary: "Not ours", labels: ["theirs"] };
    for (const key of ["PLAY-1", "PLAY-2"]) rig.tracker.set(key, others);

    expect(await rig.counts([finding("a", { title: "New" }), finding("b", fixed)])).toEqual({ created: 1, unchanged: 1 });

    expect(rig.tracker.changes.slice(2)).toEqual(["created PLAY-3"]);
    expect(rig.tracker.issue("PLAY-1")).toMatchObject(others);
  });

  it("leaves alone the issue of another finding that has its issue's key and its title by now", async () => {
    const rig = new FindingsRig();
    const [a, b] = [finding("a", { title: "Injection" }), finding("b", { title: "Injection" })];
    await rig.summary([a, b]);
    // The project was made anew, and what is reported again has keys from the start.
    rig.tracker.set("PLAY-1", { labels: rig.tracker.issue("PLAY-2").labels });

    expect(await rig.counts([a])).toEqual({ created: 1 });
    expect(await rig.counts([{ ...a, ...fixed }])).toEqual({ closed: 1 });

    expect(rig.tracker.changes.slice(2)).toEqual(["created PLAY-3", "Finish PLAY-3"]);
  });

  it("keeps an issue whose label somebody took away, as long as it has its title", async () => {
    const rig = new FindingsRig();
    await rig.summary([finding("a")]);
    rig.tracker.set("PLAY-1", { labels: [] });

    expect(await rig.counts([finding("a", fixed)])).toEqual({ closed: 1 });
  });

  it("whose issue was moved is followed", async () => {
    const rig = new FindingsRig();
    await rig.summary([finding("a")]);
    rig.tracker.set("PLAY-1", { key: "OPS-7", projectKey: "OPS", labels: ["formerly PLAY-1"] });

    const { issues } = await rig.summary([finding("a", { title: "New" })]);

    expect(issues).toMatchObject([{ key: "OPS-7", outcome: "updated" }]);
    rig.tracker.set("OPS-7", { labels: [] });
    expect(await rig.counts([finding("a", { title: "New" })])).toEqual({ unchanged: 1 });
  });

  it("whose issue was moved to where the target has no say is not touched, nor made again", async () => {
    const rig = new FindingsRig({ remotes: [{ ...trackerRemote, projects: ["play"] }] });
    await rig.summary([finding("a")]);
    rig.tracker.set("PLAY-1", { key: "OPS-7", projectKey: "OPS", labels: ["formerly PLAY-1"] });

    const { failed } = await rig.summary([finding("a", fixed)]);

    expect(failed).toEqual([
      { fingerprint: "a", error: "Its issue was moved: it is OPS-7 now, in a project that the target does not serve." },
    ]);
    expect(rig.tracker.changes).toEqual(["created PLAY-1"]);
  });

  it.each([
    { title: "a fixed one", before: "To Do", reported: fixed, says: "PLAY-1 is in `To Do`, from where it cannot be closed." },
    { title: "an open one", before: "Done", reported: {}, says: "PLAY-1 is in `Done`, from where it cannot be reopened." },
  ])("says why where the workflow has no way for $title", async ({ before, reported, says }) => {
    const rig = new FindingsRig();
    await rig.summary([finding("a")]);
    rig.tracker.set("PLAY-1", { status: before });
    rig.tracker.moves = { [before]: [{ name: "Stay", to: before, ...(before === "Done" ? { toDone: true } : {}) }] };

    const { failed } = await rig.summary([finding("a", reported)]);

    expect(failed).toEqual([{ fingerprint: "a", error: `${says} Its workflow allows \`Stay\` (to \`${before}\`).` }]);
  });
});

describe("a dry run", () => {
  it("says what would be done, and does none of it", async () => {
    const rig = new FindingsRig();
    const known = ["same", "changed", "fixed", "closed"].map((name) => finding(name));
    await rig.summary(known);
    rig.tracker.set("PLAY-4", { status: "Done" });
    await settle();
    const before = [structuredClone(rig.tracker.issues), rig.tracker.changes.length, rig.announced.length];
    const next = [finding("same"), finding("changed", { title: "x" }), finding("fixed", fixed), finding("closed"), finding("new")];

    const first = await rig.summary(next, { isDryRun: true });
    const second = await rig.summary(next, { isDryRun: true });

    expect(first.counts).toEqual({ created: 1, updated: 1, reopened: 1, closed: 1, unchanged: 1 });
    expect(second).toEqual(first);
    expect(first.issues.map(({ fingerprint }) => fingerprint)).toEqual(["same", "changed", "fixed", "closed"]);
    await settle();
    expect([rig.tracker.issues, rig.tracker.changes.length, rig.announced.length]).toEqual(before);
    expect(await rig.summary(next)).toMatchObject({ counts: first.counts });
  });
});

describe("a report", () => {
  it("goes on after what failed", async () => {
    const rig = new FindingsRig();
    rig.tracker.failWith("create", { kind: "refuse", error: refusal.badRequest });

    const summary = await rig.summary([finding("a"), finding("b")]);

    expect(summary).toMatchObject({
      counts: { created: 1 },
      failed: [{ fingerprint: "a", error: "The tracker refuses this (400)." }],
      issues: [{ fingerprint: "b" }],
    });
    expect(await rig.counts([finding("a"), finding("b")])).toEqual({ created: 1, unchanged: 1 });
  });

  it.each([
    { title: "the account is not accepted", errors: [refusal.token], tried: 1 },
    { title: "the tracker fails again and again", errors: [refusal.broken, refusal.broken, refusal.broken], tried: 3 },
  ])("does not go on where $title", async ({ errors, tried }) => {
    const rig = new FindingsRig();
    rig.tracker.failWith("create", ...errors.map((error) => ({ kind: "refuse", error }) as const));

    const { failed } = await rig.summary(["a", "b", "c", "d", "e"].map((name) => finding(name)));

    expect(rig.tracker.calls.filter((call) => call.startsWith("create"))).toHaveLength(tried);
    expect(failed).toHaveLength(5);
    expect(failed.at(-1)?.error).toBe(`It was not tried, because others failed: ${errors[0]?.message ?? ""}`);
  });

  it("fails as a whole where the tracker does not say anything of the project", async () => {
    const rig = new FindingsRig();
    rig.tracker.failWith("issueTypes", { kind: "refuse", error: refusal.broken });

    const { failed } = await rig.summary([finding("a"), finding("b")]);

    expect(failed.map(({ error }) => error)).toEqual(["The tracker failed (503).", "The tracker failed (503)."]);
    expect(rig.tracker.calls).toEqual(["issueTypes PLAY"]);
  });

  it("tells no secret, and nothing of our own failures", async () => {
    const secret = "planted-token-of-the-connector";
    const remote = { ...trackerRemote, account: { kind: "token", token: new Secret(secret) } } as const;
    const rig = new FindingsRig({ remotes: [remote] });
    rig.tracker.failWith(
      "create",
      { kind: "refuse", error: new RemoteError(`You sent ${secret}.`, { status: 400 }) },
      { kind: "refuse", error: new TypeError(`x of ${secret}`) },
    );

    const { failed } = await rig.summary([finding("a"), finding("b")]);

    expect(failed.map(({ error }) => error)).toEqual(["You sent [secret].", "An internal error occurred; the log says more."]);
  });

  it("makes nothing that it could not store the intention of", async () => {
    const rig = new FindingsRig();
    rig.storageError = new StorageError("The disk is full at /data.");

    const { failed } = await rig.summary([finding("a"), finding("b")]);

    expect(rig.tracker.issues).toEqual([]);
    expect(failed[0]).toEqual({ fingerprint: "a", error: "It could not be stored here. Send it again." });
  });

  it("ends in time, and what was not reached is done by the next one", async () => {
    const rig = new FindingsRig({ limits: { runMs: 1_000 } });
    const { create } = rig.tracker;
    rig.tracker.create = async (issue) => {
      await rig.clock.advance(600);
      return create.call(rig.tracker, issue);
    };

    const { failed, counts } = await rig.summary([finding("a"), finding("b"), finding("c")]);

    expect(counts.created).toBe(2);
    expect(failed).toEqual([{ fingerprint: "c", error: "It was not reached in time. Send it again." }]);
    expect(await rig.counts([finding("a"), finding("b"), finding("c")])).toEqual({ unchanged: 2, created: 1 });
  });

  it("waits for another one about the same, so that a finding in both gets one issue", async () => {
    const rig = new FindingsRig({ limits: { lanes: 4 } });
    const reported = ["a", "b", "c"].map((name) => finding(name));

    const counts = await Promise.all(Array.from({ length: 5 }, () => rig.counts(reported)));

    expect(rig.tracker.issues).toHaveLength(3);
    expect(counts).toContainEqual({ created: 3 });
    expect(counts.filter(({ unchanged }) => unchanged === 3)).toHaveLength(4);
  });

  it.each([
    { title: "removed", remotes: [], reason: "There is no such target." },
    { title: "removed, and another one is called like its id", name: "#1", reason: "There is no such target." },
    { title: "limited to another project", projects: ["OPS"], reason: "The target serves OPS only." },
  ])("does nothing where its target was $title while it waited", async ({ remotes, name, projects, reason }) => {
    const rig = new FindingsRig();
    const other = name === undefined ? trackerRemote : { ...trackerRemote, id: 2, key: "connector-2", name };
    const { create } = rig.tracker;
    rig.tracker.create = (issue) => {
      rig.remotes = remotes ?? [{ ...other, ...(projects === undefined ? {} : { projects }) }];
      return create.call(rig.tracker, issue);
    };

    const [first, second] = await Promise.all([rig.report([finding("a")]), rig.report([finding("b")])]);

    expect(first).toMatchObject({ kind: "done" });
    expect(second).toMatchObject({ kind: "refused", reason });
    expect(rig.tracker.issues).toHaveLength(1);
  });

  it("is refused while too many others are worked on", async () => {
    const rig = new FindingsRig({ limits: { mostReports: 1 } });

    const [first, second] = await Promise.allSettled([rig.report([finding("a")]), rig.report([finding("b")])]);

    expect(first.status).toBe("fulfilled");
    expect(second).toMatchObject({ reason: { code: "HS_TOO_MANY_REQUESTS", details: { retryAfterSeconds: 40 } } });
    expect(await rig.counts([finding("b")])).toEqual({ created: 1 });
  });

  it("makes issues in the ways of the target's administrators", async () => {
    const issues = { type: "task", labels: ["scan"], close: "reject", reopen: "Back", doneStatuses: ["In Progress"] };
    const rig = new FindingsRig({ remotes: [{ ...trackerRemote, issues }] });
    rig.tracker.moves = {
      ...rig.tracker.moves,
      "Won't do": [
        { name: "Reopen", to: "To Do" },
        { name: "Back", to: "To Do" },
      ],
    };

    await rig.summary([finding("a"), finding("b")]);
    rig.tracker.set("PLAY-2", { status: "In Progress" });
    const counts = await rig.counts([finding("a", fixed), finding("b", fixed)]);
    await rig.summary([finding("a")]);

    expect(rig.tracker.issue("PLAY-1")).toMatchObject({ type: "Task", labels: ["scan", expect.stringContaining("switchboard-")] });
    expect(counts).toEqual({ closed: 1, unchanged: 1 });
    expect(rig.tracker.changes.slice(2)).toEqual(["Reject PLAY-1", "Back PLAY-1"]);
  });

  it("says which types there are where the one that is wanted is not among them", async () => {
    const rig = new FindingsRig({ remotes: [{ ...trackerRemote, issues: { type: "Story" } }] });

    const { failed } = await rig.summary([finding("a")]);

    expect(failed[0]?.error).toBe(
      "PLAY has no issues of the type `Story`, but of `Task`, `Bug`. Name one of them where the remote is registered.",
    );
  });
});

describe("the target of a report", () => {
  const other = connectorRemote({ serviceId: "tracker", url: "https://other.example", id: 2, name: "other" });
  const remotes = [
    trackerRemote,
    other,
    connectorRemote({ serviceId: "tracker", url: "https://x.example", id: 3, name: "away", isInaccessible: true }),
    connectorRemote({ serviceId: "plain", url: "https://x.example", id: 4, name: "plain" }),
    connectorRemote({ serviceId: "tracker", url: "https://x.example", id: 5, name: "narrow", projects: ["OPS", "octo/*"] }),
    connectorRemote({ serviceId: "tracker", url: "https://x.example", id: 6, name: "#7" }),
    connectorRemote({ serviceId: "tracker", url: "https://x.example", id: 8, name: "twin" }),
    connectorRemote({ serviceId: "tracker", url: "https://x.example", id: 9, name: "twin" }),
  ];

  it.each([
    { target: "main", reason: "It must be one of connector/<name> and ticketing/<name>." },
    { target: "integration/main", reason: "It must be one of connector/<name> and ticketing/<name>." },
    { target: "connector/nobody", reason: "There is no such target." },
    { target: "ticketing/main", reason: "There is no such target." },
    { target: "connector/away", reason: "It is marked as inaccessible from this server." },
    { target: "connector/plain", reason: "No issues can be made there." },
    { target: "connector/twin", reason: "Several are called so; name one of connector/#8, connector/#9." },
  ])("may not be $target", async ({ target, reason }) => {
    const rig = new FindingsRig({ remotes });

    expect(await rig.report([finding("a")], { target })).toEqual({ kind: "refused", member: "target", reason });
    expect(rig.tracker.calls).toEqual([]);
  });

  it.each([
    { target: "connector/main", onlyTargets: ["connector/main"] },
    { target: "connector/#1", onlyTargets: ["connector/main"] },
    { target: "connector/main", onlyTargets: ["connector/#1"] },
    { target: "connector/main", onlyTargets: ["ticketing/x", "connector/*"] },
    { target: "connector/other", onlyTargets: ["*"] },
  ])("may be $target for who may use $onlyTargets", async (given) => {
    expect(await new FindingsRig({ remotes }).counts([finding("a")], given)).toEqual({ created: 1 });
  });

  it.each([
    { title: "another one", target: "connector/other", onlyTargets: ["connector/main"] },
    { title: "one that is not there", target: "connector/nobody", onlyTargets: ["connector/main"] },
    { title: "one that is not there, of another kind", target: "ticketing/nobody", onlyTargets: ["connector/*"] },
    { title: "one that is called like an id", target: "connector/#7", onlyTargets: ["connector/#1"] },
    { title: "any", target: "connector/main", onlyTargets: [] },
  ])("may not be $title for who may use others only, and nobody tells whether it is there", async (given) => {
    const rig = new FindingsRig({ remotes });

    expect(await rig.report([finding("a")], given)).toEqual({ kind: "not allowed" });
    expect(rig.tracker.calls).toEqual([]);
  });

  it.each(["*", "connector/*", "connector/nobody"])("is told not to be there to who may use %s", async (pattern) => {
    const given = { target: "connector/nobody", onlyTargets: [pattern] };

    expect(await new FindingsRig({ remotes }).report([finding("a")], given)).toMatchObject({ reason: "There is no such target." });
  });

  it.each([
    { project: "PLAY", result: { kind: "refused", member: "project", reason: "The target serves OPS, octo/* only." } },
    { project: "octopus/x", result: { kind: "refused", member: "project" } },
    { project: "ops", result: { kind: "done" } },
    { project: "Octo/hello", result: { kind: "done" } },
  ])("serves its own projects alone: $project", async ({ project, result }) => {
    const rig = new FindingsRig({ remotes });

    expect(await rig.report([finding("a")], { target: "connector/narrow", project })).toMatchObject(result);
    expect(rig.tracker.issues).toHaveLength(result.kind === "done" ? 1 : 0);
  });

  it("has to see the project", async () => {
    const rig = new FindingsRig();
    rig.tracker.types = undefined;

    expect(await rig.report([finding("a")])).toEqual({
      kind: "refused",
      member: "project",
      reason: "The target's account sees no such project.",
    });
  });
});
