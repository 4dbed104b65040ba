import { NotFoundError } from "../../core/errors.js";
import type { Route } from "../../http/route.js";
import { installKeysAlias } from "./schema.js";

/** Where apps look up the key with which installations are signed; its id follows. */
export const installKeysPath = "/connect/install-keys/";

interface InstallKeysOptions {
  /** The key in PEM; undefined for one that there is not. */
  readonly publicKey: (kid: string) => Promise<string | undefined>;
  /** Name of the API in the documents. */
  readonly tag: string;
}

/** Public keys, for Connect apps that check who installs them (Atlassian, "Security for Connect apps", section on installation callbacks). */
export function createInstallKeysRoutes({ publicKey, tag }: InstallKeysOptions): readonly Route[] {
  return [installKeysPath, installKeysAlias].map((path): Route => ({
    method: "GET",
    path: `${path}:kid`,
    handle: async ({ params }) => {
      const key = await publicKey(params["kid"] ?? "");
      if (key === undefined) throw new NotFoundError("There is no key by that id.");
      return { status: 200, body: key };
    },
    doc: {
      tag,
      summary: "Gives the public key with which the installation of an app was signed",
      description: "For Connect apps that were installed with `switchboard connect-app install --signed`.",
      params: { kid: { type: "string", description: "The `kid` of the token's header." } },
      answers: {
        200: { description: "The key, in PEM.", contentType: "text/plain", schema: { type: "string" } },
        404: { description: "There is no key by that id.", schema: { type: "object" } },
      },
    },
  }));
}
