import { toYaml } from "./read-yaml.js";

export interface RegistrationParts {
  readonly id: string;
  readonly url: string;
  readonly senderLocalpart: string;
  readonly asToken: string;
  readonly hsToken: string;
  /** Absent: no namespaces can be written. */
  readonly domain: string | undefined;
  readonly serviceBots: readonly string[];
  /** What user ids of ghosts begin with, for example `_x_`. */
  readonly ghostPrefixes: readonly string[];
  /** What aliases of rooms begin with that come to be when somebody joins them. */
  readonly aliasPrefixes: readonly string[];
}

const heading = `# Introduces Switchboard to the homeserver, which needs the same file
# (Synapse: app_service_config_files in homeserver.yaml, then restart).
# The tokens are secrets: as_token lets its bearer act as the bots, hs_token lets it speak as the homeserver.
`;

/** The text of a registration file (Matrix application service API; reference 1.19). */
export function buildRegistration(parts: RegistrationParts): string {
  const { domain, serviceBots, ghostPrefixes, aliasPrefixes } = parts;
  const users =
    domain === undefined
      ? []
      : [...ghostPrefixes.map((prefix) => `@${escape(prefix)}.*`), ...serviceBots.map((name) => `@${escape(name)}`)];
  const aliases = domain === undefined ? [] : aliasPrefixes.map((prefix) => `#${escape(prefix)}.+`);
  const onOurServer = (pattern: string): { exclusive: true; regex: string } => ({
    exclusive: true,
    regex: `${pattern}:${escape(domain ?? "")}`,
  });
  const registration = {
    id: parts.id,
    url: parts.url,
    as_token: parts.asToken,
    hs_token: parts.hsToken,
    sender_localpart: parts.senderLocalpart,
    rate_limited: false,
    receive_ephemeral: true,
    namespaces: {
      users: users.map(onOurServer),
      aliases: aliases.map(onOurServer),
      rooms: [],
    },
  };
  return heading + toYaml(registration);
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
