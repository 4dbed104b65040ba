import { afterEach, describe, expect, it } from "vitest";
import { awsCodeCommitApi, type StandInAws } from "../../../test/support/aws-codecommit-api.js";
import { RecordedHttp } from "../../../test/support/recorded-http.js";
import { plantedSecret } from "../../../test/support/remote-checks.js";
import { json } from "../../../test/support/remote-stand-in.js";
import { describeRepositoryList, HostSettings, listAll, type TestedHost } from "../../../test/support/repository-hosts.js";
import { Secret } from "../../shared/secret.js";
import { awsCodeCommitRepositories } from "./repositories.js";

/** The clock of the tests' access. */
const now = (): number => Date.UTC(2026, 5, 1);
const aws: StandInAws = { keyId: "AKIDEXAMPLE", secret: plantedSecret, region: "eu-west-1", now };
const tested: TestedHost = {
  title: "AWS CodeCommit",
  host: awsCodeCommitRepositories,
  remote: {
    ...{ serviceId: "aws-codecommit", settings: { region: "eu-west-1" }, checksCertificate: true, usesProxy: true },
    account: { kind: "password", username: "AKIDEXAMPLE", password: new Secret(plantedSecret) },
  },
  api: (repositories) =>
    awsCodeCommitApi({ ...aws, repositories: repositories.map(({ name }) => name.split("/").at(-1) ?? ""), pageSize: 100 }),
};

describeRepositoryList(tested);

const settings = new HostSettings();
afterEach(() => settings.close());

describe("a registered AWS CodeCommit", () => {
  it("goes on with the token that it gave, and signs each page", async () => {
    const { access, standIn } = await settings.open(
      tested.remote,
      awsCodeCommitApi({ ...aws, repositories: ["a", "b", "c"], pageSize: 1 }),
    );

    const found = await listAll(awsCodeCommitRepositories, access);

    expect(found.map(({ name }) => name)).toEqual(["a", "b", "c"]);
    expect(standIn.requests.map(({ body }) => body)).toEqual(["{}", '{"nextToken":"after/1=="}', '{"nextToken":"after/2=="}']);
    expect(JSON.stringify(standIn.requests)).not.toContain(plantedSecret);
  });

  it.each([
    {
      at: "https://git-codecommit.eu-west-1.amazonaws.com",
      asks: "https://codecommit.eu-west-1.amazonaws.com/",
      root: "https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/hello",
      url: "https://eu-west-1.console.aws.amazon.com/codesuite/codecommit/repositories/hello/browse?region=eu-west-1",
    },
    {
      at: "https://git-codecommit.cn-north-1.amazonaws.com.cn",
      asks: "https://codecommit.cn-north-1.amazonaws.com.cn/",
      root: "https://git-codecommit.cn-north-1.amazonaws.com.cn/v1/repos/hello",
    },
  ])("at $at gives the addresses of Git and of the console", async ({ at, asks, root, ...url }) => {
    const http = new RecordedHttp({ [`POST ${asks}`]: { repositories: [{ repositoryId: "1111", repositoryName: "hello" }] } });
    const access = { remote: { ...tested.remote, settings: {}, url: at }, http, signal: new AbortController().signal, now };

    expect(await listAll(awsCodeCommitRepositories, access)).toEqual([{ id: "1111", name: "hello", root, ...url }]);
  });

  it("does not go on for ever, nor takes names that are none", async () => {
    const endless = json({ repositories: [{ repositoryId: "1", repositoryName: "../x" }], nextToken: "again" });
    const { access, standIn } = await settings.open(tested.remote, () => endless);

    await expect(listAll(awsCodeCommitRepositories, access)).rejects.toThrow("its list does not end after 100 pages");
    expect(standIn.requests).toHaveLength(100);
  });

  it("wants to be left alone when it says so in its own way", async () => {
    const { access } = await settings.open(tested.remote, () => json({ __type: "ThrottlingException", message: "hush" }, 400));

    await expect(listAll(awsCodeCommitRepositories, access)).rejects.toMatchObject({ isTransient: true, retryAfterMs: 60_000 });
  });

  it("says what the account lacks", async () => {
    const { access } = await settings.open(tested.remote, awsCodeCommitApi({ ...aws, mayList: false }));

    await expect(listAll(awsCodeCommitRepositories, access)).rejects.toThrow("it needs codecommit:ListRepositories (400)");
  });
});
