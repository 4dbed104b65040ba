import type { Callers } from "../callers/callers.js";
import type { ConfiguredToken } from "../callers/configured-tokens.js";
import { createCallers, provisioningSecretName } from "../callers/create-callers.js";
import { createTokenDesk, type TokenDesk } from "../callers/token-desk.js";
import type { ApiTokenConfig, Config } from "../config/config.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import type { Clock } from "../shared/clock.js";
import { parseIsoTime } from "../shared/iso-time.js";
import type { Log } from "../shared/log.js";
import type { Random } from "../shared/random.js";
import type { Database } from "../storage/database.js";
import { createApiTokenStore } from "../storage/stores/api-token-store.js";

interface AppCallersOptions {
  readonly config: Pick<Config, "provisioning" | "api">;
  readonly database: Database;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface AppCallers {
  /** For the APIs. */
  readonly callers: Callers;
  /** For the command line. */
  readonly tokens: TokenDesk;
}

/** Who may call our APIs: those of the configuration, and those with a token that was made since. */
export function createAppCallers({ config, database, log, ...common }: AppCallersOptions): AppCallers {
  const { provisioning, api } = config;
  const store = createApiTokenStore(database);
  const names = api.tokens.map(({ name }) => name);
  return {
    callers: createCallers({
      ...{ ...common, store, log: log.child({ module: "callers" }) },
      ...(provisioning === undefined ? {} : { provisioningSecret: provisioning.secret }),
      config: { tokens: api.tokens.map(toConfigured), admins: api.admins },
    }),
    tokens: createTokenDesk({
      ...{ ...common, store },
      configuredNames: provisioning === undefined ? names : [...names, provisioningSecretName],
    }),
  };
}

function toConfigured({ name, token, scopes, targets, expires }: ApiTokenConfig): Omit<ConfiguredToken, "remedy"> {
  // That it is a time, the configuration has checked; what is none has ended.
  const end = expires === undefined ? {} : { expiresAt: parseIsoTime(expires) ?? 0 };
  return { name, token, scopes, ...(targets === undefined ? {} : { targets }), ...end };
}
