import { describe, expect, it } from "vitest";
import { RemoteError } from "../../core/errors.js";
import type { HttpClient } from "../../core/ports/http-client.js";
import { Secret } from "../../shared/secret.js";
import { personAccess } from "./access.js";
import type { JiraInstance } from "./instances.js";
import { createJiraNames, jiraNamed } from "./jira-names.js";
import type { PersonsJira } from "./sites.js";

const nameJiras = createJiraNames();

function jira(name: string, url: string, { title, ...more }: Partial<JiraInstance> & { readonly title?: string } = {}): PersonsJira {
  const instance: JiraInstance = {
    kind: "instance",
    name,
    url,
    host: new URL(url).host,
    deployment: "server",
    configPath: `jira.instances.${name}`,
    ...more,
  };
  const access = personAccess(instance, { token: new Secret("t") });
  return { instance, access, ...(title === undefined ? {} : { siteName: title }) };
}

/** Jiras that tell these titles, by address; the others do not answer. */
function telling(titles: Readonly<Record<string, unknown>>): HttpClient {
  return {
    async request({ url }) {
      const known = Object.keys(titles).find((address) => url === `${address}/rest/api/2/serverInfo`);
      if (known === undefined) throw new RemoteError("no answer came");
      const body = JSON.stringify({ serverTitle: titles[known] });
      return { status: 200, headers: {}, body, bytes: Buffer.from(body) };
    },
  };
}

const one = jira("one", "https://one.example.org");
const two = jira("two", "https://two.example.org");
const site = jira("example.atlassian.net", "https://example.atlassian.net", { deployment: "cloud", title: "example" });

async function namesOf(jiras: readonly PersonsJira[], titles: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  return (await nameJiras(jiras, telling(titles))).map(({ name }) => name);
}

describe("the names that programs have for Jiras", () => {
  it("are titles, and the names of sites of Jira Cloud, which are not asked", async () => {
    expect(await namesOf([one, site], { [one.instance.url]: "Work" })).toEqual(["Work", "example"]);
  });

  it.each(["", "  ", null])("are the configuration's where the title is %j", async (title) => {
    expect(await namesOf([one], { [one.instance.url]: title })).toEqual(["one"]);
  });

  it("are hosts where titles are equal, and the configuration's where hosts are equal too", async () => {
    const below = jira("below", "https://two.example.org/jira");

    expect(await namesOf([one, two], { [one.instance.url]: "Jira", [two.instance.url]: "Jira" })).toEqual([
      "one.example.org",
      "two.example.org",
    ]);
    expect(await namesOf([two, below], { [two.instance.url]: "Jira", [below.instance.url]: "Jira" })).toEqual(["two", "below"]);
  });

  it("are the configuration's where a Jira cannot tell, and why is told", async () => {
    const named = await nameJiras([one, two], telling({ [one.instance.url]: "Work" }));

    expect(named).toEqual([
      { jira: one, name: "Work" },
      { jira: two, name: "two", failure: expect.any(RemoteError) },
    ]);
  });

  it("find a Jira before the configuration's names do, and those before hosts", async () => {
    const confusing = jira("Work", "https://three.example.org");
    const all = [confusing, one, two];
    const named = await nameJiras(all, telling(Object.fromEntries(all.map(({ instance }) => [instance.url, `Title ${instance.host}`]))));
    const working = await nameJiras(
      all,
      telling({ [one.instance.url]: "Work", [two.instance.url]: "Play", "https://three.example.org": "X" }),
    );

    expect(jiraNamed(named, "work")).toBe(confusing);
    expect(jiraNamed(working, "Work")).toBe(one);
    expect(jiraNamed(working, "TWO.example.org")).toBe(two);
    expect(jiraNamed(working, "title")).toBeUndefined();
  });
});
