import { provisioningScope } from "../core/api-scopes.js";
import type { ApiTokenStore } from "../core/ports/api-token-store.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import type { Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";
import type { Random } from "../shared/random.js";
import type { Secret } from "../shared/secret.js";
import { Admins, type ConfiguredAdmin } from "./admins.js";
import { readCredentials } from "./authorization.js";
import type { Callers, ScopedCaller } from "./callers.js";
import { ConfiguredTokens, type ConfiguredToken } from "./configured-tokens.js";
import { CreatedTokens } from "./created-tokens.js";
import { unauthorized } from "./refusals.js";

export interface CallersOptions {
  /** Hookshot's one secret for all programs. */
  readonly provisioningSecret?: Secret;
  readonly config: {
    readonly tokens: readonly Omit<ConfiguredToken, "remedy">[];
    readonly admins: readonly ConfiguredAdmin[];
  };
  readonly store: ApiTokenStore;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** The caller's name for Hookshot's secret: its key in the configuration. */
export const provisioningSecretName = "provisioning.secret";

/** Knows the callers of the configuration, and the tokens that were made since. */
export function createCallers(options: CallersOptions): Callers {
  const { config, provisioningSecret } = options;
  const configured = new ConfiguredTokens(
    [
      ...(provisioningSecret === undefined ? [] : [ofProvisioning(provisioningSecret)]),
      ...config.tokens.map((token) => ({ ...token, remedy: "Add it to its scopes in api.tokens." })),
    ],
    options,
  );
  const created = new CreatedTokens(options);
  const admins = new Admins(config.admins, options);

  async function authenticateToken(token: string, scopes: readonly string[]): Promise<ScopedCaller> {
    return configured.find(token, scopes) ?? created.find(token, scopes);
  }

  return {
    async authenticate(authorization, scope) {
      const credentials = readCredentials(authorization);
      if (credentials === undefined) throw unauthorized();
      if (credentials.kind === "basic") return admins.find(credentials.name, credentials.password);
      const { name, kind } = await authenticateToken(credentials.token, [scope]);
      return { name, kind };
    },
    authenticateToken,
  };
}

function ofProvisioning(token: Secret): ConfiguredToken {
  return {
    name: provisioningSecretName,
    token,
    scopes: [provisioningScope],
    remedy: "It opens the provisioning API alone; give a token in api.tokens.",
  };
}
