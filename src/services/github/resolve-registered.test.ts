import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createGitHubSetting, type GitHubSetting } from "../../../test/support/github-setting.js";
import { GitHubStandIn } from "../../../test/support/github-stand-in.js";
import { connectorRemote } from "../../../test/support/memory-remotes.js";
import { createServiceContext, fetchHttpClient, type TestContext } from "../../../test/support/service-context.js";
import { seededRandom } from "../../../test/support/seeded-random.js";
import type { Connection } from "../../core/connection.js";
import type { KnownRemote } from "../../core/registered-remote.js";
import type { Afterwards, ConnectResult, Consent, Resolution } from "../../core/service.js";
import { Secret } from "../../shared/secret.js";
import { authorizeRepository } from "./authorize-repository.js";
import { resolveRepository } from "./resolve.js";
import { withoutSection, type GitHubConfig } from "./schema.js";

const ada = "@ada:example.org";
const roomId = "!room:example.org";
const token = "ghp_registered_token";

let setting: GitHubSetting;
/** Another GitHub, that only was registered. */
let other: GitHubStandIn;
let context: TestContext<GitHubConfig>;

beforeEach(async () => {
  setting = await createGitHubSetting();
  ({ context } = setting);
  other = await GitHubStandIn.start();
  for (const gitHub of [setting.gitHub, other]) gitHub.addAccount("robot", token);
  other.addAccount("octo");
  other.addRepository("octo/hello", { permissions: { robot: "admin" } });
});

afterEach(() => Promise.all([setting.gitHub.stop(), other.stop()]));

function register(gitHub: GitHubStandIn, given: Partial<KnownRemote> = {}): KnownRemote {
  const account = { kind: "token", token: new Secret(token) } as const;
  const remote = connectorRemote({ serviceId: "github", url: gitHub.url, account, ...given });
  context.remotes.remotes.push(remote);
  return remote;
}

function resolve(typed: string, remoteName?: string): Promise<Resolution> {
  const input = { typed, actor: ada, roomId, ...(remoteName === undefined ? {} : { remoteName }) } as const;
  return resolveRepository(setting.resolveParts, input, context);
}

async function found(typed: string, remoteName?: string): Promise<Extract<Resolution, { kind: "found" }>> {
  const resolution = await resolve(typed, remoteName);
  if (resolution.kind !== "found") throw new TypeError(JSON.stringify(resolution));
  return resolution;
}

/** A room is connected, and what is left is done. */
async function afterwards(typed: string, remoteName?: string): Promise<Afterwards> {
  const { target, changes = [] } = await found(typed, remoteName);
  await context.commit(changes);
  const result: ConnectResult = { kind: "created", connection: { state: target.state } as unknown as Connection };
  return (await target.afterwards?.(result)) ?? {};
}

const host = (gitHub: GitHubStandIn): string => new URL(gitHub.url).host;
const hooksOf = (gitHub: GitHubStandIn): readonly string[] => gitHub.repository("octo/hello").hooks.map(({ url }) => url);
const hookUrl = "https://switchboard.test/github/webhook/connector-1";

