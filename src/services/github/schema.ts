import type { Random } from "../../shared/random.js";
import { Secret } from "../../shared/secret.js";

/** The section `github` of the configuration (Hookshot reference 1.9). */
export interface GitHubConfig {
  /** Where people open a GitHub Enterprise Server in the browser; absent: GitHub's cloud. */
  readonly enterpriseUrl?: string;
  /** Absent where the configuration has no section. */
  readonly auth?: { readonly id: number | string; readonly privateKey: Secret };
  readonly webhook: { readonly secret: Secret };
  readonly oauth?: OAuthConfig;
  readonly defaultOptions?: {
    readonly showIssueRoomLink?: boolean;
    readonly hotlinkIssues?: boolean | { readonly prefix: string };
  };
  readonly userIdPrefix: string;
}

/** How people log in with the browser. */
export interface OAuthConfig {
  readonly client_id: string;
  readonly client_secret: Secret;
  readonly redirect_uri: string;
  /** Absent: where the configured GitHub has them. */
  readonly authorizationUrl?: string;
  readonly tokenUrl?: string;
}

/**
 * Stands for the section where the configuration has none, and rooms are connected through what was registered: there is no App, nobody logs
 * in, and nobody knows what a webhook of its own would be signed with.
 */
export function withoutSection(random: Random): GitHubConfig {
  return { webhook: { secret: new Secret(random.bytes(32).toString("base64url")) }, userIdPrefix: usualUserIdPrefix };
}

const usualUserIdPrefix = "_github_";

export const configSchema = {
  type: "object",
  description: "GitHub, in the cloud or as Enterprise Server.",
  properties: {
    enterpriseUrl: {
      type: "string",
      format: "http-url",
      description: "Where people open your GitHub Enterprise Server; without it, GitHub's cloud is meant.",
      examples: ["https://github.example.org"],
    },
    auth: {
      type: "object",
      description: "The GitHub App that reads what rooms are connected to.",
      properties: {
        id: {
          type: ["integer", "string"],
          pattern: "^[0-9]+$",
          description: "The App's id, on its page under General.",
          examples: [123456],
        },
        privateKey: {
          type: "string",
          format: "rsa-private-key",
          secret: true,
          description: "The App's private key as PEM; as a rule `privateKeyFile` names the file that GitHub made.",
          mistake: "github.auth.privateKey (or the file that github.auth.privateKeyFile names) must be the App's private key: RSA, as PEM",
        },
      },
      required: ["id", "privateKey"],
      additionalProperties: false,
    },
    webhook: {
      type: "object",
      description: "How webhooks show that they come from GitHub.",
      properties: {
        secret: { type: "string", minLength: 1, secret: true, description: "The App's webhook secret, which signs every request." },
      },
      required: ["secret"],
      additionalProperties: false,
    },
    oauth: {
      type: "object",
      description: "Lets people log in with their GitHub account.",
      properties: {
        client_id: { type: "string", minLength: 1, description: "The App's client id." },
        client_secret: { type: "string", minLength: 1, secret: true, description: "The App's client secret." },
        redirect_uri: {
          type: "string",
          format: "http-url",
          description: "The public address of `/github/oauth` on a listener with `webhooks`; older installations have `/oauth`.",
          examples: ["https://example.org/github/oauth"],
        },
        authorizationUrl: {
          type: "string",
          format: "http-url",
          description: "Where people are sent to log in, if not to `/login/oauth/authorize` of the configured GitHub.",
          examples: ["https://github.com/login/oauth/authorize"],
        },
        tokenUrl: {
          type: "string",
          format: "http-url",
          description: "Where tokens are asked for, if not at `/login/oauth/access_token` of the configured GitHub.",
          examples: ["https://github.com/login/oauth/access_token"],
        },
      },
      required: ["client_id", "client_secret", "redirect_uri"],
      additionalProperties: false,
    },
    defaultOptions: {
      type: "object",
      description: "What counts in rooms whose connection does not say otherwise.",
      properties: {
        showIssueRoomLink: { type: "boolean", description: "Whether messages about issues link to the room of the issue." },
        hotlinkIssues: {
          description: "Whether `#12` in a message is answered with a link: false, true, or an object with the prefix that stands for `#`.",
          type: ["boolean", "object"],
          properties: { prefix: { type: "string", description: "What stands before the number.", examples: ["#"] } },
          required: ["prefix"],
        },
      },
      additionalProperties: false,
    },
    userIdPrefix: {
      type: "string",
      default: usualUserIdPrefix,
      description: "What the names of GitHub people's users in Matrix begin with.",
    },
  },
  required: ["auth", "webhook"],
  additionalProperties: false,
};
