import { RemoteError } from "../core/errors.js";
import type { HttpClient } from "../core/ports/http-client.js";
import type { Media } from "../core/ports/service-rooms.js";

const timeoutMs = 5_000;
const maxBytes = 2 * 1_048_576;
/** Pictures are shown by clients: what a client would run is none. */
const imageTypes: ReadonlySet<string> = new Set(["image/gif", "image/jpeg", "image/png", "image/webp"]);

/**
 * Fetches a picture from the web and gives it to the homeserver.
 * @param http refuses private addresses: where a picture lies comes from outside
 * @returns a function that gives the `mxc:` address; an `mxc:` address is given back as it is. It throws RemoteError
 */
export function createPictureTaker(http: HttpClient, media: Media): (address: string) => Promise<string> {
  return async (address) => {
    if (address.startsWith("mxc://")) return address;
    const response = await http.request({ method: "GET", url: address, headers: { accept: "image/*" }, timeoutMs });
    if (response.status !== 200) throw notTaken(`The address of a picture answered ${response.status}.`, response.status);
    const [type = ""] = (response.headers["content-type"] ?? "").toLowerCase().split(";");
    if (!imageTypes.has(type.trim())) throw notTaken("What lies at the address of a picture is no picture.", 415);
    if (response.bytes.length > maxBytes) throw notTaken(`A picture has more than ${maxBytes} bytes.`, 413);
    return media.upload(response.bytes, type.trim(), "picture");
  };
}

function notTaken(sentence: string, status: number): RemoteError {
  return new RemoteError(sentence, { status });
}
