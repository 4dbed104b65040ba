/** Without a key there is nothing that a login could be encrypted with. */
export const keyRemedy =
  "The administrator can set `storage.keyFile` (or `passFile`), or run `switchboard init`: without a key I cannot keep logins.";
