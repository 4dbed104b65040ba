import type { RegisteredRemote, RemoteAccount } from "../core/registered-remote.js";
import { Secret } from "../shared/secret.js";
import { withoutTrailingSlashes } from "../shared/url.js";
import { authModeOf } from "./connector-params.js";
import type { ConnectorSystem } from "./connector-system.js";
import type { Params } from "./param-rules.js";

/** The tracker's web address, as the params give it, without trailing slash. */
export function addressOfTracker(params: Params): string {
  const root = textOf(params, "issue_tracker_context_root") ?? "";
  const path = root === "" || root.startsWith("/") ? root : `/${root}`;
  return withoutTrailingSlashes(
    `${textOf(params, "issue_tracker_method") ?? "https"}://${textOf(params, "issue_tracker_server") ?? ""}${path}`,
  );
}

/** @param params such as fit the system. @returns undefined for a system that is only stored */
export function remoteOfConnector(system: ConnectorSystem, params: Params): RegisteredRemote | undefined {
  if (system.serviceId === undefined) return undefined;
  return {
    serviceId: system.serviceId,
    url: addressOfTracker(params),
    account: accountOf(system, params),
    settings: settingsOf(system, params),
    checksCertificate: params["issue_tracker_validate_cert"] !== false,
    usesProxy: true,
  };
}

/** The projects that a connector serves: a comma list; `<owner>/*` stands for all of an owner's. Empty: all that its account sees. */
export function projectsOfConnector({ ownerParam }: ConnectorSystem, params: Params): readonly string[] {
  const owner = ownerParam === undefined ? undefined : textOf(params, ownerParam)?.trim();
  const named = (textOf(params, "issue_tracker_project") ?? "").split(",").map((project) => project.trim());
  const projects = named.filter((project) => project !== "");
  if (owner === undefined || owner === "") return projects;
  return projects.length === 0 ? [`${owner}/*`] : projects.map((project) => (project.includes("/") ? project : `${owner}/${project}`));
}

function accountOf(system: ConnectorSystem, params: Params): RemoteAccount {
  const username = textOf(params, "issue_tracker_user") ?? "";
  if (authModeOf(params, system) === "basic") {
    return { kind: "password", username, password: new Secret(textOf(params, "issue_tracker_pass") ?? "") };
  }
  const token = new Secret(textOf(params, "issue_tracker_api_token") ?? "");
  // Whether the name counts depends on the installation, which its service knows.
  return { kind: "token", token, ...(username.trim() === "" ? {} : { username }) };
}

function settingsOf({ settings = {} }: ConnectorSystem, params: Params): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(settings).map(([name, { param, default: usual }]) => [name, textOf(params, param) ?? usual]));
}

function textOf(params: Params, name: string): string | undefined {
  return Object.hasOwn(params, name) ? String(params[name]) : undefined;
}
