import { createHash, createHmac } from "node:crypto";
import { json, type StandInAnswer, type StandInApi, type StandInRequest } from "./remote-stand-in.js";

export interface StandInAws {
  readonly keyId: string;
  readonly secret: string;
  readonly region: string;
  /** Milliseconds since the epoch; the system's unless given. */
  readonly now?: () => number;
  readonly mayList?: boolean;
  /** Names, so many of them a page. */
  readonly repositories?: readonly string[];
  readonly pageSize?: number;
}

/** NOT AWS: `ListRepositories` of CodeCommit, for requests that are signed as they have to be ("Create a signed AWS API request"). */
export function awsCodeCommitApi(options: StandInAws): StandInApi {
  const { now = Date.now, mayList = true, repositories = ["hello"], pageSize = 1_000 } = options;
  return (request) => {
    const date = { date: new Date(now()).toUTCString() };
    const refusal = refusalOf(request, options, now());
    if (refusal !== undefined) return { ...refused(refusal), headers: date };
    if (request.headers["x-amz-target"] !== "CodeCommit_20150413.ListRepositories") return refused("UnknownOperationException");
    if (!mayList) return refused("com.amazon.coral.service#AccessDeniedException");
    const from = nextOf(request);
    const entries = repositories.map((repositoryName, index) => ({ repositoryId: `11111111-${index}`, repositoryName }));
    const nextToken = from + pageSize < repositories.length ? { nextToken: `after/${from + pageSize}==` } : {};
    return { ...json({ repositories: entries.slice(from, from + pageSize), ...nextToken }), headers: date };
  };
}

function nextOf({ body }: StandInRequest): number {
  return Number(/^\{"nextToken":"after\/(\d+)=="\}$/.exec(body)?.[1] ?? 0);
}

function refused(type: string): StandInAnswer {
  return json({ __type: type, message: "hush: the canonical string should have been ..." }, 400);
}

/** AWS's name of what is wrong; undefined when nothing is. */
function refusalOf(request: StandInRequest, { keyId, secret, region }: StandInAws, now: number): string | undefined {
  const { authorization = "", "x-amz-date": sent } = request.headers;
  const pattern = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/codecommit\/aws4_request, SignedHeaders=(\S+), Signature=(\S+)$/;
  const parts = pattern.exec(authorization);
  if (parts === null || typeof sent !== "string") return "MissingAuthenticationTokenException";
  const [, id, day = "", place = "", signed = "", signature] = parts;
  if (id !== keyId) return "UnrecognizedClientException";
  if (place !== region || Math.abs(timeOf(sent) - now) > 5 * 60_000) return "InvalidSignatureException";
  const lines = signed.split(";").map((name) => `${name}:${String(request.headers[name])}\n`);
  const canonical = `${request.method}\n${request.path}\n\n${lines.join("")}\n${signed}\n${digest(request.body)}`;
  const scope = `${day}/${place}/codecommit/aws4_request`;
  let key: Buffer | string = `AWS4${secret}`;
  for (const part of scope.split("/")) key = createHmac("sha256", key).update(part).digest();
  const expected = createHmac("sha256", key)
    .update(`AWS4-HMAC-SHA256\n${sent}\n${scope}\n${digest(canonical)}`)
    .digest("hex");
  return signature === expected && signed.split(";").includes("host") ? undefined : "InvalidSignatureException";
}

function timeOf(text: string): number {
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
