"use strict";

module.exports = function request() {
  throw new Error("The deprecated request package is not part of this build; src/matrix sets another transport.");
};
