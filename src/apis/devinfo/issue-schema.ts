import type { DocumentTag } from "../../http/openapi-document.js";
import type { JsonSchema } from "../../http/route.js";

/** Our own part of the API, which asks for tokens of ours and refuses as our other APIs do. */
export const issueTag = {
  name: "Issues",
  description: `What is known of an issue: commits, branches and pull requests that name it, of whoever sent them, for listeners with the resource
\`devinfo\`.

Requests need a token, as \`Authorization: Bearer <token>\`: one of \`api.tokens\` or of \`switchboard token create\` with the scope \`devinfo\`. It opens
nothing else of the resource: who sends development information has credentials of another kind.`,
} as const satisfies DocumentTag;

/** Of both the query and the answer; in characters of the alphabet that addresses take as it is. */
export const longestPage = 8_192;

export const issueKeySchema = {
  type: "string",
  minLength: 1,
  maxLength: 1_024,
  description: "The issue's key: a letter, at least one letter, figure or underscore, a hyphen and a number. Capitals do not matter.",
  examples: ["PLAY-1"],
} as const satisfies JsonSchema;

export const issueQuerySchema = {
  type: "object",
  properties: {
    page: {
      type: "string",
      pattern: `^[A-Za-z0-9_-]{1,${longestPage}}$`,
      description: "The page: `next` of the one before. Absent: the first.",
      mistake: "page is none: take `next` of the page before as it is.",
    },
  },
} as const satisfies JsonSchema;

const text = { type: "string" } as const;

const entitySchema = {
  type: "object",
  required: ["type", "provider", "repository", "id", "issueKeys", "updateSequenceId"],
  description: "Besides these it has all that it was sent with, in the words of the Development Information API.",
  properties: {
    type: { enum: ["commit", "branch", "pull_request"] },
    provider: { ...text, description: "Whose it is." },
    repository: {
      type: "object",
      required: ["id", "name", "url"],
      properties: { id: { ...text, description: "By which the provider knows it." }, name: text, url: text },
    },
    id: { ...text, description: "Unique among those of its type in its repository." },
    issueKeys: { type: "array", items: text },
    updateSequenceId: { type: "integer", description: "Up to 64 bits: a reader that has floating-point numbers only may lose digits." },
  },
} as const satisfies JsonSchema;

export const issueAnswerSchema: JsonSchema = {
  type: "object",
  required: ["key", "entities", "next"],
  properties: {
    key: { ...text, description: "In upper case." },
    entities: { type: "array", items: entitySchema, description: "The newest first, by when they happened; up to 100." },
    next: { type: ["string", "null"], description: "Names the next page; null on the last one." },
  },
  examples: [
    {
      key: "PLAY-1",
      entities: [
        {
          type: "commit",
          provider: "ci",
          repository: { id: "hello", name: "octo/hello", url: "https://git.example.org/octo/hello" },
          id: "0123456789abcdef0123456789abcdef01234567",
          issueKeys: ["PLAY-1"],
          updateSequenceId: 1_767_225_600_000,
          message: "PLAY-1 Oil the swing",
          author: { name: "Ada" },
          authorTimestamp: "2026-01-01T00:00:00Z",
          displayId: "0123456",
          fileCount: 1,
          url: "https://git.example.org/octo/hello/commit/0123456",
        },
      ],
      next: null,
    },
  ],
};
