import type { Config, Registration } from "./config.js";
import { Findings } from "./findings.js";
import { readYamlFile, type ReadFile } from "./read-yaml.js";
import { registration as schema } from "./sections/registration.js";
import type { NamespaceConfig } from "./config.js";
import { validateSection } from "./validate-section.js";
import type { Secret } from "../shared/secret.js";

interface RegistrationInput {
  readonly path: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readFile: ReadFile;
}

interface RegistrationFile {
  readonly id: string;
  readonly as_token: Secret;
  readonly hs_token: Secret;
  readonly sender_localpart: string;
  readonly url?: string;
  readonly "io.element.msc4190"?: boolean;
  readonly namespaces: Registration["namespaces"];
}

/** Reads and checks the registration file. @throws ConfigError naming file and key */
export function loadRegistration(input: RegistrationInput): { readonly registration: Registration; readonly findings: Findings } {
  const findings = new Findings(() => input.path);
  const values = readYamlFile(input.path, input.readFile);
  const file = validateSection<RegistrationFile>(schema, values, {
    findings,
    environmentPath: ["registration"],
    env: input.env,
    readFile: input.readFile,
  });
  refuseBadPatterns(file.namespaces, findings);
  return { registration: Object.freeze(toRegistration(file)), findings };
}

function toRegistration(file: RegistrationFile): Registration {
  return {
    id: file.id,
    asToken: file.as_token,
    hsToken: file.hs_token,
    senderLocalpart: file.sender_localpart,
    ...(file.url === undefined ? {} : { url: file.url }),
    msc4190: file["io.element.msc4190"] ?? false,
    namespaces: file.namespaces,
  };
}

function refuseBadPatterns(namespaces: Registration["namespaces"], findings: Findings): void {
  for (const kind of ["users", "aliases", "rooms"] as const) {
    for (const [index, { regex }] of namespaces[kind].entries()) {
      if (compile(regex) !== undefined) continue;
      throw findings.error([{ path: ["namespaces", kind, String(index), "regex"], sentence: "is not a valid regular expression." }]);
    }
  }
}

function compile(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern);
  } catch {
    return undefined;
  }
}

/** Warns where registration and configuration do not fit together: the homeserver would then refuse our users or never tell us of rooms. */
export function warnOfMisfits(registration: Registration, config: Config, findings: Findings): void {
  for (const kind of ["users", "aliases"] as const) {
    for (const [index, namespace] of registration.namespaces[kind].entries()) {
      if (fitsDomain(namespace, config.bridge.domain)) continue;
      findings.warn(["namespaces", kind, String(index), "regex"], `does not fit bridge.domain, which is ${config.bridge.domain}.`);
    }
  }
  const users = registration.namespaces.users.map(({ regex }) => compile(regex));
  for (const { localpart } of config.serviceBots) {
    const userId = `@${localpart}:${config.bridge.domain}`;
    if (localpart === registration.senderLocalpart || users.some((pattern) => pattern?.test(userId))) continue;
    findings.warn(["namespaces", "users"], `has no pattern for the service bot ${userId}; the homeserver will refuse to make it.`);
  }
}

/** Whether what a pattern says after its first colon is about this server; a pattern without colon fits all. */
function fitsDomain({ regex }: NamespaceConfig, domain: string): boolean {
  const colon = regex.indexOf(":");
  if (colon === -1) return true;
  const server = compile(`^(?:${regex.slice(colon + 1)})`);
  // A colon inside a group, `(?:…)`, cuts the pattern where it cannot be judged.
  return server === undefined || regex[colon - 1] === "?" || server.test(domain);
}
