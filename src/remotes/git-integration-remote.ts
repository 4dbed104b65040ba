import type { IndexedIntegration } from "../core/ports/git-integrations.js";
import type { KnownRemote, RegisteredRemote, RemoteAccount } from "../core/registered-remote.js";
import { Secret } from "../shared/secret.js";
import { baseUrl, withoutTrailingSlashes } from "../shared/url.js";
import type { GitIntegrationRecord, GitIntegrationSettings, GitSecrets } from "./git-integration.js";
import type { GitIntegrationType } from "./git-integration-type.js";

/** What the service of a git host is handed. */
export function remoteOfGitIntegration({ fields, secrets }: GitIntegrationRecord, type: GitIntegrationType): RegisteredRemote {
  const { origin, settings } = fields;
  const apiPath = withoutTrailingSlashes(settings.apiPath ?? "");
  return {
    serviceId: type.serviceId,
    url: type.isFolder ? origin : baseUrl(new URL(origin)),
    ...(type.deployment === undefined ? {} : { deployment: type.deployment }),
    ...(settings.apiPath === undefined || type.isFolder ? {} : { apiPath }),
    account: accountOf(secrets, type),
    settings: settingsOf(settings, type),
    checksCertificate: !settings.disableSslVerification,
    usesProxy: true,
  };
}

/** As the index of repositories wants it. */
export function indexedGitIntegration(record: GitIntegrationRecord, type: GitIntegrationType): IndexedIntegration {
  const { origin, settings } = record.fields;
  const { tagsFilter, prHideFilter } = settings;
  return {
    id: record.id,
    displayName: record.name,
    origin,
    isDisabled: settings.disabled,
    isGlobal: settings.global,
    actsOnSmartCommits: settings.smartCommitsEnabled,
    projectMappingIds: settings.projectMappingIds,
    remote: remoteOfGitIntegration(record, type),
    ...(tagsFilter === undefined ? {} : { tagsFilter }),
    ...(prHideFilter === undefined ? {} : { prHideFilter }),
  };
}

/** As rooms know it. One that is disabled is not asked for anything. */
export function knownGitIntegration(record: GitIntegrationRecord, type: GitIntegrationType): KnownRemote {
  const { id, name, fields } = record;
  const { disabled, global, projectMappingIds } = fields.settings;
  return {
    ...remoteOfGitIntegration(record, type),
    ...{ key: `integration-${id}`, kind: "integration", id, name },
    ...(global ? {} : { onlyBesideProjects: projectMappingIds.map(String) }),
    ...(disabled ? { isInaccessible: true } : {}),
  };
}

function accountOf({ username, password, pat }: GitSecrets, { accounts }: GitIntegrationType): RemoteAccount {
  if (accounts.length === 0) return { kind: "none" };
  if (pat !== undefined && accounts.some((form) => form !== "password")) {
    return { kind: "token", token: new Secret(pat), ...(username === undefined ? {} : { username }) };
  }
  return { kind: "password", username: username ?? "", password: new Secret(password ?? "") };
}

function settingsOf(settings: GitIntegrationSettings, type: GitIntegrationType): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(type.settings ?? {}).flatMap(([name, setting]) => {
      const value = settings[setting];
      return value === undefined ? [] : [[name, String(value)]];
    }),
  );
}
