/** The type without its parameters, in lower case: `application/json`. Empty where none was sent. */
export function mediaType(contentType: string | undefined): string {
  return (contentType ?? "").split(";", 1).join("").trim().toLowerCase();
}

/** Whether one of the types is sent; `application/json` includes `application/anything+json`. A missing type is taken. */
export function takesContentType(accepts: readonly string[], contentType: string | undefined): boolean {
  const type = mediaType(contentType);
  return type === "" || accepts.includes(type) || (type.endsWith("+json") && accepts.includes("application/json"));
}
