import { apiScopes, devinfoScope, limitedScopes, provisioningScope } from "../core/api-scopes.js";
import { isRemotePattern, remotePatternForms } from "../core/permissions.js";
import { parseIsoTime } from "../shared/iso-time.js";
import { parsePasswordHash } from "../shared/password-hash.js";
import type { Secret } from "../shared/secret.js";
import type { ApiAdminConfig, Config } from "./config.js";
import { suggest, type Findings, type Mistake } from "./findings.js";

/** APIs for programs, by their resources. */
interface CalledApi {
  readonly resource: string;
  readonly scopes: readonly string[];
  /** Who could call it, as a remedy says it. */
  readonly callers: string;
  /** The command that makes one; absent: that of tokens. */
  readonly command?: string;
  /** Whether others than tokens may call it too. */
  readonly hasOtherCallers: (config: Config) => boolean;
}

const calledApis: readonly CalledApi[] = [
  {
    resource: provisioningScope,
    scopes: [provisioningScope],
    callers: "provisioning.secret or a token in api.tokens",
    hasOtherCallers: ({ provisioning, api }) => provisioning !== undefined || api.admins.length > 0,
  },
  {
    resource: "connectors",
    scopes: ["connectors", "connectors:read", "findings"],
    callers: "a token with the scope connectors in api.tokens",
    hasOtherCallers: () => false,
  },
  {
    resource: "git-integrations",
    scopes: ["git-integrations", "git-integrations:read"],
    callers: "an administrator in api.admins or a token with the scope git-integrations in api.tokens",
    hasOtherCallers: ({ api }) => api.admins.length > 0,
  },
  {
    resource: "xray-ticketing",
    scopes: ["xray-ticketing"],
    callers: "an administrator in api.admins or a token with the scope xray-ticketing in api.tokens",
    hasOtherCallers: ({ api }) => api.admins.length > 0,
  },
  {
    resource: "devinfo",
    scopes: [devinfoScope],
    callers: "a client in devinfo.clients or an app in devinfo.connectApps",
    command: "switchboard devinfo-client create",
    hasOtherCallers: ({ devinfo }) => devinfo.clients.length > 0 || devinfo.connectApps.length > 0,
  },
];

/** What is wrong with those who may call APIs. */
export function findCallerMistakes({ api }: Config): readonly Mistake[] {
  const { tokens, admins } = api;
  return [
    ...findDuplicates("tokens", tokens),
    ...tokens.flatMap(({ expires }, index) => {
      if (expires === undefined || parseIsoTime(expires) !== undefined) return [];
      return [
        mistake(["tokens", index, "expires"], "must be a day such as 2027-01-31, or a time with its zone such as 2027-01-31T12:00:00Z."),
      ];
    }),
    ...tokens.flatMap(({ targets = [] }, index) =>
      targets.flatMap((target, position) =>
        isRemotePattern(target) ? [] : [mistake(["tokens", index, "targets", position], `must be ${remotePatternForms}.`)],
      ),
    ),
    ...findDuplicates("admins", admins),
    ...admins.flatMap(findAdminMistakes),
  ];
}

function findDuplicates(list: "tokens" | "admins", entries: readonly { readonly name: string }[]): readonly Mistake[] {
  return entries.flatMap(({ name }, index) => {
    const first = entries.findIndex((other) => other.name === name);
    return first === index ? [] : [mistake([list, index, "name"], `${name} is the name of api.${list}.${String(first)} already.`)];
  });
}

function findAdminMistakes({ name, password, passwordHash }: ApiAdminConfig, index: number): readonly Mistake[] {
  const mistakes: Mistake[] = [];
  // RFC 7617, section 2: it would end the name.
  if (name.includes(":")) mistakes.push(mistake(["admins", index, "name"], "must not hold a colon."));
  if ((password === undefined) === (passwordHash === undefined)) {
    const sentence =
      password === undefined
        ? "has neither password nor passwordHash; give one of them."
        : "has both password and passwordHash; give only one of them.";
    mistakes.push(mistake(["admins", index], sentence));
  }
  if (passwordHash !== undefined && parsePasswordHash(passwordHash.reveal()) === undefined) {
    mistakes.push(mistake(["admins", index, "passwordHash"], "is no hash that `switchboard hash-password` makes."));
  }
  return mistakes;
}

function mistake(path: readonly (string | number)[], sentence: string): Mistake {
  return { path: ["api", ...path.map(String)], sentence };
}

/** Callers that nobody will be, and APIs that nobody can call. */
export function warnOfCallers(config: Config, findings: Findings): void {
  const { provisioning, api } = config;
  for (const called of calledApis) warnOfNoCallers(called, config, findings);
  if (provisioning !== undefined && listenerWith(provisioningScope, config) === -1) {
    findings.warn([provisioningScope, "secret"], `is given, but no listener has the resource ${provisioningScope}.`);
  }
  if (provisioning !== undefined) warnOfCharacters(["provisioning", "secret"], provisioning.secret, findings);
  for (const [index, { token, scopes, targets }] of api.tokens.entries()) {
    const path = ["api", "tokens", String(index)];
    warnOfCharacters([...path, "token"], token, findings);
    warnOfScopes([...path, "scopes"], scopes, findings);
    const others = scopes.filter((scope) => apiScopes.includes(scope) && !limitedScopes.includes(scope));
    if (targets !== undefined && others.length > 0) findings.warn([...path, "targets"], `limits nothing of ${others.join(", ")}.`);
  }
}

function warnOfNoCallers({ resource, scopes, callers, command, hasOtherCallers }: CalledApi, config: Config, findings: Findings): void {
  const listener = listenerWith(resource, config);
  if (listener === -1 || hasOtherCallers(config)) return;
  if (config.api.tokens.some((token) => token.scopes.some((scope) => scopes.includes(scope)))) return;
  const remedy = `give ${callers}, or make one with ${command ?? "switchboard token create"}.`;
  findings.warn(["listeners", String(listener), "resources"], `${resource} is served, but nobody can call it: ${remedy}`);
}

function listenerWith(resource: string, { listeners }: Config): number {
  return listeners.findIndex(({ resources }) => resources.includes(resource));
}

/** RFC 6750, section 2.1, knows even fewer. */
function warnOfCharacters(path: readonly string[], secret: Secret, findings: Findings): void {
  if (/^[\x21-\x7e]+$/.test(secret.reveal())) return;
  findings.warn(path, "holds spaces or characters beyond ASCII, which programs cannot send in a header.");
}

function warnOfScopes(path: readonly string[], scopes: readonly string[], findings: Findings): void {
  if (scopes.length === 0) findings.warn(path, "is empty, so this token may call nothing.");
  for (const [index, scope] of scopes.entries()) {
    if (!apiScopes.includes(scope)) findings.warn([...path, String(index)], `${scope} is no known scope.${suggest(scope, apiScopes)}`);
  }
}
