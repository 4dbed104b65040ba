import { join } from "node:path";

export interface SynapseConfigOptions {
  readonly folder: string;
  readonly port: number;
  readonly serverName: string;
  /** For registering users. */
  readonly secret: string;
  readonly registrations: readonly string[];
}

const unlimited = { per_second: 100_000, burst_count: 100_000 };

const rateLimits = {
  rc_message: unlimited,
  rc_registration: unlimited,
  rc_registration_token_validity: unlimited,
  rc_login: { address: unlimited, account: unlimited, failed_attempts: unlimited },
  rc_admin_redaction: unlimited,
  rc_joins: { local: unlimited, remote: unlimited },
  rc_joins_per_room: unlimited,
  rc_3pid_validation: unlimited,
  rc_invites: { per_room: unlimited, per_user: unlimited, per_issuer: unlimited },
  rc_room_creation: unlimited,
  rc_reports: unlimited,
  rc_user_directory: unlimited,
};

/** homeserver.yaml of a Synapse that starts fast, talks to nobody and limits nothing. */
export function synapseConfig({
  folder,
  port,
  serverName,
  secret,
  registrations,
}: SynapseConfigOptions): Readonly<Record<string, unknown>> {
  return {
    server_name: serverName,
    public_baseurl: `http://127.0.0.1:${port}/`,
    pid_file: join(folder, "synapse.pid"),
    signing_key_path: join(folder, "signing.key"),
    media_store_path: join(folder, "media"),
    log_config: join(folder, "log.json"),
    database: { name: "sqlite3", args: { database: join(folder, "homeserver.db") } },
    listeners: [{ port, type: "http", bind_addresses: ["127.0.0.1"], resources: [{ names: ["client"], compress: false }] }],
    app_service_config_files: registrations,
    registration_shared_secret: secret,
    macaroon_secret_key: `${secret}-macaroon`,
    form_secret: `${secret}-form`,
    // Registering and logging in hash passwords; the least that bcrypt takes is right for tests.
    bcrypt_rounds: 4,
    report_stats: false,
    enable_metrics: false,
    enable_registration: false,
    trusted_key_servers: [],
    federation_domain_whitelist: [],
    url_preview_enabled: false,
    presence: { enabled: false },
    stats: { enabled: false },
    ...rateLimits,
  };
}

/** Warnings and worse go to a file. */
export function logConfig(folder: string): Readonly<Record<string, unknown>> {
  return {
    version: 1,
    formatters: { plain: { format: "%(asctime)s %(levelname)s %(name)s: %(message)s" } },
    handlers: { file: { class: "logging.FileHandler", filename: join(folder, "homeserver.log"), formatter: "plain" } },
    root: { level: "WARNING", handlers: ["file"] },
    disable_existing_loggers: false,
  };
}
