import { describe, expect, it } from "vitest";
import { RemoteError } from "../../core/errors.js";
import type { HttpClient } from "../../core/ports/http-client.js";
import { Secret } from "../../shared/secret.js";
import { personAccess } from "./access.js";
import type { JiraLink } from "./jira-request.js";
import { createProjectList, type ListedProject } from "./project-lists.js";
import type { Deployment } from "./schema.js";

const listProjects = createProjectList();

function project(number: number): ListedProject {
  return { id: String(number), key: `P${number}`, name: `Project ${number}` };
}

/** A Jira that gives these answers one after the other, and the last one for ever. */
class Answers implements HttpClient {
  readonly asked: string[] = [];
  readonly #answers: readonly unknown[];

  constructor(...answers: readonly unknown[]) {
    this.#answers = answers;
  }

  async request({ url }: Parameters<HttpClient["request"]>[0]): ReturnType<HttpClient["request"]> {
    const body = JSON.stringify(this.#answers[this.asked.length] ?? this.#answers.at(-1));
    this.asked.push(url.slice(url.indexOf("/project") + 1));
    return { status: 200, headers: {}, body, bytes: Buffer.from(body) };
  }

  /** @param msPerRequest how long each takes */
  list(deployment: Deployment = "cloud", msPerRequest = 0): Promise<readonly ListedProject[]> {
    const url = "https://jira.example.org";
    const instance = { kind: "instance", name: "main", url, host: "jira.example.org", deployment, configPath: "" } as const;
    const access = personAccess(instance, { token: new Secret("t") });
    const link: JiraLink = { http: this, access };
    return listProjects(link, () => this.asked.length * msPerRequest);
  }
}

describe("the list of projects", () => {
  it("comes at once from Server and Data Center", async () => {
    const jira = new Answers([project(1), project(2)]);

    expect(await jira.list("server")).toEqual([project(1), project(2)]);
    expect(jira.asked).toEqual(["project"]);
  });

  it("comes by pages from Jira Cloud", async () => {
    const jira = new Answers({ values: [project(1), project(2)], isLast: false }, { values: [project(3)], isLast: true });

    expect(await jira.list()).toEqual([project(1), project(2), project(3)]);
    expect(jira.asked).toEqual(["project/search?startAt=0&maxResults=100", "project/search?startAt=2&maxResults=100"]);
  });

  it.each([
    { title: "says nothing of the last page", answers: [{ values: [project(1)] }, { values: [] }], requests: 2 },
    { title: "gives the first page again and again", answers: [{ values: [project(1)], isLast: false }], requests: 2 },
    { title: "has none", answers: [{ values: [], isLast: false }], requests: 1 },
  ])("ends where Jira $title", async ({ answers, requests }) => {
    const jira = new Answers(...answers);

    await jira.list();

    expect(jira.asked).toHaveLength(requests);
  });

  it("has each project once, though the list moves while it is read", async () => {
    const jira = new Answers({ values: [project(1), project(2)], isLast: false }, { values: [project(2), project(3)], isLast: true });

    expect(await jira.list()).toEqual([project(1), project(2), project(3)]);
  });

  it("does not lose the good ones for a bad one", async () => {
    expect(await new Answers([null, { key: "X" }, project(1)]).list("server")).toEqual([project(1)]);
  });

  it("is given up when it takes too long", async () => {
    const pages = Array.from({ length: 9 }, (_none, page) => ({ values: [project(page)], isLast: false }));
    const jira = new Answers(...pages);

    await expect(jira.list("cloud", 4_000)).rejects.toThrow(RemoteError);
    expect(jira.asked).toHaveLength(3);
  });

  it.each([{ answer: null }, { answer: { values: {} } }])("is no list where Jira answers $answer", async ({ answer }) => {
    await expect(new Answers(answer).list()).rejects.toThrow(RemoteError);
    await expect(new Answers(answer).list("server")).rejects.toThrow(RemoteError);
  });
});
