import { NotFoundError } from "../core/errors.js";
import type { InstalledConnectApp } from "../core/ports/devinfo-client-store.js";
import type { HttpClient } from "../core/ports/http-client.js";
import { createInstallation, type AppToInstall, type InstallationOptions } from "./connect-installation.js";
import { callLifecycle, type LifecycleSignature } from "./connect-lifecycle.js";
import { changesOfCallers } from "./devinfo-caller-rules.js";
import { installKeyOf, tenantOf } from "./install-keys.js";

export type { AppToInstall } from "./connect-installation.js";

/** An installed app as an administrator sees it: nothing of its secret. */
export interface ShownConnectApp extends Pick<
  InstalledConnectApp,
  "key" | "title" | "baseUrl" | "scopes" | "provider" | "instance" | "createdAt"
> {
  /** `unknown`: whether the app took the secret that it was sent last; the same installation once more tells. */
  readonly state: "installed" | "unknown";
  /** Present where the configuration has an app of the same key, which goes before it. */
  readonly isShadowed?: true;
}

export interface RemovedConnectApp extends ShownConnectApp {
  /** Whether the app knows that it was removed. Absent where it does not want to be told. */
  readonly told?: { readonly isTaken: boolean; readonly sentence?: string };
}

/** What an administrator can do with Connect apps of self-hosted tools while Switchboard runs. */
export interface ConnectAppDesk {
  /** Those that were installed here, by key. */
  list(): Promise<readonly ShownConnectApp[]>;
  /** @throws ValidationError; RemoteError, whose message says whether to repeat; StorageError */
  install(wanted: AppToInstall): Promise<ShownConnectApp>;
  /** From then on its secret is not good. The app is told, as far as it can be. What it sent stays. @throws NotFoundError; StorageError */
  remove(key: string): Promise<RemovedConnectApp>;
}

export interface ConnectAppDeskOptions extends InstallationOptions {
  /** For addresses that somebody typed. */
  readonly http: HttpClient;
}

/** One installation or removal at a time: each asks the app, which may take its while. */
const handShakes = "connect-apps";

export function createConnectAppDesk(options: ConnectAppDeskOptions): ConnectAppDesk {
  const { book, store, unitOfWork, turns } = options;
  const install = createInstallation(options);

  async function remove(key: string): Promise<RemovedConnectApp> {
    const app = await store.getApp(key);
    if (app === undefined) {
      // What was typed may be a secret, and this is shown and logged.
      throw new NotFoundError(
        book.hasConfiguredApp(key) ? "That is an app of the configuration: take it out there." : "There is no app by that key.",
      );
    }
    const told = await tell(app);
    await turns.run(changesOfCallers, () => unitOfWork.commit(store.removeApp(app)));
    return { ...show(app), ...(told === undefined ? {} : { told }) };
  }

  /** As far as it goes: an app that is gone must not keep its secret good here. */
  async function tell(app: InstalledConnectApp): Promise<RemovedConnectApp["told"]> {
    const { uninstalledUrl: url, ownUrl } = app;
    const signature = await signatureOf(app);
    if (url === undefined || signature === undefined) return undefined;
    const call = { eventType: "uninstalled", url, app, clientKey: await tenantOf(options), ownUrl } as const;
    const outcome = await callLifecycle(call, signature, options);
    return outcome.kind === "taken" ? { isTaken: true } : { isTaken: false, sentence: outcome.sentence };
  }

  async function signatureOf({ isKeySigned, sharedSecret, pending }: InstalledConnectApp): Promise<LifecycleSignature | undefined> {
    if (isKeySigned) return { kind: "key", key: await installKeyOf(options) };
    const secret = sharedSecret ?? pending?.sharedSecret;
    return secret === undefined ? undefined : { kind: "secret", sharedSecret: secret };
  }

  function show(app: InstalledConnectApp): ShownConnectApp {
    const { key, title, baseUrl, scopes, provider, instance, createdAt, pending } = app;
    return {
      ...{ key, baseUrl, scopes, provider, createdAt, state: pending === undefined ? "installed" : "unknown" },
      ...(title === undefined ? {} : { title }),
      ...(instance === undefined ? {} : { instance }),
      ...(book.hasConfiguredApp(key) ? { isShadowed: true } : {}),
    };
  }

  return {
    list: async () => (await store.listApps()).map(show),
    install: (wanted) => turns.run(handShakes, async () => show(await install(wanted))),
    remove: (key) => turns.run(handShakes, () => remove(key)),
  };
}
