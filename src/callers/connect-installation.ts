import { RemoteError, ValidationError } from "../core/errors.js";
import type { DevinfoClientStore, DevinfoScopeName, InstalledConnectApp } from "../core/ports/devinfo-client-store.js";
import type { HttpClient } from "../core/ports/http-client.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import type { KeyedMutex } from "../delivery/keyed-mutex.js";
import type { Clock } from "../shared/clock.js";
import type { Random } from "../shared/random.js";
import { createDescriptorReader, grantedScopes, keptScopes, type ConnectDescriptor } from "./connect-descriptor.js";
import { callLifecycle, type LifecycleCall, type LifecycleOutcome, type LifecycleSignature } from "./connect-lifecycle.js";
import type { DevinfoBook } from "./devinfo-book.js";
import { changesOfCallers, checkProvider } from "./devinfo-caller-rules.js";
import { installKeyOf, tenantOf } from "./install-keys.js";

/*
 * An installation hands a secret over to an app:
 *
 *   descriptor read and judged -> the new secret stored as pending, synced -> `installed` sent
 *     2xx                       -> the secret is the app's
 *     refused for certain       -> the pending one is taken back, everything is as before
 *     nobody can tell           -> it stays pending, and the administrator is told to repeat
 *
 * Stored before it is sent, because an app that took a secret which we then forgot would refuse us for ever. While one is pending, both it
 * and the one before are good: only the app was sent it, so whoever signs with it shows that it came. A repeat sends the same secret again,
 * signed in each of the ways that the app may ask for by now.
 */

export interface AppToInstall {
  readonly descriptorUrl: string;
  /** The most that it may do; absent: what it asks for, and where it is installed already, no more than it has. */
  readonly scopes?: readonly DevinfoScopeName[];
  /** Absent: its key. */
  readonly provider?: string;
  readonly instance?: string;
  /** Gives an app that is installed a new secret. */
  readonly isReinstall?: boolean;
  /** Signs with our own key, which the app looks up at our address. */
  readonly isKeySigned?: boolean;
  /** Lets the descriptor, and with it the secret, go over http. */
  readonly allowsHttp?: boolean;
}

export interface InstallationOptions {
  readonly book: DevinfoBook;
  readonly store: DevinfoClientStore;
  readonly unitOfWork: UnitOfWork;
  /** For addresses that somebody typed. */
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly random: Random;
  /** Shared with the desk of clients. */
  readonly turns: KeyedMutex;
  /** Public address of the listener that serves the API, without trailing slash; undefined where there is none. */
  readonly publicUrl: string | undefined;
  /** Where, below that address, apps look up the key with which installations are signed; its id follows. */
  readonly installKeysPath: string;
  /** The word by which apps know the product that we stand in for. */
  readonly productType: string;
}

type BegunApp = InstalledConnectApp & Required<Pick<InstalledConnectApp, "pending">>;

/** What one installation is about. */
interface Attempt {
  readonly wanted: AppToInstall;
  readonly descriptor: ConnectDescriptor;
  /** What is stored of the app; absent for its first installation. */
  readonly before: InstalledConnectApp | undefined;
}

/** Makes what installs apps. One installation at a time. */
export function createInstallation(options: InstallationOptions): (wanted: AppToInstall) => Promise<InstalledConnectApp> {
  const { book, store, unitOfWork, clock, random, turns } = options;
  const readDescriptor = createDescriptorReader(options.http);

  async function install(wanted: AppToInstall): Promise<InstalledConnectApp> {
    const ownUrl = checkSurroundings(options);
    const descriptor = await readDescriptor(wanted.descriptorUrl, wanted.allowsHttp === true);
    const attempt = { wanted, descriptor, before: await store.getApp(descriptor.key) };
    checkWanted(attempt, book);
    const app = await turns.run(changesOfCallers, () => begin(attempt, ownUrl));
    const outcome = await handShake(app, attempt);
    if (outcome.kind === "taken") return finish(app);
    if (outcome.kind !== "unknown") await takeBack(app, attempt.before);
    throw failure(outcome, attempt, ownUrl + options.installKeysPath);
  }

  /** Stores the secret before it is sent. */
  async function begin({ wanted, descriptor, before }: Attempt, ownUrl: string): Promise<BegunApp> {
    const { key, title, baseUrl, uninstalledUrl } = descriptor;
    const { provider = key, instance } = before ?? wanted;
    if (before === undefined) await checkNewProvider(wanted, provider);
    const isKept = before !== undefined && wanted.scopes === undefined;
    const scopes = isKept ? keptScopes(descriptor, before.scopes) : grantedScopes(descriptor, wanted.scopes);
    const app = {
      ...{ key, baseUrl, ownUrl, provider, isKeySigned: wanted.isKeySigned === true },
      ...{ scopes: before?.scopes ?? scopes, createdAt: before?.createdAt ?? clock.now() },
      ...(title === undefined ? {} : { title }),
      ...(uninstalledUrl === undefined ? {} : { uninstalledUrl }),
      ...(instance === undefined ? {} : { instance }),
      ...(before?.sharedSecret === undefined ? {} : { sharedSecret: before.sharedSecret }),
      pending: { sharedSecret: before?.pending?.sharedSecret ?? random.token(64), scopes },
    };
    await unitOfWork.commit(store.putApp(app));
    return app;
  }

  /** The key is the app's own word: it must not get the data of others by it. */
  async function checkNewProvider(wanted: AppToInstall, provider: string): Promise<void> {
    await checkProvider(book, provider, wanted.instance);
    if (wanted.provider !== undefined || (await book.findProvider(provider)) === undefined) return;
    throw new ValidationError(
      `The provider ${provider} has callers already; to let the app read and change what they sent, give it with --provider.`,
    );
  }

  async function handShake(app: BegunApp, { descriptor, before }: Attempt): Promise<LifecycleOutcome> {
    const call: LifecycleCall = {
      ...{ eventType: "installed" as const, url: descriptor.installedUrl, app, ownUrl: app.ownUrl },
      ...{ clientKey: await tenantOf(options), sharedSecret: app.pending.sharedSecret },
    };
    const [first, ...others] = app.isKeySigned ? [await keySignature()] : secretSignatures(before);
    let outcome = await callLifecycle(call, first, options);
    for (const signature of others) if (outcome.kind === "unsigned") outcome = await callLifecycle(call, signature, options);
    return outcome;
  }

  async function keySignature(): Promise<LifecycleSignature> {
    return { kind: "key", key: await installKeyOf(options) };
  }

  async function finish({ pending: { sharedSecret, scopes }, ...app }: BegunApp): Promise<InstalledConnectApp> {
    const installed = { ...app, sharedSecret, scopes };
    await unitOfWork.commit(store.putApp(installed));
    return installed;
  }

  async function takeBack(app: InstalledConnectApp, before: InstalledConnectApp | undefined): Promise<void> {
    await unitOfWork.commit(before === undefined ? store.removeApp(app) : store.putApp(before));
  }

  return install;
}