describe("finding a repository of a registered GitHub", () => {
  it("names the remote, and its address in the state", async () => {
    register(other);

    const { target } = await found("Octo/Hello");

    expect(target).toMatchObject({
      kindId: "repository",
      stateKey: `${host(other)}/octo/hello`,
      state: { org: "octo", repo: "hello", url: other.url },
      name: "octo/hello",
      remote: `connector main (${other.url})`,
    });
    expect(other.requests.map(({ authorization }) => authorization)).toEqual([`Bearer ${token}`]);
    expect(context.remotes.asked).toEqual([[ada, roomId]]);
  });

  it("leaves the address out of the state where it is the configured GitHub", async () => {
    register(setting.gitHub);

    const { target } = await found("octo/hello");

    expect(target.state).toEqual({ org: "octo", repo: "hello" });
    expect(target.remote).toBe(`connector main (${setting.gitHub.url})`);
  });

  it("takes what the person sees at the configured GitHub first, unless they name another", async () => {
    setting.logIn(ada, "ada");
    register(other);

    expect((await found("octo/hello")).target.remote).toBeUndefined();
    for (const name of ["main", "MAIN", "connector/main", "connector/#1", host(other)]) {
      expect((await found("octo/hello", name)).target.state).toMatchObject({ url: other.url });
    }
    expect((await found(`${other.url}/octo/hello/issues`)).target.state).toMatchObject({ url: other.url });
    expect((await found("octo/hello", host(setting.gitHub))).target.remote).toBeUndefined();
  });

  it("does not take another GitHub's for one that the person sees and may not connect", async () => {
    setting.logIn(ada, "bo");
    register(other);

    expect(await resolve("octo/hello")).toMatchObject({ kind: "refused", reason: expect.stringContaining("write permissions") as unknown });
    register(setting.gitHub, { id: 2, name: "here", kind: "integration" });
    expect((await found("octo/hello")).target.remote).toBe(`integration here (${setting.gitHub.url})`);
  });

  it("goes on to registered ones with what the person does not see", async () => {
    setting.logIn(ada, "ada");
    other.addRepository("octo/there");
    register(other);

    expect((await found("octo/there")).target.state).toMatchObject({ repo: "there", url: other.url });
  });

  it("asks which GitHub is meant where several have it", async () => {
    register(setting.gitHub, { name: "cloud robot" });
    register(other, { id: 2, key: "connector-2" });
    register(other, { id: 3, key: "connector-3" });

    expect(await resolve("octo/hello")).toEqual({
      kind: "ambiguous",
      choices: [
        { typed: `"github:connector/cloud robot" octo/hello`, description: `octo/hello at ${setting.gitHub.url}` },
        { typed: "github:connector/#2 octo/hello", description: `octo/hello at ${other.url}` },
      ],
    });
  });

  it.each([
    { title: "serves others", given: { projects: ["octo/other"] }, reason: "is not among the projects of connector main" },
    { title: "cannot be reached", given: { isInaccessible: true } as const, reason: "There is no GitHub called `main` here" },
    { title: "has no account", given: { account: { kind: "none" } } as const, reason: "There is no GitHub called `main` here" },
    { title: "does not take its account", given: { account: { kind: "token", token: new Secret("wrong") } } as const, reason: "(401)" },
    { title: "leads elsewhere by its API's path", given: { apiPath: "@evil.test" }, reason: "There is no GitHub called `main` here" },
  ])("finds nothing where it $title", async ({ given, reason }) => {
    register(other, given);

    const resolution = await resolve("octo/hello", "main");

    expect(resolution).toMatchObject({ kind: "refused", reason: expect.stringContaining(reason) as unknown });
    expect(JSON.stringify(resolution)).not.toContain("wrong");
  });

  it("does not follow a former name out of what it serves", async () => {
    other.addFormerName("octo/hello", "octo/old");
    register(other, { projects: ["octo/old"] });

    expect(await resolve("octo/old", "main")).toMatchObject({ kind: "refused" });
    context.remotes.remotes.splice(0);
    register(other, { projects: ["octo/*"] });
    expect((await found("octo/old", "main")).target.name).toBe("octo/hello");
  });

  it("does not ask any number of GitHubs because of one word", async () => {
    for (let id = 1; id <= 21; id += 1) register(other, { id, key: `connector-${id}`, name: `name${id}` });

    expect(await resolve("octo/hello", host(other))).toMatchObject({
      kind: "refused",
      reason: expect.stringContaining("any of 21 registered GitHubs") as unknown,
    });
    expect(other.requests).toEqual([]);
  });

  it("works without a section of the configuration, where github.com is the one that states do not name", async () => {
    context = createServiceContext(withoutSection(seededRandom(1)), { http: fetchHttpClient });
    expect(await resolve("octo/hello")).toMatchObject({
      kind: "refused",
      reason: expect.stringContaining("No GitHub is configured here") as unknown,
    });
    register(other);
    expect((await found("octo/hello")).target.state).toMatchObject({ url: other.url });
    expect((await afterwards("octo/hello")).said).toContain("I registered a webhook there");
  });
});

describe("a state that somebody wrote by hand", () => {
  const authorize = (state: Readonly<Record<string, unknown>>): Promise<Consent> =>
    authorizeRepository(setting.parts, { kindId: "repository", state, actor: ada }, context);
  const hello = { org: "octo", repo: "hello" };

  it("may name a registered GitHub that its writer may use", async () => {
    expect(await authorize({ ...hello, url: other.url })).toMatchObject({ granted: false });
    register(other);

    expect(await authorize({ ...hello, url: other.url })).toMatchObject({ granted: true });
    expect(await authorize({ ...hello, url: "https://elsewhere.test" })).toMatchObject({ granted: false });
    expect(await authorize(hello)).toMatchObject({ granted: false, reason: expect.stringContaining("not logged into GitHub") as unknown });
  });

  it("gets no rights of the person's own login at another GitHub", async () => {
    setting.logIn(ada, "ada");

    expect(await authorize(hello)).toEqual({ granted: true });
    expect(await authorize({ ...hello, url: other.url })).toMatchObject({ granted: false });
  });

  it("counts under its present name only, and waits for a GitHub that fails just now", async () => {
    other.addFormerName("octo/hello", "octo/old");
    register(other);

    expect(await authorize({ org: "octo", repo: "old", url: other.url })).toMatchObject({ granted: false });
    other.failWith({ kind: "status", status: 503 });
    await expect(authorize({ ...hello, url: other.url })).rejects.toThrow("failed (503)");
  });
});

