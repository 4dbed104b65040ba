import {
  fullNameOf,
  type GitHubChange,
  type StandInGitHubAccount,
  type StandInGitHubIssue,
  type StandInInstallation,
  type StandInNotification,
  type StandInPermission,
  type StandInRepository,
} from "./github-records.js";

/** Who sends a request to the stand-in. */
export type GitHubCaller =
  /** `isByApp`: with a token that the person gave the App, not one of their own making. */
  | { readonly kind: "person"; readonly account: StandInGitHubAccount; readonly isByApp?: boolean }
  | { readonly kind: "app" }
  | { readonly kind: "installation"; readonly installation: StandInInstallation }
  | { readonly kind: "nobody" };

interface NewRepository {
  readonly owner: StandInGitHubAccount;
  readonly name: string;
  readonly isPrivate?: boolean;
  readonly description?: string;
  readonly defaultBranch?: string;
  readonly permissions?: Readonly<Record<string, StandInPermission>>;
  /** Names of workflows. */
  readonly workflows?: readonly string[];
}

/** The stand-in's accounts, repositories and installations, and who may see what. */
export class GitHubSite {
  readonly accounts: StandInGitHubAccount[] = [];
  readonly repositories: StandInRepository[] = [];
  readonly installations: StandInInstallation[] = [];
  readonly changes: GitHubChange[] = [];
  readonly notifications: StandInNotification[] = [];
  #lastId = 1_000;

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  addAccount(login: string, token: string, isOrganization: boolean): StandInGitHubAccount {
    const account = { id: this.nextId(), login, token, isOrganization };
    this.accounts.push(account);
    return account;
  }

  /** @throws TypeError when there is none */
  account(login: string): StandInGitHubAccount {
    const account = this.accounts.find((candidate) => isEqual(candidate.login, login));
    if (account === undefined) throw new TypeError(`The stand-in has no account ${login}: add it first`);
    return account;
  }

  addRepository({ owner, name, permissions = {}, workflows = [], ...others }: NewRepository): StandInRepository {
    const repository: StandInRepository = {
      id: this.nextId(),
      owner,
      name,
      formerNames: [],
      isPrivate: others.isPrivate ?? false,
      description: others.description ?? "",
      defaultBranch: others.defaultBranch ?? "main",
      permissions: new Map(Object.entries({ [owner.login]: "admin", ...permissions })),
      labels: new Map(),
      issues: [],
      discussions: [],
      hooks: [],
      workflows: workflows.map((workflow) => ({
        id: this.nextId(),
        name: workflow,
        path: `.github/workflows/${workflow.toLowerCase().replace(/\W+/g, "-")}.yml`,
        runs: [],
      })),
    };
    this.repositories.push(repository);
    return repository;
  }

  find(fullName: string): StandInRepository | undefined {
    return this.repositories.find((candidate) => isEqual(fullNameOf(candidate), fullName));
  }

  findByFormerName(fullName: string): StandInRepository | undefined {
    return this.repositories.find(({ formerNames }) => formerNames.some((name) => isEqual(name, fullName)));
  }

  /** @throws TypeError when there is none */
  repository(fullName: string): StandInRepository {
    const repository = this.find(fullName);
    if (repository === undefined) throw new TypeError(`The stand-in has no repository ${fullName}: add it first`);
    return repository;
  }

  permissionOf(repository: StandInRepository, login: string): StandInPermission | undefined {
    const [, given] = [...repository.permissions].find(([name]) => isEqual(name, login)) ?? [];
    return given ?? (repository.isPrivate ? undefined : "read");
  }

  installationOf(repository: StandInRepository): StandInInstallation | undefined {
    return this.installations.find((installation) => covers(installation, repository));
  }

  sees(caller: GitHubCaller, repository: StandInRepository): boolean {
    if (!repository.isPrivate) return true;
    if (caller.kind === "person") return this.permissionOf(repository, caller.account.login) !== undefined;
    return caller.kind === "installation" && covers(caller.installation, repository);
  }

  /** As labels are made that an issue names and the repository does not have. */
  labelsOf(repository: StandInRepository, names: readonly string[]): StandInGitHubIssue["labels"] {
    return names.map((name) => {
      const label = repository.labels.get(name.toLowerCase()) ?? { name, color: "ededed" };
      repository.labels.set(name.toLowerCase(), label);
      return label;
    });
  }
}

/** Whether an installation reaches a repository. */
export function covers({ account, selected }: StandInInstallation, repository: StandInRepository): boolean {
  return account.id === repository.owner.id && (selected?.some((name) => isEqual(name, repository.name)) ?? true);
}

function isEqual(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}
