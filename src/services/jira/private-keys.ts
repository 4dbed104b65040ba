import { createPrivateKey, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { SwitchboardError } from "../../core/errors.js";
import type { ConsumerSettings } from "./oauth-settings.js";
import type { Consumer } from "./oauth1-signature.js";

/** The private keys of application links. */
export interface PrivateKeys {
  /**
   * Reads the key once. Hookshot's configuration gives a path, and a path to nothing must not keep the other rooms from working.
   * @throws SwitchboardError HS_DISABLED_FEATURE when the file holds no RSA key
   */
  consumerOf(settings: ConsumerSettings): Promise<Consumer>;
}

export function createPrivateKeys(): PrivateKeys {
  const known = new Map<string, KeyObject>();
  return {
    async consumerOf(settings) {
      const { privateKeyFile, consumerKey } = settings;
      const privateKey = known.get(privateKeyFile) ?? (await readKey(settings));
      known.set(privateKeyFile, privateKey);
      return { key: consumerKey, privateKey };
    },
  };
}

/** Relative paths count from the working folder, as Hookshot's do. */
async function readKey({ privateKeyFile, configPath }: ConsumerSettings): Promise<KeyObject> {
  const key = await readFile(privateKeyFile, "utf8").then(parseKey, () => undefined);
  if (key !== undefined) return key;
  throw new SwitchboardError(
    "HS_DISABLED_FEATURE",
    `Logins at this Jira cannot be signed: the file that \`${configPath}.privateKey\` names cannot be read, or holds no RSA key as PEM. The administrator can mend that.`,
  );
}

/** What OpenSSL says of others may quote them. */
function parseKey(text: string): KeyObject | undefined {
  try {
    const key = createPrivateKey(text);
    return key.asymmetricKeyType === "rsa" ? key : undefined;
  } catch {
    return undefined;
  }
}