/** In the order in which they are tried; the next one only where the one before is refused as a signature. */
function secretSignatures(before: InstalledConnectApp | undefined): readonly [LifecycleSignature, ...LifecycleSignature[]] {
  const none: LifecycleSignature = { kind: "none" };
  const pending = before?.pending === undefined ? [] : [{ kind: "secret", sharedSecret: before.pending.sharedSecret } as const];
  if (before?.sharedSecret !== undefined) return [{ kind: "secret", sharedSecret: before.sharedSecret }, ...pending];
  const [first] = pending;
  return first === undefined ? [none] : [first, none];
}

/** @returns where the app is to find us */
function checkSurroundings({ store, publicUrl }: InstallationOptions): string {
  if (!store.canKeepApps) {
    throw new ValidationError(
      "No app can be installed, because there is no key to encrypt its secret with. Name a key file in storage.keyFile, and start again.",
    );
  }
  if (publicUrl !== undefined) return publicUrl;
  throw new ValidationError(
    "An app has to be told where to find us: give the listener with the resource devinfo a publicUrl, and start again.",
  );
}

function checkWanted({ wanted, descriptor: { key, baseUrl }, before }: Attempt, book: DevinfoBook): void {
  const { isReinstall, provider, instance } = wanted;
  if (book.hasConfiguredApp(key)) throw new ValidationError(`${key} is an app of the configuration already: take it out there first.`);
  if (before === undefined) return;
  if (before.sharedSecret !== undefined && isReinstall !== true) {
    throw new ValidationError(`${key} is installed already. With --reinstall it gets a new secret.`);
  }
  const { origin, host } = new URL(before.baseUrl);
  if (origin !== new URL(baseUrl).origin) {
    throw new ValidationError(`${key} is installed from ${host}, which is another place; remove that one first.`);
  }
  if ((provider ?? before.provider) !== before.provider || (instance ?? before.instance) !== before.instance) {
    throw new ValidationError(`${key} has its provider (${before.provider}) and instance; to change them, remove it first.`);
  }
}

function failure(outcome: Exclude<LifecycleOutcome, { readonly kind: "taken" }>, attempt: Attempt, installKeysUrl: string): RemoteError {
  const { key } = attempt.descriptor;
  const { kind, sentence } = outcome;
  if (kind === "unknown") {
    const repeat = "Run the same command again; until it succeeds, what the app signs is taken whether it has the new secret or not.";
    return new RemoteError(`${sentence} Whether ${key} took the installation is not known. ${repeat}`, { outcomeUnknown: true });
  }
  const state = attempt.before === undefined ? "Nothing was installed." : "Everything is as it was before.";
  return new RemoteError([sentence, state, ...(kind === "unsigned" ? [hintOf(attempt, installKeysUrl)] : [])].join(" "));
}

function hintOf({ wanted, descriptor, before }: Attempt, installKeysUrl: string): string {
  if (wanted.isKeySigned === true) return `It has to look up keys at ${installKeysUrl}<id>, and has to reach that address.`;
  if (descriptor.wantsSignature) {
    return `Its descriptor asks for signed installations: have it look up keys at ${installKeysUrl}<id>, and run this with --signed.`;
  }
  return before === undefined
    ? "It may have an earlier installation of ours, with a secret that is lost: remove it there."
    : "It may have lost the installation: remove it here and there, and install it anew.";
}
