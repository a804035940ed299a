import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

it("has types of the API as it is", () => {
  const write = () =>
    execFileSync(process.execPath, ["scripts/write-types.js", "--check"], {
      cwd: join(__dirname, ".."),
      encoding: "utf8",
      stdio: "pipe",
    });

  expect(write).not.toThrow();
}, 240_000);
