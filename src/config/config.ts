import type { PermissionRule, RemoteRule } from "../core/permissions.js";
import type { Secret } from "../shared/secret.js";

/** The whole configuration: validated, with defaults, frozen. `app` hands each part its own small options. */
export interface Config {
  readonly bridge: BridgeConfig;
  readonly listeners: readonly ListenerConfig[];
  readonly permissions: readonly PermissionRule[];
  readonly storage: StorageConfig;
  readonly logging: LoggingConfig;
  readonly metrics: { readonly enabled: boolean };
  readonly bot: BotProfile;
  readonly serviceBots: readonly ServiceBotConfig[];
  readonly messaging: { readonly allowUrlPreviews: boolean };
  readonly connections: readonly StaticConnectionConfig[];
  readonly outbound: OutboundConfig;
  /** Present: encrypted rooms get nothing in plain. */
  readonly encryption?: { readonly storagePath?: string };
  readonly passFile: string;
  /** Hookshot's way to let programs set rooms up: one secret for all of them. */
  readonly provisioning?: { readonly secret: Secret };
  readonly api: ApiConfig;
  readonly ticketing: {
    /** Whether trackers that scanners register are asked. */
    readonly verifyConnection: boolean;
  };
  readonly registry: RegistryConfig;
  readonly repositories: {
    /** Absolute folders. */
    readonly trackedFolders: readonly string[];
  };
  readonly devinfo: DevinfoConfig;
  readonly compatibility: {
    /** Whether people's new logins are kept for Hookshot as well. */
    readonly writeTokens: boolean;
  };
  /** Sections of services in this build, by config key, in the shape of each service's schema; a service without section is absent. */
  readonly services: Readonly<Record<string, unknown>>;
}

export interface BridgeConfig {
  readonly domain: string;
  /** Without trailing slash. */
  readonly url: string;
  /** Without trailing slash. */
  readonly mediaUrl?: string;
  readonly port: number;
  readonly bindAddress: string;
}

export interface ListenerConfig {
  readonly port: number;
  readonly bindAddress: string;
  /** Empty, or with a leading and without a trailing slash. */
  readonly prefix: string;
  readonly resources: readonly string[];
  /** Without trailing slash. */
  readonly publicUrl?: string;
}

export interface StorageConfig {
  readonly path: string;
  readonly keyFile?: string;
  readonly keepDeliveries: { readonly days: number; readonly count: number };
}

export interface LoggingConfig {
  readonly level: "error" | "warn" | "info" | "debug" | "trace";
  readonly json: boolean;
  readonly colorize: boolean;
  readonly timestampFormat: string;
}

export interface BotProfile {
  readonly displayname?: string;
  readonly avatar?: string;
}

export interface ServiceBotConfig extends BotProfile {
  readonly localpart: string;
  readonly prefix: string;
  /** A permission name. */
  readonly service: string;
}

/** Who may call our APIs. */
export interface ApiConfig {
  readonly tokens: readonly ApiTokenConfig[];
  readonly admins: readonly ApiAdminConfig[];
}

export interface ApiTokenConfig {
  readonly name: string;
  readonly token: Secret;
  /** Names of APIs (listener resources). */
  readonly scopes: readonly string[];
  /** Registered remotes to which it is limited; absent: all. */
  readonly targets?: readonly string[];
  /** ISO 8601; from then on it is refused. */
  readonly expires?: string;
}

/** One of `password` and `passwordHash` is there. */
export interface ApiAdminConfig {
  readonly name: string;
  readonly password?: Secret;
  /** As `switchboard hash-password` prints it. */
  readonly passwordHash?: Secret;
}

/** What rooms may do with remotes that were registered over APIs. */
export interface RegistryConfig {
  /** Whether rooms may be connected through them. */
  readonly chat: boolean;
  /** Whether people without a login of their own act through a registered account. */
  readonly commandsThroughCredential: boolean;
  /** Absent: who may manage connections may use all. */
  readonly allow?: readonly RemoteRule[];
}

/** Development information: who sends it, and what becomes of it. */
export interface DevinfoConfig {
  readonly clients: readonly DevinfoClientConfig[];
  readonly connectApps: readonly ConnectAppConfig[];
  /** Which issue keys answers count as known. */
  readonly knownKeys: "connected" | "all";
  readonly maxBodyBytes: number;
  /** Ids of services whose webhooks are stored as development information too. */
  readonly fromWebhooks: readonly string[];
  readonly smartCommits: { readonly comment: boolean; readonly time: boolean; readonly transition: boolean };
  readonly submissions: { readonly keepDays: number };
  /** Of each caller; absent: none. */
  readonly rateLimit?: { readonly perMinute: number };
  readonly forward: readonly DevinfoForwardConfig[];
}

/** What callers of the Development Information API have in common. */
interface DevinfoCallerConfig {
  /** Without those that they include. */
  readonly scopes: readonly ("READ" | "WRITE" | "DELETE")[];
  /** Absent: its id or key. */
  readonly provider?: string;
  /** The Jira that it is bound to; absent: all. */
  readonly instance?: string;
}

export interface DevinfoClientConfig extends DevinfoCallerConfig {
  readonly clientId: string;
  readonly clientSecret: Secret;
}

export interface ConnectAppConfig extends DevinfoCallerConfig {
  readonly key: string;
  readonly sharedSecret: Secret;
}

/** A Jira site that gets copies. Addresses are without trailing slash. */
export interface DevinfoForwardConfig {
  /** Providers. */
  readonly from: readonly string[];
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** Where tokens are asked for and copies are sent. */
  readonly apiUrl: string;
}

/** Requests to addresses that people type. */
export interface OutboundConfig {
  /** Addresses, ranges and host names. */
  readonly allow: readonly string[];
  /** Address of an HTTP proxy, possibly with its credentials. */
  readonly proxy?: Secret;
}

/** Valid: its type is known, can be static, and its service is enabled; its state fits, but is as it was written. */
export interface StaticConnectionConfig {
  readonly roomId: string;
  readonly connectionType: string;
  readonly stateKey: string;
  readonly state: Readonly<Record<string, unknown>>;
}

/** What we read of the registration file (Matrix application service API, "Registration"). */
export interface Registration {
  readonly id: string;
  readonly asToken: Secret;
  readonly hsToken: Secret;
  /** Localpart of the main bot. */
  readonly senderLocalpart: string;
  /** Where the homeserver reaches us; absent or null where it does not. */
  readonly url?: string;
  /** Devices of our users are made without logging in (MSC4190). */
  readonly msc4190: boolean;
  readonly namespaces: Readonly<Record<"users" | "aliases" | "rooms", readonly NamespaceConfig[]>>;
}

export interface NamespaceConfig {
  readonly exclusive: boolean;
  readonly regex: string;
}
