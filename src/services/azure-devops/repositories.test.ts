import { afterEach, describe, expect, it } from "vitest";
import { azureDevOpsApi } from "../../../test/support/azure-devops-api.js";
import { RecordedHttp, respond } from "../../../test/support/recorded-http.js";
import { plantedSecret } from "../../../test/support/remote-checks.js";
import { describeRepositoryList, HostSettings, listAll, type TestedHost } from "../../../test/support/repository-hosts.js";
import type { HostedRepositoryModel } from "../../../test/support/hosted-repository.js";
import type { HostAccess } from "../../core/repository-host.js";
import { Secret } from "../../shared/secret.js";
import { azureDevOpsRepositories } from "./repositories.js";

const tested: TestedHost = {
  title: "Azure DevOps",
  host: azureDevOpsRepositories,
  remote: {
    ...{ serviceId: "azure-devops", settings: { collection: "Tools" }, checksCertificate: true, usesProxy: true },
    account: { kind: "token", token: new Secret(plantedSecret) },
  },
  api: (repositories) => azureDevOpsApi({ ...server, repositories: repositories.map(repositoryJson) }),
};
const server = { collection: "Tools", token: plantedSecret, stranger: "401" } as const;

function repositoryJson({ id, name }: Pick<HostedRepositoryModel, "id" | "name">): object {
  const [project = "", repository = ""] = name.split("/");
  const remoteUrl = `https://acme@dev.azure.com/acme/${project}/_git/${repository}`;
  return { id: `0000-${id}`, name: repository, project: { id: "1", name: project }, remoteUrl };
}

describeRepositoryList(tested);

const settings = new HostSettings();
afterEach(() => settings.close());

function accessTo(url: string, http: RecordedHttp): HostAccess {
  return { remote: { ...tested.remote, settings: {}, url }, http, signal: new AbortController().signal, now: () => 0 };
}

const profile = "GET https://app.vssps.visualstudio.com/_apis/profile/profiles/me";
const accounts = "GET https://app.vssps.visualstudio.com/_apis/accounts";
const acme = "GET https://dev.azure.com/acme/_apis/git/repositories";
const other = "GET https://dev.azure.com/other/_apis/git/repositories";
const repositories = { count: 1, value: [repositoryJson({ id: 7, name: "octo/hello" })] };
const me = { id: "me me", displayName: "Ada Example" };
const organizations = {
  value: [{ accountName: "acme", accountUri: "https://elsewhere.example.org/" }, { accountName: "other" }, { accountName: "../x" }],
};

describe("a registered Azure DevOps", () => {
  it("gives repositories by their ids, and addresses without whom they are for", async () => {
    const http = new RecordedHttp({ [acme]: repositories });

    expect(await listAll(azureDevOpsRepositories, accessTo("https://dev.azure.com/acme", http))).toEqual([
      {
        ...{ id: "0000-7", name: "octo/hello", root: "https://dev.azure.com/acme/octo/_git/hello" },
        url: "https://dev.azure.com/acme/octo/_git/hello",
      },
    ]);
  });

  it("has its usual collection where nobody named one", async () => {
    const api = azureDevOpsApi({ ...server, collection: "DefaultCollection", path: "/tfs", repositories: repositories.value });
    const { access } = await settings.open({ ...tested.remote, settings: {}, url: "/tfs" }, api);

    expect(await listAll(azureDevOpsRepositories, access)).toHaveLength(1);
  });

  it.each(["https://dev.azure.com", "https://app.vssps.visualstudio.com"])(
    "without an organization (%s) lists all that the account has, and asks at no address that an answer names",
    async (url) => {
      const http = new RecordedHttp({ [profile]: me, [accounts]: organizations, [acme]: repositories, [other]: respond(401) });

      expect(await listAll(azureDevOpsRepositories, accessTo(url, http))).toHaveLength(1);
      expect(http.calls).toEqual([profile, accounts, acme, other]);
      expect(http.requests[1]?.query["memberId"]).toBe("me me");
    },
  );

  it("without an organization fails where none lets the account in, and where one fails", async () => {
    const refusing = new RecordedHttp({ [profile]: me, [accounts]: organizations, [acme]: respond(401), [other]: respond(203) });
    const failing = new RecordedHttp({ [profile]: me, [accounts]: organizations, [acme]: repositories, [other]: respond(500) });

    await expect(listAll(azureDevOpsRepositories, accessTo("https://dev.azure.com", refusing))).rejects.toThrow(/\(401\)/);
    await expect(listAll(azureDevOpsRepositories, accessTo("https://dev.azure.com", failing))).rejects.toThrow(/\(500\)/);
  });
});
