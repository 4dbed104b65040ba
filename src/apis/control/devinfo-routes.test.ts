import { afterEach, describe, expect, it } from "vitest";
import { ask, type Asked } from "../../../test/support/ask.js";
import { NotFoundError } from "../../core/errors.js";
import type { DevinfoReport } from "../../core/ports/devinfo-reports.js";
import type { DevinfoDesk } from "../../devinfo/devinfo-desk.js";
import { createListener, type Listener } from "../../http/listener.js";
import { systemClock } from "../../shared/clock.js";
import { silentLog } from "../../shared/log.js";
import { systemRandom } from "../../shared/random.js";
import { compileSchema } from "../../shared/validate.js";
import { createDevinfoRoutes } from "./devinfo-routes.js";
import { namedProviderSchema, providerListSchema, shownSubmissionSchema, submissionListSchema } from "./devinfo-schema.js";

const submission: DevinfoReport = {
  ...{ id: "0abc", at: 1, provider: "ci", road: "api", kind: "submission", isBackfill: false, product: "Builds" },
  ...{ repositories: { count: 1, ids: ["r"] }, counts: { commit: { stored: 2, older: 1 } }, notTakenCount: 1 },
  notTaken: [{ repositoryId: "r", type: "commit", id: "c", reason: "It is older." }],
  unknownIssueKeys: { count: 1, keys: ["X-1"] },
  smartCommits: [{ commit: "c", issueKey: "PLAY-1", command: "comment", state: "done", outcome: "It was added." }],
};
const deleted: DevinfoReport = { id: "0abd", at: 2, provider: "ci", road: "api", kind: "delete", asked: "/repository/r" };

let started: Listener | undefined;

afterEach(async () => {
  await started?.stop();
});

async function askDesk(
  path: string,
  { body, ...desk }: Partial<DevinfoDesk> & { readonly body?: object } = {},
): Promise<{ readonly answer: Asked; readonly calls: readonly unknown[] }> {
  const calls: unknown[] = [];
  const note =
    <Result>(name: string, result: Result) =>
    async (...given: readonly unknown[]): Promise<Result> => {
      calls.push([name, ...given]);
      return result;
    };
  const whole: DevinfoDesk = {
    submissions: note("submissions", [deleted, submission]),
    submission: note("submission", submission),
    providers: note("providers", [{ provider: "ci", repositories: 3, caller: "there" } as const]),
    renameProvider: note("rename", undefined),
    deleteProvider: note("delete", undefined),
    ...desk,
  };
  const common = { log: silentLog(), clock: systemClock, random: systemRandom };
  started = createListener({ bindAddress: "127.0.0.1", port: 0, routes: createDevinfoRoutes(whole), ...common });
  const { port } = await started.start();
  const sent = body === undefined ? {} : { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  return { answer: await ask(port, path, sent), calls };
}

describe("the control API's answers about development information", () => {
  it.each([
    ["/v1/devinfo/submissions", undefined, { submissions: [deleted, submission] }, submissionListSchema],
    ["/v1/devinfo/submissions/0abc", undefined, submission, shownSubmissionSchema],
    ["/v1/devinfo/providers", undefined, { providers: [{ provider: "ci", repositories: 3, caller: "there" }] }, providerListSchema],
    ["/v1/devinfo/providers/rename", { provider: "ci", name: "new" }, { provider: "new" }, namedProviderSchema],
    ["/v1/devinfo/providers/delete", { provider: ".." }, { provider: ".." }, namedProviderSchema],
  ])("%s has the form that the command line checks", async (path, body, expected, schema) => {
    const { answer } = await askDesk(path, body === undefined ? {} : { body });

    expect([answer.status, answer.json()]).toEqual([200, expected]);
    expect(compileSchema(schema)(answer.json()).ok).toBe(true);
  });

  it.each([
    ["", { limit: 20 }],
    ["?provider=ci&limit=200", { provider: "ci", limit: 200 }],
  ])("read the query %j", async (query, asked) => {
    expect((await askDesk(`/v1/devinfo/submissions${query}`)).calls).toEqual([["submissions", asked]]);
  });

  it.each(["?limit=0", "?limit=201", "?provider=a%00b", "?provider=", "?colour=red"])("refuse the query %s", async (query) => {
    const { answer, calls } = await askDesk(`/v1/devinfo/submissions${query}`);

    expect([answer.status, calls]).toEqual([400, []]);
  });

  it.each([
    ["rename", { provider: "ci" }],
    ["rename", { provider: "a/b", name: "c" }],
    ["delete", {}],
    ["delete", { provider: "ci", force: true }],
    ["delete", { provider: "" }],
  ])("refuse to %s %j", async (what, body) => {
    const { answer, calls } = await askDesk(`/v1/devinfo/providers/${what}`, { body });

    expect([answer.status, calls]).toEqual([400, []]);
  });

  it("say what is not there", async () => {
    const { answer } = await askDesk("/v1/devinfo/submissions/0", { submission: () => Promise.reject(new NotFoundError("Nothing.")) });

    expect([answer.status, answer.json()]).toEqual([404, { errcode: "HS_NOTFOUND", error: "Nothing." }]);
  });
});
