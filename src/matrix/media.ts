import { RemoteError } from "../core/errors.js";
import type { Media } from "../core/ports/service-rooms.js";
import { wellFormed } from "../shared/well-formed.js";
import type { Calls } from "./calls.js";
import { parseJson, textAt, unreadableAnswer, type HomeserverAnswer } from "./homeserver-errors.js";
import type { Transport } from "./transport.js";

export interface MediaOptions {
  readonly transport: Transport;
  readonly calls: Calls;
  /** Where everybody reads files (`bridge.mediaUrl`), without trailing slash; the homeserver's own address unless given. */
  readonly publicUrl?: string;
}

interface MediaName {
  readonly server: string;
  readonly id: string;
}

/** Larger files are not moved: each lies in memory whole, and that is a few of ours at most. */
export const maxMediaBytes = 20 * 1_048_576;
/** A file of another server may have to be fetched by ours first. */
const timeoutMs = 60_000;

/** Files at the homeserver, read and written as the main bot. */
export function createMedia({ transport, calls, publicUrl }: MediaOptions): Media {
  function read(path: string): Promise<HomeserverAnswer> {
    return calls.attempt("downloadContent", () => transport.succeed({ method: "GET", path, timeoutMs, maxBytes: maxMediaBytes }));
  }

  return {
    async download(mxcUrl) {
      const { server, id } = parseMxc(mxcUrl) ?? refuse(`${mxcUrl} is no address of a file (mxc:).`);
      // Without login since Matrix v1.11 only what lay there before; with it, only homeservers of that version or later.
      const answer = await read(`/_matrix/client/v1/media/download/${server}/${id}`).catch((error: unknown) => {
        if (isUnknownPath(error)) return read(`/_matrix/media/v3/download/${server}/${id}`);
        throw error;
      });
      return { bytes: answer.body, contentType: answer.headers["content-type"] ?? "application/octet-stream" };
    },
    async upload(bytes, contentType, fileName) {
      if (bytes.length > maxMediaBytes) refuse(`The file has ${bytes.length} bytes, more than the ${maxMediaBytes} that are moved.`);
      const path = `/_matrix/media/v3/upload?filename=${encodeURIComponent(wellFormed(fileName))}`;
      const answer = await calls.attempt("uploadContent", () =>
        transport.succeed({ method: "POST", path, body: bytes, contentType: headerValue(contentType), timeoutMs }),
      );
      const address = textAt(parseJson(answer.body), "content_uri");
      if (address === undefined || parseMxc(address) === undefined) throw unreadableAnswer("address of the file");
      return address;
    },
    publicUrl(mxcUrl) {
      const name = parseMxc(mxcUrl);
      return name === undefined ? undefined : `${publicUrl ?? transport.base}/_matrix/media/v3/download/${name.server}/${name.id}`;
    },
  };
}

/** Parts as they stand in a path (Matrix spec, client-server API, "Matrix Content (mxc://) URIs"). */
function parseMxc(address: string): MediaName | undefined {
  const [, server, id] = /^mxc:\/\/([\w.:[\]-]{1,255})\/([\w-]{1,255})$/.exec(address) ?? [];
  // Dots alone would lead to another path.
  if (server === undefined || id === undefined || /^\.+$/.test(server)) return undefined;
  return { server: encodeURIComponent(server), id };
}

/** A file that is not there is answered 404 too: asking once more under the older path then is answered the same. */
function isUnknownPath(error: unknown): boolean {
  return error instanceof RemoteError && (error.status === 404 || error.remoteCode === "M_UNRECOGNIZED");
}

/** Not more than a content type, whoever named it. */
function headerValue(contentType: string): string {
  return /^[\w.+-]+\/[\w.+-]+(?:; ?[\w-]+=[\w.+-]+)*$/.test(contentType) ? contentType : "application/octet-stream";
}

function refuse(sentence: string): never {
  throw new RemoteError(sentence, { status: 400 });
}