describe("the webhook of a repository that a room was connected to", () => {
  it("is registered with the account, once for all rooms and callers", async () => {
    register(other);

    const told = await Promise.all([afterwards("octo/hello"), afterwards("octo/hello")]);

    expect(told).toEqual([{ said: "I registered a webhook there, so that it tells me what happens." }, told[0]]);
    expect(other.repository("octo/hello").hooks).toMatchObject([{ url: hookUrl, secret: "secret of connector-1", active: true }]);
  });

  it("is mended where it is there with another secret, or switched off", async () => {
    register(other);
    const before = { id: 7, url: hookUrl, secret: "of an earlier data folder", active: false, events: ["gollum"] };
    other.repository("octo/hello").hooks.push(before);

    await afterwards("octo/hello");

    expect(other.repository("octo/hello").hooks).toHaveLength(1);
    expect(before).toMatchObject({ active: true, secret: "secret of connector-1" });
    expect(before.events).toEqual(expect.arrayContaining(["gollum", "push"]));
  });

  it.each([{ kind: "cut" }, { kind: "status", status: 502 }] as const)(
    "is not made twice where the answer to its making is lost: $kind",
    async (fault) => {
      register(other);
      other.failWith({ ...fault, only: /^POST .*\/hooks$/, isCarriedOut: true });

      expect(await afterwards("octo/hello")).toMatchObject({ said: expect.stringContaining("I registered a webhook") as unknown });
      other.failWith();
      await afterwards("octo/hello");
      expect(hooksOf(other)).toEqual([hookUrl]);
    },
  );

  it("is not made beside one of another registered account that serves the repository", async () => {
    register(other);
    register(other, { id: 2, key: "connector-2", name: "second" });
    register(other, { id: 3, key: "connector-3", name: "third", projects: ["octo/else"] });
    await afterwards("octo/hello", "main");

    expect(await afterwards("octo/hello", "second")).toEqual({ said: "A webhook there tells me already what happens." });
    expect(hooksOf(other)).toEqual([hookUrl]);
    context.remotes.remotes.splice(0, 1);
    await afterwards("octo/hello", "second");
    expect(hooksOf(other)).toHaveLength(2);
  });

  it.each([
    { title: "may not administer it", prepare: () => other.repository("octo/hello").permissions.set("robot", "read"), words: "(404)" },
    {
      title: "is refused",
      prepare: () => other.failWith({ kind: "status", status: 403, only: /hooks$/, message: "secret of connector-1" }),
      words: "(403)",
    },
    { title: "gets no answer", prepare: () => other.failWith({ kind: "cut", only: /hooks$/ }), words: "it gave no answer" },
    { title: "has no address of ours", prepare: () => (context.remotes.publicUrl = undefined), words: "`listeners[].publicUrl`" },
  ])("is left to people where the account $title: they get address and secret privately", async ({ prepare, words }) => {
    register(other);
    prepare();

    const { said, privately } = await afterwards("octo/hello");

    expect(said).toMatch(/^Nothing comes from there yet: .*, so somebody has to add a webhook there by hand\.$/);
    expect(said).toContain(words);
    expect(said).not.toContain("secret of connector-1");
    expect(privately?.body).toContain("secret of connector-1");
    expect(privately?.body).toContain("/github/webhook/connector-1");
    expect(privately?.body).toContain(`${other.url}/octo/hello/settings/hooks/new`);
    expect(hooksOf(other)).toEqual([]);
  });

  it("is not made where the GitHub App tells already", async () => {
    setting.gitHub.repository("octo/hello").permissions.set("robot", "admin");
    register(setting.gitHub);

    expect(await afterwards("octo/hello")).toEqual({ said: "The GitHub App tells what happens there." });
    setting.gitHub.failWith({ kind: "status", status: 503, only: /installation/ });
    expect((await afterwards("octo/hello")).said).toContain("Type the same again later");
    expect(hooksOf(setting.gitHub)).toEqual([]);
  });

  it("is not made where the webhook of the configuration was heard, or is there", async () => {
    const gitHub = setting.gitHub;
    gitHub.addRepository("ada/toys", { permissions: { robot: "admin" } });
    register(gitHub);
    const { hooks } = gitHub.repository("ada/toys");
    hooks.push({ id: 7, url: "https://switchboard.test/github/webhook", secret: "", active: true, events: ["*"] });

    expect((await afterwards("ada/toys")).said).toBe("A webhook there tells me already what happens.");
    hooks.splice(0);
    await context.commit([context.store.put("heard own ada/toys", "1")]);
    expect(await afterwards("ada/toys")).toMatchObject({ said: expect.stringContaining("secret of the configuration") as unknown });
    expect(hooks).toEqual([]);
  });
});
